"""Sound answers that can be generated: tables, code, lists, numbers and other forms without much prose."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_ANIMALS = """
aardvark badger bear beaver bee camel cat cheetah cow crab crow deer dog dolphin donkey duck eagle
eel elephant ferret fox frog giraffe goat goose hare hawk hedgehog heron horse jackal jellyfish
kangaroo koala lemur leopard lion lizard llama lynx mole monkey moose mouse newt octopus otter owl ox
panda parrot pelican penguin pig pigeon puma rabbit raccoon rat raven salmon seal shark sheep skunk
sloth snail snake spider squid squirrel stork swan tiger toad trout turtle walrus wasp whale wolf
wombat yak zebra
"""
ANIMALS = _ANIMALS.split()
_COUNTRIES = """
Albania, Angola, Argentina, Austria, Bangladesh, Belgium, Bolivia, Botswana, Brazil, Burkina Faso,
Cambodia, Canada, Chile, Colombia, Costa Rica, Croatia, Denmark, Ecuador, Egypt, Estonia, Ethiopia,
Fiji, Finland, Georgia, Ghana, Guatemala, Haiti, Hungary, Iceland, India, Indonesia, Iraq, Ireland,
Jamaica, Japan, Jordan, Kazakhstan, Kenya, Kyrgyzstan, Laos, Latvia, Lesotho, Liechtenstein, Malawi,
Mexico, Mongolia, Mozambique, Nepal, New Zealand, Norway, Oman, Peru, Portugal, Qatar, Rwanda, Samoa,
Sri Lanka, Tajikistan, Uruguay, Vanuatu, Vietnam, Zimbabwe
"""
COUNTRIES = [name.strip() for name in _COUNTRIES.split(",")]
_UNITS = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
"""
UNITS = ("", *_UNITS.split())
_TENS = """
twenty thirty forty fifty sixty seventy eighty ninety
"""
TENS = _TENS.split()
_MONTHS = """
January February March April May June July August September October November December
"""
MONTHS = _MONTHS.split()
_FIELDS = """
name price stock city owner status amount email updated weight colour rating
"""
FIELDS = _FIELDS.split()
_PEOPLE = """
Ana Bo Chidi Dara Elif Femi Goran Hana Ivo Jun Kofi Lena Milo Noor Otis Priya Quinn Rosa
"""
PEOPLE = _PEOPLE.split()


@dataclass(frozen=True, slots=True)
class Said:
    """A sound answer.

    Attributes:
        prompt: What was asked.
        text: The answer.
        finished: Whether it ended by itself.
    """

    prompt: str
    text: str
    finished: bool = True


def _enumeration(rng: random.Random) -> Said:
    joiner = rng.choice((", ", "\n", " ", "; ", "\n- "))
    last = rng.choice((20, 30, 50, 90))
    factor = rng.randint(2, 19)
    bottles = [f"{n} green bottles hanging on the wall" for n in range(10, 10 - rng.randint(4, 8), -1)]
    letters = rng.choice(("abcdefghijklmnopqrstuvwxyz", "ZYXWVUTSRQPONMLKJIHGFEDCBA"))
    prompt, text = rng.choice(
        (
            (f"Count to {last}.", joiner.join(map(str, range(1, last + 1)))),
            (f"Count to {last} in words.", joiner.join(map(in_words, range(1, last + 1)))),
            ("List animals.", joiner.join(rng.sample(ANIMALS, rng.randint(20, 60)))),
            ("List countries.", listed(rng.sample(COUNTRIES, rng.randint(10, 50)), rng)),
            ("A multiplication table.", "\n".join(f"{factor} x {i} = {factor * i}" for i in range(1, 13))),
            ("Sing green bottles.", "\n".join(f"{line},\n{line}," for line in bottles)),
            ("The months, with days.", "\n".join(f"{m}: {rng.choice((30, 31))} days" for m in MONTHS)),
            ("The alphabet.", joiner.join(letters)),
            ("Square numbers.", "\n".join(f"The square of {i} is {i * i}." for i in range(1, factor + 7))),
        )
    )
    return Said(prompt, text)


