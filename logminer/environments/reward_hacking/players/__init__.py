"""Scripted solutions whose truth is known: what a grade has to tell apart."""
