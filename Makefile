# make quickstart: set up and run the first experiment.   make test: what CI runs.   make help: the rest.
PYTHON ?= python3.11
VENV := .venv
PYTEST_WORKERS ?= 2
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup lm-eval opusfilter trl quickstart site check test test-full

help:
	@echo "make setup       makes $(VENV) with pinned versions"
	@echo "make quickstart  runs the first experiment, about 10 minutes on 2 cores"
	@echo "make lm-eval     makes .venv-lm-eval with lm-evaluation-harness, which tests compare with (make test does it too)"
	@echo "make opusfilter  makes .venv-opusfilter, which bench/bitext.py compares with"
	@echo "make trl         makes .venv-trl, which bench/training.py compares with"
	@echo "make site        builds the documentation into build/site"
	@echo "make check       ruff, mypy, import-linter"
	@echo "make test        check and the tests"
	@echo "make test-full   the tests and everything at full size, about an hour and a half on 2 cores"

setup: $(READY)

# torch first and by itself: whichever build the index gives for this machine is then kept.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "torch==2.13.0"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $(READY)

# Each peer in a place of its own: its dependencies are not ours.
lm-eval: .venv-lm-eval/.ready
opusfilter: .venv-opusfilter/.ready
trl: .venv-trl/.ready

.venv-%/.ready: bench/peers/%.txt
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check "torch==2.13.0"
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/peers/$*.txt
	touch .venv-$*/.ready

quickstart: setup
	$(BIN)/crossalpaca run quickstart

site: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Two files of tests at a time; PYTEST_WORKERS=0 runs them one after the other.
test: check lm-eval
	$(BIN)/python -m pytest -m "not full" -n $(PYTEST_WORKERS) --dist loadfile

test-full: check lm-eval
	$(BIN)/python -m pytest
	$(BIN)/crossalpaca run german-small --data ../shared/data
