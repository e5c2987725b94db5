"""Which language and script a text is in, and which model reads it."""
