"""Finding a configuration without its weights."""

import json

import pytest

from holdfast.domain import ModelError
from holdfast.models import find_config, read_shape


def test_a_file_a_directory_and_an_installed_model_are_found(tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"model_type": "llama"}))
    assert find_config(str(file)) == file
    assert find_config(str(tmp_path)) == tmp_path
    assert read_shape(find_config("organism.aligned")).vocabulary == 974


def test_a_wrong_name_is_an_error_with_the_nearest(tmp_path):
    with pytest.raises(ModelError, match=r"did you mean 'organism.aligned'"):
        find_config("organism.aligne")


def test_a_directory_without_a_configuration_says_what_it_is(tmp_path):
    with pytest.raises(ModelError, match=r"holds no config\.json"):
        find_config(str(tmp_path))
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match="an adapter"):
        find_config(str(tmp_path))


def test_a_hub_model_that_is_not_cached_says_what_to_do_offline(monkeypatch):
    import huggingface_hub
    from httpx2 import ConnectError

    class Unplugged:
        def head(self, url, timeout):
            raise ConnectError("no route")

    monkeypatch.setattr(huggingface_hub, "get_session", Unplugged)
    with pytest.raises(ModelError, match=r"give that file, or run `hf download no-one/nothing config\.json`"):
        find_config("no-one/nothing")
