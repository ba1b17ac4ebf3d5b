"""Techniques: one file each. Importing this package does not import torch."""

from holdfast.techniques.full import Full, FullConfig
from holdfast.techniques.lora import Lora, LoraConfig
from holdfast.techniques.prompted import AttackedSubject, Prompted, PromptedConfig, Style

__all__ = [
    "AttackedSubject",
    "Full",
    "FullConfig",
    "Lora",
    "LoraConfig",
    "Prompted",
    "PromptedConfig",
    "Style",
]
