"""Checkpoints behind any provider of inspect_ai."""
