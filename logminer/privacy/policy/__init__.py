"""What of what was found is taken out: profiles, topics, code."""
