"""`python -m logminer.cli`."""

from logminer.cli import main

main()
