"""PEFT adapters, merged into their base so that techniques see a plain model."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any

from holdfast.domain import ModelError
from holdfast.models.files import ADAPTER_CONFIG, ADAPTER_WEIGHTS, read_json, stored_tensors, weight_files


def merge_adapter(module: Any, directory: Path) -> Any:
    """Put an adapter on a base model and merge it into the weights.

    Args:
        module: The base model; it is changed, also when this fails.
        directory: The adapter as peft's `save_pretrained` wrote it.

    Returns:
        The plain model with the merged weights.

    Raises:
        ModelError: If the adapter was made for another base (its target modules or shapes are not there),
            its file lacks tensors or has others, it cannot be merged, or merging gives non-finite weights.
    """
    from peft import PeftConfig, PeftModel, get_peft_model_state_dict

    try:
        if PeftConfig.from_pretrained(str(directory)).is_prompt_learning:
            raise ModelError(
                f"the adapter in {directory} adds virtual tokens and cannot be merged into weights",
                next_step="give an adapter that changes weights (LoRA and its kin)",
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of missing keys, which are an error below
            warnings.simplefilter("ignore", FutureWarning)  # between peft and transformers
            wrapped = PeftModel.from_pretrained(module, str(directory))
    except (ValueError, TypeError, KeyError, RuntimeError, OSError) as error:
        raise ModelError(
            f"the adapter in {directory} does not fit the base model: {_first_line(error)}",
            next_step=_made_for(directory),
        ) from error
    # Embeddings saved along with an adapter are loaded too; peft's "auto" would ask the hub about them.
    expected = set(get_peft_model_state_dict(wrapped, save_embedding_layers=False))
    _compare(directory, expected, allowed=expected | set(wrapped.state_dict()))
    try:
        return wrapped.merge_and_unload(safe_merge=True)
    except (ValueError, AttributeError, NotImplementedError) as error:
        raise ModelError(
            f"the adapter in {directory} cannot be merged: {_first_line(error)}",
            next_step="merge it into its base by hand and give the merged model as `path:`",
        ) from error


def adapter_base(directory: Path) -> str | None:
    """Return the name of the base that an adapter says it was made on, which is only a hint."""
    name = read_json(directory / ADAPTER_CONFIG).get("base_model_name_or_path")
    return str(name) if name else None


def _compare(directory: Path, expected: Collection[str], allowed: Collection[str]) -> None:
    files = weight_files(directory, ADAPTER_WEIGHTS)
    if not files:  # pickled, and allowed to be
        return
    found = {tensor.name for tensor in stored_tensors(files)}
    missing, unexpected = sorted(set(expected) - found), sorted(found - set(allowed))
    problems = [
        f"{len(names)} {what} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        for what, names in (("missing", missing), ("unexpected", unexpected))
        if names
    ]
    if problems:
        raise ModelError(
            f"the adapter in {directory} does not fit the base model: {' and '.join(problems)} tensors",
            next_step=_made_for(directory),
        )


def _made_for(directory: Path) -> str:
    base = adapter_base(directory)
    return f"it says it was made for {base!r}: give that base" if base else "give the base it was made for"


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2]) if lines else type(error).__name__
