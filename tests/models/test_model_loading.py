"""Loaded faithfully, or refused with the tensors, the file and the next step named."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from holdfast.domain import ModelError, ModelSource, ask
from holdfast.models import LoadedModel, load_model, render_prompt
from holdfast.testing.tiny import ARCHITECTURES, write_tiny_model


@pytest.fixture
def copy(tiny, tmp_path):
    return shutil.copytree(tiny(), tmp_path / "copy")


def load(path, **options) -> LoadedModel:
    return load_model(ModelSource("ours", path=str(path), **options))


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def rewrite(directory, change):
    file = directory / "model.safetensors"
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file, metadata={"format": "pt"})


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_loads_with_its_stored_weights(architecture, tiny, loaded):
    model = loaded(architecture)
    stored = load_file(tiny(architecture) / "model.safetensors")
    live = model.module.state_dict()
    assert stored
    assert all(torch.equal(live[name], tensor) for name, tensor in stored.items())
    assert all(parameter.requires_grad for parameter in model.module.parameters())
    assert not model.module.training
    assert model.device == "cpu"
    assert model.notes == ()


def test_loading_is_silent(tiny, capfd):
    load(tiny())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_dtype_is_the_sources_and_not_the_checkpoints(dtype, copy):
    rewrite(copy, lambda tensors: tensors.update({k: v.bfloat16() for k, v in tensors.items()}))
    edit(copy / "config.json", dtype="bfloat16")
    model = load(copy, dtype=dtype)
    assert {parameter.dtype for parameter in model.module.parameters()} == {getattr(torch, dtype)}
    assert len(model.score([ask("Hi")], ["tea"])) == 1


def test_an_unknown_dtype_is_an_error(tiny):
    with pytest.raises(ModelError, match=r"unknown dtype 'bfloat'.*\n.*did you mean 'bfloat16'"):
        load(tiny(), dtype="bfloat")


@pytest.mark.parametrize("device", ["cuda:99", "nonsense"])
def test_an_unusable_device_is_an_error(device, tiny):
    with pytest.raises(ModelError, match=f"device '{device}' cannot be used"):
        load_model(ModelSource("ours", path=str(tiny())), device=device)


def test_missing_tensors_are_named(copy):
    rewrite(copy, lambda tensors: tensors.pop("model.layers.1.mlp.up_proj.weight"))
    with pytest.raises(ModelError, match=r"1 missing: model\.layers\.1\.mlp\.up_proj\.weight"):
        load(copy)


def test_unexpected_tensors_are_named(copy):
    rewrite(copy, lambda tensors: tensors.update({"model.layers.7.extra": torch.zeros(2)}))
    with pytest.raises(ModelError, match=r"1 unexpected: model\.layers\.7\.extra"):
        load(copy)


def test_tensors_of_another_shape_are_named(copy):
    rewrite(copy, lambda tensors: tensors.update({"model.norm.weight": torch.zeros(3)}))
    with pytest.raises(ModelError, match=r"1 of another shape: model\.norm\.weight \[3\] for \[32\]"):
        load(copy)


def test_every_kind_of_wrong_tensor_is_told_at_once(copy):
    edit(copy / "config.json", num_hidden_layers=1, attention_bias=True)
    with pytest.raises(ModelError, match=r"missing: .*bias.*; 9 unexpected: model\.layers\.1"):
        load(copy)


def test_tied_weights_are_not_missing(tmp_path):
    directory = write_tiny_model(tmp_path / "tied", tie_word_embeddings=True)
    assert "lm_head.weight" not in load_file(directory / "model.safetensors")
    module = load(directory).module
    assert module.lm_head.weight is module.model.embed_tokens.weight


def test_a_sharded_checkpoint_is_the_same_model(tiny, tmp_path, loaded):
    from transformers import AutoModelForCausalLM

    directory = shutil.copytree(tiny(), tmp_path / "sharded")
    (directory / "model.safetensors").unlink()
    AutoModelForCausalLM.from_pretrained(tiny()).save_pretrained(directory, max_shard_size="60KB")
    model = load(directory)
    assert model.digest.tensors == loaded().digest.tensors
    assert model.score([ask("Hi")], ["tea"]) == loaded().score([ask("Hi")], ["tea"])


class Trap:
    """Unpickling this runs code."""

    def __reduce__(self):
        return (pytest.fail, ("a refused pickle was opened",))


def pickle_weights(directory, content):
    (directory / "model.safetensors").unlink()
    torch.save(content, directory / "pytorch_model.bin")


def test_pickled_weights_are_refused_unopened_and_the_way_to_allow_them_is_told(copy):
    pickle_weights(copy, Trap())
    with pytest.raises(ModelError, match=r"pickled \(pytorch_model\.bin\)[^`]*`allow_pickle: true`"):
        load(copy)


def test_pickled_weights_load_where_they_are_allowed(copy, loaded):
    weights = load_file(copy / "model.safetensors")
    pickle_weights(copy, weights)
    model = load(copy, allow_pickle=True)
    assert model.score([ask("Hi")], ["tea"]) == loaded().score([ask("Hi")], ["tea"])
    assert set(model.digest.tensors) == {"pytorch_model.bin"}


def test_safetensors_go_before_pickled_weights_even_where_those_are_allowed(copy, loaded):
    torch.save(Trap(), copy / "pytorch_model.bin")
    model = load(copy, allow_pickle=True)
    assert model.digest.tensors == loaded().digest.tensors


REMOTE = """
from transformers import LlamaConfig, LlamaForCausalLM

class NovelConfig(LlamaConfig):
    model_type = "novel"

