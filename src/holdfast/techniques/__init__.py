"""Techniques: one file each. Importing this package does not import torch."""

from holdfast.techniques.dora import Dora, DoraConfig
from holdfast.techniques.full import Full, FullConfig
from holdfast.techniques.ia3 import Ia3, Ia3Config
from holdfast.techniques.lora import Lora, LoraConfig
from holdfast.techniques.prompted import AttackedSubject, Prompted, PromptedConfig, Style
from holdfast.techniques.rslora import RsLora, RsLoraConfig

__all__ = [
    "AttackedSubject",
    "Dora",
    "DoraConfig",
    "Full",
    "FullConfig",
    "Ia3",
    "Ia3Config",
    "Lora",
    "LoraConfig",
    "Prompted",
    "PromptedConfig",
    "RsLora",
    "RsLoraConfig",
    "Style",
]
