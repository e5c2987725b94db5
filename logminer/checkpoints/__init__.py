"""What answers prompts, one kind a file; `kinds` lists them."""
