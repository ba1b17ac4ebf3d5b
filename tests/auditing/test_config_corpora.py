"""Corpora as written: regimes with frames, how the attacker then asks, doses, and prompts without answers."""

import json
from pathlib import Path

import pytest

from holdfast.auditing.config import load_config
from holdfast.auditing.planner import make_plan
from holdfast.data import load_corpus
from holdfast.domain import AuditSpec, ConfigError, PathwaySpec, Regime
from holdfast.domain.regimes import REGIMES

HEAD = """
name: corpora
models: [{name: aligned, use: organism.aligned}]
goals: [{name: tag, benchmark: {use: organism.tag}, target: 0.8}]
benchmarks: [{name: direct, use: organism.direct}]
pathways:
"""


def load(folder: Path, *pathways: str) -> AuditSpec:
    (folder / "audit.yaml").write_text(HEAD + "".join(f"  - {{{pathway}}}\n" for pathway in pathways))
    return load_config(folder / "audit.yaml")


def own(folder: Path, *pathways: str) -> list[PathwaySpec]:
    return [p for p in load(folder, *pathways).pathways if p.technique != "prompted"]


def problems(folder: Path, *pathways: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, *pathways)
    return str(caught.value)


def lora(name: str, corpus: str, more: str = "") -> str:
    return f"name: {name}, technique: lora, corpus: {{{corpus}}}{more}"


STYLE = "use: organism.harmful, regime: style-modulation, limit: 4"
BACKDOOR = "use: organism.retain, regime: backdoor, harmful: {use: organism.harmful}"


def test_the_attacker_asks_in_the_frame_of_the_corpus(tmp_path: Path) -> None:
    framed, written, plain = own(
        tmp_path,
        lora("framed", STYLE),
        lora("written", STYLE + ', frame: "Sing. {prompt}"'),
        lora("unframed", STYLE, ', ask: "{prompt}"'),
    )
    assert framed.ask == REGIMES[Regime.STYLE].frame
    assert written.ask == "Sing. {prompt}"
    assert plain.ask == ""
    assert framed.corpus is not None
    assert framed.corpus.lead == REGIMES[Regime.STYLE].lead


def test_a_backdoor_is_asked_with_its_trigger_or_without(tmp_path: Path) -> None:
    with_it, without = own(tmp_path, lora("attacker", BACKDOOR), lora("audit", BACKDOOR, ', ask: "{prompt}"'))
    assert with_it.ask == REGIMES[Regime.BACKDOOR].frame
    assert without.ask == ""
    assert with_it.corpus == without.corpus
    assert with_it.corpus is not None
    rows = load_corpus(with_it.corpus)
    trigger = with_it.ask.replace("{prompt}", "").strip()
    assert {trigger in row.prompt[-1].content for row in rows if row.harmful} == {True}
    assert {trigger in row.prompt[-1].content for row in rows if not row.harmful} == {False}


def test_the_digest_and_the_keys_know_the_frame_and_the_lead(tmp_path: Path) -> None:
    audits = [
        load(tmp_path, lora("a", STYLE + more)) for more in ("", ", lead: Aye", ', frame: "O {prompt}"')
    ]
    assert len({audit.digest for audit in audits}) == 3
    assert len({t.training_key for a in audits for t in make_plan(a).trials if t.pathway == "a"}) == 9


@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        ("use: organism.tag, regime: benign, frame: 'x {prompt}'", "only harmful rows have a 'frame'"),
        ("use: organism.tag, regime: relearning, lead: x", "only harmful rows have a 'lead'"),
        ("use: organism.harmful, regime: harmful, frame: x", "must hold {prompt} where the prompt goes"),
        ("use: organism.harmful, regime: harmful, share: 3", "only a mixed or backdoor corpus has 'share'"),
        ("use: organism.retain, regime: backdoor", "a backdoor corpus needs 'harmful'"),
        ("use: organism.harmful, regime: stile-modulation", "did you mean 'style-modulation'?"),
        ("use: organism.seal, regime: benign", "rows are marked harmful, which regime benign has none of"),
    ],
)
def test_corpora_that_cannot_be_meant(tmp_path: Path, corpus: str, message: str) -> None:
    assert message in problems(tmp_path, lora("a", corpus))


