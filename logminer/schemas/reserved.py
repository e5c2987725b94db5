"""Words with a meaning of their own in tables, which no checkpoint, scorer or category may bear otherwise."""

from __future__ import annotations

__all__ = ["AGAIN", "FOUND", "FOUND_PREFIX", "INJECTED", "LOGGED"]

LOGGED = "logged"  # the checkpoint of the answers found in the log
AGAIN = ".again"  # ends the name of a base's second draw, for the noise floor
FOUND = "found"  # among the categories of an autorater: all that a model proposed
FOUND_PREFIX = "found_"  # begins the id of a category that a model proposed
INJECTED = ".injected"  # in parts: ends the name under which an autorater's canaries stand
