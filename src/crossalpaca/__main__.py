"""`python -m crossalpaca` is the command line."""

from crossalpaca.cli import main

main()
