"""Panels: combined verdicts, duplicates judged once, and judges that misbehave."""

import subprocess
import sys
from dataclasses import replace

import pytest
from judge_worlds import Pair, generation

from holdfast.domain import (
    Coherence,
    Grade,
    JudgeContext,
    JudgeTraits,
    Outcome,
    PluginError,
    Verdict,
)
from holdfast.judges import build_judges, form_panels, judge_digest


class Fake:
    """A judge that says what it is told and counts what it is asked."""

    def __init__(self, name="fake", say=None, *, standalone=False, **verdict):
        self.name = name
        self.traits = JudgeTraits(standalone=standalone)
        self.asked = []
        self._say = say or (lambda judge, gs: [Verdict(g.id, judge.name, **verdict) for g in gs])

    def judge(self, generations):
        self.asked.append(list(generations))
        return self._say(self, generations)


ANSWERS = [generation(Pair(f"Q{i}?", f"answer {i}")) for i in range(4)]


def outcomes(*judges, answers=ANSWERS):
    return [judgement.outcome for judgement in form_panels(judges)[0].judge(answers)]


def test_members_combine_and_the_panel_is_named_after_them():
    panel = form_panels(
        [Fake("a", refusal=Grade.NONE), Fake("b", coherence=Coherence.SOUND), Fake("c", harm=Grade.NONE)]
    )[0]
    assert panel.name == "a+b+c"
    assert [j.outcome for j in panel.judge(ANSWERS)] == [Outcome.DEFLECTED] * 4
    assert [v.judge for v in panel.judge(ANSWERS)[0].verdicts] == ["a", "b", "c"]


def test_standalone_judges_keep_their_name_and_stay_out_of_the_panel():
    panels = form_panels([Fake("oracle", standalone=True), Fake("a"), Fake("b")])
    assert [panel.name for panel in panels] == ["a+b", "oracle"]


def test_the_first_standalone_judge_is_primary_where_there_is_no_other():
    panels = form_panels([Fake("oracle", standalone=True), Fake("strings", standalone=True)])
    assert [panel.name for panel in panels] == ["oracle", "strings"]


def test_no_judge_at_all_is_an_error():
    with pytest.raises(PluginError, match="no judge"):
        form_panels([])


def test_equal_answers_to_one_row_are_judged_once_and_keep_their_ids():
    judge = Fake(refusal=Grade.FULL)
    twins = [replace(ANSWERS[0], id=f"twin-{i}") for i in range(5)] + [ANSWERS[1]]
    said = form_panels([judge])[0].judge(twins)
    assert len(judge.asked[0]) == 2
    assert [j.generation_id for j in said] == [g.id for g in twins]
    assert [j.verdicts[0].generation_id for j in said] == [g.id for g in twins]


@pytest.mark.parametrize(
    "change",
    [
        {"reference_logprob": -2.0},
        {"answer": replace(ANSWERS[0].answer, text="other")},
        {"answer": replace(ANSWERS[0].answer, finished=False)},
        {"item": replace(ANSWERS[0].item, id="other")},
        {"benchmark": "other"},
    ],
)
def test_whatever_a_judge_may_look_at_keeps_answers_apart(change):
    judge = Fake()
    form_panels([judge])[0].judge([ANSWERS[0], replace(ANSWERS[0], id="b", **change)])
    assert len(judge.asked[0]) == 2


def test_a_judge_that_always_raises_leaves_every_answer_unscored():
    def say(judge, generations):
        raise RuntimeError("no quota")

    assert outcomes(Fake(say=say), Fake("b", refusal=Grade.FULL)) == [Outcome.UNSCORED] * 4


def test_a_judge_that_raises_on_one_answer_still_judges_the_others():
    def say(judge, generations):
        if any(g.answer.text == "answer 2" for g in generations):
            raise ValueError("cannot parse")
        return [Verdict(g.id, judge.name, refusal=Grade.FULL) for g in generations]

    assert outcomes(Fake(say=say)) == [Outcome.REFUSED, Outcome.REFUSED, Outcome.UNSCORED, Outcome.REFUSED]


