"""Sizes of a model from its `config.json` alone: what memory and FLOPs follow from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from holdfast.domain import ModelError, ModelShape
from holdfast.models.families import FAMILIES, Family, count_parameters, expert_parameters, latent_head_width
from holdfast.models.files import read_json, stored_tensors, weight_files

_NAMES: dict[str, tuple[str, ...]] = {
    "hidden": ("hidden_size", "n_embd", "d_model", "dim"),
    "layers": ("num_hidden_layers", "n_layer", "num_layers", "n_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads"),
    "kv_heads": ("num_key_value_heads", "num_kv_heads", "n_head_kv"),
    "intermediate": ("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size"),
    "vocabulary": ("vocab_size", "padded_vocab_size"),
    "context": (
        "max_position_embeddings",
        "n_positions",
        "n_ctx",
        "max_seq_len",
        "seq_length",
    ),
    "experts": ("num_local_experts", "num_experts", "n_routed_experts"),
    "experts_per_token": ("num_experts_per_tok", "num_experts_per_token", "top_k_experts"),
}
_UNSTATED_CONTEXT = 2048


def read_shape(source: Mapping[str, Any] | str | Path, *, parameters: int | None = None) -> ModelShape:
    """Read a model's sizes without loading it.

    Parameters are counted from the configuration for text models of the architectures in
    `holdfast.models.families`, mixtures of experts among them, and from the safetensors headers for any other
    architecture in a directory.

    Args:
        source: A configuration, a `config.json`, or a model directory.
        parameters: Number of parameters where it is known already (the model is loaded); None to count.

    Returns:
        The shape. `context` is 2048 where the configuration states none.

    Raises:
        ModelError: If there is no configuration, a size is missing from it, or the architecture is unknown
            and there are no weights to count.
    """
    if isinstance(source, Mapping):
        return _shape(source, None, "the configuration", parameters)
    path = Path(source)
    directory = path if path.is_dir() else None
    file = path / "config.json" if directory else path
    if not file.is_file():
        raise ModelError(f"there is no {file}", next_step="give a directory written by save_pretrained")
    return _shape(read_json(file), directory, str(file), parameters)


def _shape(whole: Mapping[str, Any], directory: Path | None, origin: str, known: int | None) -> ModelShape:
    inner = whole.get("text_config")
    config = {**whole, **inner} if isinstance(inner, Mapping) else whole
    model_type = str(config.get("model_type", ""))
    family = FAMILIES.get(model_type)
    tied = bool(config.get("tie_word_embeddings", family.tied if family else True))
    sizes = _sizes(config, family or Family(experts=_find(config, "experts") is not None), origin, tied=tied)
    if known is not None:
        parameters = known
    elif family is not None and "vision_config" not in whole:
        parameters = count_parameters(config, family, sizes, tied=tied)
    elif directory is not None:
        parameters = _count_stored(directory, tied)
    else:
        raise ModelError(
            f"{origin}: the parameters of model_type {model_type!r} cannot be counted from a configuration",
            next_step="give the model's directory, whose safetensors headers can be counted",
        )
    return dataclasses.replace(sizes, parameters=parameters)


def _sizes(config: Mapping[str, Any], family: Family, origin: str, *, tied: bool) -> ModelShape:
    """Return every size but the number of parameters, which is left at 0."""
    hidden, layers, heads, vocabulary = (
        _size(config, what, origin) for what in ("hidden", "layers", "heads", "vocabulary")
    )
    defaults = dict(family.defaults)
    context = _find(config, "context") or _UNSTATED_CONTEXT
    embedding = vocabulary * hidden * (1 if tied else 2) + (context * hidden if family.positions else 0)
    sizes = ModelShape(
        parameters=0,
        embedding_parameters=embedding,
        layers=layers,
        hidden=hidden,
        intermediate=_find(config, "intermediate") or 4 * hidden,
        heads=heads,
        kv_heads=_find(config, "kv_heads") or min(defaults.get("kv_heads", heads), heads),
        vocabulary=vocabulary,
        context=context,
        head_width=latent_head_width(config)
        or int(config.get("head_dim") or family.head_dim or hidden // heads),
        gated=family.gated,
    )
    return _with_experts(config, family, sizes) if family.experts else sizes


def _with_experts(config: Mapping[str, Any], family: Family, sizes: ModelShape) -> ModelShape:
    defaults = dict(family.defaults)
    experts = _find(config, "experts") or defaults.get("experts", 0)
    used = _find(config, "experts_per_token") or defaults.get("experts_per_token", 1)
    width = int(config.get("moe_intermediate_size") or sizes.intermediate)
    shared = int(config.get("shared_expert_intermediate_size") or 0)
    shared += int(config.get("n_shared_experts") or 0) * width
    routed = dataclasses.replace(
        sizes,
        intermediate=used * width + shared,
        experts=experts,
        experts_per_token=used,
        expert_width=width,
    )
    return dataclasses.replace(routed, expert_parameters=expert_parameters(config, family, routed))


def _count_stored(directory: Path, tied: bool) -> int:
    files = weight_files(directory)
    if not files:
        raise ModelError(
            f"{directory} has no safetensors weights to count parameters in",
            next_step="convert the weights to safetensors",
        )
    tensors = stored_tensors(files)
    heads = [tensor.size for tensor in tensors if tensor.name in {"lm_head.weight", "embed_out.weight"}]
    return sum(tensor.size for tensor in tensors) - (sum(heads) if tied else 0)


def _find(config: Mapping[str, Any], what: str) -> int | None:
    for name in _NAMES[what]:
        if config.get(name) is not None:
            return int(config[name])
    return None


def _size(config: Mapping[str, Any], what: str, origin: str) -> int:
    found = _find(config, what)
    if found is None:
        raise ModelError(
            f"{origin} states no {what}: none of {', '.join(_NAMES[what])} is there",
            next_step="give the config.json of a causal language model",
        )
    return found
