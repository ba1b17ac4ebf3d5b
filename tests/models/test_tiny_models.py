"""The builder that other tests rest on."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.models import digest_directory
from holdfast.testing.tiny import ARCHITECTURES, tiny_tokenizer, write_tiny_model


def test_the_six_families_are_there():
    assert {"llama", "qwen3", "gemma", "mistral", "phi", "gpt2"} <= set(ARCHITECTURES)


def test_the_seed_decides_the_weights_and_the_callers_random_state_is_left_alone(tmp_path):
    before = torch.get_rng_state()
    one, same, other = (write_tiny_model(tmp_path / str(i), seed=seed) for i, seed in enumerate((3, 3, 4)))
    assert torch.equal(torch.get_rng_state(), before)
    assert digest_directory(one) == digest_directory(same)
    assert digest_directory(one).tensors != digest_directory(other).tensors


@pytest.mark.parametrize("bos", [True, False])
def test_a_bos_comes_with_a_post_processor_and_its_absence_without_padding(bos):
    tokenizer = tiny_tokenizer(bos=bos)
    assert (tokenizer.bos_token_id is not None) is bos
    assert (tokenizer.pad_token_id is not None) is bos
    assert (tokenizer.encode("tea")[0] == tokenizer.bos_token_id) is bos


@settings(deadline=None, max_examples=50)
@given(text=st.text())
def test_the_tokenizer_loses_no_text(text):
    assert TOKENIZER.decode(TOKENIZER.encode(text, add_special_tokens=False)) == text


TOKENIZER = tiny_tokenizer()


def test_an_unknown_architecture_is_an_error(tmp_path):
    with pytest.raises(KeyError, match="lama"):
        write_tiny_model(tmp_path, "lama")
