"""What a plan says before anything is trained: work, time, disk, and what the design can show."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.auditing.design import describe_design
from holdfast.auditing.forecast import forecast_disk_bytes, forecast_plan, forecast_trials, trial_weights
from holdfast.auditing.inputs import Prepared, prepare
from holdfast.auditing.planner import describe_pathway, resolve_pathway
from holdfast.data import load_corpus
from holdfast.domain import Benchmark, MultiverseSpec, PathwaySpec, Split, Variant, plugins
from holdfast.spend import MachineSpeed, probe_speed

ATTACK = '''
"""An attack on inputs that knows nothing of samples."""
from pydantic import BaseModel
from holdfast.techniques.prompted import Prompted


class Options(BaseModel):
    """None."""


class Attack(Prompted):
    """Ask nicely."""

    Config = Options
'''


@pytest.fixture(scope="module")
def prepared(audit_files: Path) -> Prepared:
    return prepare(audit_files / "audit.yaml")


@pytest.fixture(scope="module")
def speed() -> MachineSpeed:
    return probe_speed()


def with_decoding(prepared: Prepared, **changes: float) -> Prepared:
    audit = prepared.plan.audit
    plan = replace(prepared.plan, audit=replace(audit, decoding=replace(audit.decoding, **changes)))
    return replace(prepared, plan=plan)


def without(prepared: Prepared, *names: str) -> Prepared:
    kept = {name: b for name, b in prepared.benchmarks.items() if name not in names}
    return replace(prepared, benchmarks=kept)


def test_a_design_tells_every_arm_with_its_steps_and_seeds(prepared: Prepared) -> None:
    design = describe_design(prepared, workers=2)
    arms = {arm.pathway: arm for arm in design.arms}
    assert list(arms) == ["plain", "role-play", "prefill", "best-of-8", "harmful-lora", "benign-full"]
    assert (arms["plain"].seeds, arms["plain"].measure_at) == (1, (0,))
    assert (arms["benign-full"].seeds, arms["benign-full"].measure_at) == (2, (0, 1, 2, 4))
    assert design.workers == 2
    assert design.trials == tuple(trial.key for trial in prepared.plan.trials)
    assert design.seconds > 0
    assert design.disk_bytes > 0
    assert design.assumptions


def test_answers_are_counted_as_they_will_be_asked(prepared: Prepared) -> None:
    arms = {arm.pathway: arm.answers for arm in describe_design(prepared, workers=1).arms}
    direct = prepared.benchmarks["direct"]
    asked = len(direct.part(Split.HELDOUT))
    assert arms["role-play"] == asked
    assert arms["best-of-8"] == 8 * asked * 2
    assert arms["plain"] > asked


def test_what_is_varied_is_named_and_its_answers_are_counted(prepared: Prepared) -> None:
    plain = describe_design(prepared, workers=1)
    assert plain.can_show[-1].startswith("no multiverse")
    audit = prepared.plan.audit
    direct = next(b for b in audit.benchmarks if b.name == "direct")
    varied = replace(direct, name="direct@polite", variant=Variant("direct", "polite"))
    spec = MultiverseSpec(("direct",), ("panel", "refusal-strings"), ("plain", "polite"))
    plan = replace(
        prepared.plan, audit=replace(audit, multiverse=spec, benchmarks=(*audit.benchmarks, varied))
    )
    rows = replace(prepared.benchmarks["direct"], name="direct@polite")
    design = describe_design(
        replace(prepared, plan=plan, benchmarks={**prepared.benchmarks, rows.name: rows}), workers=1
    )
    told = "every claim again in 4 cells: judge (panel, refusal-strings) x template (plain, polite)"
    assert design.can_show[-1] == told
    assert design.can_show[:-1] == plain.can_show[:-1]
    more = {a.pathway: a.answers - b.answers for a, b in zip(design.arms, plain.arms, strict=True)}
    asked, seeds = len(rows.part(Split.HELDOUT)), len(audit.seeds)
    trained = {p.name for p in audit.pathways if p.corpus is not None}
    places = 1 + len(audit.goals)
    assert {p: n for p, n in more.items() if n} == {
        "plain": asked,
        **dict.fromkeys(trained, asked * places * seeds),
    }


def test_more_samples_are_more_answers(prepared: Prepared) -> None:
    once = forecast_trials(prepared.plan, prepared.benchmarks)
    thrice = with_decoding(prepared, samples=3, temperature=1.0)
    more = forecast_trials(thrice.plan, thrice.benchmarks)
    assert [f.demand.answers for f in more] == [3 * f.demand.answers for f in once]
    assert forecast_disk_bytes(more) == 3 * forecast_disk_bytes(once)


def test_longer_trainings_and_fewer_workers_take_longer(prepared: Prepared, speed: MachineSpeed) -> None:
    forecasts = forecast_trials(prepared.plan, prepared.benchmarks)
    assert forecast_plan(forecasts, speed, 1).seconds > forecast_plan(forecasts, speed, 2).seconds
    doubled = [*forecasts, *forecasts]
    assert forecast_plan(doubled, speed, 1).seconds > forecast_plan(forecasts, speed, 1).seconds
    assert all(weight >= 1 for weight in trial_weights(forecasts).values())


def test_an_input_attack_without_samples_is_forecast(prepared: Prepared, tmp_path: Path) -> None:
    (tmp_path / "attack.py").write_text(ATTACK)
    audit = prepared.plan.audit
    mine = PathwaySpec("role-play", f"{tmp_path / 'attack.py'}:Attack")
    pathways = tuple(mine if p.name == "role-play" else p for p in audit.pathways)
    plan = replace(prepared.plan, audit=replace(audit, pathways=pathways))
    found = {f.trial.pathway: f.demand for f in forecast_trials(plan, prepared.benchmarks)}
    assert found["role-play"].answers == len(prepared.benchmarks["direct"].part(Split.HELDOUT))


def test_the_plan_says_what_few_seeds_can_show(prepared: Prepared) -> None:
    shown = "\n".join(describe_design(prepared, workers=1).can_show)
    assert "smallest p-value that 2 seeds can give" in shown
    assert "direct (8 groups)" in shown
    assert "lookalikes" not in shown
    assert "claims of rank" in shown


def test_the_plan_says_what_it_cannot_show(prepared: Prepared) -> None:
    said = "\n".join(describe_design(prepared, workers=1).cannot_show)
    assert "pathways, prompts and budgets that are not listed" in said
    assert "utility itself" in said
    assert "chosen on 4 selection rows" in said
    bare = without(prepared, "direct", "lookalikes")
    said = "\n".join(describe_design(bare, workers=1).cannot_show)
    assert "there is no safety benchmark" in said
    assert "every break is inconclusive" in said


def test_notes_of_a_benchmark_are_passed_on(prepared: Prepared) -> None:
    noted: dict[str, Benchmark] = {
        name: replace(b, notes=("rows ask alike",)) for name, b in prepared.benchmarks.items()
    }
    said = describe_design(replace(prepared, benchmarks=noted), workers=1).cannot_show
    assert "direct: rows ask alike" in said


def test_the_options_in_force_are_told_with_their_defaults(prepared: Prepared) -> None:
    told = {line.split(":")[0]: line for line in describe_design(prepared, workers=1).options}
    assert set(told) == {arm.pathway for arm in describe_design(prepared, workers=1).arms}
    assert "full, adamw, 4 steps" in told["benign-full"]
    assert "clip" in told["benign-full"]


@pytest.mark.parametrize(("more", "told"), [(1, True), (0, False)])
def test_more_actors_than_rows_are_told_before_anything_is_trained(
    more: int, told: bool, prepared: Prepared
) -> None:
    audit = prepared.plan.audit
    corpus = next(p.corpus for p in audit.pathways if p.corpus is not None)
    rows = len(load_corpus(corpus))
    shared = PathwaySpec("shared", "fedavg", corpus, {"actors": rows + more})
    plan = replace(prepared.plan, audit=replace(audit, pathways=(*audit.pathways, shared)))
    said = "\n".join(describe_design(replace(prepared, plan=plan), workers=1).cannot_show)
    words = f"anything of shared, whose trials will fail: {rows} rows cannot be dealt to {rows + 1} actors"
    assert (words in said) is told


def told_of(technique: str, **options: object) -> str:
    return describe_pathway(resolve_pathway(PathwaySpec("p", technique, options=options)))


def test_options_are_told_in_words_and_those_that_say_nothing_are_left_out() -> None:
    said = told_of("synthetic", keep=16, attack={"style": "prefill"})
    assert 'attack (style prefill, prefill "Sure, here is")' in said
    assert told_of("merge", method="ties", weights=[1, 2]) == (
        "p: merge, method ties, weights [1.0, 2.0], density 0.2, scale 1.0"
    )
    assert "harmful actors" not in told_of("fedavg")
    assert told_of("other-model") == "p: other-model"


def test_no_technique_tells_its_options_as_python_prints_them() -> None:
    for name in plugins.installed(plugins.TECHNIQUES):
        said = told_of(name)
        for written in ("<", "{'", "None", "True", "False"):
            assert written not in said, said


def test_a_model_that_is_not_there_yet_is_taken_for_a_billion_parameters(prepared: Prepared) -> None:
    audit = prepared.plan.audit
    hub = replace(audit.models[0], path=None, hub="org/name")
    plan = replace(prepared.plan, audit=replace(audit, models=(hub,)))
    tiny = forecast_trials(prepared.plan, prepared.benchmarks)
    large = forecast_trials(plan, prepared.benchmarks)
    assert all(
        b.demand.inference_flops > 1000 * a.demand.inference_flops for a, b in zip(tiny, large, strict=True)
    )


def test_a_design_is_json(prepared: Prepared) -> None:
    from holdfast.store import plain

    told = json.dumps(plain(describe_design(prepared, workers=1)), allow_nan=False)
    assert json.loads(told)["name"] == "miniature"
