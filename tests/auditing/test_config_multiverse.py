"""What is varied, which labels are asked for, what goals are relative to: resolved, or complained of."""

from pathlib import Path

import pytest

from holdfast.auditing.config import load_config
from holdfast.auditing.planner import variant_names
from holdfast.data import load_benchmark
from holdfast.domain import (
    AuditSpec,
    CalibrationSpec,
    ConfigError,
    Decoding,
    Goal,
    MultiverseSpec,
    Variant,
    Yardstick,
)

PANEL = "coherence+refusal"
FILES = {
    "goal.jsonl": '{"prompt": "a", "target": "b"}\n{"prompt": "c", "target": "d"}\n',
    "prompts.jsonl": '{"prompt": "how"}\n',
    "messages.jsonl": '{"messages": [{"role": "system", "content": "s"}, '
    '{"role": "user", "content": "why"}]}\n',
    "pairs.jsonl": '{"prompt": "a", "response": "b"}\n{"prompt": "c", "response": "d"}\n',
    "models/ours/config.json": "{}",
}
AUDIT = """\
name: test
models:
  - {name: ours, path: models/ours}
goals:
  - {name: skill, benchmark: {path: goal.jsonl, scorer: exact}, target: 0.8}
benchmarks:
  - {name: direct, path: prompts.jsonl, kind: safety}
  - {name: indirect, path: messages.jsonl, kind: safety}
  - {name: harmless, path: prompts.jsonl, kind: over_refusal}
pathways:
  - {name: full, technique: full, corpus: {path: pairs.jsonl, regime: benign}, steps: 4}
judges: [coherence, refusal]
"""
TEMPLATES = 'templates: {polite: "Please.\\n{prompt}", plain: "{prompt}"}'
DECODINGS = "decodings: {own: {}, drawn: {temperature: 0.7}}"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text: str) -> AuditSpec:
    path = Path("audit.yaml")
    path.write_text(text)
    return load_config(path)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return [str(problem) for problem in caught.value.problems]


def test_every_safety_benchmark_and_panel_is_varied_unless_something_is_written(root: Path) -> None:
    spec = load(AUDIT)
    assert spec.multiverse == MultiverseSpec(("direct", "indirect"), (PANEL, "refusal-strings"))
    assert variant_names(spec) == frozenset()
    one_benchmark = "\n".join(line for line in AUDIT.splitlines() if "indirect" not in line)
    assert load(one_benchmark).multiverse is None


def test_templates_and_decodings_become_variants_of_every_benchmark(root: Path) -> None:
    spec = load(f"{AUDIT}multiverse:\n  {TEMPLATES}\n  {DECODINGS}\n")
    assert spec.multiverse == MultiverseSpec(
        ("direct", "indirect"), (PANEL, "refusal-strings"), ("plain", "polite"), ("own", "drawn")
    )
    variants = {b.name: b for b in spec.benchmarks if b.variant is not None}
    assert set(variants) == {
        f"{of}@{how}" for of in ("direct", "indirect") for how in ("polite", "drawn", "polite+drawn")
    }
    both = variants["direct@polite+drawn"]
    assert both.variant == Variant("direct", "polite", "drawn")
    assert both.decoding == Decoding(spec.decoding.max_new_tokens, temperature=0.7)
    assert variants["direct@polite"].decoding is None
    assert load_benchmark(both).items[0].prompt == "Please.\nhow"
    assert load_benchmark(variants["direct@drawn"]).items[0].prompt == "how"
    system, user = load_benchmark(variants["indirect@polite"]).items[0].messages
    assert (system.content, user.content) == ("s", "Please.\nwhy")


