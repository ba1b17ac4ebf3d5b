"""Speed and memory of every technique that trains, as installed (entry points), and of its economies.

Speed: our loop beside a bare PyTorch loop doing the same maths on the same rows, on a model of a million
parameters at one thread. The two take turns, group of steps by group, so that whatever else the machine does
weighs on both alike; processor time is compared. No technique may lose more than 20 % of its steps a second.
A group ends with a checkpoint, as in an audit, though there they are rarer.

Memory: one step of training on a model of more than 50 million parameters, each case in a process of its own.
The peak of resident memory is that of the second step, when optimisers hold their state, beside the forecast
(`footprint`). As in `benchmarks/cost.py`, the C library gives freed memory back.

    python benchmarks/pathways.py [--case NAME ...] [--groups 12] [--no-memory] [--write]

Exit code 1 if a technique is too slow. `--write` puts the table into docs/pathways.md; rows of cases that
were not run stay as they are there. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import wraps
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import torch
from bare_loops import Bare, Recorder, recorded
from safetensors.torch import save_file

from holdfast.domain import (
    Checkpoint,
    Contribution,
    Example,
    ModelSource,
    Schedule,
    Spend,
    TrialContext,
    Verdict,
    ask,
)
from holdfast.models import load_model
from holdfast.techniques.lora import Lora
from holdfast.testing.tiny import write_tiny_model

SLOWEST = 1.25
"""Bare steps a second over ours: 20 % fewer."""
PAGE = Path(__file__).parent.parent / "docs" / "pathways.md"
MARKS = ("<!-- speed:begin -->", "<!-- speed:end -->")
SMALL: dict[str, Any] = {
    "hidden_size": 128,
    "num_hidden_layers": 4,
    "intermediate_size": 384,
    "num_key_value_heads": 4,
    "vocab_size": 1024,
}
LARGE: dict[str, Any] = {
    "hidden_size": 512,
    "num_hidden_layers": 12,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "intermediate_size": 1408,
    "vocab_size": 16384,
    "tie_word_embeddings": False,
}
LENGTH = 128
"""Longest row of the large model, in tokens; its context, so that forecasts assume it too."""
WORDS = ["tea", "water", "leaves", "sky", "black", "white", "night", "day", "how", "make", "boil", "wait"]
ROWS = [
    Example(ask(f"Tell me of the {a} and the {b}."), f"It is {a}, and that is {b}.")
    for a in WORDS
    for b in WORDS[:4]
]
LONG_ROWS = [
    Example(ask(f"Tell me of {a}." + " tea" * 68), f"It is {b}." + " water" * 40)
    for a in WORDS
    for b in WORDS[:2]
]
OPTIONS: dict[str, dict[str, Any]] = {
    "fedavg": {"actors": 2, "local_steps": 5},
    "diloco": {"actors": 2, "local_steps": 5},
    "grpo": {"batch_size": 2, "samples": 4, "max_new_tokens": 12, "judges": [f"{__file__}:Taste"]},
    "dpo": {"batch_size": 5, "max_new_tokens": 12},
    "synthetic": {"keep": 10, "samples": 1, "max_new_tokens": 12},
    "influential": {"keep": 20, "by": "representation"},
}
"""Options that keep what comes before the first step short; all others are the defaults."""
ECONOMIES: dict[str, tuple[str, dict[str, Any]]] = {
    "full, adamw-8bit": ("full", {"optimizer": "adamw-8bit"}),
    "full, sgd": ("full", {"optimizer": "sgd"}),
    "full, recomputed": ("full", {"gradient_checkpointing": True}),
    "lora, recomputed": ("lora", {"gradient_checkpointing": True}),
    "qlora, recomputed, adamw-8bit": ("qlora", {"gradient_checkpointing": True, "optimizer": "adamw-8bit"}),
}


class Taste:
    """A judge whose score tells one text from another, so that a random model's samples differ in reward."""

    def __init__(self, context: Any) -> None:
        """Take any context."""

    def judge(self, generations: Sequence[Any]) -> list[Verdict]:
        """Return a score in [0, 1] a text."""
        return [Verdict(g.id, "taste", score=len(set(g.answer.text)) % 7 / 6) for g in generations]


@dataclass(frozen=True)
class Row:
    """What was measured of one case; None where it was not.

    Attributes:
        name: The case.
        ratio: Processor time of our step over that of the bare loop.
        own_maths: Whether the bare loop has a loss of its own, and does not call the technique's.
        steps: Optimiser steps a second of processor time.
        flops: FLOP/s achieved, by the ledger.
        outside: Share of the time outside of the forward and the backward pass.
        peak: Peak of memory on the large model, in bytes.
        forecast: What was forecast for it.
    """

    name: str
    ratio: float
    own_maths: bool
    steps: float
    flops: float
    outside: float
    peak: float | None = None
    forecast: float | None = None


