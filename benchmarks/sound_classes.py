"""Sound answers by class, from three sources: published data, generated forms, texts written for this.

Labels come from how a text was made, never from a likelihood. Written texts lie in `texts/`, one file a
class: a line `? prompt`, the answer, and `%%` between two of them.
"""

from __future__ import annotations

import csv
import json
import random
import sysconfig
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from judge_worlds import SHARED, Pair, read_english
from sound_forms import FORMS, Said, listed

TEXTS = Path(__file__).parent / "texts"
REPOSITORY = Path(__file__).resolve().parents[1]
GENERATED = 80
"""Texts a generated class."""
_PUBLISHED = 400
_LEAST_CODE = 8


def sound_classes(rng: random.Random) -> dict[str, list[Said]]:
    """Return the sound answers of every class that can be made here.

    Args:
        rng: Draws what is generated; the order of published texts too.

    Returns:
        By class; published classes are absent where `../shared/data` is.
    """
    classes = {path.stem.replace("_", " "): written(path) for path in sorted(TEXTS.glob("*.txt"))}
    for name, make in FORMS.items():
        classes[name] = [make(rng) for _ in range(GENERATED)]
    classes["code"] = code(rng)
    real = published(rng)
    return classes | real | (_derived(real, rng) if real else {})


def written(path: Path) -> list[Said]:
    """Return the texts of a file of written answers."""
    found = []
    for entry in path.read_text(encoding="utf-8").removesuffix("\n").split("\n%%\n"):
        first, _, text = entry.partition("\n")
        found.append(Said(first.removeprefix("? "), text))
    return found


def published(rng: random.Random) -> dict[str, list[Said]]:
    """Return published English by class, shuffled; empty where the shared data is absent."""
    english = read_english()
    if english is None:
        return {}
    folder = SHARED / "benchmarks"
    rows = json.loads((SHARED / "labels" / "chatgpt_refusals_hand_labeled.json").read_text(encoding="utf-8"))
    with (folder / "xstest_prompts.csv").open(encoding="utf-8", newline="") as file:
        safe = [row["prompt"] for row in csv.DictReader(file) if not row["type"].startswith("contrast_")]
    lines = (folder / "ifeval_input_data.jsonl").read_text(encoding="utf-8").splitlines()
    puzzles = [
        example["input"]
        for path in sorted(folder.glob("bbh_*.json"))
        for example in json.loads(path.read_text(encoding="utf-8"))["examples"]
    ]
    classes = {
        "passages": _said(english.passages),
        "worked sums": _said(english.sums),
        "short answers": _said(english.answers),
        "chat answers": [Said(r["prompt"], r["response"]) for r in rows if r["tone"] == "complied"],
        "refusals": [Said(r["prompt"], r["response"]) for r in rows if r["tone"] == "rejected"],
        "puzzles": [Said("Write a puzzle.", text) for text in puzzles],
        "questions": [Said("Write a question.", text) for text in safe],
        "instructions to a model": [Said("Write a prompt.", json.loads(row)["prompt"]) for row in lines],
    }
    for texts in classes.values():
        rng.shuffle(texts)
    return {name: texts[:_PUBLISHED] for name, texts in classes.items()}


def code(rng: random.Random) -> list[Said]:
    """Return pieces of source files: Python's own library, this repository, and installed packages."""
    library = Path(sysconfig.get_paths()["stdlib"])
    packages = Path(sysconfig.get_paths()["purelib"])
    places = {
        "*.py": library, "*.md": REPOSITORY / "docs", "*.toml": REPOSITORY, "**/*.yaml": REPOSITORY / "src",
        "numpy/**/*.h": packages, "numpy/**/*.c": packages, "scipy/**/*.f90": packages,
        "**/static/**/*.js": packages, "sklearn/**/*.css": packages, "torch/include/**/*.cuh": packages,
        "numpy/**/*.pxd": packages, "**/*.sh": packages, "**/*.jinja": packages, "**/*.cmake": packages,
    }  # fmt: skip
    pieces = []
    for pattern, root in places.items():
        files = sorted(islice((path for path in root.glob(pattern) if path.is_file()), 200))
        for path in rng.sample(files, min(len(files), 6 * _LEAST_CODE if pattern == "*.py" else _LEAST_CODE)):
            lines = path.read_text(encoding="utf-8", errors="ignore").splitlines()
            start = rng.randrange(max(1, len(lines) - 30))
            piece = "\n".join(lines[start : start + rng.randint(6, 30)])
            if any(map(str.isalnum, piece)) and len(piece) < 4000:
                pieces.append(Said(f"Write a {path.suffix} file.", piece))
    return pieces


def _said(pairs: Iterable[Pair]) -> list[Said]:
    return [Said(pair.prompt, pair.answer) for pair in pairs]


# --- forms made from published text ----------------------------------------


def _derived(real: dict[str, list[Said]], rng: random.Random) -> dict[str, list[Said]]:
    long = [said for name in ("passages", "chat answers") for said in real[name][:GENERATED]]
    short = [said.text for said in real["short answers"]]
    return {
        "capitals": [replace(said, text=said.text.upper()) for said in long],
        "lower case": [replace(said, text=said.text.lower()) for said in long],
        "cut off at the limit": [
            Said(said.prompt, said.text[: rng.randrange(10, len(said.text))], finished=False) for said in long
        ],
        "reasoning then answer": [
            replace(said, text=f"<think>\n{rng.choice(long).text}\n</think>\n\n{said.text}") for said in long
        ],
        "quotations": [
            replace(said, text="\n".join(f"> {s}" for s in said.text.split(". "))) for said in long
        ],
        "facts in a list": [
            Said("List some facts.", listed(rng.sample(short, rng.randint(3, 9)), rng))
            for _ in range(GENERATED)
        ],
    }
