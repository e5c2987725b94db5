"""Worlds in which a checkpoint acts: what it finds, what it may do, and what is decided from the state it leaves."""
