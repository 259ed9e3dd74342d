# `make serve` and `make test` need Python 3.11 or newer, pip and make; each does its own set-up.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Compiled once: the tests and the benchmarks start hundreds of servers.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test lint fmt docs bench lock audit clean

serve: $(VENV)/runtime.stamp  ## start Muster on 127.0.0.1:8080, data in ./data
	@$(BIN)/muster serve

test: $(VENV)/dev.stamp  ## every test; starts a PostgreSQL and a Redis of its own on free ports
	@.ci/install-postgres
	@.ci/install-redis
	$(BIN)/python -m pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder $(ARGS)

lint: $(VENV)/dev.stamp  ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(VENV)/dev.stamp  ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/dev.stamp  ## write the pages of docs/ that are made from the code
	$(BIN)/python docs/generate.py

bench: $(VENV)/dev.stamp  ## measure what docs/performance.md states
	$(BIN)/python -m bench $(ARGS)

lock: $(VENV)/dev.stamp  ## resolve the dependencies of pyproject.toml again
	$(BIN)/uv pip compile --universal --no-strip-extras --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header \
		pyproject.toml --group dev --output-file requirements-dev.lock
	$(BIN)/uv pip compile --universal --no-strip-extras --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header \
		pyproject.toml --group build --constraint requirements-dev.lock --output-file requirements.lock

audit: $(VENV)/dev.stamp  ## known vulnerabilities of the locked dependencies
	$(BIN)/pip-audit --requirement requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Muster needs Python 3.11 or newer; name one with PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked dependencies into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked development dependencies into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/runtime.stamp
