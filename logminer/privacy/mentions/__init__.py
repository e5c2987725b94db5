"""Values that were found once, known again wherever they are written."""
