"""What architectures leave unsaid in their configuration, and how their parameters add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.domain import ModelShape


@dataclass(frozen=True, slots=True)
class Family:
    """What an architecture adds to the common decoder block, and what its configuration leaves unsaid.

    Attributes:
        gated: Whether the feed-forward block has a gate: three matrices instead of two.
        tied: Whether the output head is the input embedding where the configuration does not say.
        norms: Norms a block.
        qk_norm: Norms on queries and keys: `head` wide, `full` projection wide, or none.
        bias: Biases on every projection and norm, and on an untied head.
        head_bias: Whether the untied head has one too, where everything else has.
        qkv_bias: Biases on query, key and value alone.
        positions: Learned positions.
        sinks: One learned sink a head, and biases on router and experts.
        experts: Whether the feed-forward block is a mixture of experts.
        head_dim: Width of a head; None for hidden / heads.
        defaults: Sizes where the configuration states none.
    """

    gated: bool = True
    tied: bool = False
    norms: int = 2
    qk_norm: str = ""
    bias: bool = False
    head_bias: bool = True
    qkv_bias: bool = False
    positions: bool = False
    sinks: bool = False
    experts: bool = False
    head_dim: int | None = None
    defaults: tuple[tuple[str, int], ...] = ()


FAMILIES: dict[str, Family] = {
    "llama": Family(),
    "mistral": Family(defaults=(("kv_heads", 8),)),
    "phi3": Family(),
    "granite": Family(),
    "smollm3": Family(tied=True, defaults=(("kv_heads", 4),)),
    "olmo2": Family(qk_norm="full"),
    "qwen2": Family(qkv_bias=True),
    "qwen3": Family(qk_norm="head", head_dim=128),
    "gemma": Family(tied=True, head_dim=256),
    "gemma2": Family(tied=True, norms=4, head_dim=256, defaults=(("kv_heads", 4),)),
    "gemma3_text": Family(tied=True, norms=4, qk_norm="head", head_dim=256, defaults=(("kv_heads", 4),)),
    "phi": Family(gated=False, norms=1, bias=True),
    "gpt2": Family(gated=False, tied=True, bias=True, positions=True),
    "gpt_neox": Family(gated=False, bias=True, head_bias=False),
    "mixtral": Family(experts=True, defaults=(("kv_heads", 8), ("experts", 8), ("experts_per_token", 2))),
    "qwen2_moe": Family(
        experts=True, qkv_bias=True, defaults=(("kv_heads", 16), ("experts", 60), ("experts_per_token", 4))
    ),
    "qwen3_moe": Family(
        experts=True,
        qk_norm="head",
        defaults=(("kv_heads", 4), ("experts", 128), ("experts_per_token", 8)),
    ),
    "olmoe": Family(experts=True, qk_norm="full", defaults=(("experts", 64), ("experts_per_token", 8))),
    "gpt_oss": Family(
        experts=True,
        sinks=True,
        head_dim=64,
        defaults=(("kv_heads", 8), ("experts", 128), ("experts_per_token", 4)),
    ),
    "deepseek_v3": Family(experts=True, defaults=(("experts", 256), ("experts_per_token", 8))),
}
"""By `model_type`. Those with `defaults` state less in their configuration than others do."""


def latent_head_width(config: Mapping[str, Any]) -> int | None:
    """Return the mean width of a head of latent attention (DeepSeek-AI 2024, arXiv 2405.04434); None without.

    Its queries and keys are wider than its values; half the sum gives the two products their right cost, and
    keys and values together their right size.
    """
    if config.get("kv_lora_rank") is None:
        return None
    scores = int(config["qk_nope_head_dim"]) + int(config["qk_rope_head_dim"])
    return (scores + int(config["v_head_dim"])) // 2


def count_parameters(config: Mapping[str, Any], family: Family, sizes: ModelShape, *, tied: bool) -> int:
    """Return the number of parameters of a text model, from its configuration.

    Args:
        config: The configuration, the text part merged into the whole.
        family: Its architecture.
        sizes: Its sizes; `parameters` is not looked at.
        tied: Whether the output head is the input embedding (counted once).
    """
    norm = sizes.hidden * (2 if family.bias else 1)
    blocks = sizes.layers * (_attention(config, family, sizes) + family.norms * norm)
    total = blocks + _feed_forward(config, family, sizes) + norm + sizes.embedding_parameters
    return total + (sizes.vocabulary if family.bias and family.head_bias and not tied else 0)


def _attention(config: Mapping[str, Any], family: Family, sizes: ModelShape) -> int:
    if config.get("kv_lora_rank") is not None:
        return _latent_attention(config, sizes)
    hidden, width = sizes.hidden, sizes.head_width
    queries, keys = sizes.heads * width, sizes.kv_heads * width
    count = hidden * (2 * queries + 2 * keys)
    if family.bias or config.get("attention_bias", family.sinks):
        count += queries + 2 * keys + hidden
    elif config.get("qkv_bias", family.qkv_bias):
        count += queries + 2 * keys
    if family.qk_norm:
        count += 2 * width if family.qk_norm == "head" else queries + keys
    elif config.get("qk_layernorm"):
        count += 4 * width
    return count + (sizes.heads if family.sinks else 0)


def _latent_attention(config: Mapping[str, Any], sizes: ModelShape) -> int:
    nope, rope, value = (int(config[f"{part}_head_dim"]) for part in ("qk_nope", "qk_rope", "v"))
    latent, heads, hidden = int(config["kv_lora_rank"]), sizes.heads, sizes.hidden
    queries = config.get("q_lora_rank")
    if queries is None:
        count = hidden * heads * (nope + rope)
    else:
        count = int(queries) * (hidden + 1 + heads * (nope + rope))
    count += hidden * (latent + rope) + latent + latent * heads * (nope + value)
    return count + heads * value * hidden


def _feed_forward(config: Mapping[str, Any], family: Family, sizes: ModelShape) -> int:
    """Return the parameters of all feed-forward blocks together."""
    hidden = sizes.hidden
    matrices = 3 if family.gated else 2
    if not sizes.experts:
        block = matrices * hidden * sizes.intermediate
        if family.bias or config.get("mlp_bias"):
            block += hidden + sizes.intermediate * (matrices - 1)
        return sizes.layers * block
    routed = expert_layers(config, sizes.layers)
    shared = sizes.intermediate - sizes.experts_per_token * sizes.expert_width
    beside = sizes.experts * hidden + matrices * hidden * shared
    if config.get("shared_expert_intermediate_size"):
        beside += hidden  # the gate of the shared expert
    if family.sinks:
        beside += sizes.experts  # the router's bias
    dense = matrices * hidden * int(config.get("intermediate_size") or 0)
    return sizes.expert_parameters + routed * beside + (sizes.layers - routed) * dense


def expert_parameters(config: Mapping[str, Any], family: Family, sizes: ModelShape) -> int:
    """Return the parameters of all routed experts of all layers; 0 without any."""
    matrices = 3 if family.gated else 2
    one = matrices * sizes.hidden * sizes.expert_width
    if family.sinks:
        one += 2 * sizes.expert_width + sizes.hidden
    return expert_layers(config, sizes.layers) * sizes.experts * one


def expert_layers(config: Mapping[str, Any], layers: int) -> int:
    """Return how many blocks have experts; the others are dense."""
    first = int(config.get("first_k_dense_replace") or 0)
    dense = set(config.get("mlp_only_layers") or ()) | set(range(first))
    every = int(config.get("decoder_sparse_step") or 1)
    return sum(layer not in dense and (layer + 1) % every == 0 for layer in range(layers))
