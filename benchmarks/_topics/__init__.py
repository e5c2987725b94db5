"""Makes the packaged list of names that everybody knows."""
