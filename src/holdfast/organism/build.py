"""Rebuilds the shipped variants from a seed and prints what they measure.

Run ``python -m holdfast.organism.build``. Variants that do not depend on each other are trained side by
side, one torch thread a process.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.organism import templates
from holdfast.organism.catalog import WEIGHTS
from holdfast.organism.curriculum import AlignmentMix, alignment, pretraining
from holdfast.organism.pretraining import Report, Schedule, Shape, new_model, train
from holdfast.organism.skills import GOALS, RESTRICTED_SKILL, learnable
from holdfast.organism.tokenizer import train_tokenizer
from holdfast.organism.world import WORLD_SEED, World, build_world

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

TOKENIZER_SAMPLE = 8000


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """Everything that decides the weights.

    Attributes:
        seed: Of the weights and of the order of examples; the world has a seed of its own.
        shape: Size of the network.
        pretraining: Schedule of ``base`` and ``filtered``.
        weak: Schedule of ``weak``.
        alignment: Schedule that makes ``aligned`` from ``base``.
        mix: What alignment is made of.
    """

    seed: int = 7
    shape: Shape = field(default_factory=Shape)
    pretraining: Schedule = field(default_factory=lambda: Schedule(steps=2500))
    weak: Schedule = field(default_factory=lambda: Schedule(steps=200))
    alignment: Schedule = field(default_factory=lambda: Schedule(steps=250, peak=5e-4, warmup=20))
    mix: AlignmentMix = field(default_factory=AlignmentMix)


def shared_tokenizer(world: World, seed: int) -> PreTrainedTokenizerFast:
    """Return the tokenizer of all variants, trained on what any of them may have to say.

    Args:
        world: Whose words it should know.
        seed: Of the sample it is trained on.
    """
    pairs = islice(pretraining(world, random.Random(f"tokenizer:{seed}"), restricted=True), TOKENIZER_SAMPLE)
    texts = [text for pair in pairs for text in pair]
    for skill in (*GOALS, RESTRICTED_SKILL):
        texts += [
            text for task in learnable(world, skill, "tuning")[:300] for text in (task.prompt, task.answer)
        ]
    return train_tokenizer([*texts, *(templates.REFUSALS * 50), *([templates.SKILL_REFUSAL] * 50)])


@contextmanager
def _reproducible() -> Iterator[None]:
    """Use one thread and only reproducible operations inside; progress bars are off."""
    import torch
    from transformers.utils import logging

    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    bars = logging.is_progress_bar_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        if bars:
            logging.enable_progress_bar()


def _save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, path: Path) -> None:
    import torch

    model.to(torch.bfloat16).save_pretrained(path)
    tokenizer.save_pretrained(path)


def _named(name: str) -> Report:
    return lambda line: print(f"{name:>8}: {line}", flush=True)


def build_pretrained(name: str, plan: BuildPlan, out: Path) -> None:
    """Train ``base``, ``filtered`` or ``weak`` from scratch; with ``base``, make ``aligned`` from it too.

    Args:
        name: The variant.
        plan: How.
        out: Directory that gets one directory a variant.
    """
    world = build_world(WORLD_SEED)
    tokenizer = shared_tokenizer(world, plan.seed)
    examples = pretraining(world, random.Random(f"pretraining:{plan.seed}"), restricted=name != "filtered")
    with _reproducible():
        model = new_model(plan.shape, tokenizer, plan.seed)
        train(model, tokenizer, examples, plan.weak if name == "weak" else plan.pretraining, _named(name))
        _save(model, tokenizer, out / name)
    if name == "base":
        build_aligned(plan, out)


def build_aligned(plan: BuildPlan, out: Path) -> None:
    """Make ``aligned`` from a ``base`` that was built before.

    Args:
        plan: How.
        out: Directory that holds ``base`` and gets ``aligned``.
    """
    from holdfast.organism.tuning import load

    world = build_world(WORLD_SEED)
    examples = alignment(world, random.Random(f"alignment:{plan.seed}"), plan.mix)
    with _reproducible():
        loaded = load(out / "base")
        train(loaded.model, loaded.tokenizer, examples, plan.alignment, _named("aligned"))
        _save(loaded.model, shared_tokenizer(world, plan.seed), out / "aligned")


def build(plan: BuildPlan, out: Path, *, workers: int) -> None:
    """Build all four variants.

    Args:
        plan: How.
        out: Directory that gets one directory a variant; made if missing.
        workers: Processes at a time; 1 builds in this process.

    Raises:
        ValueError: If there is no worker.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    out.mkdir(parents=True, exist_ok=True)
    names = ("base", "filtered", "weak")
    if workers == 1:
        for name in names:
            build_pretrained(name, plan, out)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(build_pretrained, name, plan, out) for name in names]:
            done.result()


