"""Judge cards as files: how often a scorer finds what people find, and leaves what they leave."""
