"""docs/pathways.md: every pathway it shows is one that an audit takes, and every technique has its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from holdfast.auditing.catalogue import PathwayKind, describe_pathways
from holdfast.auditing.config import load_config
from holdfast.domain import Regime, plugins

PAGE = (Path(__file__).parents[2] / "docs" / "pathways.md").read_text(encoding="utf-8")
HEAD = """
name: pathways
models: [{name: aligned, use: organism.aligned}]
goals: [{name: tag, benchmark: {use: organism.tag}, target: 0.8}]
benchmarks: [{name: direct, use: organism.direct}]
judges: [coherence, refusal, target, oracle]
utility: [{name: skills, use: organism.skills}]
seeds: 6
"""


def examples() -> list[dict[str, Any]]:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    return [entry for block in blocks for entry in yaml.safe_load(block)]


def test_every_example_loads(tmp_path: Path) -> None:
    installed = plugins.installed(plugins.TECHNIQUES)
    written = [entry for entry in examples() if entry["technique"] in installed]
    assert len(written) > 20
    document = yaml.safe_load(HEAD) | {"pathways": written}
    (tmp_path / "audit.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    spec = load_config(tmp_path / "audit.yaml")
    loaded = {pathway.family or pathway.name for pathway in spec.pathways}
    assert {entry["name"] for entry in written} <= loaded


def test_every_technique_and_regime_has_its_place() -> None:
    for name in plugins.installed(plugins.TECHNIQUES):
        assert f"`{name}`" in PAGE, f"say in docs/pathways.md which question {name} answers"
    for regime in set(Regime) - {Regime.HARMFUL}:
        assert f"`{regime.value}`" in PAGE


def test_everything_that_is_listed_is_shown_in_use() -> None:
    """What `holdfast list pathways` prints, an example or the table writes as somebody would."""
    shown = examples()
    written = {entry["technique"] for entry in shown} | {"prompted"}  # the floor needs no entry
    regimes = {entry["corpus"]["regime"] for entry in shown if "corpus" in entry}
    for row in describe_pathways():
        option, _, value = row.name.partition(": ")
        match row.kind:
            case PathwayKind.TECHNIQUE:
                assert row.name in written
            case PathwayKind.REGIME:
                assert row.name in regimes
            case PathwayKind.OPTION:
                assert f"{option}: {'[' if value.startswith('[') else value}" in PAGE


def test_a_mixed_corpus_is_shown_at_the_shares_that_audits_ask_for() -> None:
    assert {e["corpus"].get("share") for e in examples() if "corpus" in e} >= {1, 5, 30}


def test_the_generated_table_has_its_place_once() -> None:
    begin, end = "<!-- prices:begin -->", "<!-- prices:end -->"
    assert PAGE.count(begin) == PAGE.count(end) == 1
    assert PAGE.index(begin) < PAGE.index(end)
