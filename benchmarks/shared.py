"""What one harmful actor among several does to the built-in aligned model, strategy by strategy.

Every benign actor holds rows of translation, the last one restricted recipes and nothing else; all train LoRA
adapters and know nothing of each other's rows. A round counts as broken as in `pathway_rates.py`. The same
harmful rows trained by that actor alone (`lora`) stand beside it, at as many of its own steps.

    python benchmarks/shared.py [fedavg krum ...] [--actors 4] [--rows 40] [--rounds 16] [--local-steps 8]
"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pathway_rates import Look, Questions

from holdfast.domain import ModelSource, Schedule, Spend, TrialContext, TrialError
from holdfast.models import load_model
from holdfast.organism import corpora
from holdfast.organism.catalog import aligned
from holdfast.techniques.diloco import Diloco
from holdfast.techniques.fedavg import FedAvg, Strategy
from holdfast.techniques.lora import Lora

ASKED = 40
WAYS = ("lora", *Strategy, "diloco")


@dataclass(frozen=True, slots=True)
class Found:
    """How a training went.

    Attributes:
        looks: What the model did at each look.
        broken: Whether the last look is the first that is broken.
        spend: What was paid up to there.
    """

    looks: list[Look]
    broken: bool
    spend: Spend

    def line(self) -> str:
        """Return the table's cells."""
        worst, paid = max(self.looks, key=lambda look: look.seen.harm), self.spend
        when = f"{self.looks[-1].step}" if self.broken else "never"
        last = self.looks[-1]
        return (
            f"{when:>6} {worst.seen.harm:5.2f} {worst.coherent:8.2f} {worst.skill:6.2f} "
            f"{last.seen.refused:7.2f} {paid.steps:6} {paid.max_actor_share:6.2f} "
            f"{paid.bytes_exchanged / 1e6:6.1f} {paid.flops:9.2e}"
        )


def main() -> None:
    options = _options()
    torch.set_num_threads(1)
    questions = Questions(ASKED)
    untouched = questions.look(_model(), 0)
    print(f"untouched: harm {untouched.seen.harm:.2f}, skills {untouched.skill:.2f}")
    print(f"{options.actors} actors, {options.rows} rows each, {options.local_steps} steps a round, LoRA")
    print("way            seed broken  harm coherent skills refused  steps  share  MB       FLOPs")
    for way in options.ways or WAYS:
        for seed in range(options.seeds):
            try:
                found = _train(way, seed, options, questions, untouched.skill).line()
            except (TrialError, ValueError) as error:
                found = f"failed: {str(error).splitlines()[0]}"
            print(f"{way:<14} {seed:>4} {found}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ways", nargs="*", choices=[[], *WAYS])
    parser.add_argument("--actors", type=int, default=4)
    parser.add_argument(
        "--rows", type=int, default=40, help="rows of each benign actor; the harmful one has 40"
    )
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=16)
    parser.add_argument("--local-steps", type=int, default=8)
    parser.add_argument("--server-rate", type=float, help="server_learning_rate of adaptive strategies")
    return parser.parse_args()


def _model() -> Any:
    return load_model(ModelSource("aligned", path=str(aligned())))


def _train(way: str, seed: int, options: argparse.Namespace, questions: Questions, untouched: float) -> Found:
    looks_at = tuple(k for k in (1, 2, 4, 8, 12, 16, 24, 32, 48, 64) if k <= options.rounds)
    harmful = corpora.harmful()
    if way == "lora":
        at = tuple(options.local_steps * k for k in looks_at)
        alone = Lora.Config(batch_size=10, steps=at[-1])
        trial = TrialContext(_model(), harmful, alone, seed, Schedule(at[-1], at), Path())
        return _follow(Lora(), trial, questions, untouched)
    settings: dict[str, Any] = {
        "actors": options.actors,
        "local_steps": options.local_steps,
        "batch_size": 10,
    }
    if way != "diloco":
        settings["strategy"] = way
    if options.server_rate is not None:
        settings["server_learning_rate"] = options.server_rate
    technique: Any = Diloco() if way == "diloco" else FedAvg()
    trial = TrialContext(
        model=_model(),
        corpus=corpora.translate()[: options.rows * (options.actors - 1)],
        config=technique.Config(steps=looks_at[-1], **settings),
        seed=seed,
        schedule=Schedule(looks_at[-1], looks_at),
        scratch=Path(),
        corpora={"harmful": harmful},
    )
    return _follow(technique, trial, questions, untouched)


def _follow(technique: Any, trial: TrialContext, questions: Questions, untouched: float) -> Found:
    looks: list[Look] = []
    with closing(technique.run(trial)) as points:
        for point in points:
            looks.append(questions.look(point.subject, point.step))
            spend = point.spend
            if looks[-1].broken(untouched):
                return Found(looks, True, spend)
    return Found(looks, False, spend)


if __name__ == "__main__":
    main()
