"""What stands in the place of what was found: by a word of its kind, a file each."""
