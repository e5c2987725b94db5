"""Files of answers that exist already: rows found by what they answer, and read as answers."""
