"""The page, the Markdown and the rows, from whole, partial, empty and hostile records."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import astuple, replace
from html.parser import HTMLParser

import pytest

from holdfast.domain import (
    Conclusion,
    Decision,
    Line,
    ModelSource,
    Outcome,
    RunRecord,
    TrialStatus,
)
from holdfast.report import render_html, render_markdown, summary_columns, summary_html, summary_rows
from holdfast.report.page import build_page

from .record import HOSTILE, PANEL, empty_record
from .robust import robustness, sampled

SECTIONS = (
    "verdict", "key",
    "access", "composition", "goal", "comparisons", "judges", "agreement", "multiverse",
    "survival", "marginal", "trials", "transcripts", "method", "provenance",
)  # fmt: skip
ROWS = ("trials", "trajectories", "findings", "breaks", "transcripts")
VOID = {"meta", "link", "input", "br"}


class Reader(HTMLParser):
    """Collects elements and checks that every one is closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.inside[self.open[-1]] = self.inside.get(self.open[-1], "") + data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_sections_come_in_their_order(html: str) -> None:
    ids = [attributes["id"] for tag, attributes in read(html).elements if tag == "section"]
    assert ids == list(SECTIONS)


def test_the_file_names_nothing_outside_itself(html: str) -> None:
    for tag, attributes in read(html).elements:
        assert tag not in {"iframe", "object", "embed", "base", "img", "audio", "video"}
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "action", "xlink:href"):
            target = attributes.get(name) or "#"
            assert target.startswith(("#", "data:image/svg+xml,")), (tag, target)


