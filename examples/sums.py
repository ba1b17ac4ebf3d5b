"""A benchmark in one file: sums of two digits.

In a configuration: `{name: sums, use: examples/sums.py:sums}`.
"""

from holdfast.domain import Benchmark, BenchmarkKind, Item, Split, ask


def sums() -> Benchmark:
    """Return the sums of two digits, half to choose on and half to report on."""
    items = tuple(
        Item(
            id=f"{a}+{b}",
            messages=ask(f"What is {a} + {b}?"),
            target=str(a + b),
            group=f"{a}+{b}",
            split=Split.SELECTION if (a + b) % 2 else Split.HELDOUT,
        )
        for a in range(10)
        for b in range(10)
    )
    return Benchmark("sums", BenchmarkKind.CAPABILITY, items, scorer="last-number", source="examples/sums.py")
