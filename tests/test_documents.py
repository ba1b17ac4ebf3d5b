"""Documents point at what is there."""

import re
import subprocess
from pathlib import Path

import pytest

from holdfast import stats

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
TRACKED = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
DOCUMENTS = [name for name in TRACKED.stdout.splitlines() if (ROOT / name).exists()]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_relative_link_leads_somewhere(name: str) -> None:
    document = ROOT / name
    links = [link for link in LINK.findall(document.read_text()) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_there_are_documents() -> None:
    assert "README.md" in DOCUMENTS


def test_every_estimator_that_measuring_names_is_public() -> None:
    page = (ROOT / "docs" / "measuring.md").read_text()
    lists = re.findall(r"^## .*\n(`.*`)$", page, re.MULTILINE)
    named = {name for line in lists for name in re.findall(r"`\.?(\w+)", line)}
    known = {*stats.__all__, *dir(stats.SurvivalCurve)}
    assert len(named) > 30
    assert named <= known
