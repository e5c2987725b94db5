"""Who says whether a response shows a behaviour, one kind a file; `kinds` lists them."""
