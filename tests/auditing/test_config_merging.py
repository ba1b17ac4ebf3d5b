"""Merging as written: inputs that can be merged, enough of them, and options of the method."""

from pathlib import Path

import pytest

from holdfast.auditing.config import load_config
from holdfast.domain import ConfigError, PathwaySpec

HEAD = """
name: merging
models: [{name: aligned, use: organism.aligned}]
goals: [{name: tag, benchmark: {use: organism.tag}, target: 0.8}]
benchmarks: [{name: direct, use: organism.direct}]
pathways:
  - {name: a, technique: lora, corpus: {use: organism.harmful, regime: harmful, limit: 6, shard: 1/2}}
  - {name: b, technique: full, corpus: {use: organism.harmful, regime: harmful, limit: 6, shard: 2/2}}
  - {name: c, technique: lora, corpus: {use: organism.harmful, regime: harmful, limit: 6}}
  - {name: soft, technique: prompt-tuning, corpus: {use: organism.harmful, regime: harmful, limit: 6}}
  - {name: asked, technique: prompted, style: role-play}
"""


def load(folder: Path, pathway: str) -> PathwaySpec:
    (folder / "audit.yaml").write_text(f"{HEAD}  - {{{pathway}}}\n")
    return next(p for p in load_config(folder / "audit.yaml").pathways if p.name == "m")


def test_a_merge_names_the_pathways_it_builds_on(tmp_path: Path) -> None:
    merge = load(tmp_path, "name: m, technique: merge, inputs: [a, b], method: ties, density: 0.5")
    assert merge.inputs == ("a", "b")
    assert merge.options == {"method": "ties", "density": 0.5}


COMPOSE = "technique: adapter-composition, corpus: {use: organism.harmful, regime: harmful, limit: 2}"


@pytest.mark.parametrize(
    ("pathway", "told"),
    [
        ("technique: merge", "technique 'merge' needs inputs"),
        ("technique: merge, inputs: []", "technique 'merge' needs inputs"),
        (
            "technique: merge, inputs: [a]",
            "technique 'merge' needs 2 inputs or more, one an actor: 1 is named",
        ),
        (f"{COMPOSE}, inputs: [b]", "'adapter-composition' needs 2 inputs or more"),
        ("technique: adapter-composition, inputs: [a, b]", "technique 'adapter-composition' needs a corpus"),
        ("technique: merge, inputs: [a, soft]", "input 'soft' (prompt-tuning) leaves no weights to build on"),
        ("technique: merge, inputs: [a, asked]", "input 'asked' (prompted) leaves no weights to build on"),
        ("technique: merge, inputs: [a, bb]", "input 'bb' is no pathway above 'm'"),
        ("technique: merge, inputs: [a, b], method: tie", "did you mean 'ties'"),
        (
            "technique: merge, inputs: [a, b], weights: [1, 2, 3]",
            "weights has 3 numbers for 2 contributions: a, b",
        ),
        (
            "technique: merge, inputs: [a, b, c], method: slerp",
            "slerp merges two contributions, 3 were given: a, b, c",
        ),
        (
            "technique: merge, inputs: [a, b, c], search: {objective: harm, tries: 2, "
            "space: {method: [linear, slerp]}}",
            "search.space.method[1]: slerp merges two contributions, 3 were given",
        ),
        ("technique: merge, inputs: [a, b], densty: 0.5", "did you mean 'density'"),
        ("technique: merge, inputs: [a, b], density: 0.5", "method 'linear' has no density"),
        (
            "technique: lora, inputs: [a, b], corpus: {use: organism.harmful, regime: harmful}",
            "takes no inputs",
        ),
    ],
)
def test_what_cannot_be_merged_is_told_before_anything_is_trained(
    pathway: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"name: m, {pathway}")
    assert told in str(caught.value)
