"""Numbers to SVG: pictures that need no library, in light and dark."""
