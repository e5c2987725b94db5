"""Suites: their files, the pipelines made of them, what is asked of all their studies at once."""
