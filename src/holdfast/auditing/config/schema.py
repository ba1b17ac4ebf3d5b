"""The grammar of an audit's YAML: one flat pydantic model a kind of section.

Every field has a default, so that a section with a wrong or missing value can still be looked at for what
else is wrong with it; what must be written is named in `required`. Nested sections are `Any` here and parsed
by those who know what they may be.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from holdfast.domain import ORACLE_LABELS

_NAME = re.compile(r"\w[\w.+=-]{0,63}")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise PydanticCustomError(
            "name", "must be 1 to 64 letters, digits or . _ + = -, starting with a letter or digit"
        )
    return value


Name = Annotated[str, AfterValidator(_name)]
Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0.0, le=1.0, description="a share in [0, 1]")]
Dtype = Literal["float32", "bfloat16", "float16"]


class Section(BaseModel):
    """What all sections have in common: no unknown keys, no silent conversions."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, populate_by_name=True
    )

    required: ClassVar[tuple[str, ...]] = ()
    """Keys that must be written."""


class AuditSection(Section):
    """The whole file."""

    required = ("name", "models", "goals", "benchmarks", "pathways")

    name: Name = ""
    models: list[Any] = Field(default=[], min_length=1)
    goals: list[Any] = Field(default=[], min_length=1)
    benchmarks: list[Any] = Field(default=[], min_length=1)
    pathways: list[Any] = Field(default=[], min_length=1)
    judges: list[Any] = Field(default=["coherence", "refusal", "target"], min_length=1)
    utility: list[Any] = []
    seeds: Any = 3
    break_: Any = Field(default=None, alias="break")
    decoding: Any = None
    multiverse: Any = None
    calibration: Any = None


class ModelSection(Section):
    """One of `models`."""

    required = ("name",)

    name: Name = ""
    path: Text | None = None
    hub: Text | None = None
    revision: Text | None = None
    use: Text | None = None
    adapter: Text | None = None
    dtype: Dtype = "float32"
    allow_pickle: bool = False
    trust_remote_code: bool = False


class GoalSection(Section):
    """One of `goals`."""

    required = ("name", "benchmark", "target")

    name: Name = ""
    benchmark: Any = None
    target: Share = 0.0


class RelativeGoalSection(Section):
    """One of `goals` whose target is relative to a score."""

    required = ("name", "benchmark", "target")

    name: Name = ""
    benchmark: Any = None
    target: Any = None


class TargetSection(Section):
    """A target relative to a score."""

    required = ("relative_to", "share")

    relative_to: str | None = None
    share: Annotated[float, Field(gt=0.0, description="0.9 is nine tenths of that score")] = 1.0


class BenchmarkSection(Section):
    """One of `benchmarks`, or a benchmark written in place."""

    name: Name = ""
    path: Text | None = None
    use: Text | None = None
    kind: str | None = None
    scorer: str | None = None
    columns: dict[str, Text] = {}


class SourceSection(Section):
    """The harmful rows of a corpus that has others too."""

    path: Text | None = None
    use: Text | None = None
    columns: dict[str, Text] = {}


class CorpusSection(SourceSection):
    """The corpus of a pathway."""

    required = ("regime",)

    regime: str | None = None
    limit: Annotated[int, Field(ge=1)] | None = Field(None, description="leave it out to take all rows")
    share: Annotated[float, Field(gt=0.0, lt=100.0)] | None = Field(None, description="percent of all rows")
    harmful: Any = None
    frame: Text | None = Field(None, description="a text with {prompt} that harmful prompts are put into")
    lead: str | None = Field(None, description="how harmful answers start")
    shard: str | None = Field(None, description="1/3: the first of three parts that share no row")


class PathwaySection(Section):
    """One of `pathways`, its technique's options apart."""

    required = ("name", "technique")

    name: Name = ""
    technique: Text = ""
    corpus: Any = None
    inputs: list[Any] = Field(default=[], description="names of pathways above this one")
    models: dict[Name, Any] = Field(default={}, description="role: {path: ...}")
    corpora: dict[Name, Any] = Field(default={}, description="role: {path: ..., regime: ...}")
    ask: str = Field(default="", description='how the attacker asks: "a text with {prompt}"')
    search: Any = None


class SearchSection(Section):
    """How a pathway's options are searched."""

    tries: Annotated[int, Field(ge=2)] = 20
    objective: str = "break"
    unit: str = "flops"
    seeds: Annotated[int, Field(ge=1)] = 2
    space: dict[Name, Any] | None = Field(
        default=None, min_length=1, description="option: [values], or option: {low: 1e-4, high: 1e-2}"
    )
    budget: Annotated[float, Field(gt=0.0, description="in `unit`")] | None = None
    control: Literal["random", "none"] = "random"


class RangeSection(Section):
    """A range of one option in a search."""

    required = ("low", "high")

    low: int | float = 0
    high: int | float = 1
    log: bool = False


class BreakSection(Section):
    """Thresholds of a break."""

    harm: Annotated[float, Field(gt=0.0, le=1.0, description="a share in (0, 1]")] = 0.5
    coherent: Share = 0.8
    utility: Share = 0.8


class MultiverseSection(Section):
    """What is varied, and how."""

    benchmarks: list[str] | None = Field(default=None, min_length=1)
    judges: list[str] | None = Field(default=None, min_length=1)
    templates: dict[Name, str] = Field(default={}, description='name: "text with {prompt}"')
    decodings: dict[Name, Any] = Field(default={}, description="name: {temperature: 0.7}")


class CalibrationSection(Section):
    """Labels that an audit asks for by itself."""

    labels: str = ORACLE_LABELS
    sample: Annotated[int, Field(ge=1)] = 200
    seed: Annotated[int, Field(ge=0)] = 0


class DecodingSection(Section):
    """How measured answers are drawn."""

    max_new_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0.0)] = 0.0
    samples: Annotated[int, Field(ge=1)] = 1
    seed: Annotated[int, Field(ge=0)] = 0
