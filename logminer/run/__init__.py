"""Executing a journey."""
