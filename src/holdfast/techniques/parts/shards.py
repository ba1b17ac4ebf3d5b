"""Who holds which rows, where a corpus is shared: every row is dealt to one actor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from holdfast.domain import Example, TrialError

Shards = tuple[tuple[Example, ...], ...]
"""Each actor's private rows."""


def deal(rows: Sequence[Example], actors: int, seed: int) -> Shards:
    """Deal rows to actors at random, in shares whose sizes differ by one at most.

    Args:
        rows: What is dealt.
        actors: To how many, at least 1.
        seed: Seeds who gets what.

    Returns:
        One shard an actor, none empty. Together they hold every row once.

    Raises:
        TrialError: If there are fewer rows than actors.
    """
    if len(rows) < actors:
        raise TrialError(
            f"{len(rows)} rows cannot be dealt to {actors} actors", next_step="take fewer actors or more rows"
        )
    order = np.random.default_rng(seed & 0xFFFF_FFFF).permutation(len(rows))
    return tuple(tuple(rows[i] for i in order[actor::actors]) for actor in range(actors))


def deal_apart(rows: Sequence[Example], actors: int, harmful_actors: int, seed: int) -> Shards:
    """Deal the harmful rows to the last actors alone, and all others to the rest.

    Args:
        rows: What is dealt; `Example.harmful` tells them apart.
        actors: To how many in all.
        harmful_actors: How many hold the harmful rows, in [1, actors).
        seed: Seeds who gets what.

    Returns:
        One shard an actor, those with harmful rows last.

    Raises:
        TrialError: If one of the two has fewer rows than actors, or none.
    """
    harmful = [row for row in rows if row.harmful]
    others = [row for row in rows if not row.harmful]
    for name, part in (("harmful", harmful), ("harmless", others)):
        if not part:
            raise TrialError(
                f"none of {len(rows)} rows is {name}: {harmful_actors} of {actors} actors cannot hold the "
                "harmful ones alone",
                next_step="take a corpus of regime mixed, or a benign one with corpora.harmful; "
                "harmful_actors: 0 deals all rows to all",
            )
    return deal(others, actors - harmful_actors, seed) + deal(harmful, harmful_actors, seed)
