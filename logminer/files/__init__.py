"""Files of other people's making, and how ours are written."""
