"""Models that packages carry, and the one that turns text into vectors."""
