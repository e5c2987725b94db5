"""The only door to Presidio and spaCy."""
