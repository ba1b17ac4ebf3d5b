# Two commands: `make demo` and `make test`. Nothing to export, nothing to install by hand.
# Another PyTorch build (CPU, CUDA): make demo TORCH_INDEX=<index url>; to change it later, make clean first.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
TORCH_INDEX ?=
INDEX := $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX),)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet

.PHONY: help demo test check format clean

help:
	@echo "make demo    audit the built-in model organism; prints the verdict and where the report is"
	@echo "make test    everything CI runs: lint, format, types, tests"
	@echo "make check   lint, format and types alone"
	@echo "make format  put the code into the one format"
	@echo "make clean   remove the environment and caches (runs stay)"

# --without-pip works where Debian's python3-venv is missing; pip is then put in from outside. What was
# interrupted is taken up again.
$(VENV)/.pip:
	@test -n "$(PYTHON)" || { echo "Holdfast needs Python 3.11 to 3.13 and found none: apt-get install python3 python3-pip"; exit 1; }
	@test -x $(BIN)/python || { echo "making $(VENV) with $(PYTHON)"; $(PYTHON) -m venv --without-pip $(VENV); }
	@$(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check install --quiet pip==26.3 setuptools==84.2.1 \
	  || { echo "pip could not fill $(VENV) (what it says is above; is it missing? apt-get install python3-pip)"; exit 1; }
	@touch $@

define install
	@echo "installing $(1) (pinned; a few minutes the first time)"
	@$(if $(INDEX),$(PIP) $(INDEX) "$$(grep '^torch==' requirements/core.txt)")
	@$(PIP) -r requirements/$(1).txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(VENV)/.core: requirements/core.txt pyproject.toml | $(VENV)/.pip
	$(call install,core)

$(VENV)/.test: $(VENV)/.core requirements/test.txt
	$(call install,test)

demo: $(VENV)/.core
	@$(BIN)/holdfast audit

check: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

test: check
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

format: $(VENV)/.test
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build
