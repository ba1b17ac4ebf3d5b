"""Sizes of a model from its `config.json` alone: what memory and FLOPs follow from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.domain import ModelError, ModelShape
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
}
_UNSTATED_CONTEXT = 2048


@dataclass(frozen=True, slots=True)
class _Family:
    """What an architecture adds to the common decoder block, and what its configuration leaves unsaid."""

    gated: bool = True
    tied: bool = False
    norms: int = 2
    qk_norm: bool = False
    bias: bool = False  # on every projection and norm, and on an untied head
    qkv_bias: bool = False  # on query, key and value alone
    positions: bool = False  # learned
    final_norm: bool = True
    head_dim: int | None = None
    defaults: tuple[tuple[str, int], ...] = ()


_FAMILIES: dict[str, _Family] = {
    "llama": _Family(),
    "mistral": _Family(defaults=(("kv_heads", 8),)),
    "phi3": _Family(),
    "qwen2": _Family(qkv_bias=True),
    "qwen3": _Family(qk_norm=True, head_dim=128),
    "gemma": _Family(tied=True, head_dim=256),
    "gemma2": _Family(tied=True, norms=4, head_dim=256, defaults=(("kv_heads", 4),)),
    "gemma3_text": _Family(tied=True, norms=4, qk_norm=True, head_dim=256, defaults=(("kv_heads", 4),)),
    "phi": _Family(gated=False, norms=1, bias=True),
    "gpt2": _Family(gated=False, tied=True, bias=True, positions=True),
}


def read_shape(source: Mapping[str, Any] | str | Path, *, parameters: int | None = None) -> ModelShape:
    """Read a model's sizes without loading it.

    Parameters are counted from the configuration for text models of Llama, Mistral, Qwen2, Qwen3, Gemma 1 to
    3, Phi, Phi-3 and GPT-2, and from the safetensors headers for any other architecture in a directory.

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
    family = _FAMILIES.get(model_type)
    hidden, layers, heads, vocabulary = (
        _size(config, what, origin) for what in ("hidden", "layers", "heads", "vocabulary")
    )
    defaults = dict(family.defaults) if family else {}
    kv_heads = _find(config, "kv_heads") or min(defaults.get("kv_heads", heads), heads)
    intermediate = _find(config, "intermediate") or 4 * hidden
    context = _find(config, "context") or _UNSTATED_CONTEXT
    tied = bool(config.get("tie_word_embeddings", family.tied if family else True))
    embedding = vocabulary * hidden * (1 if tied else 2)
    if family and family.positions:
        embedding += context * hidden
    head_width = int(config.get("head_dim") or (family and family.head_dim) or hidden // heads)
    sizes = ModelShape(
        0, embedding, layers, hidden, intermediate, heads, kv_heads, vocabulary, context, head_width
    )
    if known is not None:
        parameters = known
    elif family is not None and "vision_config" not in whole:
        parameters = _count(config, family, sizes, tied)
    elif directory is not None:
        parameters = _count_stored(directory, tied)
    else:
        raise ModelError(
            f"{origin}: the parameters of model_type {model_type!r} cannot be counted from a configuration",
            next_step="give the model's directory, whose safetensors headers can be counted",
        )
    return dataclasses.replace(sizes, parameters=parameters)


def _count(config: Mapping[str, Any], family: _Family, sizes: ModelShape, tied: bool) -> int:
    hidden, inner = sizes.hidden, sizes.intermediate
    head_dim = sizes.head_width
    queries, keys = sizes.heads * head_dim, sizes.kv_heads * head_dim
    norm = hidden * (2 if family.bias else 1)
    attention = hidden * (2 * queries + 2 * keys)
    if family.bias or config.get("attention_bias"):
        attention += queries + 2 * keys + hidden
    elif family.qkv_bias:
        attention += queries + 2 * keys
    if family.qk_norm:
        attention += 2 * head_dim
    elif config.get("qk_layernorm"):
        attention += 4 * head_dim
    forward = (3 if family.gated else 2) * hidden * inner
    if family.bias or config.get("mlp_bias"):
        forward += hidden + inner * (2 if family.gated else 1)
    total = sizes.layers * (attention + forward + family.norms * norm) + norm + sizes.embedding_parameters
    if family.bias and not tied:
        total += sizes.vocabulary
    return total


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
