"""The privacy boundary: detect, redact, and prove it."""
