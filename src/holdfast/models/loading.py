"""Models from disk or hub, loaded faithfully or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from holdfast.domain import ModelError, ModelSource, did_you_mean
from holdfast.models.chat import chat_format
from holdfast.models.digest import digest_located, read_template
from holdfast.models.files import read_json, weight_files
from holdfast.models.locate import Located, locate
from holdfast.models.shape import read_shape
from holdfast.models.subject import LoadedModel

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "bfloat16", "float16")
"""Precisions a model can be loaded and trained in."""

Loaded = TypeVar("Loaded")


def load_model(source: ModelSource, *, device: str = "cpu") -> LoadedModel:
    """Load a causal language model and its tokenizer, with its adapter merged in.

    Only safetensors are read and only transformers' own code is run, unless the source says otherwise.

    Args:
        source: The model by reference.
        device: Where it shall compute, such as `cpu` or `cuda:0`.

    Returns:
        The model, in evaluation mode, in `source.dtype`.

    Raises:
        ModelError: If files are not there or not allowed (see `holdfast.models.locate.locate`).
        ModelError: If the architecture needs the model's own code and that is not allowed, or is unknown.
        ModelError: If weights are missing, unexpected or of another shape; the tensors are named.
        ModelError: If the adapter does not fit, or the chat template does not work.
        ModelError: If the dtype or the device is unknown.
    """
    if source.dtype not in DTYPES:
        raise ModelError(
            f"model {source.name!r}: unknown dtype {source.dtype!r}",
            next_step=did_you_mean(source.dtype, DTYPES),
        )
    place = locate(source)
    target = _device(device)
    _refuse_unknown_code(source, place.base)
    digest = digest_located(place)
    with _quiet_transformers():
        tokenizer = _load_tokenizer(source, place)
        module = _load_module(source, place.base)
    notes = list(chat_format(tokenizer).notes)
    if place.adapter is not None:
        from holdfast.models.adapter import adapter_base, merge_adapter

        module = merge_adapter(module, place.adapter)
        hint = adapter_base(place.adapter)
        if hint is not None and Path(hint).name not in _names(source, place):
            notes.append(f"the adapter says it was made on {hint!r}, and fits this base")
    module.requires_grad_(True)
    module.to(target).eval()
    parameters = sum(parameter.numel() for parameter in module.parameters())
    shape = read_shape(place.base, parameters=parameters)
    return LoadedModel(module, tokenizer, source, digest, shape, str(target), tuple(notes))


def _names(source: ModelSource, place: Located) -> set[str]:
    return {place.base.resolve().name, Path(source.hub or source.path or "").name}


def _device(name: str) -> torch.device:
    import torch

    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ModelError(
            f"device {name!r} cannot be used: {str(error).splitlines()[0]}",
            next_step="use cpu, or install a torch build for that device",
        ) from error
    return device


def _refuse_unknown_code(source: ModelSource, directory: Path) -> None:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    config = read_json(directory / "config.json")
    model_type = config.get("model_type")
    if model_type in CONFIG_MAPPING_NAMES or source.trust_remote_code:
        return
    if "auto_map" in config:
        raise ModelError(
            f"model {source.name!r}: {model_type!r} models run Python code of their own ({directory})",
            next_step="read that code; if you trust it, set `trust_remote_code: true` for this model",
        )
    raise ModelError(
        f"model {source.name!r}: transformers knows no model_type {model_type!r} ({directory})",
        next_step=did_you_mean(str(model_type), CONFIG_MAPPING_NAMES) if model_type else "add a model_type",
    )


def _load_tokenizer(source: ModelSource, place: Located) -> Any:
    from transformers import AutoTokenizer

    tokenizer = _faithfully(
        source,
        "its tokenizer",
        lambda: AutoTokenizer.from_pretrained(
            place.tokenizer,
            trust_remote_code=source.trust_remote_code,
            local_files_only=True,
            clean_up_tokenization_spaces=False,
        ),
    )
    tokenizer.chat_template = read_template(place.tokenizer)  # the one that is digested
    return tokenizer


def _load_module(source: ModelSource, directory: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    module, info = _faithfully(
        source,
        "the model",
        lambda: AutoModelForCausalLM.from_pretrained(
            directory,
            dtype=getattr(torch, source.dtype),
            trust_remote_code=source.trust_remote_code,
            use_safetensors=bool(weight_files(directory)),
            ignore_mismatched_sizes=True,  # so that every mismatch is named below
            output_loading_info=True,
            local_files_only=True,
        ),
    )
    mismatched = [
        f"{name} {list(found)} for {list(wanted)}" for name, found, wanted in info["mismatched_keys"]
    ]
    problems = [
        f"{len(names)} {what}: {_some(names)}"
        for what, names in (
            ("missing", info["missing_keys"]),
            ("unexpected", info["unexpected_keys"]),
            ("of another shape", mismatched),
            ("unreadable", info["error_msgs"]),
        )
        if names
    ]
    if problems:
        raise ModelError(
            f"model {source.name!r}: the weights in {directory} are not those of its configuration; tensors "
            + "; ".join(problems),
            next_step="save config.json and weights together with save_pretrained, or download them again",
        )
    return module


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:5]) + (", ..." if len(listed) > 5 else "")


def _faithfully(source: ModelSource, what: str, load: Callable[[], Loaded]) -> Loaded:
    try:
        return load()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError) as error:
        step = "try to load it with transformers alone: AutoModelForCausalLM.from_pretrained(...)"
        if "trust_remote_code" in str(error):
            step = "read the model's code; if you trust it, set `trust_remote_code: true` for this model"
        raise ModelError(
            f"model {source.name!r}: {what} cannot be loaded: {type(error).__name__}: {error}", next_step=step
        ) from error


@contextlib.contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Keep bars and loading reports off the terminal; what they tell is checked instead."""
    from transformers.utils import logging

    # peft, imported by what trains the model, imports bitsandbytes where it is there; that tells of a
    # faster kernel which could be downloaded.
    getLogger("bitsandbytes").setLevel("ERROR")
    bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
