"""The file that a user writes, and the journey that it becomes."""
