"""Judging outside an audit: rows of a file, and runs whose answers are stored already. Needs no model."""

from holdfast.auditing.grading.answers import FIELDS, Answers, read_answers
from holdfast.auditing.grading.panels import members_of, panels_for
from holdfast.auditing.grading.rows import GradedRow, grade

__all__ = ["FIELDS", "Answers", "GradedRow", "grade", "members_of", "panels_for", "read_answers"]
