"""What nobody asked for: what one arm says, and how it says it, that the other does not."""
