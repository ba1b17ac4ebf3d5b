"""`python -m holdfast.cli` is the command line."""

from holdfast.cli import main

main()