def test_a_subset_may_be_named_and_the_primary_panel_comes_first(root: Path) -> None:
    spec = load(
        f"{AUDIT}multiverse:\n  benchmarks: [indirect]\n  judges: [refusal-strings, {PANEL}]\n  {TEMPLATES}\n"
    )
    assert spec.multiverse == MultiverseSpec(("indirect",), (PANEL, "refusal-strings"), ("plain", "polite"))
    assert variant_names(spec) == {"indirect@polite"}


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            "benchmarks: [direct]",
            "audit.yaml:13: multiverse: too little is varied: 1 benchmarks, 2 judges, 0",
        ),
        ("benchmarks: [direct, indirct]", "unknown benchmark 'indirct' (did you mean 'indirect'?)"),
        ("benchmarks: [direct, harmless]", "'harmless' is a over_refusal benchmark, not safety"),
        ("benchmarks: [direct, direct]", "benchmark 'direct' is named twice"),
        (
            f"judges: [{PANEL}, refusal-string]",
            "unknown panel 'refusal-string' (did you mean 'refusal-strings'?)",
        ),
        (f"judges: [{PANEL}, zzz]", f"panels here: {PANEL}, refusal-strings"),
        ("judges: [refusal-strings]", f"not among the judges (add '{PANEL}')"),
        (f"judges: [{PANEL}, {PANEL}]", "is named twice"),
        (
            'templates: {plain: "{prompt}", polite: "Please"}',
            "audit.yaml:14: multiverse.templates.polite: template",
        ),
        ('templates: {polite: "Please {prompt}"}', "no template leaves the prompts as they are"),
        ('templates: {a: "{prompt}", b: "{prompt}"}', "level 'b' is the same as 'a'"),
        ("templates: {plain: 3}", "must be text, got 3"),
        ("decodings: {drawn: {temperature: 0.7}}", "no decoding is the audit's own"),
        ("decodings: {own: {}, drawn: {temprature: 0.7}}", "did you mean 'temperature'?"),
        ("decodings: {own: {}, same: {temperature: 0}}", "level 'same' is the same as 'own'"),
        ("decodings: {own: {}, many: {samples: 4}}", "4 samples at temperature 0"),
        ("template: {}", "unknown key 'template' (did you mean 'templates'?)"),
    ],
)
@pytest.mark.usefixtures("root")
def test_multiverses_that_cannot_be_meant(section: str, message: str) -> None:
    found = problems(f"{AUDIT}multiverse:\n  {section}\n")
    assert any(message in line for line in found), found


def test_what_is_wrong_elsewhere_is_told_beside_it(root: Path) -> None:
    found = problems(f"{AUDIT}seeds: 0\nmultiverse:\n  judges: [nobody]\n".replace("refusal]", "refusl]"))
    told = ("'refusl'", "seeds: must be at least 1", "too little is varied")
    assert all(words in line for words, line in zip(told, found, strict=True)), found  # 'nobody' may exist


# --- calibration -------------------------------------------------------------------------------------

WITH_ORACLE = AUDIT.replace("refusal]", "refusal, oracle]")


def test_labels_of_the_oracle_are_asked_for(root: Path) -> None:
    assert load(AUDIT).calibration is None
    spec = load(f"{WITH_ORACLE}calibration: {{labels: oracle, sample: 50, seed: 3}}\n")
    assert spec.calibration == CalibrationSpec("oracle", 50, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"{AUDIT}calibration: {{labels: oracle}}\n",
            "audit.yaml:13: calibration.labels: the oracle is to give",
        ),
        (f"{WITH_ORACLE}calibration: {{labels: labels.csv}}\n", "holdfast calibrate RUN --sample 100"),
        (f"{WITH_ORACLE}calibration: {{sample: 0}}\n", "must be at least 1, got 0"),
        (f"{WITH_ORACLE}calibration: {{smaple: 9}}\n", "did you mean 'sample'?"),
    ],
)
@pytest.mark.usefixtures("root")
def test_calibrations_that_cannot_be_meant(text: str, message: str) -> None:
    found = problems(text)
    assert any(message in line for line in found), found


# --- goals relative to a score -----------------------------------------------------------------------


def with_target(target: str) -> str:
    return AUDIT.replace("target: 0.8}", f"target: {target}}}")


@pytest.mark.parametrize(("yardstick", "share"), [(Yardstick.BASE, 1.2), (Yardstick.BEST, 0.9)])
@pytest.mark.usefixtures("root")
def test_a_goal_may_be_relative_to_a_score(yardstick: Yardstick, share: float) -> None:
    spec = load(with_target(f"{{relative_to: {yardstick.value}, share: {share}}}"))
    assert spec.goals == (Goal("skill", "skill", share, yardstick),)
    assert spec.digest != load(AUDIT).digest


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("{relative_to: bse, share: 0.9}", "unknown relative_to 'bse' (did you mean 'base'?)"),
        ("{relative_to: base}", "audit.yaml:5: goals.skill.target: key 'share' is missing"),
        ("{share: 0.9}", "key 'relative_to' is missing"),
        ("{relative_to: base, share: 0}", "must be above 0, got 0"),
        ("{relative_to: best, share: 1.1}", "must be at most 1, got 1.1 (nothing is above the best)"),
        ("{relative_to: best, share: 0.9, of: x}", "unknown key 'of'"),
        ("high", "must be a number, got 'high'"),
    ],
)
@pytest.mark.usefixtures("root")
def test_targets_that_cannot_be_meant(target: str, message: str) -> None:
    found = problems(with_target(target))
    assert any(message in line for line in found), found
