"""Clusters: found on the arms pooled, kept as a map, named, measured, and carried from one map to the next."""
