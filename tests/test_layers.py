"""Imports only go down: the architecture that docs/architecture.md draws is the one the code has."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import holdfast

ROOT = Path(holdfast.__file__).parent
LAYERS = {
    "domain": 0,
    "stats": 1,
    "store": 1,
    "spend": 1,
    "data": 2,
    "models": 2,
    "organism": 3,
    "engine": 3,
    "techniques": 4,
    "judges": 4,
    "auditing": 5,
    "federated": 5,
    "decide": 5,
    "report": 6,
    "workflow": 7,
    "cli": 8,
    "testing": 8,
}
# A layer may use its own level only along these edges.
SIDEWAYS = {("auditing", "decide")}
WITHOUT_TORCH = ["domain", "stats", "store", "spend", "data", "decide", "report", "cli", "judges", "auditing"]
HEAVY = ("torch", "transformers", "peft", "pandas")


def imports_of(path: Path) -> set[str]:
    """Return the holdfast packages a file imports, wherever in the file it does."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            if node.module == "holdfast":
                names |= {f"holdfast.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {n.split(".")[1] for n in names if n.startswith("holdfast.")}


def package_files() -> list[Path]:
    return [p for p in sorted(ROOT.rglob("*.py")) if len(p.relative_to(ROOT).parts) > 1]


def test_every_package_has_a_layer() -> None:
    packages = {p.name for p in ROOT.iterdir() if (p / "__init__.py").exists()}
    assert packages == set(LAYERS)


@pytest.mark.parametrize("path", package_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_only_go_down(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]
    for other in imports_of(path) - {own}:
        assert LAYERS[other] < LAYERS[own] or (own, other) in SIDEWAYS, f"{own} must not import {other}"


@pytest.mark.parametrize("package", WITHOUT_TORCH)
def test_light_packages_import_without_heavy_libraries(package: str) -> None:
    code = f"import sys, holdfast.{package}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_starts_without_heavy_libraries() -> None:
    code = (
        "import sys\nfrom holdfast.cli import main\nsys.argv = ['holdfast', '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "audit" in done.stdout
