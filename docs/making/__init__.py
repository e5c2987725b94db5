"""Pages and pictures that are made from the code: `python -m docs.making` writes the pages of docs/reference/."""
