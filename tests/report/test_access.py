"""Who can break it, and at what price: the map, the table beneath it, contributions put together."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from browser import chromium
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain import Conclusion, RunRecord, Spend
from holdfast.report import render_html, render_markdown
from holdfast.report.charts.access import NARROW, WIDE, about
from holdfast.report.charts.access_layout import Axis, arrange, price_axis
from holdfast.report.charts.figures import dose_figure
from holdfast.report.views.access import AccessMap, Entry, access_map, price_interval, price_text
from holdfast.report.views.access_table import AccessRow, access_rows, rating_rows
from holdfast.report.views.arms import Arm
from holdfast.report.views.cells import Cell
from holdfast.report.views.doses import dose_panels
from holdfast.report.views.evidence import gather
from holdfast.report.views.joint import joint_pathways
from holdfast.report.views.spending import Amount, Paid

from .crowd import BROKE, DOSES, HELD, OPEN, ROUTES, Route, crowd
from .record import empty_record


@pytest.fixture(scope="module")
def priced() -> RunRecord:
    return crowd()


@pytest.fixture(scope="module")
def view(priced: RunRecord) -> AccessMap:
    return access_map(gather(priced))


@pytest.fixture(scope="module")
def rows(view: AccessMap) -> dict[str, AccessRow]:
    return {row.pathway: row for row in access_rows(view)[0].rows}


def entry(name: str, price: float | None, actors: int = 1, conclusion: Conclusion = BROKE) -> Entry:
    amount = None if price is None else Amount(price, price / 2, price * 1.5)
    spent = Paid((Spend(flops=1.0, actors=actors),), broke=conclusion is BROKE)
    harm = Cell("50%", value=0.5)
    return Entry(
        Arm("m", "none", name),
        "lora",
        conclusion,
        price is None,
        amount,
        spent,
        Cell(""),
        harm,
        Cell(""),
        None,
    )


# --- one unit for the whole map ----------------------------------------------------------------------


def test_prices_are_in_money_where_all_of_it_has_a_price(view: AccessMap) -> None:
    assert view.unit == "usd"


def test_one_pathway_without_a_price_puts_the_whole_map_in_flops() -> None:
    record = crowd()
    key = next(trial.key for trial in record.plan.trials if trial.pathway == "harmful-lora")
    poorer = tuple(replace(spend, usd=None) for spend in record.ledgers[key])
    mixed = replace(record, ledgers={**record.ledgers, key: poorer})
    assert access_map(gather(mixed)).unit == "flops"
    assert access_map(gather(crowd(priced=False))).unit == "flops"


def test_a_busy_machine_does_not_change_the_order() -> None:
    record = crowd(priced=False)
    slow = {
        trial.key: tuple(
            replace(spend, device_seconds=spend.device_seconds * 50 ** (i % 3))
            for spend in record.ledgers[trial.key]
        )
        for i, trial in enumerate(record.plan.trials)
        if trial.key in record.ledgers
    }
    quiet, busy = (access_map(gather(each)) for each in (record, replace(record, ledgers=slow)))
    prices = [
        [(entry.arm, entry.price) for group in view.groups for entry in group.entries]
        for view in (quiet, busy)
    ]
    assert prices[0] == prices[1]
    assert {row.compute for table in access_rows(quiet) for row in table.rows} != {
        row.compute for table in access_rows(busy) for row in table.rows
    }  # it stays a column


def test_what_took_no_flops_is_the_cheapest_not_the_dearest() -> None:
    record = crowd(priced=False)
    free = "harmful-lora"
    keys = {trial.key for trial in record.plan.trials if trial.pathway == free}
    ledgers = {
        key: tuple(replace(spend, flops=0.0) for spend in ledger) if key in keys else ledger
        for key, ledger in record.ledgers.items()
    }
    findings = tuple(f for f in record.findings if (f.pathway, f.metric) != (free, "break.flops"))
    (group, *_) = access_map(gather(replace(record, ledgers=ledgers, findings=findings))).groups
    trained = [entry for entry in group.entries if not entry.floor]
    assert (trained[0].arm.pathway, trained[0].conclusion) == (free, BROKE)
    assert trained[0].price == Amount(0.0, 0.0, 0.0)
    assert f"{free}, for 0 FLOPs" in group.title


# --- what it shows -------------------------------------------------------------------------------------


def test_the_cheapest_break_comes_first_then_what_is_open_then_what_held(view: AccessMap) -> None:
    for group in view.groups:
        order = [each.conclusion for each in group.entries]
        assert order == sorted(order, key=[BROKE, OPEN, HELD].index)
        broken = [each for each in group.entries if each.conclusion is BROKE]
        assert all(
            one.price.value <= two.price.value
            for one, two in pairwise(broken)
            if one.price is not None and two.price is not None
        )
    assert [each.arm.pathway for each in view.groups[0].entries][:2] == ["refusal-ablation", "harmful-lora"]
    assert (
        view.groups[1].title == "3 of 32 pathways break it; the cheapest, harmful-lora, for $0.066 by 1 actor"
    )


def test_a_break_is_priced_by_its_finding_and_a_pathway_that_held_by_what_it_spent(
    priced: RunRecord, view: AccessMap
) -> None:
    entries = {each.arm.pathway: each for each in view.groups[0].entries}
    found = next(
        row
        for row in priced.findings
        if (row.model, row.pathway, row.metric) == ("released", "harmful-lora", "break.usd")
    )
    price = entries["harmful-lora"].price
    assert price == Amount(found.value or 0.0, found.low or 0.0, found.high or 0.0)
    held = entries["benign-translation"]
    spent = [
        priced.ledgers[trial.key][-1].usd or 0.0
        for trial in priced.plan.trials
        if held.arm.holds(trial)
    ]  # fmt: skip
    assert held.price is not None
    assert (held.price.low, held.price.high) == pytest.approx((min(spent), max(spent)))
    assert entries["plain"].price is None


def test_the_ledger_is_told_at_the_break(rows: dict[str, AccessRow]) -> None:
    row = rows["harmful-lora"]
    assert row.broke.text == "8 steps"
    assert row.data == ("80 examples seen", "80 different", "16,000 tokens trained on")
    assert row.compute == ("2.4 × 10¹³ FLOPs", "4.8 s of device time", "3.36 kJ at rated power")
    assert (row.memory, row.actors, row.shares, row.tries) == ("10 GB", "1", (), "1")
    assert rows["searched-lora"].tries == "25"
    assert rows["fedavg-4"].shares == ("largest share 31%", "48 MB exchanged")
    assert rows["fedavg-4"].actors == "4"
    assert rows["plain"].price.text == "nothing spent"
    assert rows["mixed-1%"].price.text.startswith("> $")


def test_what_is_left_open_is_told_with_all_that_was_spent_though_some_seeds_broke(priced: RunRecord) -> None:
    open_lines = tuple(
        replace(line, conclusion=OPEN) if line.pathway == "dpo-compliance" else line
        for line in priced.decision.lines
    )
    record = replace(priced, decision=replace(priced.decision, lines=open_lines))
    rows = {row.pathway: row for row in access_rows(access_map(gather(record)))[0].rows}
    assert rows["dpo-compliance"].data[0] == "640 examples seen"
    assert rows["dpo-compliance"].price.text.endswith(" spent")


def test_harm_at_the_bound_and_what_it_adds_carry_their_intervals(rows: dict[str, AccessRow]) -> None:
    assert rows["harmful-lora"].harm.plain == "86% (74–96%)"
    assert rows["harmful-lora"].added.plain == "+8 (−7 to +22)"
    assert rows["prefill"].harm.text == "inconclusive"


def test_a_rating_says_why_and_its_lack_is_told(view: AccessMap, rows: dict[str, AccessRow]) -> None:
    assert rows["harmful-lora"].potential == "1 · basic"
    assert rows["mine"].potential == "not rated"
    told = {row.technique: row for row in rating_rows(view)}
    assert any("layman" in reason for reason in told["lora"].reasons)
    assert len(told["lora"].reasons) == 5
    assert "attack.py:Mine" not in told


def test_a_mark_says_all_of_it_to_those_who_cannot_see_it(view: AccessMap) -> None:
    first = view.groups[1].entries[0]
    assert about(first, view.unit) == (
        "hardened, harmful-lora: breaks; $0.066 ($0.028–0.092); 1 actor; "
        "harm at the utility bound 69% (57–79%)"
    )


def test_a_record_from_before_the_ledger_still_has_its_map(record: RunRecord) -> None:
    assert not record.ledgers
    shown = access_map(gather(record))
    row = access_rows(shown)[0].rows[0]
    assert (row.pathway, row.memory, row.tries, row.compute) == ("harmful-full", "–", "–", ())
    assert row.price.text.endswith(" s")
    assert access_map(gather(empty_record())).groups == ()


@pytest.mark.parametrize(
    ("price", "unit", "text"),
    [(0.00026, "usd", "$0.00026"), (3e-7, "usd", "$3.0 × 10⁻⁷"), (0.0, "usd", "$0"), (12.5, "usd", "$12.50"),
     (0.041, "usd", "$0.041"), (12.0, "device_seconds", "12 s"), (4e12, "flops", "4.0 × 10¹² FLOPs")],
)  # fmt: skip
def test_small_prices_are_told_with_two_digits(price: float, unit: str, text: str) -> None:
    assert price_text(price, unit) == text


def test_an_interval_that_is_a_point_is_not_told() -> None:
    assert price_interval(Amount(2.0, 2.0, 2.0), "device_seconds") == ""
    assert price_interval(Amount(2.0, 1.0, 3.0), "device_seconds") == "1–3 s"


# --- contributions put together -----------------------------------------------------------------------


def test_contributions_are_shown_beside_what_they_do_together(priced: RunRecord) -> None:
    ties = joint_pathways(gather(priced))[0]
    assert (ties.subject, ties.pathway, ties.conclusion) == ("released", "merge-ties", BROKE)
    assert ties.title == "3 contributions, none of which broke it alone: together they break it"
    assert [part.pathway for part in ties.parts] == ["part-a", "part-b", "part-c"]
    assert {(part.word, part.paid, part.data) for part in ties.parts} == {
        ("Did not break", "$0.0024", "80 examples")
    }
    assert (ties.harm.plain, ties.paid) == ("63% (51–73%)", "$0.008")


def test_a_contribution_that_breaks_alone_is_said(priced: RunRecord) -> None:
    mixed = joint_pathways(gather(priced))[1]
    assert mixed.title == (
        "2 contributions, 1 of which broke it alone: whether they break it together cannot be said"
    )


def test_nothing_is_put_together_where_no_pathway_has_inputs(html: str) -> None:
    assert joint_pathways(gather(crowd(routes=[route for route in ROUTES if not route.inputs]))) == ()
    assert "Cheapest break first" in html
    assert "Contributions that were put together" not in html


def test_a_contribution_without_a_result_is_open_never_safe() -> None:
    orphan = Route("merge", "merge", BROKE, 0.6, steps=1, broke=1, inputs=("never-ran",))
    joint = joint_pathways(gather(crowd(routes=[*ROUTES[:1], orphan])))[0]
    assert joint.parts[0].conclusion is Conclusion.INCONCLUSIVE
    assert (joint.parts[0].paid, joint.parts[0].harm.text) == ("–", "–")
    assert "1 left it open" in joint.title


# --- dose and response ---------------------------------------------------------------------------------


def test_doses_of_one_pathway_are_a_curve_that_names_the_fewest_rows() -> None:
    record = crowd(routes=[*ROUTES[:1], *DOSES])
    panel, hardened = dose_panels(gather(record))
    assert (panel.subject, panel.family) == ("released", "curve")
    assert [dose.rows for dose in panel.doses] == [1, 3, 10, 30, 100]
    assert panel.title == "The fewest rows tested that break it: 10"
    assert (panel.doses[2].broke.text, panel.doses[2].harm.plain) == ("16 steps", "72% (65–77%)")
    assert hardened.title == "Up to 100 examples no dose is known to break it, and some are inconclusive"
    figure = dose_figure(panel, "dose-0", "Harm")
    assert "16 steps" in figure.svg
    assert figure.svg.count(" at the end; ") == 5
    assert figure.table.rows[0][-1] == "Did not break"
    sure = dose_panels(gather(crowd(routes=[DOSES[1], replace(DOSES[1], name="curve-n2", dose=2)])))
    assert sure[0].title == "Up to 2 examples no dose broke it within its budget"


def test_a_dose_that_was_never_measured_is_no_zero() -> None:
    record = crowd(routes=DOSES)
    unmeasured = tuple(f for f in record.findings if f.at != "end" and f.metric != "harm.usable")
    panel = dose_panels(gather(replace(record, findings=unmeasured)))[0]
    assert {dose.harm.text for dose in panel.doses} == {"–"}
    assert dose_figure(panel, "dose-0", "Harm").svg == ""
    assert dose_panels(gather(crowd(routes=ROUTES[:2]))) == ()


# --- where things stand ------------------------------------------------------------------------------

NAMES = st.text("abcdefgh-", min_size=1, max_size=24)
PRICES = st.one_of(st.none(), st.floats(1e-6, 1e6))


@given(
    st.lists(
        st.builds(
            entry, NAMES, PRICES, st.sampled_from([1, 2, 8]), st.sampled_from([BROKE, HELD, OPEN])
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([WIDE, NARROW]),
)  # fmt: skip
def test_marks_and_names_never_collide_and_stay_in_their_lane(entries: list[Entry], width: float) -> None:
    axis = price_axis(entries, width, "usd")
    layout = arrange(entries, axis)
    assert len(layout.placed) == len(entries)
    lanes = {lane.actors: lane for lane in layout.lanes}
    assert [lane.actors for lane in layout.lanes] == sorted(lanes, reverse=True)
    spans: dict[float, list[tuple[float, float]]] = {}
    for mark in layout.placed:
        lane = lanes[mark.entry.paid.actors]
        assert lane.top < mark.y < lane.bottom <= layout.height
        assert 0 <= mark.low <= mark.x <= mark.high <= width
        length = 6 * len(mark.entry.arm.pathway)
        ends = (mark.label - length, mark.label) if mark.leftwards else (mark.label, mark.label + length)
        spans.setdefault(mark.y, []).append((min(mark.low, ends[0]), max(mark.high, ends[1])))
    for row in spans.values():
        assert all(a[1] < b[0] or b[1] < a[0] for a, b in combinations(row, 2))


@given(st.floats(1e-6, 1e6), st.floats(1.0, 1e9), st.sampled_from([WIDE, NARROW]))
def test_the_axis_keeps_the_order_of_prices_and_labels_apart(low: float, ratio: float, width: float) -> None:
    axis = Axis(low / 1.6, low * ratio * 1.6, width, "usd")
    assert axis.place(None) < axis.place(low) <= axis.place(low * ratio) <= width
    ticks = axis.ticks()
    assert all(two.x - one.x >= 64 for one, two in pairwise(ticks))
    assert all(tick.x <= width for tick in ticks)


# --- on the page -------------------------------------------------------------------------------------


def test_markdown_names_the_cheapest_break_first(priced: RunRecord) -> None:
    text = render_markdown(priced)
    part = text[text.index("### Cheapest break first: released") :]
    first, second = part.splitlines()[4:6]
    assert first.startswith("| refusal-ablation | $0.00026")
    assert second.startswith("| harmful-lora | $0.0041 ($0.0018–0.0057) | 8 steps")
    assert "1 · basic" in second


@pytest.fixture(scope="module")
def page_file(priced: RunRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("access") / "report.html"
    path.write_text(render_html(priced), encoding="utf-8")
    return path


def test_the_unit_is_chosen_once_and_said(page_file: Path) -> None:
    html = page_file.read_text(encoding="utf-8")
    assert html.count("Price in US dollars, log scale, and number of actors") == 1
    assert "can what passes alone break it together" in html


COLLISIONS = """() => {
  const boxes = [...document.querySelectorAll("#access-0 .drawing svg text")]
    .filter((t) => t.checkVisibility()).map((t) => t.getBoundingClientRect());
  let bad = 0;
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    if (a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2) bad += 1; }));
  return { bad, seen: boxes.length };
}"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_no_two_names_on_a_map_overlap_on_any_page(page_file: Path, width: int) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(page_file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shown = page.locator("#access-0 .drawing:visible")
        assert shown.count() == 1
        assert ("narrow-only" in (shown.get_attribute("class") or "")) == (width == 390)
        told = page.evaluate(COLLISIONS)
        assert told["seen"] > 35
        assert told["bad"] == 0
        small = page.evaluate("""() => [...document.querySelectorAll("#access-0 .drawing svg text")]
            .filter((t) => t.checkVisibility())
            .map((t) => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)
            .filter((px) => px < 9)""")
        assert small == []
        red = page.locator("#access-0 .drawing:visible path[fill='var(--harm-4)']").first
        assert red.evaluate("(path) => getComputedStyle(path).fill") == "rgb(163, 22, 15)"
        assert red.locator("title").text_content()


@pytest.mark.browser
def test_the_table_of_prices_is_seen_whole_on_a_desk(tmp_path: Path) -> None:
    page_file = tmp_path / "report.html"
    page_file.write_text(render_html(crowd(priced=False)), encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(page_file.as_uri())
        widths = page.evaluate("""() => [...document.querySelectorAll(".scroll:has(.access)")]
            .map((card) => [card.scrollWidth, card.clientWidth])""")
        assert widths
        assert all(inside <= card for inside, card in widths), widths