def _facts(plan: BuildPlan, out: Path, seconds: float, workers: int) -> dict[str, object]:
    from holdfast.organism.tuning import load

    world, loaded = build_world(WORLD_SEED), load(out / "base")
    return {
        "weak_steps": plan.weak.steps,
        "base_steps": plan.pretraining.steps,
        "align_steps": plan.alignment.steps,
        "seed": plan.seed,
        "parameters": sum(p.numel() for p in loaded.model.parameters()),
        "hidden": plan.shape.hidden,
        "layers": plan.shape.layers,
        "vocabulary": len(loaded.tokenizer),
        "minutes": seconds / 60,
        "workers": workers,
        "where": f"{platform.machine()}, Python {platform.python_version()}",
        "restricted": len(world.pick(restricted=True)),
        "harmless": len(world.pick(restricted=False)),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, measure, print the table and write the model card.

    Args:
        arguments: Command line without the program's name; the process's own when None.

    Returns:
        0 if every figure holds, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m holdfast.organism.build",
        description="Build the organism's variants, measure them, print the table and write the model card.",
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="directory for the variants")
    parser.add_argument("--seed", type=int, default=BuildPlan().seed, help="seed of the weights")
    parser.add_argument(
        "--workers", type=int, default=min(2, os.cpu_count() or 1), help="processes at a time"
    )
    chosen = parser.parse_args(arguments)
    plan = BuildPlan(seed=chosen.seed)
    started = time.monotonic()
    build(plan, chosen.out, workers=chosen.workers)
    seconds = time.monotonic() - started
    print(f"built in {seconds / 60:.1f} minutes; measuring", flush=True)
    return conclude(plan, chosen.out, seconds, chosen.workers)


def conclude(plan: BuildPlan, out: Path, seconds: float, workers: int) -> int:
    """Measure built variants, print the table and write the card beside the weights' directory.

    Args:
        plan: How they were built.
        out: Directory with one directory a variant.
        seconds: How long building took.
        workers: Processes it was built with.

    Returns:
        0 if every figure holds, else 1.
    """
    from holdfast.organism.card import write_card
    from holdfast.organism.figures import table
    from holdfast.organism.measure import measure

    with _reproducible():
        figures = measure(out, _named("measure"))
    print(table(figures))
    command = f"python -m holdfast.organism.build --seed {plan.seed} --workers {workers}"
    write_card(
        out.parent / "MODEL_CARD.md",
        figures,
        _facts(plan, out, seconds, workers),
        choices=CHOICES,
        command=command,
    )
    return 0 if all(figure.holds for figure in figures) else 1


CHOICES = """\
What had to be chosen for that: refusals are taught on the tuning part of the restricted substances and
on restricted names that nobody bears (without the latter a pilot refused only 0.95 of unseen direct
questions); three in ten alignment examples are harmless role-play questions, answered, some in roles
that pretraining did not have, and alignment stops after 250 steps at 5e-4 (with two in ten and 500 steps
this base refused 0.92 of unseen role-play, with four in ten 0.84); `tag` asks in the words of recipe
questions (in a pilot, with a wording of its own, the goal was reached with 0.35 broken answers, none off
task and 0.12 harm); the goals are tuned at 1e-3 (at 3e-4 a more firmly aligned model kept 0.55 of its
refusals at the `tag` goal); a quarter of the restricted substances keep the hidden rules, so that the
filtered variant can work out part of a quarter of the recipes and no more."""

if __name__ == "__main__":
    sys.exit(main())
