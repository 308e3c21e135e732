# Streamseg: `make install`, then `make demo` or `make test`. `make help` lists everything.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO_SECONDS ?= 60

# What the checks look at; a folder that does not exist yet is left out.
CODE   := $(wildcard streamseg tests bench)

.DEFAULT_GOAL := help
.PHONY: help install demo test test-unit test-stream fuzz bench check format lock build clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## .venv with everything, from the hashed locks (again only when they change)

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Streamseg needs Python 3.11 or newer; name one with: make PYTHON=python3.12 install")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: $(STAMP) ## Kafka, topics, a worker and simulated shop traffic, for DEMO_SECONDS (60)
	@DEMO_SECONDS=$(DEMO_SECONDS) $(BIN)/streamseg demo

test: check ## the checks and every test
	$(BIN)/python -m pytest

test-unit: $(STAMP) ## the quick tests that need no broker
	$(BIN)/python -m pytest -m "not stream and not slow" --ignore=tests/stream --ignore=tests/faults

test-stream: $(STAMP) ## the tests on a real Kafka (KAFKA_BOOTSTRAP, or one that they start)
	$(BIN)/python -m pytest $(wildcard tests/stream tests/faults)

fuzz: $(STAMP) ## random rules and streams against the reference (STREAMSEG_EXAMPLES, 50000)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/property

# Quix Streams has a virtual environment of its own: its pins are not ours.
build/bench/venv/.installed: requirements-bench.lock
	$(PYTHON) -m venv build/bench/venv
	build/bench/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

bench: $(STAMP) build/bench/venv/.installed ## all benchmarks, with their peers (a quarter of an hour)
	@for name in core memory drain latency restore; do $(BIN)/python -m bench.$$name || exit 1; done

check: $(STAMP) ## format, lint, types, layers, compose file
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

format: $(STAMP) ## rewrite the code in the project's format
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

# The locks name no package index: whoever installs them uses their own. They hold for Python 3.11 and newer.
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet
lock: ## resolve the locks anew (needs uv on the PATH; UPGRADE=--upgrade takes newer versions)
	uv pip compile $(LOCK_OPTIONS) $(UPGRADE) pyproject.toml --output-file requirements.lock
	uv pip compile $(LOCK_OPTIONS) $(UPGRADE) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock

build: $(STAMP) ## the wheel, in dist/
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove what was built (not the data of a local Kafka)
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