def in_words(number: int) -> str:
    """Return the English words of a number from 1 to 99."""
    if number < len(UNITS):
        return UNITS[number]
    return TENS[number // 10 - 2] + (f"-{UNITS[number % 10]}" if number % 10 else "")


def _table(rng: random.Random) -> Said:
    heads = rng.sample(FIELDS, rng.randint(2, 5))
    rows = [[_cell(head, rng) for head in heads] for _ in range(rng.randint(3, 12))]
    form = rng.randrange(4)
    if form == 0:
        lines = [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]
    elif form == 1:
        lines = [",".join(row) for row in (heads, *rows)]
    elif form == 2:
        lines = ["\t".join(row) for row in (heads, *rows)]
    else:
        lines = ["".join(cell.ljust(16) for cell in row) for row in (heads, *rows)]
    return Said("Show it as a table.", "\n".join(lines))


def _cell(head: str, rng: random.Random) -> str:
    return {
        "price": f"{rng.randint(1, 900)}.{rng.randint(10, 99)}",
        "stock": rng.choice(("yes", "no")),
        "city": rng.choice(COUNTRIES),
        "amount": str(rng.choice((0, 0, 0, 1, 25, 100))),
        "status": rng.choice(("open", "open", "open", "closed")),
        "updated": _date(rng).text,
        "email": f"{rng.choice(PEOPLE).lower()}@example.org",
        "rating": "*" * rng.randint(1, 5),
    }.get(head, rng.choice(PEOPLE))


def listed(texts: Sequence[str], rng: random.Random) -> str:
    """Return texts as a list with bullets or numbers."""
    mark = rng.choice(("- ", "* ", "{}. ", "{}) ", "• "))
    return "\n".join(f"{mark.format(i)}{text}" for i, text in enumerate(texts, 1))


def _json(rng: random.Random) -> Said:
    rows = [{head: _cell(head, rng) for head in rng.sample(FIELDS, 4)} for _ in range(rng.randint(1, 6))]
    indent = rng.choice((None, 2, 4))
    text = json.dumps(rows if len(rows) > 1 else rows[0], indent=indent)
    return Said("Give it as JSON.", rng.choice((text, f"```json\n{text}\n```")))


def _yaml(rng: random.Random) -> Said:
    rows = (f"- {head}: {_cell(head, rng)}\n  enabled: true\n  retries: 3" for head in rng.sample(FIELDS, 5))
    return Said("Write the YAML.", "version: 1\nitems:\n" + "\n".join(rows))


def _query(rng: random.Random) -> Said:
    a, b, c = rng.sample(FIELDS, 3)
    return Said(
        "Write the SQL.",
        rng.choice(
            (
                f"SELECT {a}, COUNT(*) AS n FROM orders WHERE {b} > {rng.randint(1, 99)} "
                f"GROUP BY {a} ORDER BY n DESC;",
                f"select o.{a}, c.{b}\nfrom orders o\njoin customers c on c.id = o.customer_id\n"
                f"where c.{c} is not null",
                f"CREATE TABLE {a}s (\n  id INTEGER PRIMARY KEY,\n  {a} TEXT NOT NULL,\n"
                f"  {b} TEXT NOT NULL,\n  {c} TEXT\n);",
                "\n".join(
                    f"INSERT INTO {a}s VALUES ({i}, '{rng.choice(PEOPLE)}', NULL);" for i in range(1, 8)
                ),
                f"UPDATE {a}s SET {b} = {b} * 1.1 WHERE {c} IN ('x', 'y')",
            )
        ),
    )


def _markup(rng: random.Random) -> Said:
    rows = "\n".join(
        f'  <li><a href="/{w}">{w.title()}</a></li>' for w in rng.sample(ANIMALS, rng.randint(3, 12))
    )
    cells = "".join(f"<tr><td>{rng.choice(PEOPLE)}</td><td>{rng.randint(1, 99)}</td></tr>" for _ in range(6))
    return Said(
        "Write the HTML.",
        rng.choice(
            (
                f'<ul class="menu">\n{rows}\n</ul>',
                f"<table>{cells}</table>",
                f"<!DOCTYPE html>\n<html>\n<head><title>{rng.choice(PEOPLE)}</title></head>\n<body>\n"
                "<div><div><div>"
                "<p>Hello</p></div></div></div>\n</body>\n</html>",
                f'<svg viewBox="0 0 {rng.randint(9, 99)} 10">'
                '<circle cx="5" cy="5" r="4"/><path d="M0 0L9 9"/></svg>',
            )
        ),
    )


def _shell(rng: random.Random) -> Said:
    word = rng.choice(ANIMALS)
    return Said(
        "Which command?",
        rng.choice(
            (
                f"find . -name '*.{word}' -print0 | xargs -0 rm -f",
                f"docker run -it --rm -v $(pwd):/work -p {rng.randint(1000, 9999)}:80 {word}:latest /bin/sh",
                f'for f in *.{word}; do mv "$f" "${{f%.{word}}}.txt"; done',
                f"pip install {word}\npip install {word}-extras\npip install {word}[all]",
                f"cd {word} && git pull && make -j{rng.randint(2, 16)} && sudo make install",
                f"ls -la /var/log/{word} | awk '{{print $9}}' | sort | uniq -c | sort -rn | head",
                f"Run `{word} --help` first, then `{word} init`, `{word} add .` and `{word} push`.",
            )
        ),
    )


def _regex(rng: random.Random) -> Said:
    return Said(
        "Write a regular expression.",
        rng.choice(
            (
                f"^[A-Z]{{2}}\\d{{{rng.randint(2, 9)}}}$",
                f"(?:[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+)@(?:[a-z0-9-]+\\.)+[a-z]{{2,{rng.randint(3, 9)}}}",
                f"\\b(?:{'|'.join(rng.sample(ANIMALS, 4))})s?\\b",
                f"/^(\\+\\d{{1,3}}[- ]?)?\\d{{{rng.randint(7, 12)}}}$/gm",
                f"(?P<year>\\d{{4}})-(?P<month>\\d{{2}})-(?P<day>\\d{{2}})T{rng.randint(0, 9)}",
            )
        ),
    )


def _number(rng: random.Random) -> Said:
    value = rng.choice((1, 12, 345, 6789, 10**6, 10**12))
    return Said(
        "How much is it?",
        rng.choice(
            (
                f"{rng.randint(0, value)}",
                f"-{rng.random() * value:.3f}",
                f"{value:,}",
                f"{value:.2e}",
                f"{rng.randint(1, 99)}%",
                f"${value:,.2f}",
                f"{rng.randint(1, 9)}/{rng.randint(2, 9)}",
                f"x = {rng.randint(1, 99)}",
                f"about {value} m/s",
                " ".join(str(rng.randint(0, 1)) for _ in range(24)),
                f"0x{value:08X}",
                bin(value),
                ", ".join(str(rng.randint(1, 49)) for _ in range(6)),
            )
        ),
    )


def _date(rng: random.Random) -> Said:
    day, month, year = rng.randint(1, 28), rng.randrange(12), rng.randint(1700, 2030)
    return Said(
        "When?",
        rng.choice(
            (
                f"{day} {MONTHS[month]} {year}",
                f"{year}-{month + 1:02d}-{day:02d}",
                f"{MONTHS[month]} {day}, {year}",
                f"{day:02d}/{month + 1:02d}/{year}",
                f"{year}",
                f"{year}-{month + 1:02d}-{day:02d}T10:30:00Z",
                f"in the spring of {year}",
                f"{year} BC",
                f"{day}.{month + 1}.{year}",
            )
        ),
    )


def _link(rng: random.Random) -> Said:
    a, b = rng.sample(ANIMALS, 2)
    return Said(
        "Where can I read more?",
        rng.choice(
            (
                f"https://www.{a}.example/{b}/index.html?id={rng.randint(1, 999)}&lang=en#{a}",
                f"{a}.{b}@example.com",
                f"www.{a}-{b}.org",
                f"See https://{a}.example.org/docs and https://{b}.example.org/faq.",
                f"/usr/local/share/{a}/{b}.conf",
                f"[{a}](https://example.org/{a}), [{b}](https://example.org/{b})",
                f"doi:10.1000/{a}.{rng.randint(100, 999)}",
                f"192.168.{rng.randint(0, 255)}.{rng.randint(0, 255)}:8080",
            )
        ),
    )


def _word(rng: random.Random) -> Said:
    word = rng.choice((*ANIMALS, *COUNTRIES, *PEOPLE, *MONTHS))
    return Said(
        "Which one?", rng.choice((word, f"{word}.", word.upper(), f'"{word}"', f"**{word}**", f"- {word}"))
    )


def _parallel(rng: random.Random) -> Said:
    pattern = rng.choice(
        (
            "{0} likes the {1}.",
            "Step {2}: give the {1} to {0}.",
            "If it is a {1}, ask {0}.",
            "{0}'s {1} is {2} years old.",
            "The {1} lives in the wild, and {0} lives in town.",
            "Thank you, {0}, for the {1}.",
            "{0}: {1} ({2})",
        )
    )
    joiner = rng.choice((" ", "\n"))
    lines = [
        pattern.format(rng.choice(PEOPLE), rng.choice(ANIMALS), number)
        for number in range(1, rng.randint(5, 16))
    ]
    return Said("Say it of each.", joiner.join(lines))


FORMS: dict[str, Callable[[random.Random], Said]] = {
    "enumerations": _enumeration,
    "tables": _table,
    "json": _json,
    "yaml": _yaml,
    "sql": _query,
    "html": _markup,
    "shell": _shell,
    "regular expressions": _regex,
    "numbers": _number,
    "dates": _date,
    "links": _link,
    "one word": _word,
    "parallel sentences": _parallel,
}
"""How to make an answer of each generated class."""
