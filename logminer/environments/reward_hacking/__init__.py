"""Making an algorithm faster against a timing script, which can be cheated: instances, and what is decided of them."""
