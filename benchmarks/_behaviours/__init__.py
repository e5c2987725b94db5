"""Behaviours that are planted in real answers, and how it is known whether they were found."""
