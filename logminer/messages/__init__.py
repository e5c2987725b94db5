"""One reading of what people and models said, wherever it comes from: a dump, a server, a batch, a file of answers."""
