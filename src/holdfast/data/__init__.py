"""Corpora and benchmarks: read, check, group, split, score and measure. Imports without torch."""

from holdfast.data.benchmarks import load_benchmark
from holdfast.data.corpora import CorpusParts, load_corpus, load_corpus_parts
from holdfast.data.digest import rows_digest
from holdfast.data.fields import BENCHMARK_FIELDS, CORPUS_FIELDS
from holdfast.data.framing import PROMPT_PLACE, Frame, corpus_frame, in_template
from holdfast.data.leaks import Leak, find_leaks
from holdfast.data.measure import generation_id, measure
from holdfast.data.plugin_sources import plugin_benchmark, plugin_corpus, resolve_use
from holdfast.data.rows import read_rows
from holdfast.data.scan import Row
from holdfast.data.scorers import SCORERS, score
from holdfast.data.text import normalise, quoted

__all__ = [
    "BENCHMARK_FIELDS",
    "CORPUS_FIELDS",
    "PROMPT_PLACE",
    "SCORERS",
    "CorpusParts",
    "Frame",
    "Leak",
    "Row",
    "corpus_frame",
    "find_leaks",
    "generation_id",
    "in_template",
    "load_benchmark",
    "load_corpus",
    "load_corpus_parts",
    "measure",
    "normalise",
    "plugin_benchmark",
    "plugin_corpus",
    "quoted",
    "read_rows",
    "resolve_use",
    "rows_digest",
    "score",
]
