"""The stops of the journey, one a file; they do not know of each other."""
