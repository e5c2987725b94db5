"""Hypotheses by a model: what it says differs between answers whose authors it is not told."""
