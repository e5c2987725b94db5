"""Two checkpoints on the same prompts: differences, their intervals, verdicts."""
