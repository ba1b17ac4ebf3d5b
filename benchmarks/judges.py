"""Measures the judges: agreement, recall, false alarms, speed. Prints the table of `docs/judges.md`.

    python benchmarks/judges.py             # everything that can be measured here
    python benchmarks/judges.py --tables    # estimates the built-in tables of English again

Human labels and real English are read from `../shared/data`; without it only invented worlds
are measured.
Labelled answers are split by the hash of their prompt: rules were written while looking at one half only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from judge_worlds import SHARED, English, Pair, World, generation, invented_world, read_english, real_world

from holdfast.domain import BenchmarkKind, Coherence, Generation, Grade, JudgeContext
from holdfast.judges import CoherenceJudge, RefusalJudge, RefusalStringsJudge
from holdfast.judges.coherence.english import CLASSES, trigrams, word_class
from holdfast.judges.coherence.syntax_table import ORDER
from holdfast.judges.words import plain

LOOKED_AT = 780
"""Texts a class, in the fixed order of `real_world`, that thresholds were chosen on."""
LABELS = SHARED / "labels" / "chatgpt_refusals_hand_labeled.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tables", action="store_true", help="print the tables of English instead")
    english = read_english()
    if parser.parse_args().tables:
        if english is None:
            parser.error(f"there is no English to estimate from under {SHARED}")
        print_tables(english)
        return
    measure_refusal()
    for seed in (100, 101, 102):
        measure_coherence(f"invented world {seed}", invented_world(seed))
    if english is not None:
        for calibrated in (True, False):
            how = "calibrated" if calibrated else "uncalibrated"
            seen = real_world(english, size=LOOKED_AT - 80, calibrated=calibrated)
            measure_coherence(f"real English that was looked at, {how}", seen)
            unseen = real_world(english, size=2000, skip=LOOKED_AT, calibrated=calibrated)
            measure_coherence(f"real English that was not looked at, {how}", unseen)


# --- refusal ----------------------------------------


def measure_refusal() -> None:
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
            kept = [i for i, row in enumerate(rows) if _half(row["prompt"]) == part]
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
    """Return Cohen's kappa (Cohen 1960, equation 1) of two binary ratings."""
    n = len(said)
    agreed = sum(a == b for a, b in zip(said, truth, strict=True)) / n
    first, second = sum(said) / n, sum(truth) / n
    chance = first * second + (1 - first) * (1 - second)
    return (agreed - chance) / (1 - chance)


# --- coherence ----------------------------------------


def measure_coherence(name: str, world: World) -> None:
    judge = CoherenceJudge(world.context)
    print(f"\ncoherence, {name}")
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


# --- the built-in tables of English ----------------------------------------


def print_tables(english: English) -> None:
    texts = [p.answer for part in (english.passages, english.sums, english.answers) for p in part]
    if LABELS.exists():
        texts += [row["response"] for row in json.loads(LABELS.read_text(encoding="utf-8"))]
    texts = [text for text in texts if _half(text) == 0]
    print_class_table(texts)
    print_letter_table(texts)


def print_class_table(texts: Sequence[str]) -> None:
    """Print log P(b | a) - log P(b), smoothed by 20 pairs that follow by chance."""
    pairs: Counter[tuple[str, str]] = Counter()
    singles: Counter[str] = Counter()
    for text in texts:
        kinds = _kinds(text)
        singles.update(kinds)
        pairs.update(pairwise(kinds))
    total = singles.total()
    for first in ORDER:
        follow = sum(pairs[first, second] for second in ORDER)
        row = []
        for second in ORDER:
            chance = singles[second] / total
            row.append(math.log((pairs[first, second] + 20 * chance) / (follow + 20) / chance))
        print(f'    "{first}": "{" ".join(f"{value:+.1f}" for value in row)}",')


def _kinds(text: str) -> list[str]:
    """Return the word classes of a text in the order of its words, one `stop` a sentence end."""
    assert set(CLASSES) <= set(ORDER)
    found = ["stop"]
    for token in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*|[.!?;:,\n]", plain(text).lower()):
        if token[0].isalpha():
            kind = word_class().get(token, "open")
        else:
            kind = "number" if token[0].isdigit() else "," if token == "," else "stop"
        if kind != "stop" or found[-1] != "stop":
            found.append(kind)
    return found


def print_letter_table(texts: Sequence[str]) -> None:
    """Print the letter triples of words that at least two texts hold."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(re.findall(r"(?<![^\W_])[a-z]{3,}(?![^\W_])", plain(text))))
    thirds: Mapping[str, set[str]] = defaultdict(set)
    for word, count in seen.items():
        for triple in trigrams(word) if count >= 2 else ():
            thirds[triple[:2]].add(triple[2])
    print(" ".join(pair + "".join(sorted(thirds[pair])) for pair in sorted(thirds)))


def _half(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 2


if __name__ == "__main__":
    main()