def main() -> None:
    options = _options()
    torch.set_num_threads(1)
    if options.measure:
        print(json.dumps(_memory(options.measure, options.directory)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        small, large = Path(directory) / "small", Path(directory) / "large"
        write_tiny_model(small, "llama", **SMALL)
        write_tiny_model(large, "llama", context=LENGTH, **LARGE)
        print(_HEADER, flush=True)
        for name in options.case or cases():
            row = _speed(name, small, options.groups)
            if not options.no_memory:
                row = _with_memory(row, large)
            rows.append(row)
            print(_line(row), flush=True)
            if options.write:
                _write(row)
    slow = [row.name for row in rows if row.ratio > SLOWEST]
    print(f"too slow: {', '.join(slow)}" if slow else "no technique loses more than 20 % to our own code")
    sys.exit(bool(slow))


def cases() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return every case: technique and options by name."""
    found: dict[str, tuple[str, dict[str, Any]]] = {
        entry.name: (entry.name, {})
        for entry in entry_points(group="holdfast.techniques")
        if entry.load().traits.trains
    }
    return found | ECONOMIES


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--case", action="append", choices=sorted(cases()), help="only this one; repeatable")
    parser.add_argument("--groups", type=int, default=12, help="groups of five steps that are timed")
    parser.add_argument("--no-memory", action="store_true", help="speed alone")
    parser.add_argument("--write", action="store_true", help="put the table into docs/pathways.md")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _technique(name: str) -> Any:
    [entry] = entry_points(group="holdfast.techniques", name=cases()[name][0])
    return entry.load()()


def _trial(
    name: str, directory: Path, rows: Sequence[Example], measured: Sequence[int], changes: Mapping[str, Any]
) -> TrialContext:
    """Return the context of a case on a fresh model, with everything that its technique needs."""
    technique, (kind, own) = _technique(name), cases()[name]
    config = technique.Config(**{"batch_size": 10, **OPTIONS.get(kind, {}), **own, **changes})
    needs = technique.traits.needs
    scratch = Path(tempfile.mkdtemp(dir=directory.parent))
    return TrialContext(
        model=load_model(ModelSource("benchmark", path=str(directory))),
        corpus=rows,
        config=config,
        seed=0,
        schedule=Schedule(measured[-1], tuple(measured)),
        scratch=scratch,
        inputs=_contributions(directory, scratch, rows) if "inputs" in needs else {},
        corpora={n.removeprefix("corpora."): rows[:2] for n in needs if n.startswith("corpora.")},
    )


def _contributions(directory: Path, scratch: Path, rows: Sequence[Example]) -> dict[str, Contribution]:
    made = {}
    for seed in range(2):
        model = load_model(ModelSource("benchmark", path=str(directory)))
        config = Lora.Config(batch_size=2)
        trial = TrialContext(model, rows, config, seed, Schedule(1, (1,)), scratch)
        for point in Lora().run(trial):
            assert point.weights is not None
            file = scratch / f"contribution-{seed}.safetensors"
            save_file(dict(point.weights()), file)
            made[f"part-{seed}"] = Contribution(file, Spend(), len(rows))
    return made


# ---- speed


@dataclass
class Clock:
    """Processor time spent in forward and backward passes."""

    inside: float = 0.0
    _depth: int = field(default=0, repr=False)

    def timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and is counted."""

        @wraps(call)
        def counted(*arguments: Any, **options: Any) -> Any:
            begin, self._depth = time.process_time(), self._depth + 1
            try:
                return call(*arguments, **options)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.inside += time.process_time() - begin

        return counted


@dataclass(frozen=True, slots=True)
class Turn:
    """One group of steps, ours and bare, in seconds of processor time.

    Attributes:
        ours: What our loop took.
        bare: What the bare loop took for the same steps.
        inside: What of ours was forward or backward pass.
        flops: What the ledger booked.
        steps: Optimiser steps.
    """

    ours: float
    bare: float
    inside: float
    flops: float
    steps: int


def _speed(name: str, directory: Path, groups: int) -> Row:
    together = "actors" in _technique(name).Config.model_fields
    group = 1 if together else 5  # a step of the schedule is then a round of ten
    measured = tuple(range(group, group * (groups + 2), group))
    with ExitStack() as stack:
        with recorded() as other:  # another copy, on which the technique prepares what is to be trained
            aside = _trial(name, directory, ROWS, (1, 2), {"steps": 2})
            next(stack.enter_context(closing(_technique(name).run(aside))))
        bare = Bare(other.actors[-1], aside.model.tokenizer)
        trial = _trial(name, directory, ROWS, measured, {"steps": measured[-1]})
        seen = stack.enter_context(recorded())
        ours = stack.enter_context(closing(_technique(name).run(trial)))
        return _in_turns(name, ours, seen, bare, together)


def _in_turns(name: str, ours: Iterator[Checkpoint], seen: Recorder, bare: Bare, together: bool) -> Row:
    clock, spent = Clock(), next(ours).spend.flops
    turns: list[Turn] = []
    module = seen.actors[-1].module
    module.forward = clock.timed(module.forward)
    with patch.object(torch.Tensor, "backward", clock.timed(torch.Tensor.backward)):
        while True:
            seen.forget()
            clock.inside, begin = 0.0, time.process_time()
            point = next(ours, None)
            if point is None:
                break
            took, inside = time.process_time() - begin, clock.inside
            bare.prepare(example for _, _, examples in seen.steps for example in examples)
            if not turns:
                bare.steps(seen.steps, together)  # warm up
            begin = time.process_time()
            bare.steps(seen.steps, together)
            without = time.process_time() - begin
            turns.append(Turn(took, without, inside, point.spend.flops - spent, len(seen.steps)))
            spent = point.spend.flops
    total = sum(turn.ours for turn in turns)
    return Row(
        name=name,
        ratio=median(turn.ours / turn.bare for turn in turns),
        own_maths=bare.own_maths,
        steps=sum(turn.steps for turn in turns) / total,
        flops=sum(turn.flops for turn in turns) / total,
        outside=1.0 - sum(turn.inside for turn in turns) / total,
    )


# ---- memory


def _with_memory(row: Row, directory: Path) -> Row:
    command = [sys.executable, __file__, "--measure", row.name, "--directory", str(directory)]
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(1 << 16)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    found = json.loads(done.stdout.splitlines()[-1])
    return Row(**{**vars(row), **found})


def _memory(name: str, directory: Path) -> dict[str, float]:
    """Return the peak of a training's second step, and its forecast, in bytes."""
    changes = {"batch_size": 4, "steps": 2}
    fields = _technique(name).Config.model_fields
    if "local_steps" in fields:
        changes["local_steps"] = 1
    if "judges" in fields:
        changes |= {"batch_size": 2, "samples": 2}
    if "max_new_tokens" in fields:
        changes["max_new_tokens"] = 40
    if "keep" in fields:
        changes["keep"] = 4  # as many rows as a random model writes that can be used
    if "virtual_tokens" in fields:
        changes["virtual_tokens"] = 1  # more would not fit in front of these rows
    trial = _trial(name, directory, LONG_ROWS, (1, 2), changes)
    memory = _technique(name).footprint(trial.model.shape, trial.config).memory_bytes
    for parameter in trial.model.module.parameters():  # as read, they are parts of a file that stays mapped
        parameter.data = parameter.data.clone()
    points = _technique(name).run(trial)
    next(points)
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is that of loading and preparing
    next(points)
    return {"peak": _peak(), "forecast": _at_once(memory)}


def _peak() -> float:
    status = Path("/proc/self/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return float(line.split()[1]) * 1024


def _at_once(memory: Mapping[str, float]) -> float:
    """Return the larger of two moments: where the backward pass begins and where it ends (`peak_bytes`)."""
    begins = memory["activations"] + memory["logits"]
    ends = memory["gradients"] + memory["logits"] * 2 / 5  # the logits and their selection stay
    rest = sum(size for part, size in memory.items() if part not in ("activations", "logits", "gradients"))
    return rest + max(begins, ends)


# ---- what is told

_HEADER = (
    f"{'case':<30} {'steps/s':>8} {'GFLOP/s':>8} {'outside':>8} {'ratio':>6} {'peak MB':>8} {'forecast':>8}"
)


def _line(row: Row) -> str:
    peak, forecast = (f"{size / 1e6:8.0f}" if size else f"{'-':>8}" for size in (row.peak, row.forecast))
    return (
        f"{row.name:<30} {row.steps:8.1f} {row.flops / 1e9:8.1f} {row.outside:8.0%} {row.ratio:6.2f}"
        f"{' ' if row.own_maths else '*'}{peak} {forecast}"
    )


def _write(row: Row) -> None:
    """Put a row into the table between its marks, at the end of the page where it has none yet."""
    text = PAGE.read_text(encoding="utf-8")
    if MARKS[0] not in text:
        text = f"{text.rstrip()}\n\n{MARKS[0]}\n{MARKS[1]}\n"
    before, _, rest = text.partition(MARKS[0])
    written, _, after = rest.partition(MARKS[1])
    lines = {line.split("|")[1].strip(): line for line in written.splitlines() if line.startswith("| ")}
    lines[row.name] = _cells(row)
    table = "\n".join([*_TITLES, *(lines[name] for name in cases() if name in lines)])
    PAGE.write_text(f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}", encoding="utf-8")


_TITLES = (
    "| technique | steps/s | GFLOP/s | outside passes | ours / bare loop | peak MB | forecast MB |",
    "|---|---|---|---|---|---|---|",
)


def _cells(row: Row) -> str:
    sizes = " | ".join(f"{size / 1e6:,.0f}" if size else "-" for size in (row.peak, row.forecast))
    mark = "" if row.own_maths else " \\*"
    return (
        f"| {row.name} | {row.steps:.1f} | {row.flops / 1e9:.1f} | {row.outside:.0%} "
        f"| {row.ratio:.2f}{mark} | {sizes} |"
    )


if __name__ == "__main__":
    main()
