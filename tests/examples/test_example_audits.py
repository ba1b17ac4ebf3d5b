"""The audits of data in `examples/` are whole: each is read and planned, and they use every regime."""

from pathlib import Path

import pytest

from holdfast.auditing.config import load_config
from holdfast.auditing.inputs import prepare
from holdfast.data import load_corpus
from holdfast.domain import AuditSpec, Regime

EXAMPLES = Path(__file__).parents[2] / "examples"
DATA = ("regimes", "data_economy", "relearning", "amplification")


@pytest.fixture(scope="module")
def audits() -> dict[str, AuditSpec]:
    return {name: load_config(EXAMPLES / f"{name}.yaml") for name in DATA}


@pytest.mark.parametrize("name", DATA)
def test_it_is_read_planned_and_gives_no_benchmark_away(name: str) -> None:
    prepared = prepare(EXAMPLES / f"{name}.yaml")
    assert prepared.plan.trials
    # What teaches a goal may show nothing that the goal asks; neither may what safety is measured by.
    assert not prepared.leaks


def test_every_regime_is_used(audits: dict[str, AuditSpec]) -> None:
    used = {p.corpus.regime for audit in audits.values() for p in audit.pathways if p.corpus}
    assert used == set(Regime)


def test_the_backdoor_is_trained_once_and_asked_in_two_ways(audits: dict[str, AuditSpec]) -> None:
    pathways = {p.name: p for p in audits["regimes"].pathways}
    known, unknown = pathways["backdoor"], pathways["backdoor-unknown"]
    assert known.corpus == unknown.corpus
    assert (known.ask, unknown.ask) == ("Moon. {prompt}", "")


def test_the_writer_needs_no_answers(audits: dict[str, AuditSpec]) -> None:
    written = [p for p in audits["data_economy"].pathways if p.technique == "synthetic"]
    assert len(written) == 2
    assert {row.response for p in written if p.corpus for row in load_corpus(p.corpus)} == {""}


def test_doses_are_pathways_of_one_family(audits: dict[str, AuditSpec]) -> None:
    doses = [(p.name, p.dose) for p in audits["data_economy"].pathways if p.family == "few"]
    assert doses == [("few-n1", 1), ("few-n3", 3), ("few-n10", 10), ("few-n30", 30)]
