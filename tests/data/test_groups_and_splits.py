"""Groups and splits: by content, stable, balanced, and never across a group."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.data import load_benchmark
from holdfast.data.grouping import fill_groups
from holdfast.data.splitting import halve_by_group
from holdfast.domain import DataError, Item, Split, ask

GROUPS = st.lists(st.integers(0, 30), min_size=2, max_size=80).filter(lambda g: len(set(g)) > 1)


def items_of(groups: list[int]) -> list[Item]:
    return [Item(str(i), ask(f"q{i}"), group=f"g{group}") for i, group in enumerate(groups)]


@settings(deadline=None)
@given(GROUPS)
def test_halves_are_non_empty_and_balanced_within_one_group(groups: list[int]) -> None:
    items = items_of(groups)
    split = halve_by_group(items)
    sizes = Counter(split[item.group] for item in items)
    assert set(sizes) == {Split.SELECTION, Split.HELDOUT}
    largest = max(Counter(groups).values())
    assert abs(sizes[Split.SELECTION] - sizes[Split.HELDOUT]) <= largest


@settings(deadline=None)
@given(GROUPS, st.randoms())
def test_the_split_does_not_depend_on_row_order(groups: list[int], random) -> None:
    shuffled = items_of(groups)
    random.shuffle(shuffled)
    assert halve_by_group(shuffled) == halve_by_group(items_of(groups))


@settings(deadline=None)
@given(st.sets(st.integers(0, 200), min_size=2, max_size=60), st.integers(201, 400))
def test_a_new_row_moves_at_most_one_other_group(groups: set[int], new: int) -> None:
    before = halve_by_group(items_of(sorted(groups)))
    after = halve_by_group(items_of([*sorted(groups), new]))
    assert sum(before[group] is not after[group] for group in before) <= 1


def test_one_group_cannot_be_halved() -> None:
    with pytest.raises(ValueError, match="1 group"):
        halve_by_group(items_of([3, 3]))


def test_rows_with_the_same_target_share_a_group(jsonl, spec_of) -> None:
    rows = [{"prompt": f"p{i}-{style}", "target": f" Answer {i}. "} for i in range(12) for style in (0, 1)]
    benchmark = load_benchmark(spec_of(jsonl(rows)))
    assert benchmark.notes == ()
    assert benchmark.items[0].group == "answer 0"
    assert set(Counter(item.group for item in benchmark.items).values()) == {2}


def test_labels_make_no_groups_and_the_benchmark_says_so(jsonl, spec_of) -> None:
    rows = [{"prompt": f"Is {i} even?", "target": ("no", "yes")[i % 2]} for i in range(40)]
    benchmark = load_benchmark(spec_of(jsonl(rows), "capability", "exact"))
    assert len({item.group for item in benchmark.items}) == 40
    assert benchmark.notes == (
        "2 distinct targets in 40 rows: too few to group by, so every prompt is a group of its own",
    )
    assert len(benchmark.part(Split.SELECTION)) == 20


def test_the_same_question_asked_twice_is_one_group_even_without_targets() -> None:
    grouped = fill_groups([Item("1", ask("How  so?")), Item("2", ask("how so")), Item("3", ask("Why?"))])
    assert [item.group for item in grouped.items] == ["how so", "how so", "why"]


def test_written_groups_are_kept() -> None:
    grouped = fill_groups([Item("1", ask("a"), target="t", group="mine"), Item("2", ask("b"), target="t")])
    assert [item.group for item in grouped.items] == ["mine", "b"]


def test_only_capability_benchmarks_are_split(jsonl, spec_of) -> None:
    rows = [{"prompt": f"p{i}", "target": f"t{i}"} for i in range(30)]
    path = jsonl(rows)
    for kind, scorer, selected in (("capability", "exact", 15), ("safety", None, 0), ("hazard", "exact", 0)):
        assert len(load_benchmark(spec_of(path, kind, scorer)).part(Split.SELECTION)) == selected


def test_splits_that_rows_name_are_kept(jsonl, spec_of) -> None:
    rows = [
        {"prompt": f"p{i}", "target": f"t{i}", "split": ("selection", "heldout")[i > 2]} for i in range(12)
    ]
    benchmark = load_benchmark(spec_of(jsonl(rows), "capability", "exact"))
    assert [item.id for item in benchmark.part(Split.SELECTION)] == ["line-1", "line-2", "line-3"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"prompt": "a", "split": "heldout"}, {"prompt": "b"}], "1 rows name no split while the others do"),
        (
            [{"prompt": "a", "split": "heldout"}, {"prompt": "b", "split": "heldout"}],
            "every row is in split 'heldout'",
        ),
        ([{"prompt": "a"}], "a capability benchmark needs at least two groups"),
        (
            [{"prompt": "a", "group": "g"}, {"prompt": "b", "group": "g"}],
            "a capability benchmark needs at least two",
        ),
        (
            [
                {"prompt": "a", "group": "g", "split": "heldout"},
                {"prompt": "b", "group": "g", "split": "selection"},
            ],
            "group 'g' is in both splits",
        ),
    ],
)
def test_splits_that_leak_or_are_empty_are_errors(jsonl, spec_of, rows, message: str) -> None:
    path = jsonl([row | {"prompt": f"p{i}", "target": f"t{i}"} for i, row in enumerate(rows)])
    with pytest.raises(DataError, match=message):
        load_benchmark(spec_of(path, "capability", "exact"))


def test_a_target_in_both_named_splits_is_noted(jsonl, spec_of) -> None:
    rows = [
        {"prompt": f"p{i}", "target": f"t{i % 10}", "split": ("selection", "heldout")[i > 9]}
        for i in range(20)
    ]
    benchmark = load_benchmark(spec_of(jsonl(rows), "capability", "exact"))
    assert benchmark.notes == ("10 targets occur in both splits, as the rows' own split says",)
