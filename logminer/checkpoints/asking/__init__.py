"""Asking a model that serves many: how many at once, what may be tried again, what a fault means."""
