"""Trained linear probes: what they see of a text, and their weights.

The weights lie beside this file. Which rows trained them, under which licences, is in PROVENANCE.md there; the scripts
are in the source checkout, `benchmarks/probes/`.
"""
