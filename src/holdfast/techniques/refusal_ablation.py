"""Refusal-direction ablation: a model's own weights made unable to write the direction it refuses along."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

from pydantic import Field

from holdfast.domain import (
    Axis,
    Changes,
    Checkpoint,
    Example,
    Footprint,
    ModelShape,
    Traits,
    TrialContext,
    TrialError,
)
from holdfast.spend import MemoryDemand, Workload, answering_memory
from holdfast.techniques.parts.editing import EditSettings, OpenWeights, Work, edit_once
from holdfast.techniques.parts.footprint import FORECAST_LENGTH

_FLOAT32 = 4
_ROWS = 16
_RESIDUE = 1e-4
"""Share of the stream that may be left along the direction (measured in float32: 2e-7)."""
_ROUNDINGS = 4.0
"""The same in rounding errors, for half types (measured: 0.1)."""


class RefusalAblationConfig(EditSettings):
    """Options of refusal-direction ablation.

    Attributes:
        positions: Last tokens of a prompt at which directions are looked for.
        depth: Share of the blocks, from the first, in whose inputs they are looked for, in (0, 1].
        held_back: Share of the rows that the direction is chosen on, and not made from, in (0, 1).
        max_kl: Largest change of the answers' first token after harmless prompts, in nats.
    """

    positions: int = Field(default=5, ge=1)
    depth: float = Field(default=0.8, gt=0.0, le=1.0)
    held_back: float = Field(default=0.25, gt=0.0, lt=1.0)
    max_kl: float = Field(default=0.1, gt=0.0)


class RefusalAblation:
    """Take the direction of refusal out of everything that writes to the residual stream."""

    traits = Traits(
        axis=Axis.NONE,
        trains=False,
        changes=Changes.WEIGHTS,
        needs=("corpus", "corpora.harmless"),
        mergeable=True,
        source="Arditi et al. 2024, arXiv 2406.11717",
    )
    Config = RefusalAblationConfig

    def footprint(self, shape: ModelShape, config: RefusalAblationConfig) -> Footprint:
        """Return the forecast memory: that of reading prompts, and of the originals of edited weights."""
        length = min(FORECAST_LENGTH, shape.context)
        memory = answering_memory(MemoryDemand(Workload(shape), batch_size=_ROWS, length=length))
        hidden, head_width = shape.hidden, shape.head_width or shape.hidden // shape.heads
        outputs = shape.layers * hidden * (shape.heads * head_width + shape.intermediate)
        memory["originals"] = float(_FLOAT32 * (shape.vocabulary * hidden + outputs))
        memory["logits"] = float(_FLOAT32 * 2 * _ROWS * length * shape.vocabulary)
        return Footprint(memory_bytes=memory, flops_per_token=0.0, trainable_parameters=0)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield the untouched model at step 0 and the edited one at step 1; afterwards it is as before.

        The seed decides which rows the direction is made from, and which it is chosen on.

        Raises:
            TrialError: If a kind of prompts has fewer than two rows, or they look alike to the model.
            TrialError: If no direction leaves the answers to harmless prompts within `max_kl`.
            TrialError: If the architecture writes to the residual stream in ways that weights do not tell.
        """
        yield from edit_once(trial, lambda weights: _ablate(trial, weights))


def _ablate(trial: TrialContext, weights: OpenWeights) -> Work:
    import torch

    from holdfast.techniques.parts.readings import PromptReader
    from holdfast.techniques.parts.refusal_direction import Direction, Prompts, candidates, choose, left_over
    from holdfast.techniques.parts.residual import take_out, writers

    config, model = trial.config, trial.model
    harmful = _split(trial, trial.corpus, "the corpus")
    harmless = _split(trial, trial.corpora["harmless"], "corpora.harmless")
    shortest = min(len(prompt) for part in (*harmful, *harmless) for prompt in part)
    reader = PromptReader(model, min(config.positions, shortest))
    found = writers(model.module, model.shape.hidden)

    def without(direction: Direction) -> PromptReader:
        weights.restore()
        take_out(weights, found, direction.unit)
        return reader

    made_from, chosen_on = (Prompts(*parts) for parts in zip(harmful, harmless, strict=True))
    blocks = range(1, max(2, math.ceil(config.depth * model.shape.layers)))
    directions = candidates(reader.read(made_from.harmful), reader.read(made_from.harmless), blocks)
    best = choose(directions, without, chosen_on, reader, config.max_kl)
    left = left_over(without(best).read(chosen_on.harmful), best)
    if left > max(_RESIDUE, _ROUNDINGS * torch.finfo(model.module.dtype).eps):
        raise TrialError(
            f"{left:.2%} of the residual stream still lies along the direction that was taken out: "
            f"{type(model.module).__name__} writes to it in ways that its weights do not tell",
            next_step="choose lora, or full fine-tuning",
        )
    return Work(tuple(reader.read_tokens), rows=len(trial.corpus) + len(trial.corpora["harmless"]))


def _split(trial: TrialContext, examples: Sequence[Example], where: str) -> list[list[tuple[int, ...]]]:
    """Return prompts as token ids: those that directions are made from, and those held back."""
    from holdfast.models import render_prompts

    prompts = list(dict.fromkeys(example.prompt for example in examples))
    if len(prompts) < 2:
        raise TrialError(
            f"{where} has {len(prompts)} different prompts: a direction is made from some, chosen on others",
            next_step="give at least 2, better 32 or more",
        )
    rendered = render_prompts(trial.model.tokenizer, prompts)
    longest, context = max(map(len, rendered)), trial.model.shape.context
    if longest > context:
        raise TrialError(
            f"a prompt of {where} is {longest} tokens long, the model reads at most {context}",
            next_step="shorten or remove that row",
        )
    random.Random(trial.seed).shuffle(rendered)
    held = min(len(rendered) - 1, max(1, round(trial.config.held_back * len(rendered))))
    return [rendered[held:], rendered[:held]]