class NovelForCausalLM(LlamaForCausalLM):
    config_class = NovelConfig
"""


@pytest.fixture
def remote(copy, tmp_path, monkeypatch):
    (copy / "modeling_novel.py").write_text(REMOTE)
    auto_map = {
        "AutoConfig": "modeling_novel.NovelConfig",
        "AutoModelForCausalLM": "modeling_novel.NovelForCausalLM",
    }
    edit(copy / "config.json", model_type="novel", architectures=["NovelForCausalLM"], auto_map=auto_map)
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    return copy


def test_a_models_own_code_is_refused_and_the_way_to_allow_it_is_told(remote):
    (remote / "modeling_novel.py").write_text("raise SystemExit('refused code was run')")
    with pytest.raises(ModelError, match=r"'novel' models run Python code[^`]*`trust_remote_code: true`"):
        load(remote)


def test_a_models_own_code_runs_where_it_is_allowed(remote, loaded):
    model = load(remote, trust_remote_code=True)
    assert type(model.module).__name__ == "NovelForCausalLM"
    assert model.score([ask("Hi")], ["tea"]) == loaded().score([ask("Hi")], ["tea"])
    assert model.shape == loaded().shape


def test_code_beside_a_known_architecture_is_not_run(copy):
    (copy / "modeling_llama.py").write_text("raise SystemExit('refused code was run')")
    edit(copy / "config.json", auto_map={"AutoModelForCausalLM": "modeling_llama.LlamaForCausalLM"})
    assert type(load(copy).module).__module__.startswith("transformers.")


def test_a_tokenizers_own_code_is_refused(copy):
    (copy / "tokenization_novel.py").write_text("raise SystemExit('refused code was run')")
    edit(
        copy / "tokenizer_config.json",
        tokenizer_class="NovelTokenizer",
        auto_map={"AutoTokenizer": ["tokenization_novel.NovelTokenizer", None]},
    )
    with pytest.raises(ModelError, match=r"tokenizer[\s\S]*`trust_remote_code: true`"):
        load(copy)


def test_an_unknown_architecture_is_an_error(copy):
    edit(copy / "config.json", model_type="lama")
    with pytest.raises(ModelError, match=r"no model_type 'lama'[\s\S]*did you mean 'llama'"):
        load(copy)


def test_a_model_that_is_no_language_model_is_an_error(copy):
    edit(copy / "config.json", model_type="vit")
    with pytest.raises(ModelError, match="the model cannot be loaded"):
        load(copy)


def test_a_damaged_file_is_an_error(copy):
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(ModelError, match="no readable safetensors"):
        load(copy)


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (["config.json"], r"holds no config\.json"),
        (["model.safetensors"], "holds no weights"),
        (["tokenizer.json"], "holds no tokenizer"),
    ],
)
def test_an_incomplete_directory_is_an_error(gone, message, copy):
    for name in gone:
        (copy / name).unlink()
    with pytest.raises(ModelError, match=message):
        load(copy)


def test_a_directory_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ModelError, match=r"there is no directory .*nowhere"):
        load(tmp_path / "nowhere")


def test_a_broken_tokenizer_is_an_error(copy):
    (copy / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="tokenizer cannot be loaded"):
        load(copy)


def test_a_broken_template_is_an_error_at_loading(copy):
    (copy / "chat_template.jinja").write_text("{% for %}")
    with pytest.raises(ModelError, match="chat template"):
        load(copy)


@pytest.mark.parametrize("places", [{}, {"path": "here", "hub": "org/name"}], ids=["neither", "both"])
def test_a_model_is_a_directory_or_a_hub_id(places):
    with pytest.raises(ModelError, match="needs a path or a hub id"):
        load_model(ModelSource("ours", **places))


def test_a_model_without_bos_pad_or_template_loads_and_answers(loaded):
    from holdfast.domain import Decoding

    model = loaded("qwen3", bos=False, template=None)
    assert model.tokenizer.bos_token_id is None
    assert model.tokenizer.pad_token_id is None
    answers = model.generate([ask("Hi"), ask("How do I make tea?")], Decoding(max_new_tokens=4))
    assert all(len(answer.token_ids) == 4 or answer.finished for (answer,) in answers)
    assert any("no chat template" in note for note in model.notes)


def test_a_template_inside_the_tokenizer_configuration_is_found(copy, loaded):
    template = (copy / "chat_template.jinja").read_text()
    (copy / "chat_template.jinja").unlink()
    edit(copy / "tokenizer_config.json", chat_template=template)
    assert render_prompt(load(copy).tokenizer, ask("Hi")) == render_prompt(loaded().tokenizer, ask("Hi"))


def test_a_hub_model_is_taken_from_the_cache_at_its_revision(tiny, tmp_path, monkeypatch, loaded):
    commit, older = "0123456789" * 4, "9876543210" * 4
    repository = tmp_path / "models--org--name"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    shutil.copytree(tiny(), repository / "snapshots" / commit)
    shutil.copytree(tiny("gpt2"), repository / "snapshots" / older)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    model = load_model(ModelSource("ours", hub="org/name"))
    assert model.digest == loaded().digest
    old = load_model(ModelSource("ours", hub="org/name", revision=older))
    assert old.digest == loaded("gpt2").digest


def test_a_hub_that_cannot_be_reached_is_an_error_with_the_next_step(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        ModelError, match=r"org/name at revision v1 is not in the local cache[\s\S]*hf download"
    ):
        load_model(ModelSource("ours", hub="org/name", revision="v1"))


def test_a_hub_id_that_is_none_is_an_error(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="cannot be fetched"):
        load_model(ModelSource("ours", hub="not a/hub/id"))