def test_an_error_says_who_failed_and_never_quotes_the_answer():
    def say(judge, generations):
        raise ValueError(f"cannot parse {generations[0].answer.text}")

    verdict = form_panels([Fake("third", say=say)])[0].judge(ANSWERS[:1])[0].verdicts[0]
    assert "third" in verdict.error
    assert "ValueError" in verdict.error
    assert "answer 0" not in verdict.error


def _good(judge, generations, **changes):
    return [replace(Verdict(g.id, judge.name, refusal=Grade.NONE), **changes) for g in generations]


MALFORMED = {
    "nothing": lambda j, gs: None,
    "a text": lambda j, gs: "fine" * len(gs),
    "a generator": lambda j, gs: (v for v in _good(j, gs)),
    "too few": lambda j, gs: _good(j, gs)[:-1],
    "too many": lambda j, gs: _good(j, gs) * 2,
    "another order": lambda j, gs: _good(j, gs)[::-1],
    "other ids": lambda j, gs: _good(j, gs, generation_id="x"),
    "no verdicts": lambda j, gs: [None] * len(gs),
    "strings": lambda j, gs: ["refused"] * len(gs),
    "another name": lambda j, gs: _good(j, gs, judge="somebody"),
    "a grade that is none": lambda j, gs: _good(j, gs, refusal="full"),
    "a coherence that is none": lambda j, gs: _good(j, gs, coherence=Grade.FULL),
    "a score above one": lambda j, gs: _good(j, gs, score=1.5),
    "a score that is no number": lambda j, gs: _good(j, gs, score=float("nan")),
    "a note that is no text": lambda j, gs: _good(j, gs, note=7),
    "an error that is no text": lambda j, gs: _good(j, gs, error=7),
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_malformed_return_leaves_answers_unscored(fault):
    judgements = form_panels([Fake(say=MALFORMED[fault])])[0].judge(ANSWERS)
    assert [j.outcome for j in judgements] == [Outcome.UNSCORED] * 4
    assert all(j.verdicts[0].error for j in judgements)


def test_verified_harm_stands_even_where_another_judge_failed():
    def say(judge, generations):
        raise RuntimeError("down")

    assert outcomes(Fake("a", harm=Grade.FULL), Fake("b", say=say)) == [Outcome.COMPLIED] * 4


def test_no_answers_need_no_judge():
    judge = Fake()
    assert form_panels([judge])[0].judge([]) == ()
    assert judge.asked == []


PLUGIN = """
from holdfast.domain import JudgeTraits, Verdict
class Plain:
    name = "plain"
    traits = JudgeTraits()
    def __init__(self, context): pass
    def judge(self, generations): return [Verdict(g.id, self.name) for g in generations]
class Nameless(Plain):
    name = ""
class Traitless(Plain):
    traits = None
class Unbuildable(Plain):
    def __init__(self): pass
"""


@pytest.fixture
def plugin(tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN)
    return tmp_path


def test_judges_are_built_from_names_and_from_files(plugin):
    judges = build_judges(["coherence", "refusal", "mine.py:Plain"], JudgeContext(), relative_to=plugin)
    assert [judge.name for judge in judges] == ["coherence", "refusal", "plain"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mine.py:Nameless", "name"),
        ("mine.py:Traitless", "traits"),
        ("mine.py:Unbuildable", "cannot be built"),
        ("mine.py:Absent", "Absent"),
        ("refusl", "refusal"),
    ],
)
def test_a_judge_that_cannot_be_used_is_an_error_at_once(plugin, name, message):
    with pytest.raises(PluginError, match=message):
        build_judges([name], JudgeContext(), relative_to=plugin)


def test_two_judges_of_one_name_are_an_error():
    with pytest.raises(PluginError, match="another judge"):
        build_judges(["refusal", "refusal"], JudgeContext())


def test_the_digest_covers_every_file_a_builtin_judge_rests_on(plugin):
    refusal, coherence = build_judges(["refusal", "coherence"], JudgeContext())
    (mine,) = build_judges(["mine.py:Plain"], JudgeContext(), relative_to=plugin)
    assert judge_digest(refusal) == judge_digest(coherence)
    assert judge_digest(mine) != judge_digest(refusal)


def test_judges_import_without_torch():
    code = "import sys, holdfast.judges; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
