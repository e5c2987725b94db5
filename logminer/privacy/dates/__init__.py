"""Dates as people write them: read, moved, and written back in the form that they had."""
