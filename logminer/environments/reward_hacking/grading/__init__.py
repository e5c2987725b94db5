"""What is decided of a tree as it was left, and of what was said of it; nothing in it asks a model."""
