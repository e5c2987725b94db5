"""Everything that a pipeline's studies say, on one board: each behaviour, the whole, and what each training stage brought."""
