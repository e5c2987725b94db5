"""Whole evaluations beside the dump: a suite is a file that says what is asked and what is looked for, and a study of its own."""
