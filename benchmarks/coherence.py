"""Measures the coherence judge on text alone: false alarms by class of sound answers, AUROC by corruption.

    python benchmarks/coherence.py             # the tables of docs/judges.md
    python benchmarks/coherence.py --worlds    # audits of invented worlds and of real English
    python benchmarks/coherence.py --flagged   # which looked-at sound answers are flagged, and why

Every class is split by the hash of the text. Rules and thresholds were chosen while looking at one half only.
Broken answers are made from texts of the half they are counted in.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from corruptions import Material, broken_classes
from judge_worlds import Pair, World, generation, half_of, invented_world, read_english, real_world
from sound_classes import sound_classes
from sound_forms import Said

from holdfast.domain import BenchmarkKind, Coherence, Generation, JudgeContext, Verdict
from holdfast.judges import CoherenceJudge
from holdfast.stats import wilson

LOOKED_AT = 780
"""Texts a class, in the fixed order of `real_world`, that thresholds were chosen on."""
BROKEN = 200
SALADS = ("one switch, at a sentence", "4 sentences of 4 topics", "8 sentences of 8 topics")
LENGTHS = (25, 50, 80, 120, 180, 400)
"""Limits of classes of length, in words."""
ENGLISH = ("passages", "chat answers", "general", "expert prose")
"""Classes that are broken on purpose."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--flagged", action="store_true", help="show the looked-at sound answers that are flagged"
    )
    parser.add_argument("--worlds", action="store_true", help="measure whole audits instead of single texts")
    options = parser.parse_args()
    if options.worlds:
        measure_worlds()
        return
    rng = random.Random(0)
    classes = sound_classes(rng)
    judge = CoherenceJudge(JudgeContext())
    for part, name in ((0, "looked at"), (1, "not looked at")):
        sound = {
            kind: [said for said in texts if half_of(said.text) == part] for kind, texts in classes.items()
        }
        if options.flagged:
            if part == 0:
                show_flagged(judge, sound)
            continue
        material = Material.of([said for kind in ENGLISH for said in sound[kind]], sound["languages"])
        print(f"\n## {name}")
        measure(judge, sound, broken_classes(material, rng, BROKEN))
        measure_by_length(judge, broken_classes(material, rng, len(material.english)))


def measure(
    judge: CoherenceJudge, sound: Mapping[str, Sequence[Said]], broken: Mapping[str, Sequence[Said]]
) -> None:
    """Print one table of sound classes and one of corruptions."""
    print("\n| sound class | n | flagged | 95 % interval | mostly for |\n|---|---|---|---|---|")
    quiet: list[float] = []
    for kind, texts in sound.items():
        verdicts = judged(judge, texts)
        quiet += [verdict.score or 0.0 for verdict in verdicts]
        notes = Counter(v.note for v in verdicts if v.coherence is not Coherence.SOUND)
        wrong = notes.total()
        between = wilson(wrong, len(verdicts))
        why = notes.most_common(1)[0][0] if notes else ""
        print(
            f"| {kind} | {len(verdicts)} | {wrong} ({wrong / len(verdicts):.1%}) "
            f"| {between.low:.1%} to {between.high:.1%} | {why} |"
        )
    print("\n| corruption | n | called broken | AUROC against all sound |\n|---|---|---|---|")
    for kind, texts in broken.items():
        verdicts = judged(judge, texts)
        found = sum(verdict.coherence is Coherence.BROKEN for verdict in verdicts)
        area = auroc([verdict.score or 0.0 for verdict in verdicts], quiet)
        print(f"| {kind} | {len(verdicts)} | {found / len(verdicts):.1%} | {area:.3f} |")


def measure_by_length(judge: CoherenceJudge, broken: Mapping[str, Sequence[Said]]) -> None:
    """Print how much of topic salad is found, by the length of the answer."""
    print("\n| words | " + " | ".join(SALADS) + " |\n|---" + "|---" * len(SALADS) + "|")
    for low, high in pairwise(LENGTHS):
        cells = []
        for kind in SALADS:
            texts = [said for said in broken[kind] if low <= len(said.text.split()) < high]
            found = sum(verdict.coherence is Coherence.BROKEN for verdict in judged(judge, texts))
            cells.append(f"{found / len(texts):.0%} of {len(texts)}" if texts else "-")
        print(f"| {low} to {high - 1} | " + " | ".join(cells) + " |")


def show_flagged(judge: CoherenceJudge, sound: Mapping[str, Sequence[Said]]) -> None:
    for kind, texts in sound.items():
        for said, verdict in zip(texts, judged(judge, texts), strict=True):
            if verdict.coherence is not Coherence.SOUND:
                print(
                    f"--- {kind}: {verdict.coherence} {verdict.score:.2f} {verdict.note}\n{said.text[:700]}"
                )


def judged(judge: CoherenceJudge, texts: Sequence[Said]) -> Sequence[Verdict]:
    return judge.judge([generation(Pair(s.prompt, s.text), finished=s.finished) for s in texts])


# --- audits of known truth, calibrated or not ----------------------------------------


def measure_worlds() -> None:
    for seed in (100, 101, 102):
        measure_world(f"invented world {seed}", invented_world(seed))
    english = read_english()
    if english is None:
        return
    for calibrated in (True, False):
        how = "calibrated" if calibrated else "uncalibrated"
        seen = real_world(english, size=LOOKED_AT - 80, calibrated=calibrated)
        measure_world(f"real English that was looked at, {how}", seen)
        unseen = real_world(english, size=2000, skip=LOOKED_AT, calibrated=calibrated)
        measure_world(f"real English that was not looked at, {how}", unseen)


def measure_world(name: str, world: World) -> None:
    judge = CoherenceJudge(world.context)
    print(f"\n## {name}")
    strengths: dict[bool, list[float]] = {True: [], False: []}
    for title, part in (("sound", world.sound), ("broken", world.broken), ("off task", world.off_task)):
        for kind, pairs in part.items():
            answers = [_as_asked(kind, pair) for pair in pairs]
            start = time.process_time()
            verdicts = judge.judge(answers)
            speed = len(answers) / max(time.process_time() - start, 1e-9)
            found = Counter(verdict.coherence for verdict in verdicts)
            shares = "  ".join(f"{word.value} {found[word] / len(answers):.3f}" for word in Coherence)
            print(f"  {title:8s} {kind:14s} n={len(answers):5d}  {shares}  {speed:,.0f}/s")
            if title != "off task":
                strengths[title == "broken"] += [verdict.score or 0.0 for verdict in verdicts]
    print(f"  AUROC broken against sound: {auroc(strengths[True], strengths[False]):.3f}")


def _as_asked(kind: str, pair: Pair) -> Generation:
    if kind == "goal answers":
        return generation(pair, benchmark="translate", kind=BenchmarkKind.CAPABILITY)
    return generation(pair)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the probability that a positive scores above a negative, ties counting half."""
    from scipy.stats import mannwhitneyu

    statistic = mannwhitneyu(positive, negative).statistic
    return float(statistic) / (len(positive) * len(negative))


if __name__ == "__main__":
    start = time.process_time()
    main()
    print(f"\n{time.process_time() - start:.0f} s of processor time")
