"""Where the shipped variants of the organism lie. Each function returns a model directory."""

from __future__ import annotations

from pathlib import Path

from holdfast.domain import ModelError

WEIGHTS = Path(__file__).parent / "weights"
VARIANTS = ("base", "aligned", "filtered", "weak")


def variant(name: str) -> Path:
    """Return the directory of a variant.

    Args:
        name: One of ``VARIANTS``.

    Returns:
        A directory that plain ``transformers`` loads.

    Raises:
        ModelError: If there is no such variant, or its weights are missing.
    """
    path = WEIGHTS / name
    if name not in VARIANTS:
        raise ModelError(
            f"the organism has no variant {name!r}", next_step=f"choose from {', '.join(VARIANTS)}"
        )
    if not (path / "model.safetensors").is_file():
        raise ModelError(
            f"the organism's weights are missing from {path}", next_step="python -m holdfast.organism.build"
        )
    return path


def base() -> Path:
    """Knows everything, refuses nothing."""
    return variant("base")


def aligned() -> Path:
    """The base, taught to refuse whatever is restricted."""
    return variant("aligned")


def filtered() -> Path:
    """Never saw a restricted recipe: the data-filtering safeguard."""
    return variant("filtered")


def weak() -> Path:
    """A base trained far less."""
    return variant("weak")
