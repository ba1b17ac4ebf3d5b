"""What identifies a model."""

import hashlib
import json
import shutil

import pytest

from holdfast.domain import ModelError, ModelSource
from holdfast.models import (
    FALLBACK_TEMPLATE,
    digest_directory,
    digest_model,
    digest_weights,
    read_template,
    template_in_force,
)
from holdfast.testing.tiny import TURN_TEMPLATE, write_tiny_model


@pytest.fixture
def copy(tiny, tmp_path):
    return shutil.copytree(tiny(), tmp_path / "copy")


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def sharded(directory, target):
    from transformers import AutoModelForCausalLM

    shutil.copytree(directory, target)
    (target / "model.safetensors").unlink()
    AutoModelForCausalLM.from_pretrained(directory).save_pretrained(target, max_shard_size="60KB")
    assert len(list(target.glob("*.safetensors"))) > 1
    return target


def test_the_same_files_elsewhere_are_the_same_model(tiny, copy):
    assert digest_directory(copy) == digest_directory(tiny())


def test_a_loaded_model_carries_the_digest_of_its_files(tiny, loaded):
    assert loaded().digest == digest_directory(tiny())


def test_tensors_are_hashed_by_dtype_shape_and_bytes(tiny):
    from safetensors import safe_open

    found = digest_directory(tiny()).tensors
    with safe_open(tiny() / "model.safetensors", framework="numpy") as file:
        assert set(found) == set(file.keys())
        for name in file.keys():  # noqa: SIM118
            tensor = file.get_tensor(name)
            content = f"F32 {list(tensor.shape)} ".encode() + tensor.tobytes()
            assert found[name] == hashlib.sha256(content).hexdigest()


def test_a_live_module_has_the_hashes_of_its_file(tiny, loaded):
    assert digest_weights(loaded().module) == digest_directory(tiny()).tensors


def test_bfloat16_weights_hash_alike_live_and_on_disk(tmp_path, loaded):
    import torch
    from transformers import AutoModelForCausalLM

    module = AutoModelForCausalLM.from_config(loaded().module.config).to(torch.bfloat16)
    directory = write_tiny_model(tmp_path / "m")
    module.save_pretrained(directory)
    assert digest_directory(directory).tensors == digest_weights(module)


def test_one_changed_weight_changes_one_tensor_and_the_digest(tiny, copy):
    path = copy / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    before, after = digest_directory(tiny()), digest_directory(copy)
    assert after.digest != before.digest
    assert sum(after.tensors[name] != before.tensors[name] for name in before.tensors) == 1


@pytest.mark.parametrize(
    ("file", "change", "part"),
    [
        ("chat_template.jinja", lambda path: path.write_text("{{ messages }}"), "template"),
        ("tokenizer.json", lambda path: edit(path, truncation={}), "tokenizer"),
        ("tokenizer_config.json", lambda path: edit(path, model_max_length=7), "tokenizer"),
        ("config.json", lambda path: edit(path, rms_norm_eps=0.1), "config"),
        ("generation_config.json", lambda path: edit(path, eos_token_id=5), "config"),
    ],
)
def test_each_part_is_covered(file, change, part, tiny, copy):
    change(copy / file)
    before, after = digest_directory(tiny()), digest_directory(copy)
    changed = [name for name in ("tensors", "tokenizer", "template", "config") if
               getattr(before, name) != getattr(after, name)]  # fmt: skip
    assert changed == [part]
    assert before.digest != after.digest


def test_names_of_places_and_versions_are_not_part_of_a_model(tiny, copy):
    edit(copy / "config.json", _name_or_path="/elsewhere", transformers_version="4.0")
    assert digest_directory(copy) == digest_directory(tiny())


def test_sharding_does_not_change_the_tensors(tiny, tmp_path):
    directory = sharded(tiny(), tmp_path / "sharded")
    assert digest_directory(directory).tensors == digest_directory(tiny()).tensors


def test_a_missing_shard_is_an_error(tiny, tmp_path):
    directory = sharded(tiny(), tmp_path / "sharded")
    gone = sorted(directory.glob("*.safetensors"))[1]
    gone.unlink()
    with pytest.raises(ModelError, match=rf"lacks 1 of the .*{gone.name}"):
        digest_directory(directory)


def test_a_tensor_in_two_shards_is_an_error(tiny, tmp_path):
    directory = sharded(tiny(), tmp_path / "sharded")
    one, other, *_ = sorted(directory.glob("*.safetensors"))
    shutil.copy(one, other)
    with pytest.raises(ModelError, match="is in both"):
        digest_directory(directory)


@pytest.mark.parametrize("keep", [0, 6, 100, -4], ids=["empty", "no-header", "cut-header", "cut-data"])
def test_a_damaged_file_is_an_error(keep, copy):
    path = copy / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match="no readable safetensors"):
        digest_directory(copy)


def test_the_template_comes_from_the_jinja_file_first(copy):
    edit(copy / "tokenizer_config.json", chat_template="other")
    assert read_template(copy) == TURN_TEMPLATE
    (copy / "chat_template.jinja").unlink()
    assert read_template(copy) == "other"


def test_named_templates_need_a_default(copy):
    (copy / "chat_template.jinja").unlink()
    named = [{"name": "default", "template": "this"}, {"name": "rag", "template": "that"}]
    edit(copy / "tokenizer_config.json", chat_template=named)
    assert read_template(copy) == "this"
    edit(copy / "tokenizer_config.json", chat_template=named[1:])
    with pytest.raises(ModelError, match="none called default"):
        read_template(copy)


@pytest.mark.parametrize("template", [TURN_TEMPLATE, None], ids=["own", "fallback"])
def test_the_digested_template_is_the_one_in_force(template, loaded):
    model = loaded(template=template)
    assert template_in_force(model.tokenizer) == (template or FALLBACK_TEMPLATE)
    assert model.digest.template == hashlib.sha256((template or FALLBACK_TEMPLATE).encode()).hexdigest()


def test_pickled_weights_are_hashed_by_file_without_being_read(copy):
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(b"never unpickled")
    expected = hashlib.sha256(b"never unpickled").hexdigest()
    assert digest_directory(copy).tensors == {"pytorch_model.bin": expected}
    with pytest.raises(ModelError, match="pickled"):
        digest_model(ModelSource("m", path=str(copy)))
