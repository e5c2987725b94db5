"""`python -m logminer.cli`."""

from logminer.cli.main import main

main()