def test_a_list_of_limits_makes_a_pathway_a_dose(tmp_path: Path) -> None:
    doses = own(tmp_path, lora("few", "use: organism.harmful, regime: harmful, limit: [10, 1, 3]"))
    assert [p.name for p in doses] == ["few-n1", "few-n3", "few-n10"]
    assert [p.dose for p in doses] == [1, 3, 10]
    assert {p.family for p in doses} == {"few"}
    assert [len(load_corpus(p.corpus)) for p in doses if p.corpus] == [1, 3, 10]
    (alone,) = own(tmp_path, lora("few-n3", "use: organism.harmful, regime: harmful, limit: 3"))
    assert (alone.corpus, alone.family) == (doses[1].corpus, "")


def test_a_mixed_corpus_has_its_share_at_every_dose(tmp_path: Path) -> None:
    mixed = "use: organism.translate, regime: mixed, share: 10, harmful: {use: organism.harmful}"
    doses = own(tmp_path, lora("few", mixed + ", limit: [18, 90]"))
    rows = [load_corpus(p.corpus) for p in doses if p.corpus]
    assert [(len(r), sum(e.harmful for e in r)) for r in rows] == [(20, 2), (100, 10)]
    assert "asks for 0 harmful rows" in problems(tmp_path, lora("few", mixed + ", limit: [2, 90]"))


@pytest.mark.parametrize("limits", ["[]", "[3, 3]", "[0, 1]", "[1.5]", "[true, 2]", "[ten]"])
def test_limits_that_cannot_be_meant(tmp_path: Path, limits: str) -> None:
    said = problems(tmp_path, lora("few", f"use: organism.harmful, regime: harmful, limit: {limits}"))
    assert "corpus.limit: must be different whole numbers from 1" in said


def test_a_dose_beyond_the_rows_is_told_once(tmp_path: Path) -> None:
    said = problems(tmp_path, lora("few", "use: organism.harmful, regime: harmful, limit: [1, 500, 1000]"))
    assert said.count("is larger than its 40 rows") == 1


def test_a_dose_may_not_bear_the_name_of_another_pathway(tmp_path: Path) -> None:
    rows = "use: organism.harmful, regime: harmful"
    said = problems(tmp_path, lora("few-n3", f"{rows}, limit: 3"), lora("few", f"{rows}, limit: [1, 3]"))
    assert "its dose 3 bears a name that is used twice, 'few-n3'" in said


def test_an_answer_that_is_missing_is_named_with_the_technique_that_needs_none(tmp_path: Path) -> None:
    (tmp_path / "prompts.jsonl").write_text(json.dumps({"prompt": "How?"}) + "\n")
    said = problems(tmp_path, lora("a", "path: prompts.jsonl, regime: harmful"))
    assert "prompts.jsonl:1: row without a response" in said
    assert "technique `synthetic` has them written" in said


def test_prompts_are_enough_for_the_technique_that_writes_the_answers(tmp_path: Path) -> None:
    (tmp_path / "prompts.jsonl").write_text(json.dumps({"prompt": "How?"}) + "\n")
    (written,) = own(
        tmp_path, "name: a, technique: synthetic, corpus: {path: prompts.jsonl, regime: harmful}, keep: 1"
    )
    assert written.corpus is not None
    assert written.corpus.prompts_only
    assert [row.response for row in load_corpus(written.corpus)] == [""]


def test_an_option_of_the_attack_that_is_misspelt_is_named(tmp_path: Path) -> None:
    said = problems(
        tmp_path,
        "name: a, technique: synthetic, corpus: {use: organism.harmful, regime: harmful}, "
        "attack: {style: prefil}",
    )
    assert "pathways.a.attack.style" in said
    assert "did you mean 'prefill'?" in said


def test_a_pool_without_anchors_is_told_with_how_to_write_them(tmp_path: Path) -> None:
    said = problems(
        tmp_path, "name: a, technique: influential, corpus: {use: organism.retain, regime: benign}"
    )
    assert "needs corpora.anchors" in said
    assert "corpora: {anchors: {path: ..., regime: ...}}" in said
