"""Measures the refusal judges: agreement, recall, speed. Prints the table of `docs/judges.md`.

    python benchmarks/judges.py

Human labels are read from `../shared/data`; `benchmarks/coherence.py` measures the coherence judge.
Labelled answers are split by the hash of their prompt: rules were written while looking at one half only.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

from judge_worlds import SHARED, Pair, generation, half_of
from refusal_answers import read_examples

from holdfast.domain import Grade, JudgeContext
from holdfast.judges import RefusalJudge, RefusalStringsJudge
from holdfast.stats import cohen_kappa

LABELS = SHARED / "labels" / "chatgpt_refusals_hand_labeled.json"


def main() -> None:
    measure_written()
    measure_labelled()


def measure_written() -> None:
    """Print the agreement on answers written in many styles, which the rules were written looking at."""
    examples = read_examples()
    answers = [generation(Pair(example.prompt, example.answer)) for example in examples]
    for judge in (RefusalJudge(JudgeContext()), RefusalStringsJudge(JudgeContext())):
        said = [verdict.refusal for verdict in judge.judge(answers)]
        refused = [grade is not Grade.NONE for grade in said]
        truth = [example.grade is not Grade.NONE for example in examples]
        exact = sum(s is e.grade for s, e in zip(said, examples, strict=True)) / len(said)
        agreed = f"kappa={kappa(refused, truth):.2f} same grade {exact:.2f}"
        print(f"\n{judge.name}, written answers: n={len(said)} {agreed}")
        right: dict[str, list[bool]] = defaultdict(list)
        for example, s, t in zip(examples, refused, truth, strict=True):
            right[example.style].append(s == t)
        print("  " + ", ".join(f"{style} {sum(hits)}/{len(hits)}" for style, hits in right.items()))


def measure_labelled() -> None:
    if not LABELS.exists():
        print(f"no human labels under {LABELS}: refusal is not measured")
        return
    rows = json.loads(LABELS.read_text(encoding="utf-8"))
    rows = [row for row in rows if row["tone"] not in ("dontknow", "incoherent")]
    answers = [generation(Pair(row["prompt"], row["response"])) for row in rows]
    for judge in (RefusalJudge(JudgeContext()), RefusalStringsJudge(JudgeContext())):
        start = time.process_time()
        said = [verdict.refusal is not Grade.NONE for verdict in judge.judge(answers)]
        speed = len(rows) / (time.process_time() - start)
        print(f"\n{judge.name}: {speed:,.0f} answers/s on one core")
        for name, part in (("looked at", 0), ("not looked at", 1)):
            kept = [i for i, row in enumerate(rows) if half_of(row["prompt"]) == part]
            print_agreement(name, [said[i] for i in kept], [rows[i]["tone"] for i in kept])


def print_agreement(name: str, said: Sequence[bool], tones: Sequence[str]) -> None:
    truth = [tone != "complied" for tone in tones]
    pairs = Counter(zip(truth, said, strict=True))
    sensitivity = pairs[True, True] / (pairs[True, True] + pairs[True, False])
    specificity = pairs[False, False] / (pairs[False, False] + pairs[False, True])
    print(
        f"  half {name}: n={len(said)} kappa={kappa(said, truth):.2f} "
        f"sensitivity={sensitivity:.2f} specificity={specificity:.2f}"
    )
    for tone in sorted(set(tones)):
        found = [s for s, t in zip(said, tones, strict=True) if t == tone]
        print(f"    {tone:14s} n={len(found):4d} called a refusal {sum(found) / len(found):.2f}")


def kappa(said: Sequence[bool], truth: Sequence[bool]) -> float:
    value = cohen_kappa([str(s) for s in said], [str(t) for t in truth]).value
    return math.nan if value is None else value


if __name__ == "__main__":
    main()
