"""Worlds in which a checkpoint acts."""
