"""The library that quantises, imported where it is needed and not before."""

from __future__ import annotations

import logging
from typing import Any

from holdfast.domain import TrialError


def import_bitsandbytes(wanted_for: str, instead: str) -> Any:
    """Return the module `bitsandbytes`.

    Args:
        wanted_for: What needs it, for the message.
        instead: What can be chosen without it, for the message.

    Raises:
        TrialError: If it is not installed, or does not start on this machine.
    """
    # At import it tells of a faster kernel that would have to be downloaded; the one it has is used.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    try:
        import bitsandbytes
    except (ImportError, OSError, RuntimeError) as error:
        raise TrialError(
            f"{wanted_for} needs bitsandbytes, which cannot be imported: {error}",
            next_step=f"pip install 'holdfast[quantised]', or {instead}",
        ) from error
    return bitsandbytes
