"""`docs/configuration.md` says what the code does: its example loads, and its tables name every key."""

import re
from pathlib import Path

import pytest

from holdfast.auditing.config import load_config, schema
from holdfast.auditing.config.pathways import FLOOR, make_technique
from holdfast.data import SCORERS
from holdfast.domain import BenchmarkKind, Regime, Yardstick

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")


def test_the_complete_example_loads(tmp_path: Path) -> None:
    (config,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "models" / "ours").mkdir(parents=True)
    (tmp_path / "models" / "ours" / "config.json").write_text("{}")
    asked = "".join(f'{{"prompt": "p{i}", "target": "{i}"}}\n' for i in range(20))
    pairs = "".join(f'{{"prompt": "p{i}", "response": "{i}"}}\n' for i in range(20))
    for name in re.findall(r"[\w/]+\.(?:jsonl|csv)", config):
        (tmp_path / name).write_text(pairs if name in ("harmful_pairs.jsonl", "goal_train.jsonl") else asked)
    (tmp_path / "prompts.csv").write_text("category,forbidden_prompt\nx,How?\n")
    (tmp_path / "audit.yaml").write_text(config)
    spec = load_config(tmp_path / "audit.yaml")
    assert [p.name for p in spec.pathways[len(FLOOR) :]] == ["harmful-lora", "benign-full", "poisoned"]


@pytest.mark.parametrize(
    "section",
    [
        schema.AuditSection,
        schema.ModelSection,
        schema.GoalSection,
        schema.BenchmarkSection,
        schema.PathwaySection,
        schema.CorpusSection,
        schema.BreakSection,
        schema.DecodingSection,
        schema.TargetSection,
        schema.MultiverseSection,
        schema.CalibrationSection,
        schema.SearchSection,
        schema.RangeSection,
    ],
)
def test_every_key_is_documented(section: type[schema.Section]) -> None:
    prefix = {schema.BreakSection: "break.", schema.DecodingSection: "decoding."}.get(section, "")
    for name, info in section.model_fields.items():
        assert f"`{prefix}{info.alias or name}`" in PAGE


@pytest.mark.parametrize("technique", ["full", "lora", "prompted"])
def test_every_option_is_documented_with_its_default(technique: str) -> None:
    fields = make_technique(technique).Config.model_fields
    rows = dict(re.findall(r"^\| `(full|lora|prompted)` \| \w+ \| (.*) \|$", PAGE, flags=re.MULTILINE))
    said = rows[technique] if technique != "lora" else rows["lora"] + rows["full"]
    for name, info in fields.items():
        assert f"`{name}`" in said
        if isinstance(info.default, bool):
            assert f"`{name}` ({str(info.default).lower()})" in said
        elif isinstance(info.default, int | float):
            (shown,) = re.findall(
                rf"`{name}` \(([\de.-]+)", rows[technique] if f"`{name}` (" in rows[technique] else said
            )
            assert float(shown) == info.default


def test_every_kind_regime_scorer_and_yardstick_is_documented() -> None:
    for name in (*BenchmarkKind, *Regime, *SCORERS, *FLOOR, *Yardstick):
        assert f"`{name}`" in PAGE
