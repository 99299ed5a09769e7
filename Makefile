# The two commands: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8000
HOST ?= 127.0.0.1
PY := .venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run install test lint quick instructor load-content kill-matrix abuse labs-soak bench clean browser postgres-binaries

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: install ## everything in one go: environment, course, all parts; prints the address
	@exec $(PY) manage.py up --host "$(HOST)" --port "$(PORT)"

install: ## both virtual environments: the site's and the labs'
	@$(MAKE) -s -j2 .venv/installed .venv-sandbox/installed

.venv/installed: requirements.txt .ci/python
	@bash .ci/python .venv -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@bash .ci/python .venv -r requirements-dev.txt
	@touch $@

.venv-sandbox/installed: sandbox/requirements.txt .ci/python
	@bash .ci/python .venv-sandbox -r sandbox/requirements.txt
	@touch $@

test: install .venv/installed-dev browser postgres-binaries ## every test, the linters and the types
	@$(MAKE) lint
	@$(PY) -m pytest
	@$(PY) -m tests.postgres

quick: install .venv/installed-dev ## the tests that need neither a browser nor a jail
	@$(PY) -m pytest -m "not browser and not jail"

lint: install .venv/installed-dev ## ruff, mypy, bandit; the dependencies: pins, a list of parts, known vulnerabilities
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m mypy --strict .ci/audit.py
	@$(PY) -m bandit -q -c pyproject.toml -r accounts authoring config courseware labs quizzes sandbox
	@$(PY) .ci/audit.py

browser:
	@bash .ci/need chromium "the pages are tested in Chromium" "$${CHROMIUM:-/usr/bin/chromium}"

postgres-binaries:
	@bash .ci/need postgresql "the database code is tested on PostgreSQL too" /usr/lib/postgresql/*/bin/postgres

instructor: ## make an instructor: make instructor EMAIL=you@example.org
	@$(PY) manage.py make_instructor "$(EMAIL)"

load-content: ## check and load the course
	@$(PY) manage.py load_content

kill-matrix: install .venv/installed-dev ## kill -9 each part at each stage of a run; a table
	@$(PY) -m tests.kill_matrix

abuse: install .venv/installed-dev ## the abuse suite of the jail; a table
	@$(PY) -m sandbox.tests.abuse

labs-soak: install .venv/installed-dev ## every lab ten times, starter and solution
	@$(PY) -m tests.soak

bench: install .venv/installed-dev ## the whole way from a click to the first event
	@$(PY) -m benchmarks.bench_labs

clean: ## remove environments and caches; keeps var/, the learners' data
	rm -rf .venv .venv-sandbox .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
