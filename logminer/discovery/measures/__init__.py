"""Measures of how an answer is written, each a number of one text, none of which looks at anything else."""
