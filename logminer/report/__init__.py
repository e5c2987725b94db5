"""A study or a board as one page that works from a file: figures as text, pictures of our own, nothing from elsewhere."""
