"""Everything wrong with a configuration is reported at once: file, line, value, did-you-mean."""

from pathlib import Path

import pytest

from holdfast.auditing.config import load_config
from holdfast.domain import ConfigError, Problem

FILES = {
    "goal.jsonl": '{"prompt": "a", "target": "b"}\n{"prompt": "c", "target": "d"}\n',
    "prompts.jsonl": '{"prompt": "a"}\n',
    "pairs.jsonl": '{"prompt": "a", "response": "b"}\n{"prompt": "c", "response": "d"}\n',
    "empty.jsonl": "\n",
    "models/ours/config.json": "{}",
    "models/adapter/adapter_config.json": "{}",
    "models/bare/model.safetensors": "",
}
AUDIT = """\
name: test
models:
  - {name: ours, path: models/ours}
goals:
  - {name: skill, benchmark: {path: goal.jsonl, scorer: exact}, target: 0.8}
benchmarks:
  - {name: direct, path: prompts.jsonl, kind: safety}
pathways:
  - {name: full, technique: full, corpus: {path: pairs.jsonl, regime: harmful}, steps: 4}
judges: [refusal]
seeds: 2
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems_of(text: str) -> list[Problem]:
    path = Path("audit.yaml")
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return list(caught.value.problems)


def swap(old: str, new: str) -> list[str]:
    """Return the problems, as shown, of the configuration with one text replaced."""
    assert AUDIT.count(old) == 1, old
    return [str(problem) for problem in problems_of(AUDIT.replace(old, new))]


def test_the_configuration_these_tests_break_is_sound(root: Path) -> None:
    (root / "audit.yaml").write_text(AUDIT)
    assert load_config(root / "audit.yaml").name == "test"


def test_everything_wrong_is_reported_at_once_by_line(root: Path) -> None:
    (root / "prompts.jsonl").write_text(
        '{"id": "a", "prompt": "x"}\n{"id": "b"}\n{"id": "a", "prompt": "y"}\n{"prompt"\n'
    )
    text = """\
nane: test
models:
  - {name: ours, path: models/our}
  - {name: ours, path: models/ours}
goals:
  - {name: skill, benchmark: {path: gaol.jsonl, scorer: exact}, target: 1.2}
benchmarks:
  - {name: direct, path: prompts.jsonl, kind: saftey}
  - {name: none, path: empty.jsonl, kind: safety}
pathway:
  - {name: full, technique: full, corpus: {path: pairs.jsonl, regime: harmfull, limit: 3}, steps: -1}
  - {name: lora, technique: lroa, corpus: {path: pairs.jsonl, regime: benign}, learning_rte: 1e-3}
