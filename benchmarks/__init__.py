"""Speed as a ratio against a named baseline of the same run, never as a timed test: machines are shared and noisy."""
