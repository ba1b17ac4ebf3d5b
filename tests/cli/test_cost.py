"""`holdfast cost`: the price of a pathway from a configuration alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from command_line import Command

from holdfast.cli import cost as command
from holdfast.cli.cost_route import BESIDE
from holdfast.domain import plugins
from holdfast.models import DTYPES
from holdfast.spend import Attention, Optimizer, Pathway, shipped_price_history
from holdfast.testing.tiny import write_tiny_model

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning:typer")]
KEYS = {"memory_gb", "device", "device_hours", "usd", "per_actor", "assumptions"}
PARTS = {
    "weights",
    "gradients",
    "optimizer",
    "activations",
    "logits",
    "kv_cache",
    "overhead",
    "reused",
    "total",
}
CONFIG = {
    "model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256,
    "max_position_embeddings": 8192, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}  # fmt: skip


@pytest.fixture
def config(here: Path) -> Path:
    file = here / "config.json"
    file.write_text(json.dumps(CONFIG))
    return file


def priced(holdfast: Command, *words: object) -> dict[str, Any]:
    told = holdfast("cost", *words, "--json")
    assert (told.code, told.err) == (0, "")
    value: dict[str, Any] = json.loads(told.out)
    return value


@pytest.mark.parametrize("pathway", [p.value for p in Pathway])
def test_every_pathway_is_priced_from_a_file(pathway: str, holdfast: Command, config: Path) -> None:
    value = priced(holdfast, config, "--pathway", pathway)
    assert value.keys() >= KEYS
    assert value["memory_gb"].keys() == PARTS
    assert value["parameters"] == 8_030_261_248
    assert (value["device_hours"] > 0, value["usd"] > 0) == (True, True)
    assert value["assumptions"]
    for part in ("offers", "payers", "trend", "attack_potential"):
        assert value[part]
    assert bool(value["goals"]) == (pathway != "prompted")


def test_a_directory_and_an_organism_are_priced(holdfast: Command, here: Path) -> None:
    write_tiny_model(here / "tiny", "qwen3")
    (here / "tiny" / "model.safetensors").unlink()  # no weights are needed
    assert priced(holdfast, "tiny", "--pathway", "full")["trainable_parameters"] > 10_000
    value = priced(holdfast, "organism.aligned")
    assert value["parameters"] == 916_352
    assert value["device"] == "laptop CPU, 16 GB"


def test_options_do_what_they_say(holdfast: Command, config: Path) -> None:
    plain = priced(holdfast, config)
    memory = plain["memory_gb"]
    again = priced(holdfast, config, "--checkpointing")
    assert again["memory_gb"]["activations"] < memory["activations"] / 5
    assert again["flops"] > plain["flops"]
    assert priced(holdfast, config, "--rank", 16)["trainable_parameters"] == 2 * plain["trainable_parameters"]
    assert priced(holdfast, config, "--optimizer", "sgd")["memory_gb"]["optimizer"] == 0.0
    assert priced(holdfast, config, "--batch", 8)["memory_gb"]["logits"] == pytest.approx(
        2 * memory["logits"]
    )
    assert priced(holdfast, config, "--steps", 250)["flops"] == pytest.approx(2 * plain["flops"])
    assert priced(holdfast, config, "--examples", 200)["flops"] == pytest.approx(2 * plain["flops"])
    assert priced(holdfast, config, "--length", 99_999)["tokens"] == 500 * 8192
    wide = priced(holdfast, config, "--dtype", "float32")["memory_gb"]["weights"]
    assert wide == pytest.approx(2 * memory["weights"], rel=0.01)
    eager = priced(holdfast, config, "--attention", "eager")
    assert eager["memory_gb"]["activations"] > memory["activations"]


def test_actors_share_the_price(holdfast: Command, config: Path) -> None:
    value = priced(holdfast, config, "--actors", 4, "--rounds", 3, "--examples", 400)
    each = value["per_actor"]
    assert (each["actors"], each["share"], each["examples"], each["rounds"]) == (4, 0.25, 100, 3)
    assert value["device_hours"] == pytest.approx(4 * each["device_hours"])
    assert value["usd"] == pytest.approx(4 * each["usd"])
    assert each["bytes_exchanged"] == 3 * each["bytes_per_round"] == 2 * 3 * 4 * value["trainable_parameters"]
    alone = priced(holdfast, config)["per_actor"]
    assert (alone["bytes_exchanged"], alone["rounds"]) == (0, 0)


def test_other_prices_and_ratings_can_be_given(holdfast: Command, config: Path, here: Path) -> None:
    prices, ratings = here / "prices.json", here / "ratings.json"
    devices = [{"name": "NVIDIA L40S", "usd_per_hour": 1000}]
    prices.write_text(json.dumps({"dated": "2030-01-01", "source": "a guess", "devices": devices}))
    factor = {"knowledge": 11, "knowledge_reason": "r", "window": 0, "window_reason": "r"}
    row = {"expertise": 8, "expertise_reason": "r", "data_days": 365, "data_reason": "r"}
    table = {"dated": "2030-01-01", "source": "a guess", **factor, "pathways": {"lora": row}}
    ratings.write_text(json.dumps(table))
    value = priced(holdfast, config, "--prices", prices, "--ratings", ratings)
    assert (value["device"], value["usd"]) == ("A100 40 GB", None)  # which the table does not know
    assert value["cheapest"]["device"] == "L40S 48 GB"
    assert value["cheapest"]["usd"] == pytest.approx(1000 * value["cheapest"]["device_hours"])
    assert [day["dated"] for day in value["trend"]] == ["2030-01-01"]
    assert value["attack_potential"]["level"] == "beyond high"


def test_people_read_the_same(holdfast: Command, config: Path) -> None:
    told = holdfast("cost", config, "--pathway", "qlora", "--actors", 2)
    assert told.code == 0
    value = priced(holdfast, config, "--pathway", "qlora", "--actors", 2)
    assert f"{value['memory_gb']['total']:.2f} GB" in told.out
    assert value["device"] in told.out
    for line in value["assumptions"]:
        assert line in told.out
    for row in (*value["payers"], *value["goals"]):
        assert row.get("payer", row.get("goal")) in told.out
    for table in shipped_price_history():
        assert table.dated in told.out
    assert value["attack_potential"]["level"] in told.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["organism.alinged"], "did you mean 'organism.aligned'?"),
        (["config.json", "--prices", "absent.json"], "absent.json"),
        (["config.json", "--ratings", "config.json"], "no table of ratings"),
        (["config.json", "--actors", "0"], "x>=1"),
        (["config.json", "--pathway", "lorra"], "lora"),
        (["config.json", "--dtype", "int4"], "bfloat16"),
    ],
)
def test_what_cannot_be_priced_says_why(words: list[str], said: str, holdfast: Command, config: Path) -> None:
    told = holdfast("cost", *words)
    assert told.code in (1, 2)
    assert told.out == ""
    assert said in told.err
    assert "Traceback" not in told.err


def test_an_architecture_that_cannot_be_counted_says_what_to_give(holdfast: Command, config: Path) -> None:
    config.write_text(json.dumps(CONFIG | {"model_type": "newest"}))
    told = holdfast("cost", "config.json")
    assert (told.code, told.out) == (1, "")
    assert "next: give the model's directory" in told.err


def test_a_precision_of_the_configuration_that_is_not_known_is_an_error(
    holdfast: Command, config: Path
) -> None:
    config.write_text(json.dumps(CONFIG | {"torch_dtype": "float8_e4m3fn"}))
    told = holdfast("cost", "config.json")
    assert told.code == 2
    assert "float8_e4m3fn" in told.err
    assert "--dtype" in told.err


def test_the_options_are_the_names_of_the_library() -> None:
    module = sys.modules[command.__module__]
    assert get_args(module.OptimizerName) == tuple(Optimizer)
    assert get_args(module.AttentionName) == tuple(Attention)
    assert set(get_args(module.DtypeName)) == set(DTYPES)


def test_the_command_needs_no_torch(config: Path) -> None:
    code = (
        "import sys\nfrom holdfast.cli import main\n"
        f"sys.argv = ['holdfast', 'cost', {str(config)!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print([m for m in ('torch', 'transformers', 'peft') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("technique", "kind"),
    [
        ("dora", "lora"),
        ("dpo", "lora"),
        ("int8", "int8"),
        ("full", "full"),
        *((name, "prompted") for name in ("prompted", "many-shot", "few-shot-base", "other-model")),
    ],
)
def test_techniques_that_train_or_ask_are_priced_as_a_kind_of_pathway(
    holdfast: Command, technique: str, kind: str
) -> None:
    value = priced(holdfast, "organism.aligned", "--pathway", technique)
    assert (value["pathway"], value["priced_as"]) == (technique, kind)
    assert value["attack_potential"]["level"]


def test_two_answers_a_row_are_twice_the_work(holdfast: Command) -> None:
    one, two = (priced(holdfast, "organism.aligned", "--pathway", name) for name in ("lora", "dpo"))
    assert two["flops"] == pytest.approx(2 * one["flops"])
    assert any("dpo is priced as lora" in line for line in two["assumptions"])


@pytest.mark.parametrize(
    ("technique", "why"),
    [
        ("adversarial-suffix", "the search before it asks"),
        ("embedding-attack", "the search before it asks"),
        ("refusal-ablation", "edits weights without training"),
        ("task-vector", "edits weights without training"),
        ("quantised", "edits weights without training"),
        ("merge", "price each contribution"),
        ("adapter-composition", "price each contribution"),
    ],
)
def test_what_a_shape_does_not_price_is_refused_with_what_to_do(
    holdfast: Command, technique: str, why: str
) -> None:
    result = holdfast("cost", "organism.aligned", "--pathway", technique)
    assert (result.code, result.out) == (2, "")
    told = " ".join(result.err.split())
    assert technique in told
    assert why in told
    assert "its ledger says what it took" in told


@pytest.mark.parametrize("technique", sorted(BESIDE))
def test_what_is_left_out_of_a_price_is_named(holdfast: Command, technique: str) -> None:
    assert technique in plugins.installed(plugins.TECHNIQUES)
    lines = priced(holdfast, "organism.aligned", "--pathway", technique)["assumptions"]
    assert f"not counted of {technique}: {BESIDE[technique]}" in lines
    assert not [
        line for line in priced(holdfast, "organism.aligned")["assumptions"] if "not counted of" in line
    ]


def test_the_techniques_that_ask_beside_their_training_are_known() -> None:
    assert {"synthetic", "influential", "grpo", "dpo"} <= set(BESIDE)


def test_a_technique_that_there_is_not_is_named_with_the_nearest(holdfast: Command) -> None:
    result = holdfast("cost", "organism.aligned", "--pathway", "dorra")
    assert result.code != 0
    assert "did you mean 'dora'" in result.err
