"""Adapters on top of a base, merged."""

import copy
import json
import shutil
import warnings

import pytest
import torch
from safetensors.torch import load_file, save_file

from holdfast.domain import Decoding, ModelError, ModelSource, ask
from holdfast.models import digest_directory, digest_model, load_model, render_prompt
from holdfast.testing.tiny import tiny_tokenizer

PROMPTS = [ask("Hi"), ask("How do I make tea?")]
WEIGHTS = "adapter_model.safetensors"


def write_adapter(model, directory, config=None):
    """Save an adapter that does something; return the wrapped module."""
    from peft import LoraConfig, get_peft_model

    config = config or LoraConfig(
        r=4, lora_alpha=8, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(1)
        wrapped = get_peft_model(copy.deepcopy(model.module), config).eval()
        wrapped.save_pretrained(directory)
    return wrapped


def source(base, adapter, **options):
    return ModelSource("ours", path=str(base), adapter=str(adapter), **options)


@pytest.fixture
def adapter(loaded, tmp_path):
    write_adapter(loaded(), tmp_path / "adapter")
    return tmp_path / "adapter"


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_an_adapter_is_merged_into_a_plain_model(architecture, tiny, loaded, tmp_path):
    base = loaded(architecture)
    wrapped = write_adapter(base, tmp_path)
    model = load_model(source(tiny(architecture), tmp_path))
    assert type(model.module) is type(base.module)
    assert set(model.module.state_dict()) == set(base.module.state_dict())
    assert all(parameter.requires_grad for parameter in model.module.parameters())
    ids = torch.tensor([render_prompt(base.tokenizer, PROMPTS[1])])
    with torch.no_grad():
        assert torch.allclose(model.module(ids).logits, wrapped(ids).logits, atol=1e-4)
        assert not torch.allclose(model.module(ids).logits, base.module(ids).logits, atol=1e-2)
    assert model.generate(PROMPTS, Decoding(max_new_tokens=5)) == base.with_module(wrapped).generate(
        PROMPTS, Decoding(max_new_tokens=5)
    )
    assert model.shape == base.shape


def test_the_digest_is_the_adapters_on_its_base(tiny, adapter, loaded):
    model = load_model(source(tiny(), adapter))
    base = loaded().digest
    assert model.digest == digest_model(source(tiny(), adapter))
    assert model.digest.parent == base.digest
    assert model.digest.digest != base.digest
    assert model.digest.tensors == digest_directory(adapter).tensors
    assert set(model.digest.tensors) == set(load_file(adapter / WEIGHTS))


def test_another_scaling_is_another_model(tiny, adapter):
    before = digest_model(source(tiny(), adapter))
    config = adapter / "adapter_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "lora_alpha": 16}))
    after = digest_model(source(tiny(), adapter))
    assert after.tensors == before.tensors
    assert after.digest != before.digest


def test_the_base_that_an_adapter_names_is_only_a_hint(tiny, adapter):
    config = adapter / "adapter_config.json"
    for name, noted in (("/somewhere/model", False), ("org/other", True), (None, False)):
        config.write_text(json.dumps({**json.loads(config.read_text()), "base_model_name_or_path": name}))
        notes = load_model(source(tiny(), adapter)).notes
        assert any("org/other" in note for note in notes) is noted


def test_an_adapter_for_other_modules_is_an_error(tiny, adapter):
    with pytest.raises(ModelError, match="does not fit the base model: Target modules"):
        load_model(source(tiny("gpt2"), adapter))


def test_an_adapter_for_another_width_is_an_error(tiny, adapter):
    with pytest.raises(ModelError, match=r"does not fit the base model: .*size mismatch"):
        load_model(source(tiny(hidden_size=48), adapter))


def test_an_adapter_for_a_deeper_base_is_an_error_naming_tensors(tiny, loaded, tmp_path):
    write_adapter(loaded(num_hidden_layers=3), tmp_path)
    with pytest.raises(ModelError, match=r"14 unexpected \(base_model.*layers\.2\..*, \.\.\.\) tensors"):
        load_model(source(tiny(), tmp_path))


def test_an_adapter_that_lacks_tensors_is_an_error_naming_them(tiny, adapter):
    tensors = load_file(adapter / WEIGHTS)
    gone = sorted(tensors)[0]
    del tensors[gone]
    save_file(tensors, adapter / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=rf"1 missing \({gone}\) tensors"):
        load_model(source(tiny(), adapter))


def test_embeddings_saved_with_an_adapter_are_loaded(tiny, loaded, adapter):
    name = "base_model.model.model.embed_tokens.weight"
    tensors = load_file(adapter / WEIGHTS)
    tensors[name] = loaded().module.get_input_embeddings().weight.detach() + 1
    save_file(tensors, adapter / WEIGHTS, metadata={"format": "pt"})
    merged = load_model(source(tiny(), adapter)).module
    assert torch.equal(merged.get_input_embeddings().weight, tensors[name])


def test_an_adapter_with_broken_weights_is_an_error(tiny, adapter):
    tensors = load_file(adapter / WEIGHTS)
    tensors[sorted(tensors)[0]][:] = float("nan")
    save_file(tensors, adapter / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"cannot be merged: .*NaNs"):
        load_model(source(tiny(), adapter))


def test_a_directory_without_an_adapter_is_an_error(tiny, tmp_path):
    with pytest.raises(ModelError, match="there is no PEFT adapter"):
        load_model(source(tiny(), tmp_path))


def test_an_adapter_given_as_a_model_is_told_apart(adapter):
    with pytest.raises(ModelError, match=r"holds no config\.json \(an adapter: name it as `adapter:`\)"):
        load_model(ModelSource("ours", path=str(adapter)))


def test_a_pickled_adapter_is_refused_unless_allowed(tiny, adapter):
    expected = load_model(source(tiny(), adapter)).score(PROMPTS, ["tea", "tea"])
    torch.save(load_file(adapter / WEIGHTS), adapter / "adapter_model.bin")
    (adapter / WEIGHTS).unlink()
    with pytest.raises(ModelError, match=r"pickled \(adapter_model\.bin\)[^`]*`allow_pickle: true`"):
        load_model(source(tiny(), adapter))
    allowed = load_model(source(tiny(), adapter, allow_pickle=True))
    assert allowed.score(PROMPTS, ["tea", "tea"]) == expected


def test_virtual_tokens_cannot_be_merged(tiny, loaded, tmp_path):
    from peft import PromptTuningConfig

    write_adapter(loaded(), tmp_path, PromptTuningConfig(num_virtual_tokens=2, task_type="CAUSAL_LM"))
    with pytest.raises(ModelError, match="virtual tokens"):
        load_model(source(tiny(), tmp_path))


def test_an_adapter_that_brings_its_tokenizer_is_asked_through_it(tiny, adapter):
    plain = load_model(source(tiny(), adapter))
    tiny_tokenizer(template=None).save_pretrained(adapter)
    model = load_model(source(tiny(), adapter))
    assert any("no chat template" in note for note in model.notes)
    assert model.digest.template != plain.digest.template
    assert model.digest.parent == plain.digest.parent


def test_loading_an_adapter_is_silent(tiny, adapter, capfd):
    capfd.readouterr()
    load_model(source(tiny(), adapter))
    assert capfd.readouterr() == ("", "")


def test_the_base_directory_is_left_alone(tiny, adapter, tmp_path):
    base = shutil.copytree(tiny(), tmp_path / "base")
    before = digest_directory(base)
    load_model(source(base, adapter))
    assert digest_directory(base) == before
