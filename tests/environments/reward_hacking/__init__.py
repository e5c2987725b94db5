"""The environment whose timing script can be cheated."""
