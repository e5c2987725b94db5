"""What a dump of any size is made of, and how a run on it is watched."""
