# `make` says what there is. Needs Python 3.11 or later and a network for the first time; nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help run test lint system reset clean lock format database

PORT ?= 8000
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py

# Installed is what these files say; a stamp named for their content knows when to install again.
RUN_STAMP := .venv/.installed-$(shell cat requirements.txt | cksum | tr ' ' -)
DEV_STAMP := .venv/.installed-$(shell cat requirements.txt requirements-dev.txt | cksum | tr ' ' -)-dev
COMPILED_STAMP := .venv/.compiled-$(shell cat warehouses/planning/*.py warehouses/planning/*/*.py shipping/planning/cartons/*.py | cksum | tr ' ' -)
ZPL := tests/labels/zpl
ZPL_STAMP := $(ZPL)/node_modules/.installed-$(shell cat $(ZPL)/package-lock.json 2>/dev/null | cksum | tr ' ' -)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: $(RUN_STAMP) $(COMPILED_STAMP) ## set everything up, play the demo day once, open the hub on 127.0.0.1:8000 (PORT=...)
	@$(MANAGE) serve --play --port $(PORT)

test: $(DEV_STAMP) ## every linter, then every test
	@$(MAKE) --jobs=2 $(COMPILED_STAMP) lint $(ZPL_STAMP)
	@$(BIN)/pytest

lint: $(DEV_STAMP) ## ruff, djlint, import contracts, types, migrations
	@echo "ruff"; $(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@echo "djlint"; if find . -path ./.venv -prune -o -path '*/templates/*.html' -print -quit | grep -q .; then \
		$(BIN)/djlint --check --lint --quiet */templates; fi
	@echo "import contracts"; $(BIN)/lint-imports --no-logo > .lint-imports.log || { cat .lint-imports.log; exit 1; }
	@rm -f .lint-imports.log
	@echo "types"; $(BIN)/mypy
	@echo "migrations"; $(MANAGE) makemigrations --check --dry-run --verbosity 1
	@echo "requirements"; $(BIN)/python .ci/lock.py --check || { echo "requirements*.txt are stale: make lock"; exit 1; }

format: $(DEV_STAMP) ## let ruff and djlint lay the code out
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

system: ## the programs that tests use besides Python: chromium, node, poppler (installs them as root on Debian)
	@missing=(); \
	command -v chromium > /dev/null || missing+=(chromium); \
	command -v node > /dev/null || missing+=(nodejs); \
	command -v npm > /dev/null || missing+=(npm); \
	command -v pdftoppm > /dev/null || missing+=(poppler-utils); \
	[ -n "$(PYTHON)" ] && $(PYTHON) -c 'import ensurepip' 2> /dev/null || missing+=(python3-venv); \
	if [ $${#missing[@]} -eq 0 ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		echo "installing $${missing[*]}"; \
		apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}" > /dev/null; \
	else \
		echo "Missing (the tests that need them are skipped): $${missing[*]}"; \
	fi

database: $(RUN_STAMP) ## start the checkout's own PostgreSQL and say where it is
	@$(MANAGE) devdb start

reset: $(RUN_STAMP) ## throw away the database and everything printed; the next `make run` plays the day afresh
	@$(MANAGE) devdb reset
	@rm -rf var/out var/log var/simulator.jsonl var/verify.json

clean: ## remove what was installed and cached; the database's data stay (see reset)
	@if [ -x $(BIN)/python ]; then \
		for instance in dev test; do $(MANAGE) devdb stop --instance $$instance > /dev/null || true; done; fi
	@rm -rf .venv var/static .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache $(ZPL)/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(DEV_STAMP) ## pin in requirements*.txt what is installed now for pyproject.toml
	@$(BIN)/python .ci/lock.py

$(RUN_STAMP): | .venv/bin/python
	@echo "installing what Pakhuis runs on ..."
	@$(PIP) --requirement requirements.txt
	@touch $@

$(DEV_STAMP): | .venv/bin/python
	@echo "installing what Pakhuis runs on and is tested with ..."
	@$(PIP) --requirement requirements-dev.txt
	@touch $@ $(RUN_STAMP)

# Numba keeps what it compiles beside the source; without this the first wave would wait for it. What an older version
# left there goes first: it may speak of names that are gone.
$(COMPILED_STAMP): | $(RUN_STAMP)
	@find warehouses/planning shipping/planning -name '*.nb[ic]' -delete
	@$(MANAGE) compile_planner
	@touch $@

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or later is needed."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed."; exit 1; }
	@$(PYTHON) -m venv .venv

# The ZPL renderer; without npm its tests are skipped, loudly.
$(ZPL_STAMP):
	@if [ -f $(ZPL)/package-lock.json ] && command -v npm > /dev/null; then \
		cd $(ZPL) && npm ci --silent --no-audit --no-fund && touch ../../../$@; \
	else echo "npm is missing: labels are not checked against the ZPL renderer (make system)"; fi
