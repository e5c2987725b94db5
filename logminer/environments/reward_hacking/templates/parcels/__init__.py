"""One problem: what is asked, and who solves it how."""
