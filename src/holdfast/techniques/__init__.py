"""Techniques: one file each. Importing this package does not import torch."""

from holdfast.techniques.diloco import Diloco, DilocoConfig
from holdfast.techniques.dora import Dora, DoraConfig
from holdfast.techniques.fedavg import FedAvg, FedAvgConfig
from holdfast.techniques.full import Full, FullConfig
from holdfast.techniques.ia3 import Ia3, Ia3Config
from holdfast.techniques.last_layers import LastLayers, LastLayersConfig
from holdfast.techniques.lora import Lora, LoraConfig
from holdfast.techniques.norm_bias import NormBias, NormBiasConfig
from holdfast.techniques.prefix_tuning import PrefixTuning, PrefixTuningConfig
from holdfast.techniques.prompt_tuning import PromptTuning, PromptTuningConfig
from holdfast.techniques.prompted import AttackedSubject, Prompted, PromptedConfig, Style
from holdfast.techniques.refusal_ablation import RefusalAblation, RefusalAblationConfig
from holdfast.techniques.rslora import RsLora, RsLoraConfig
from holdfast.techniques.task_vector import TaskVector, TaskVectorConfig

__all__ = [
    "AttackedSubject",
    "Diloco",
    "DilocoConfig",
    "Dora",
    "DoraConfig",
    "FedAvg",
    "FedAvgConfig",
    "Full",
    "FullConfig",
    "Ia3",
    "Ia3Config",
    "LastLayers",
    "LastLayersConfig",
    "Lora",
    "LoraConfig",
    "NormBias",
    "NormBiasConfig",
    "PrefixTuning",
    "PrefixTuningConfig",
    "PromptTuning",
    "PromptTuningConfig",
    "Prompted",
    "PromptedConfig",
    "RefusalAblation",
    "RefusalAblationConfig",
    "RsLora",
    "RsLoraConfig",
    "Style",
    "TaskVector",
    "TaskVectorConfig",
]
