"""Estimates the built-in tables of English again, and writes them where the judges read them.

    python benchmarks/english_tables.py

`words.json`: words in lower case that at least two published texts hold (`../shared/data`, the half of even
hashes), or at least three modules' docstrings of Python's library and of installed packages.
`topics.json`: for every stem that at least five longer published texts hold, how rare it is, and where it
lies among the topics: its row in the first singular vectors of the table of texts and stems, each cell
weighted by frequency and rarity (latent semantic analysis, Deerwester et al. 1990, JASIS 41:391).
"""

from __future__ import annotations

import ast
import json
import math
import re
import sysconfig
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from judge_worlds import SHARED, half_of, read_english

from holdfast.judges import coherence
from holdfast.judges.coherence.english import CLASSES, word_class
from holdfast.judges.coherence.lexicon import STEPS, content_stems
from holdfast.judges.coherence.syntax_table import ORDER
from holdfast.judges.words import plain

PACKAGES = ("numpy", "scipy", "statsmodels", "pandas", "transformers", "peft", "sklearn", "torch")
FILES_EACH = 400
TOPICS = 8
LEAST_TEXTS = 5
LONG = 25
_LOWER_WORD = re.compile(r"(?<![^\W_])[a-z]{2,}(?![^\W_])")
_LINE = 100


def main() -> None:
    texts = published_texts()
    folder = Path(coherence.__file__).parent
    long = [text for text in texts if len(text.split()) >= LONG]
    _write(folder / "words.json", {"lines": _lines(known_words(texts))})
    _write(folder / "topics.json", topics(long))
    print_class_table(texts)


def published_texts() -> list[str]:
    """Return the published English that tables may be made on.

    Raises:
        SystemExit: If there is none.
    """
    english = read_english()
    if english is None:
        raise SystemExit(f"there is no English to estimate from under {SHARED}")
    pairs = [pair for part in (english.passages, english.sums, english.answers) for pair in part]
    texts = [pair.answer for pair in pairs] + [pair.prompt for pair in pairs]
    rows = json.loads((SHARED / "labels" / "chatgpt_refusals_hand_labeled.json").read_text(encoding="utf-8"))
    return [text for text in [*texts, *(row["response"] for row in rows)] if half_of(text) == 0]


def known_words(texts: Iterable[str]) -> list[str]:
    """Return the words that enough texts or docstrings hold, sorted."""
    in_texts = Counter(word for text in texts for word in set(_LOWER_WORD.findall(text)))
    in_docs = Counter(word for text in docstrings() for word in set(_LOWER_WORD.findall(text)))
    known = {word for word, count in in_texts.items() if count >= 2}
    return sorted(known | {word for word, count in in_docs.items() if count >= 3})


def docstrings() -> Iterable[str]:
    """Yield the docstrings of Python's library and of installed packages, module by module."""
    paths = sysconfig.get_paths()
    roots = [
        (Path(paths["stdlib"]), "**/*.py"),
        *((Path(paths["purelib"]), f"{p}/**/*.py") for p in PACKAGES),
    ]
    for root, pattern in roots:
        files = (
            path
            for path in sorted(root.glob(pattern))
            if "site-packages" in str(root) or "site-packages" not in str(path)
        )
        for path in islice(files, FILES_EACH):
            try:
                tree = ast.parse(path.read_text(encoding="utf-8"))
            except (SyntaxError, UnicodeDecodeError):
                continue  # Python's tests hold files that are broken on purpose.
            documented = (
                n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)
            )
            yield "\n".join(ast.get_docstring(node) or "" for node in documented)


def topics(texts: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return for every stem one letter for its rarity and one for each topic, see `lexicon`."""
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    counted = [Counter(content_stems(text)) for text in texts]
    held = Counter(stem for counts in counted for stem in counts)
    stems = sorted(stem for stem, count in held.items() if count >= LEAST_TEXTS)
    place = {stem: i for i, stem in enumerate(stems)}
    rarity = {stem: math.log(len(texts) / held[stem]) for stem in stems}
    cells = [
        (r, place[s], (1 + math.log(c)) * rarity[s])
        for r, counts in enumerate(counted)
        for s, c in counts.items()
        if s in place
    ]
    rows, columns, values = zip(*cells, strict=True)
    table = normalize(csr_matrix((values, (rows, columns)), shape=(len(texts), len(stems))))
    # The first vectors of a wider decomposition are steadier than those of a narrow one.
    vectors = TruncatedSVD(4 * TOPICS, random_state=0).fit(table).components_[:TOPICS].T
    vectors = np.round(normalize(vectors) * STEPS).astype(int)
    coded = {
        stem: chr(ord("A") + round(2 * rarity[stem])) + "".join(chr(ord("a") + STEPS + v) for v in vectors[i])
        for stem, i in place.items()
    }
    return {"stems": coded}


def print_class_table(texts: Sequence[str]) -> None:
    """Print `syntax_table`: log P(b | a) - log P(b), smoothed by 20 pairs that follow by chance."""
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


def _lines(words: Sequence[str]) -> list[str]:
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _write(path: Path, table: object) -> None:
    path.write_text(json.dumps(table, indent=0, ensure_ascii=True) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
