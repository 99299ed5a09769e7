# The two commands: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8000
HOST ?= 127.0.0.1
PY := .venv/bin/python
# Folders of templates that are formatted; the others follow.
TEMPLATES := labs/templates
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without byte code on the disk each of the many processes of the product and of the tests would compile every module.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run install test lint quick instructor load-content kill-matrix abuse labs-soak verdicts bench clean browser postgres-binaries

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

frontend/node_modules/installed: frontend/package-lock.json .ci/node .venv/installed-dev
	@echo "Installing into frontend/node_modules"
	@bash .ci/node npm --prefix frontend ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

.venv-sandbox/installed: sandbox/requirements.txt .ci/python
	@bash .ci/python .venv-sandbox -r sandbox/requirements.txt
	@touch $@

test: install .venv/installed-dev browser postgres-binaries ## all tests and linters, in parallel; prints where time went; PARTS="quick lint"
	@$(PY) -m tests.suite $(PARTS)

quick: install .venv/installed-dev ## the tests that need neither a browser nor a jail
	@$(PY) -m pytest -n 2 -m "not browser and not jail and not audit"

lint: install .venv/installed-dev frontend/node_modules/installed ## ruff, mypy, bandit; oxlint, tsc; the dependencies: pins, a list of parts, known vulnerabilities
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/djangofmt --check $(TEMPLATES)
	@$(PY) -m mypy
	@$(PY) -m mypy --strict .ci/audit.py
	@$(PY) -m bandit -q -c pyproject.toml -r accounts authoring config courseware labs quizzes sandbox
	@git ls-files -co --exclude-standard '*.js' ':!static/vendor' ':!content' | xargs bash .ci/node \
		frontend/node_modules/oxlint/bin/oxlint -c frontend/oxlint.json --quiet
	@bash .ci/node frontend/node_modules/typescript/bin/tsc -p frontend/tsconfig.json
	@bash .ci/node frontend/node_modules/typescript/bin/tsc -p frontend/tests.tsconfig.json
	@$(PY) .ci/audit.py
	@$(PY) -m pytest -m audit tests/test_supply_chain.py

browser:
	@bash .ci/need chromium "the pages are tested in Chromium" "$${CHROMIUM:-/usr/bin/chromium}"

postgres-binaries:
	@bash .ci/need postgresql "the database code is tested on PostgreSQL too" /usr/lib/postgresql/*/bin/postgres

instructor: ## make an instructor: make instructor EMAIL=you@example.org
	@$(PY) manage.py make_instructor "$(EMAIL)"

load-content: ## check and load the course
	@$(PY) manage.py load_content

kill-matrix: install .venv/installed-dev ## kill -9 each part at each stage of a run; a table; CELLS="web warden:running"
	@$(PY) -m tests.kill_matrix $(CELLS)

abuse: install .venv/installed-dev ## the abuse suite of the jail; a table; FAMILIES="fork setuid"
	@$(PY) -m sandbox.tests.abuse $(FAMILIES)

labs-soak: install .venv/installed-dev ## every lab ten times, starter and solution
	@$(PY) -m tests.soak

verdicts: install .venv/installed-dev ## right and wrong solutions of every lab, 8 learners at once, with and without busy loops; VERDICTS="--rounds 1"
	@$(PY) -m tests.verdicts $(VERDICTS)

bench: install .venv/installed-dev ## the whole way from a click to the first event
	@$(PY) -m benchmarks.bench_labs

clean: ## remove environments and caches; keeps var/, the learners' data
	rm -rf .venv .venv-sandbox frontend/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
