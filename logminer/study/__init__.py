"""Reading what a run has published."""
