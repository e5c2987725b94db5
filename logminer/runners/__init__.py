"""Where a part is computed, and nothing else."""
