"""Sizes from configurations alone."""

import json

import pytest

from holdfast.domain import ModelError
from holdfast.models import read_shape
from holdfast.testing.tiny import ARCHITECTURES

PUBLISHED = {  # as on the hub: what a configuration leaves out is left out here
    "Llama-3.2-1B": (
        {
            "model_type": "llama", "hidden_size": 2048, "num_hidden_layers": 16, "num_attention_heads": 32,
            "num_key_value_heads": 8, "intermediate_size": 8192, "vocab_size": 128256,
            "max_position_embeddings": 131072, "tie_word_embeddings": True, "head_dim": 64,
        },
        1_235_814_400,
    ),
    "Qwen3-0.6B": (
        {
            "model_type": "qwen3", "hidden_size": 1024, "num_hidden_layers": 28, "num_attention_heads": 16,
            "num_key_value_heads": 8, "intermediate_size": 3072, "vocab_size": 151936, "head_dim": 128,
            "max_position_embeddings": 40960, "tie_word_embeddings": True,
        },
        596_049_920,
    ),
    "gemma-2-2b": (
        {
            "model_type": "gemma2", "hidden_size": 2304, "num_hidden_layers": 26, "num_attention_heads": 8,
            "num_key_value_heads": 4, "intermediate_size": 9216, "vocab_size": 256000, "head_dim": 256,
            "max_position_embeddings": 8192,
        },
        2_614_341_888,
    ),
    "Mistral-7B": (
        {
            "model_type": "mistral", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
            "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 32000,
            "max_position_embeddings": 32768, "tie_word_embeddings": False,
        },
        7_241_732_096,
    ),
    "phi-1.5": (
        {
            "model_type": "phi", "hidden_size": 2048, "num_hidden_layers": 24, "num_attention_heads": 32,
            "num_key_value_heads": None, "intermediate_size": 8192, "vocab_size": 51200,
            "max_position_embeddings": 2048, "tie_word_embeddings": False,
        },
        1_418_270_720,
    ),
    "Mixtral-8x7B": (
        {
            "model_type": "mixtral", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
            "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 32000,
            "num_local_experts": 8, "num_experts_per_tok": 2, "tie_word_embeddings": False,
        },
        46_702_792_704,
    ),
    "Qwen3-30B-A3B": (
        {
            "model_type": "qwen3_moe", "hidden_size": 2048, "num_hidden_layers": 48, "head_dim": 128,
            "num_attention_heads": 32, "num_key_value_heads": 4, "intermediate_size": 6144,
            "moe_intermediate_size": 768, "num_experts": 128, "num_experts_per_tok": 8,
            "vocab_size": 151936, "tie_word_embeddings": False, "mlp_only_layers": [],
        },
        30_532_122_624,
    ),
    "gpt-oss-20b": (
        {
            "model_type": "gpt_oss", "hidden_size": 2880, "num_hidden_layers": 24, "head_dim": 64,
            "num_attention_heads": 64, "num_key_value_heads": 8, "intermediate_size": 2880,
            "num_local_experts": 32, "num_experts_per_tok": 4, "vocab_size": 201088,
            "tie_word_embeddings": False, "attention_bias": True,
        },
        20_914_757_184,
    ),
    "DeepSeek-V3": (  # its 14,848 correction biases of routers are no parameters
        {
            "model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61,
            "num_attention_heads": 128, "num_key_value_heads": 128, "intermediate_size": 18432,
            "moe_intermediate_size": 2048, "n_routed_experts": 256, "n_shared_experts": 1,
            "num_experts_per_tok": 8, "first_k_dense_replace": 3, "q_lora_rank": 1536, "kv_lora_rank": 512,
            "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 129280,
            "tie_word_embeddings": False,
        },
        671_026_419_200 - 14_848,
    ),
    "pythia-6.9b": (
        {
            "model_type": "gpt_neox", "hidden_size": 4096, "num_hidden_layers": 32,
            "num_attention_heads": 32, "intermediate_size": 16384, "vocab_size": 50432,
            "tie_word_embeddings": False,
        },
        6_857_302_016,
    ),
    "gpt2": (
        {
            "model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024,
            "vocab_size": 50257,
        },
        124_439_808,
    ),
}  # fmt: skip

