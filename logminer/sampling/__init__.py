"""Counting a dump's prompts, and drawing some of them."""
