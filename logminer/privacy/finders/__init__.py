"""What the language model misses: names, addresses, handles and local forms, found by their form and by lists."""
