# Two commands do everything on a machine with Python ≥ 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
TORCH := $(shell sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements-torch.lock)
DEMO_DIR ?= demo

CHROMIUM ?= $(firstword $(shell command -v chromium chromium-browser google-chrome))

DOCS := .venv-docs
DOCS_PIP := $(DOCS)/bin/python -m pip --quiet --disable-pip-version-check

.PHONY: help install demo notebooks test browser lint bench docs

help: ## Show this help
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(READY) ## Set up .venv with pinned packages and the small models of the demo

$(READY): requirements.lock requirements-torch.lock requirements-nodeps.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "logminer needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --no-deps -r requirements.lock -r requirements-nodeps.lock
	$(PIP) download --no-deps --dest $(VENV)/torch $(TORCH)
	$(PIP) install --require-hashes --no-deps --no-index --find-links $(VENV)/torch -r requirements-torch.lock
	rm -r $(VENV)/torch
	$(PIP) install torch
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Run the whole way on a generated dump with two real small language models
	$(BIN)/logminer demo $(DEMO_DIR)

notebooks: $(READY) ## Run the notebooks on the demo's study (make demo) and keep what they show
	@test -f demo/study/study.duckdb || { echo "no study in demo/: make demo"; exit 1; }
	$(BIN)/python notebooks/execute.py

test: $(READY) ## Run the tests
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

browser: $(READY) $(VENV)/.browser ## Look at a report in Chromium (Debian: apt-get install chromium)
	@test -x "$(CHROMIUM)" || { echo "no Chromium here: apt-get install chromium, or make browser CHROMIUM=/path/to/it"; exit 1; }
	CHROMIUM=$(CHROMIUM) $(BIN)/python -m pytest tests/browser

$(VENV)/.browser: requirements-browser.lock $(READY)
	$(PIP) install --require-hashes --no-deps -r requirements-browser.lock
	@touch $@

lint: $(READY) ## Formatting, lint, types and import floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## Measure: make bench BENCH=name
	$(BIN)/python -m benchmarks $(BENCH)

docs: $(READY) $(DOCS)/.ready ## Write docs/reference/ from the code, and build docs/ as a site into site/
	$(BIN)/python -m docs.making
	rm -rf site
	$(DOCS)/bin/sphinx-build --quiet --fail-on-warning --keep-going -c docs/making docs site
	$(BIN)/python -m docs.making.offline site
	@echo site/index.html

$(DOCS)/.ready: requirements-docs.lock
	test -x $(DOCS)/bin/python || $(PYTHON) -m venv $(DOCS)
	$(DOCS_PIP) install --require-hashes --no-deps -r requirements-docs.lock
	@touch $@
