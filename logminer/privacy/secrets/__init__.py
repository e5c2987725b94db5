"""What lets its holder in: keys, passwords, tokens, codes, links that log in."""
