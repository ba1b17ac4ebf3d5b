"""Holdfast measures how far a language model's safety slips under fine-tuning, and at what price."""

__version__ = "0.1.0"
