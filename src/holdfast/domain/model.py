"""Models by reference, and the contract of something that can answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from holdfast.domain.conversation import Conversation
from holdfast.domain.generation import Answer, Decoding


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where a model is.

    Attributes:
        name: Its name in the audit.
        path: Directory of weights + tokenizer; None for a hub model.
        hub: `org/name` on the hub; None for a directory.
        revision: Hub revision (commit or tag).
        adapter: Directory of a PEFT adapter to put on top; None for none.
        dtype: `float32`, `bfloat16` or `float16`: the precision it is loaded and trained in.
        allow_pickle: Load `.bin` weights (can execute code); refused unless set.
        trust_remote_code: Run the model's own Python code; refused unless set.
    """

    name: str
    path: str | None = None
    hub: str | None = None
    revision: str | None = None
    adapter: str | None = None
    dtype: str = "float32"
    allow_pickle: bool = False
    trust_remote_code: bool = False


@dataclass(frozen=True, slots=True)
class ModelDigest:
    """What identifies a model.

    Attributes:
        digest: sha256 (hex) over everything below.
        tensors: sha256 (hex) of each tensor's dtype, shape and bytes, by name.
        tokenizer: sha256 of the tokenizer files.
        template: sha256 of the chat template in force.
        parent: Digest of the model this one was made from; None if unknown.
        config: sha256 of the configuration that gives the tensors their meaning (architecture, adapter
            scaling, stop tokens).
    """

    digest: str
    tensors: dict[str, str]
    tokenizer: str
    template: str
    parent: str | None = None
    config: str = ""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Sizes that memory and FLOPs follow from, read from a `config.json` alone.

    Attributes:
        parameters: All parameters, embeddings included (tied ones once).
        embedding_parameters: Parameters of the input embedding and of an untied output head.
        layers: Transformer blocks.
        hidden: Width of the residual stream.
        intermediate: Width of the feed-forward block as one token meets it: in a mixture of experts, that of
            the experts it is sent to and of the shared expert together.
        heads: Attention heads.
        kv_heads: Key/value heads.
        vocabulary: Tokens in the vocabulary.
        context: Longest sequence, in tokens.
        head_width: Width of one attention head; 0 where it is `hidden // heads`.
        gated: Whether the feed-forward block has a gate: three matrices instead of two.
        experts: Routed experts a block; 0 for a dense model.
        experts_per_token: Experts that one token is sent to.
        expert_width: Width of one expert.
        expert_parameters: Parameters of all routed experts of all blocks, part of `parameters`.
    """

    parameters: int
    embedding_parameters: int
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int
    head_width: int = 0
    gated: bool = True
    experts: int = 0
    experts_per_token: int = 0
    expert_width: int = 0
    expert_parameters: int = 0

    @property
    def idle_parameters(self) -> int:
        """Parameters that one token does not meet: the experts it is not sent to."""
        if not self.experts:
            return 0
        return self.expert_parameters * (self.experts - self.experts_per_token) // self.experts


class Subject(Protocol):
    """Something that can answer and score: a model at a checkpoint, or a model behind an input attack."""

    def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
        """Return `decoding.samples` answers for each prompt, in order."""
        ...

    def score(self, prompts: Sequence[Conversation], answers: Sequence[str]) -> list[float | None]:
        """Return the mean log-likelihood (nats a token) of each answer; None for an empty answer."""
        ...
