"""Simulations whose truth is known, by what they are of."""