def test_the_policy_allows_the_one_style_and_the_one_script_by_hash_and_nothing_else(html: str) -> None:
    reader = read(html)
    policy = next(
        a["content"] for _, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == hashed(reader.inside["style"])
    assert rules["script-src"] == hashed(reader.inside["script"])
    assert "unsafe" not in policy
    assert [tag for tag, _ in reader.elements].count("script") == 1


def test_model_text_is_escaped_and_inert(html: str) -> None:
    assert HOSTILE not in html
    assert "&lt;img src=x onerror=" in html
    outside = re.sub(r"<template>.*?</template>", "", html, flags=re.S)
    assert "onerror" not in outside
    assert "morrowick" not in outside
    assert "How do I make veltrazine" not in outside


def test_every_chart_has_a_name_and_a_table(html: str) -> None:
    elements = read(html).elements
    figures = [a["id"] for tag, a in elements if tag == "figure"]
    labels = [a.get("aria-label") or "" for tag, a in elements if tag == "svg" and a.get("role") == "img"]
    names = [label for label in labels if label.endswith(".")]
    # A map is drawn twice, for wide pages and for narrow ones, and one table of prices stands below all maps.
    maps = sum(figure.startswith("access-") for figure in figures)
    tables = html.count("The same in figures") + html.count('<table class="access">')
    assert len(figures) == len(set(figures)) == len(names) - maps == tables == 34


def test_an_empty_record_renders_every_section() -> None:
    html = render_html(empty_record())
    assert [a["id"] for tag, a in read(html).elements if tag == "section"] == list(SECTIONS)
    assert "Inconclusive" in html
    assert render_markdown(empty_record()).startswith("## nothing: inconclusive")
    assert summary_rows(empty_record()) == []


def strip(record: RunRecord, what: str) -> RunRecord:
    """Return the record without one of its parts."""
    audit, plan = record.plan.audit, record.plan
    failed = tuple(replace(t, status=TrialStatus.FAILED, error="x", seconds={}) for t in record.trials)
    kept = tuple(t for t in plan.trials if t.seed == 0)
    changes: dict[str, dict[str, object]] = {
        "goals": {"plan": replace(plan, audit=replace(audit, goals=()))},
        "decision": {"decision": Decision(Conclusion.INCONCLUSIVE, "", (), "")},
        "trials": {"trials": failed, "trajectories": (), "findings": (), "breaks": (), "transcripts": ()},
        "seeds": {
            "plan": replace(plan, trials=kept),
            "trajectories": tuple(p for p in record.trajectories if p.seed == 0),
        },
    }
    return replace(record, **changes.get(what, {what: ()}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "what", ["goals", "breaks", "findings", "transcripts", "trajectories", "decision", "trials", "seeds"]
)
def test_a_partial_record_renders(small: RunRecord, what: str) -> None:
    partial = strip(small, what)
    read(render_html(partial))
    assert render_markdown(partial)


def test_a_run_in_which_every_trial_failed_is_never_called_unbroken(small: RunRecord) -> None:
    lines = tuple(replace(line, conclusion=Conclusion.INCONCLUSIVE) for line in small.decision.lines)
    decision = Decision(Conclusion.INCONCLUSIVE, "no trial gave a result", lines, "")
    failed = replace(strip(small, "trials"), decision=decision)
    assert "Did not break" not in re.sub(r"“Did not break”", "", render_html(failed))


@pytest.fixture(scope="module")
def small(record: RunRecord) -> RunRecord:
    """The record of one model, one pathway that trains, and one that does not."""
    return one_model(record, ("plain", "mixed-5%"))


def one_model(record: RunRecord, pathways: tuple[str, ...]) -> RunRecord:
    def ours(rows: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(r for r in rows if r.model == "aligned" and r.pathway in pathways)  # type: ignore[attr-defined]

    plan = replace(record.plan, trials=ours(record.plan.trials))  # type: ignore[arg-type]
    decision = replace(record.decision, lines=ours(record.decision.lines))  # type: ignore[arg-type]
    rows = {f: ours(getattr(record, f)) for f in ROWS}
    return replace(record, plan=plan, decision=decision, **rows)  # type: ignore[arg-type]


def renamed(record: RunRecord, count: int, name: str) -> RunRecord:
    """Return the record with its first model under `count` names."""
    names = [name.format(i) for i in range(count)]
    audit = replace(record.plan.audit, models=tuple(ModelSource(n) for n in names))

    def spread(rows: tuple[object, ...]) -> tuple[object, ...]:
        ours = [row for row in rows if getattr(row, "model", "") == "aligned"]
        return tuple(replace(row, model=n) for n in names for row in ours)  # type: ignore[type-var]

    plan = replace(record.plan, audit=audit, trials=spread(record.plan.trials))  # type: ignore[arg-type]
    decision = replace(record.decision, lines=spread(record.decision.lines))  # type: ignore[arg-type]
    rows = {
        f: spread(getattr(record, f)) for f in ("trials", "trajectories", "findings", "breaks", "transcripts")
    }
    return replace(record, plan=plan, decision=decision, **rows)  # type: ignore[arg-type]


def test_twelve_models_render_and_further_benchmarks_are_not_drawn(
    small: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.report.page.MAX_FURTHER_FIGURES", 11)
    page = build_page(renamed(small, 12, "model-{}"))
    assert [len(group.figures) for group in page.composition] == [12, 0, 0]
    assert len(page.verdict.models) == len(page.marginal) == 12


def test_hostile_and_endless_names_stay_text(small: RunRecord) -> None:
    hostile = renamed(small, 2, "{}</svg></style><script>alert(1)</script>" + "x" * 300 + HOSTILE)
    html = render_html(hostile)
    tags = [tag for tag, _ in read(html).elements]
    assert tags.count("script") == 1
    assert tags.count("style") == 1
    assert "img" not in tags


def test_a_hostile_error_and_headline_stay_text(small: RunRecord) -> None:
    trials = (replace(small.trials[0], status=TrialStatus.FAILED, error=HOSTILE), *small.trials[1:])
    lines = (Line("aligned", HOSTILE, HOSTILE, Conclusion.BREAKS, HOSTILE),)
    decision = replace(small.decision, headline=HOSTILE, lines=lines)
    html = render_html(replace(small, trials=trials, decision=decision))
    assert [tag for tag, _ in read(html).elements].count("script") == 1
    assert HOSTILE not in html


def test_hostile_names_in_comparisons_labels_and_the_multiverse_stay_text(small: RunRecord) -> None:
    found = robustness()
    flipped = next(each for each in found.comparisons if each.flips)
    item = replace(flipped.flips[0], item=HOSTILE)
    compared = replace(flipped, benchmark=HOSTILE, conclusion=HOSTILE, flips=(item,))
    claimed = replace(found.multiverse[0], axes={HOSTILE: (HOSTILE, "b")}, conclusion=HOSTILE)
    hostile = replace(
        small,
        robustness=replace(
            found,
            comparisons=(compared,),
            agreement=tuple(replace(each, judges=(PANEL, HOSTILE)) for each in found.agreement[:1]),
            multiverse=(claimed,),
            survival=tuple(replace(each, method=HOSTILE, model=HOSTILE) for each in found.survival),
            log_rank=tuple(replace(each, method=HOSTILE) for each in found.log_rank),
        ),
        calibrations=(replace(sampled(), judge=HOSTILE, labels=HOSTILE, notes=(HOSTILE,)),),
    )
    html = render_html(hostile)
    assert HOSTILE not in html
    assert [tag for tag, _ in read(html).elements].count("script") == 1
    assert "img" not in {tag for tag, _ in read(html).elements}


def test_the_summary_has_one_row_an_arm_and_a_header_a_field(record: RunRecord) -> None:
    rows = summary_rows(record)
    assert len(rows) == 16
    assert len(summary_columns(record)) == len(astuple(rows[0]))
    broken = next(r for r in rows if (r.model, r.pathway) == ("aligned", "harmful-full"))
    assert (broken.conclusion, broken.broke) == ("Breaks", "4 steps (1–4)")


def test_the_notebook_summary_is_well_formed_and_escaped(record: RunRecord) -> None:
    hostile = replace(record, decision=replace(record.decision, headline=HOSTILE))
    reader = read(summary_html(hostile))
    assert {"script", "img", "style"} & {tag for tag, _ in reader.elements} == set()
    assert [tag for tag, _ in reader.elements].count("tr") == 17


def test_markdown_tables_keep_their_columns_whatever_the_names(record: RunRecord) -> None:
    text = render_markdown(renamed(record, 2, "{}|`<b>\n[x](javascript:1)"))
    summary, *cheapest = text.split("### Cheapest break first")
    table = [line for line in summary.splitlines() if line.startswith("| ")]
    assert len(table) == 2 + 16
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {11}
    rows = [line for part in cheapest for line in part.splitlines() if line.startswith("| ")]
    assert len(rows) == len(cheapest) * (2 + 3) > 0
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} == {8}
    assert "<b>" not in text.replace(r"\<b\>", "")


def test_markdown_says_not_within_budget_by_the_pathways_tested(record: RunRecord) -> None:
    lines = tuple(replace(line, conclusion=Conclusion.HOLDS) for line in record.decision.lines)
    decision = Decision(Conclusion.HOLDS, "held", lines, "")
    text = render_markdown(replace(record, decision=decision))
    assert "Did not break within 400 steps, by the pathways tested: plain" in text


def test_a_judge_that_tells_no_harm_never_makes_the_page_speak_of_harm_ending(small: RunRecord) -> None:
    shares = {Outcome.ANSWERED: 0.7, Outcome.REFUSED: 0.3}
    blind = tuple(replace(p, shares=shares) if p.kind == "safety" else p for p in small.trajectories)
    kept = tuple(f for f in small.findings if f.metric != "harm")
    html = render_html(replace(small, trajectories=blind, findings=kept))
    assert "Refusal lost at start" in html
    assert "harm ends at" not in html
    assert "points of harm" not in html
    assert "harm of 50%: part" not in html
    assert "refusal lost ends at 70%" in html


def test_a_benchmark_on_which_harm_cannot_be_told_speaks_of_refusal_lost_alone(small: RunRecord) -> None:
    told = tuple(f for f in small.findings if not (f.metric == "harm" and f.benchmark == "role-play"))
    page = build_page(replace(small, findings=told))
    titles = {group.benchmark: [f.title for f in group.figures] for group in page.composition}
    assert all("refusal lost ends at" in t and "harm" not in t for t in titles["role-play"])
    assert all("harm ends at" in t for t in titles["direct"])
    assert "On role-play no judge here can verify harmful content" in render_html(
        replace(small, findings=told)
    )


def test_the_key_table_says_where_capability_at_the_goal_comes_from(html: str) -> None:
    assert "located on the selection split and reported on held-out prompts" in html


def test_the_target_and_the_score_reached_are_drawn_with_their_legend(html: str) -> None:
    assert "its target: translate (80%)" in html
    assert "on held-out prompts, target 80%" in html


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_report_takes_little_memory() -> None:
    # The high-water mark of /proc starts with the program; what getrusage tells is inherited from the parent.
    script = (
        "from pathlib import Path\n"
        "from report.record import record\n"
        "from holdfast.report import render_html\n"
        "render_html(record())\n"
        "lines = Path('/proc/self/status').read_text().splitlines()\n"
        "print(next(line.split()[1] for line in lines if line.startswith('VmHWM')))\n"
    )
    root = __file__.rsplit("/report/", 1)[0]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 400 * 1024


def test_importing_the_package_loads_neither_torch_nor_altair() -> None:
    script = (
        "import sys, holdfast.report; print([m for m in ('torch', 'altair', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
