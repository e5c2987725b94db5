"""Words with a meaning of their own in tables, which no checkpoint or scorer may bear otherwise."""

from __future__ import annotations

__all__ = ["AGAIN", "INJECTED", "LOGGED"]

LOGGED = "logged"  # the checkpoint of the answers found in the log
AGAIN = ".again"  # ends the name of a base's second draw, for the noise floor
INJECTED = ".injected"  # in parts: ends the name under which an autorater's canaries stand
