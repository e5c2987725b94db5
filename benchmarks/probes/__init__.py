"""Training of the shipped probes, with the labels read for it and the texts made for it."""
