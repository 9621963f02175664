# Every target sets up what it needs in .venv from nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/

# Compiled files are kept: hundreds of processes start in a test run.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help serve test browser check fix bench soak demo test-sdks test-matrix conformance packaging docs clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-11s %s\n", $$1, $$2}'

$(VENV)/serve.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "assistants-mock needs Python 3.11 or newer; run make PYTHON=/path/to/python3.11")'
	@test -x $(RUN)python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) ..."
	@$(RUN)pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/dev.ready: pyproject.toml $(VENV)/serve.ready
	@echo "adding what the tests need ..."
	@$(RUN)pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

serve: $(VENV)/serve.ready ## run the server on http://127.0.0.1:8000/v1 (ARGS="--port 9000 ..." for options)
	@$(RUN)assistants-mock serve $(ARGS)

test: $(VENV)/dev.ready ## run the test suite
	@$(RUN)pytest -n auto $(ARGS)

browser: $(VENV)/dev.ready ## get a Chromium for the tests of pages, where one can be had (CHROME_BIN names another)
	@$(RUN)python -m tests.harness.explore.browser

test-sdks: $(VENV)/dev.ready ## run against eight versions of the real SDKs, each set up on its own (ARGS="python-3.54 node-7")
	@$(RUN)python -m tests.sdks.run $(ARGS)

test-matrix: $(VENV)/dev.ready ## run the pytest plugin beside other pytests, plugins and SDKs (ARGS="pytest8-openai1.30 bare")
	@$(RUN)python -m tests.matrix.run $(ARGS)

packaging: $(VENV)/dev.ready ## build what is released and install it on every Python there is here (ARGS="3.12 3.13")
	@$(RUN)python -m tests.packaging $(ARGS)

conformance: $(VENV)/dev.ready ## run the SDKs' own suites, the description and generated requests (ARGS="fuzz --seed 3")
	@$(RUN)python -m tests.conformance $(ARGS)

check: $(VENV)/dev.ready ## lint, format check and strict types
	@$(RUN)ruff check .
	@$(RUN)ruff format --check .
	@$(RUN)mypy

fix: $(VENV)/dev.ready ## apply formatting and safe lint fixes
	@$(RUN)ruff check --fix .
	@$(RUN)ruff format .

$(VENV)/demo.ready: pyproject.toml $(VENV)/serve.ready
	@$(RUN)pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@

demo: $(VENV)/demo.ready ## start a server, hold a conversation through the real SDK, show what happened
	@$(RUN)python -m harness.demo

docs: $(VENV)/dev.ready ## write the generated parts of docs/ anew (ARGS=--node for what Node prints, too)
	@$(RUN)python -W ignore::DeprecationWarning -m docs.generate $(ARGS)
	@$(RUN)python -m harness.scenarios.schema
	@$(RUN)python -m harness.experiments.schema

$(VENV)/bench.ready: pyproject.toml $(VENV)/dev.ready
	@$(RUN)pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

bench: $(VENV)/bench.ready ## measure speed against the budgets (ARGS="get loop --quick")
	@$(RUN)python -m bench $(ARGS)

soak: $(VENV)/dev.ready ## kill servers, crowd them, wear them out: half an hour (ARGS="kill hour --quick --seed 7")
	@$(RUN)python -m tests.soak $(ARGS)

clean: ## remove the environments and caches
	rm -rf .venv .venvs .sdks node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
