"""A checkpoint put into a world: it reads, writes and runs, is told what came of it, and what it leaves is decided."""
