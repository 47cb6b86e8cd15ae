# The desk's commands. Every target sets up what it needs first: a virtual environment with the
# pinned packages, and Qt's system libraries where they are missing and we may install them.
#
#   make run       the desk, on the embedded paper exchange       ARGS="--headless" adds options
#   make test      all tests, no screen needed                    ARGS="-k basket" chooses
#   make check     format, lint, types, import contracts, tests
#   make scenario  scenario files against the real engine         FILES="a.json b.json"
#   make simulate  20,000 seeds of the simulation                SEEDS=0..20000 PROFILE=swarm
#   make bench     what is measured, see bench/README.md          ARGS="--only core" chooses
#   make pictures  the screen tests' reference pictures, drawn anew; look at what changed
#   make bench-check  the latest figures against bench/targets.toml
#   make format    put the code into its format
#   make clean     remove the virtual environment and caches
#
# PYTHON=python3.12 chooses the interpreter (3.11 to 3.13).

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := desk ui engine tests $(wildcard bench tools)
FILES ?= $(wildcard tests/scenarios/*.json tests/scenarios/*/*.json)
ARGS ?=
SEEDS ?= 0..20000
PROFILE ?= swarm

version := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
READY := $(VENV)/.ready-$(version)
READY_TEST := $(VENV)/.ready-test-$(version)

.PHONY: run test check format-check lint types contracts scenario simulate pictures bench bench-check format clean setup

run: $(READY)
	@$(BIN)/desk run $(ARGS)

test: $(READY_TEST)
	$(BIN)/python -m pytest $(ARGS)

check: format-check lint types contracts test

format-check: $(READY)
	$(BIN)/ruff format --check $(CODE)

lint: $(READY)
	$(BIN)/ruff check $(CODE)

types: $(READY)
	$(BIN)/mypy engine desk ui

contracts: $(READY)
	$(BIN)/lint-imports

scenario: $(READY)
	@$(BIN)/desk scenario $(FILES)

simulate: $(READY)
	@$(BIN)/desk simulate --seeds $(SEEDS) --profile $(PROFILE) $(ARGS)

pictures: $(READY_TEST)
	@DESK_REDRAW_PICTURES=1 $(BIN)/python -m pytest tests/ui/test_pictures.py -k looks_as -q

bench: $(READY)
	@$(BIN)/python -m bench $(ARGS)

bench-check: $(READY)
	@$(BIN)/python -m bench.check

format: $(READY)
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

setup: $(READY_TEST)

$(READY): pyproject.toml constraints.txt tools/setup.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh tools/setup.sh
	@touch $@

$(READY_TEST): $(READY)
	@VENV="$(VENV)" sh tools/setup.sh --display-tests
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		*.egg-info build dist