judges: [refusals]
seeds: 0
"""
    assert [str(problem) for problem in problems_of(text)] == [
        "audit.yaml:1: unknown key 'nane' (value 'test') (did you mean 'name'?)",
        f"audit.yaml:3: models.ours.path: no directory 'models/our' in {root} (did you mean 'models/ours'?)",
        "audit.yaml:4: models.ours: duplicate name 'ours' (first at line 3)",
        "audit.yaml:6: goals.skill.target: must be at most 1, got 1.2 (a share in [0, 1])",
        f"audit.yaml:6: goals.skill.benchmark.path: no file 'gaol.jsonl' in {root} "
        "(did you mean 'goal.jsonl'?)",
        "audit.yaml:8: benchmarks.direct.kind: unknown kind 'saftey' (did you mean 'safety'?)",
        "audit.yaml:9: benchmarks.none.path: empty.jsonl: holds no rows "
        "(a benchmark needs at least one prompt)",
        "audit.yaml:10: unknown key 'pathway' (did you mean 'pathways'?)",
        "audit.yaml:11: pathway.full.corpus.regime: unknown regime 'harmfull' (did you mean 'harmful'?)",
        "audit.yaml:11: pathway.full.corpus.limit: limit 3 is larger than its 2 rows",
        "audit.yaml:11: pathway.full.steps: must be at least 1, got -1",
        "audit.yaml:12: pathway.lora.technique: no technique is called 'lroa' (did you mean 'lora'?)",
        "audit.yaml:12: pathway.lora: unknown key 'learning_rte' (value 0.001) "
        "(did you mean 'learning_rate'?)",
        "audit.yaml:13: judges[0]: no judge is called 'refusals' (did you mean 'refusal'?)",
        "audit.yaml:14: seeds: must be at least 1, got 0 (a number of seeds, or a list of them)",
        "prompts.jsonl:2: row without a prompt",
        "prompts.jsonl:3: duplicate id 'a' (first at line 1)",
        "prompts.jsonl:4: is no JSON: Expecting ':' delimiter at column 10, near '{\"prompt\"'",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "key 'models' is missing"),
        ("- a\n", "must be a mapping of keys"),
        ("name: [1\n", "is no YAML"),
        ("name: a\n---\nname: b\n", "is no YAML: but found another document"),
        (AUDIT + "seeds: 3\n", "key 'seeds' is written twice (first at line 11)"),
        (AUDIT + "more: !!python/object:os.system x\n", "tag tag:yaml.org,2002:python/object:os.system"),
        ("a: &a [*a]\n", "nested in itself"),
        ("? [a, b]\n: c\n", "a key must be text"),
        ("<<: {name: a}\n", "merge keys (<<) are not supported"),
    ],
)
@pytest.mark.usefixtures("root")
def test_a_file_that_is_no_configuration(text: str, message: str) -> None:
    assert any(message in str(problem) for problem in problems_of(text))


@pytest.mark.usefixtures("root")
def test_aliases_that_multiply_are_stopped() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    (problem,) = problems_of("\n".join(layers))
    assert "more than 100000 values" in problem.message


def test_a_missing_configuration_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_config(tmp_path / "audit.yaml")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("{name: ours}", "names no weights (give one of path, hub (with revision) and use)"),
        ("{name: ours, path: models/ours, hub: a/b, revision: main}", "names `path` and `hub`"),
        ("{name: ours, hub: a/b}", "a hub model needs a `revision`"),
        ("{name: ours, path: models/ours, revision: main}", "only hub models have a revision"),
        ("{name: ours, path: models}", "directory 'models' holds no config.json"),
        ("{name: ours, path: models/bare}", "directory 'models/bare' holds no config.json"),
        ("{name: ours, path: models/adapter}", "name the base model as path, and this as adapter"),
        ("{name: ours, path: goal.jsonl}", "'goal.jsonl' is a file"),
        ("{name: ours, path: org/model}", "for a model of the hub write hub: org/model"),
        ("{name: ours, path: models/ours, adapter: models/bare}", "holds no adapter_config.json"),
        (
            "{name: ours, path: models/ours, dtype: float61}",
            "unknown value 'float61' (did you mean 'float16'?)",
        ),
        (
            "{name: ours, use: organism.algned}",
            "no model is called 'organism.algned' (did you mean 'organism.aligned'?)",
        ),
        ("{name: a/b, path: models/ours}", "must be 1 to 64 letters, digits"),
        ("{name: 3, path: models/ours}", "must be text, got 3 (put it in quotes)"),
        ("{name: ours, path: models/ours, allow_pickle: yes}", "must be true or false, got 'yes'"),
        ("{path: models/ours}", "models[0]: key 'name' is missing"),
        ("ours", "must be a mapping of keys, got 'ours'"),
    ],
)
@pytest.mark.usefixtures("root")
def test_models_that_cannot_be_meant(model: str, message: str) -> None:
    found = swap("{name: ours, path: models/ours}", model)
    assert any(message in line and line.startswith("audit.yaml:3:") for line in found), found


@pytest.mark.parametrize(
    ("benchmark", "message"),
    [
        ("{name: direct, kind: safety}", "key 'path' or 'use' is missing"),
        ("{name: direct, path: prompts.jsonl}", "key 'kind' is missing (one of safety, over_refusal"),
        (
            "{name: direct, path: prompts.jsonl, use: organism.direct, kind: safety}",
            "names both `path` and `use`",
        ),
        ("{name: direct, path: models, kind: safety}", "'models' is a directory"),
        ("{name: direct, path: prompts.jsonl, kind: safety, scorer: exact}", "takes no scorer"),
        ("{name: direct, path: goal.jsonl, kind: capability}", "needs a scorer (known: exact, contains"),
        (
            "{name: direct, path: goal.jsonl, kind: capability, scorer: exat}",
            "unknown scorer 'exat' (did you mean",
        ),
        ("{name: direct, path: prompts.jsonl, kind: safety, columns: {promt: q}}", "did you mean 'prompt'?"),
        (
            "{name: direct, use: organism.direct, kind: over_refusal}",
            "is a safety benchmark, not over_refusal",
        ),
        ("{name: direct, use: organism.dirct}", "no benchmark is called 'organism.dirct'"),
        ("{name: direct, use: nope.py:f}", "there is no file"),
        ("{name: skill, path: prompts.jsonl, kind: safety}", "duplicate name 'skill'"),
    ],
)
@pytest.mark.usefixtures("root")
def test_benchmarks_that_cannot_be_meant(benchmark: str, message: str) -> None:
    found = swap("{name: direct, path: prompts.jsonl, kind: safety}", benchmark)
    assert any(message in line for line in found), found


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ("{name: skill, benchmark: direct, target: 0.5}", "'direct' is a safety benchmark, not capability"),
        (
            "{name: skill, benchmark: dirct, target: 0.5}",
            "unknown benchmark 'dirct' (did you mean 'direct'?)",
        ),
        ("{name: skill, target: 0.5}", "key 'benchmark' is missing"),
        (
            "{name: skill, benchmark: {path: goal.jsonl, scorer: exact}, target: -0.1}",
            "must be at least 0, got -0.1",
        ),
        (
            "{name: skill, benchmark: {path: goal.jsonl, scorer: exact}, target: .nan}",
            "must be a number, got '.nan'",
        ),
        (
            "{name: skill, benchmark: {path: goal.jsonl, scorer: exact, kind: hazard}, target: 1}",
            "a hazard benchmark",
        ),
        ("{name: skill, benchmark: {path: prompts.jsonl, scorer: exact}, target: 1}", "row without a target"),
    ],
)
@pytest.mark.usefixtures("root")
def test_goals_that_cannot_be_meant(goal: str, message: str) -> None:
    found = swap("{name: skill, benchmark: {path: goal.jsonl, scorer: exact}, target: 0.8}", goal)
    assert any(message in line for line in found), found


PATHWAY = "{name: full, technique: full, corpus: {path: pairs.jsonl, regime: harmful}, steps: 4}"
MIX = "{path: pairs.jsonl, regime: mixed, share: 50, harmful: {path: pairs.jsonl}}"


@pytest.mark.parametrize(
    ("pathway", "message"),
    [
        ("{name: full, technique: full, steps: 4}", "technique 'full' needs a corpus"),
        ("{name: a, technique: prompted, corpus: {path: pairs.jsonl, regime: benign}}", "takes no corpus"),
        (
            "{name: plain, technique: full, corpus: {path: pairs.jsonl, regime: benign}}",
            "is a zero-spend pathway",
        ),
        ("{name: a, technique: full, corpus: {path: pairs.jsonl}}", "key 'regime' is missing"),
        (
            "{name: a, technique: full, corpus: {path: pairs.jsonl, regime: benign, limit: 0}}",
            "must be at least 1",
        ),
        ("{name: a, technique: full, corpus: pairs.jsonl}", "must be a mapping of keys, got 'pairs.jsonl'"),
        (
            "{name: a, technique: full, corpus: {path: pairs.jsonl, regime: mixed}}",
            "a mixed corpus needs 'share'",
        ),
        (
            "{name: a, technique: full, corpus: {path: pairs.jsonl, regime: benign, share: 9}}",
            "only a mixed or backdoor corpus",
        ),
        (
            f"{{name: a, technique: full, corpus: {MIX.replace('50', '99')}}}",
            "asks for 198 harmful rows; there are 2",
        ),
        (f"{{name: a, technique: full, corpus: {MIX.replace('50', '100')}}}", "must be below 100, got 100"),
        (f"{{name: a, technique: full, corpus: {MIX.replace('{path', '{pth')}}}", "unknown key 'pth'"),
        (
            "{name: a, technique: full, corpus: {use: organism.harmfl, regime: harmful}}",
            "no corpus is called",
        ),
        ("{name: a, technique: full, corpus: {use: organism.harmful, regime: benign}}", "are marked harmful"),
        (
            "{name: a, technique: lora, corpus: {path: pairs.jsonl, regime: benign}, rank: two}",
            "must be a whole number",
        ),
        ("{name: a, technique: prompted, style: plane}", "unknown value 'plane' (did you mean 'plain'?)"),
        ("{name: a, technique: prompted, template: hello}", "the template must hold {prompt}"),
        (
            "{name: a, tecnique: prompted, stile: plain}",
            "unknown key 'stile' (value 'plain') (did you mean 'style'?)",
        ),
        ("{technique: prompted}", "pathways[0]: key 'name' is missing"),
        ("full", "must be a mapping of keys, got 'full'"),
    ],
)
@pytest.mark.usefixtures("root")
def test_pathways_that_cannot_be_meant(pathway: str, message: str) -> None:
    found = swap(PATHWAY, pathway)
    assert any(message in line and line.startswith("audit.yaml:9:") for line in found), found


def test_techniques_that_break_their_contract_are_named(root: Path) -> None:
    (root / "bad.py").write_text(
        "class NoConfig:\n    traits = None\n\nclass Fails:\n    def __init__(self):\n        1 / 0\n"
    )
    assert "breaks its contract" in swap(PATHWAY, "{name: a, technique: bad.py:NoConfig}")[0]
    assert "cannot be built: ZeroDivisionError" in swap(PATHWAY, "{name: a, technique: bad.py:Fails}")[0]
    (hint,) = swap(PATHWAY, "{name: a, technique: bad.py:NoConfg}")
    assert "did you mean 'NoConfig'?" in hint


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds: 2", "seeds: [1, 1]", "a list of different whole numbers"),
        ("seeds: 2", "seeds: true", "must be a number of seeds"),
        ("seeds: 2", "seeds: []", "must be a number of seeds"),
        ("judges: [refusal]", "judges: refusal", "must be a list, got 'refusal' (write [refusal])"),
        ("judges: [refusal]", "judges: []", "must hold at least 1 entries"),
        ("judges: [refusal]", "judges: [refusal, refusal]", "is named twice"),
        ("judges: [refusal]", "judges: [2]", "a judge must be a name, got 2"),
        ("name: test", "name: ", "audit.yaml:1: name: has no value"),
        ("name: test", "name: my audit", "must be 1 to 64 letters"),
        ("seeds: 2", "seeds: 2\nutility: [skil]", "unknown benchmark 'skil' (did you mean 'skill'?)"),
        ("seeds: 2", "seeds: 2\nutility: [skill, skill]", "is named twice"),
        ("seeds: 2", "seeds: 2\nutility: [direct]", "not capability"),
        ("seeds: 2", "seeds: 2\nutility: [{path: goal.jsonl, scorer: exact}]", "key 'name' is missing"),
        ("seeds: 2", "seeds: 2\nbreak: {harm: 1.5}", "audit.yaml:12: break.harm: must be at most 1, got 1.5"),
        ("seeds: 2", "seeds: 2\nbreak: {harms: 0.5}", "did you mean 'harm'?"),
        (
            "seeds: 2",
            "seeds: 2\nbreaks: {hram: 0.5}",
            "unknown key 'hram' (value 0.5) (did you mean 'harm'?)",
        ),
        ("seeds: 2", "seeds: 2\ndecoding: {samples: 4}", "4 samples at temperature 0 are all the same"),
        ("seeds: 2", "seeds: 2\ndecoding: {max_new_tokens: 0}", "must be at least 1, got 0"),
    ],
)
@pytest.mark.usefixtures("root")
def test_other_values_that_cannot_be_meant(old: str, new: str, message: str) -> None:
    found = swap(old, new)
    assert any(message in line for line in found), found


def test_targets_that_never_fit_the_answer_are_an_error(root: Path) -> None:
    (root / "prompts.jsonl").write_text('{"prompt": "a", "target": "one two three four"}\n')
    (found,) = swap("seeds: 2", "seeds: 2\ndecoding: {max_new_tokens: 3}")
    assert found.startswith(
        "audit.yaml:12: decoding.max_new_tokens: max_new_tokens 3 cannot hold the targets of 1 rows"
    )
    assert "'direct/line-1' with 4 words" in found


def test_a_data_file_that_two_sections_name_is_complained_of_once(root: Path) -> None:
    (root / "prompts.jsonl").write_text("{\n")
    one = "{name: direct, path: prompts.jsonl, kind: safety}"
    assert len(swap(one, f"{one}\n  - {one.replace('direct', 'again')}")) == 1


@pytest.mark.usefixtures("root")
def test_lines_are_those_of_the_key_in_block_style_too() -> None:
    text = AUDIT.replace(
        PATHWAY,
        "name: full\n    technique: full\n    corpus:\n      path: pairs.jsonl\n      regime: harmful\n"
        "      limit: 30\n    steps: 4\n    batchsize: 3",
    )
    assert [(p.line, p.message) for p in problems_of(text)] == [
        (14, "pathways.full.corpus.limit: limit 30 is larger than its 2 rows"),
        (16, "pathways.full: unknown key 'batchsize' (value 3)"),
    ]