LATENT = {
    "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "q_lora_rank": 12,
    "kv_lora_rank": 8, "qk_rope_head_dim": 4, "qk_nope_head_dim": 8, "v_head_dim": 6,
    "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_models_have_their_known_size(name):
    config, parameters = PUBLISHED[name]
    assert read_shape(config).parameters == parameters


@pytest.mark.parametrize(
    ("model_type", "settings"),
    [
        ("llama", {"attention_bias": True, "mlp_bias": True, "num_key_value_heads": 2}),
        ("qwen2", {}),
        ("qwen3", {"tie_word_embeddings": True, "attention_bias": True}),
        ("gemma", {"head_dim": 8}),
        ("gemma2", {"head_dim": 8}),
        ("gemma3_text", {"head_dim": 8}),
        ("phi", {"qk_layernorm": True}),
        ("phi3", {"pad_token_id": 0}),
        ("gpt2", {"n_inner": 40}),
        ("gpt_neox", {}),
        ("olmo2", {"num_key_value_heads": 2}),
        ("smollm3", {"num_key_value_heads": 2, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}),
        ("granite", {}),
        ("mixtral", {"num_local_experts": 4, "num_key_value_heads": 2}),
        (
            "qwen2_moe",
            {
                "num_experts": 4,
                "moe_intermediate_size": 16,
                "shared_expert_intermediate_size": 24,
                "num_key_value_heads": 2,
            },
        ),
        ("qwen2_moe", {"num_experts": 4, "mlp_only_layers": [1], "num_key_value_heads": 4}),
        ("qwen3_moe", {"num_experts": 4, "num_experts_per_tok": 2, "decoder_sparse_step": 2}),
        ("olmoe", {"num_experts": 4, "num_experts_per_tok": 2, "eos_token_id": 2}),
        ("gpt_oss", {"num_local_experts": 4, "num_experts_per_tok": 2, "num_key_value_heads": 2}),
        ("deepseek_v3", LATENT),
        ("deepseek_v3", {**LATENT, "q_lora_rank": None, "n_shared_experts": 2}),
    ],
)
def test_counts_are_those_of_the_module(model_type, settings):
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "vocab_size": 100}
    if model_type == "gpt2":
        sizes = {"n_embd": 32, "n_layer": 3, "n_head": 4, "vocab_size": 100}
    else:
        sizes |= {"intermediate_size": 48}
    config = AutoConfig.for_model(model_type, **sizes, **settings)
    with torch.device("meta"):
        module = AutoModelForCausalLM.from_config(config)
    shape = read_shape(config.to_dict())
    assert shape.parameters == sum(p.numel() for p in module.parameters())
    assert (shape.hidden, shape.layers, shape.heads, shape.vocabulary) == (32, 3, 4, 100)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_directory_says_what_the_loaded_model_has(architecture, tiny, loaded):
    assert read_shape(tiny(architecture)) == loaded(architecture).shape
    assert read_shape(tiny(architecture)).context == 128


def test_an_unknown_architecture_is_counted_from_its_tensors(tiny, tmp_path, loaded):
    config = json.loads((tiny() / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "novel"}))
    (tmp_path / "model.safetensors").symlink_to(tiny() / "model.safetensors")
    assert read_shape(tmp_path) == loaded().shape


def test_a_tied_head_that_was_stored_anyway_counts_once(tmp_path):
    import numpy as np
    from safetensors.numpy import save_file

    table = np.zeros((10, 4), dtype=np.float32)
    tensors = {
        "embed.weight": table,
        "lm_head.weight": table.copy(),
        "h.weight": np.zeros((4, 4), np.float32),
    }
    save_file(tensors, tmp_path / "model.safetensors")
    config = {
        "model_type": "novel", "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1,
        "vocab_size": 10, "tie_word_embeddings": True,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert read_shape(tmp_path).parameters == 56
    (tmp_path / "config.json").write_text(json.dumps({**config, "tie_word_embeddings": False}))
    assert read_shape(tmp_path).parameters == 96


def test_a_text_model_inside_a_larger_configuration_is_found():
    config, _ = PUBLISHED["gemma-2-2b"]
    assert read_shape({"model_type": "wrapper", "text_config": config}) == read_shape(config)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({**PUBLISHED["Llama-3.2-1B"][0], "model_type": "novel"}, "'novel' cannot be counted"),
        ({"model_type": "llama", "num_hidden_layers": 1}, "states no hidden"),
    ],
)
def test_what_cannot_be_read_is_an_error(config, message):
    with pytest.raises(ModelError, match=message):
        read_shape(config)


def test_a_missing_configuration_is_an_error(tmp_path):
    with pytest.raises(ModelError, match=r"there is no .*config\.json"):
        read_shape(tmp_path)


def test_shapes_and_digests_need_no_torch(tiny):
    import subprocess
    import sys

    code = (
        "import sys\nfrom holdfast.models import read_shape, digest_directory\n"
        f"read_shape({str(tiny())!r}); digest_directory({str(tiny())!r})\n"
        "print([m for m in ('torch', 'transformers', 'peft') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_token_meets_only_the_experts_it_is_sent_to():
    mixtral, thirty = (read_shape(PUBLISHED[name][0]) for name in ("Mixtral-8x7B", "Qwen3-30B-A3B"))
    assert mixtral.parameters - mixtral.idle_parameters == pytest.approx(12.9e9, rel=0.01)  # as published
    assert thirty.parameters - thirty.idle_parameters == pytest.approx(3.3e9, rel=0.02)
    deepseek = read_shape(PUBLISHED["DeepSeek-V3"][0])
    assert deepseek.parameters - deepseek.idle_parameters == pytest.approx(37e9, rel=0.02)
    assert (mixtral.intermediate, mixtral.expert_width) == (2 * 14336, 14336)
    assert read_shape(PUBLISHED["Mistral-7B"][0]).idle_parameters == 0
