"""Behaviours: what counts, what does not, and how bad it is."""
