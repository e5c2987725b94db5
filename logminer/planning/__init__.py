"""What a run would cost and what it could find, before it is run."""
