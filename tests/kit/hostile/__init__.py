"""Texts made to be hard: invented personal values as people and models write them, among words that must stay."""
