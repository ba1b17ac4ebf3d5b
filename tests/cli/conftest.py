"""For tests of the command line."""

from command_line import here, holdfast

__all__ = ["here", "holdfast"]
