"""One file per dump format; each says how rows of a dump are raw conversations."""
