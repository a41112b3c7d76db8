# SPDX-License-Identifier: Apache-2.0
# Everything a person or CI does with this repository.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

help:
	@echo "make demo   run the whole path on this machine's real data"
	@echo "make test   run every test"
	@echo "make check  format, lint, types, layers and fast tests (under two minutes)"
	@echo "make bench  print figures beside their floors"
	@echo "make mutants  try small wrong changes of redaction on its tests (an hour)"
	@echo "make fuzz   fuzz what takes octets of others (SECONDS=600 for each door)"
	@echo "make fault  play 50,000 seeds of a world where all fails (SEEDS=50000)"
	@echo "make gen    write the generated files"

$(READY): requirements/dev.txt pyproject.toml packaging/prepare
	@packaging/prepare "$(PYTHON)" requirements/dev.txt

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --platform linux
	$(BIN)/mypy --platform win32
	$(BIN)/lint-imports
	$(BIN)/python -m tools.gen --check
	$(BIN)/pytest -q -n 2 -m "not slow and not e2e and not fault and not packaging and not wine and not browser and not postgres"

test: programs check
	$(BIN)/pytest -n 2

programs:
	@packaging/prepare-tests

demo: $(READY)
	@$(BIN)/python -m tools.demo

bench: $(READY)
	$(BIN)/python -m bench

gen: $(READY)
	$(BIN)/python -m tools.gen
	$(BIN)/python -m tests.unit.redaction.snapshots

JOURNAL ?= build/mutants
MUTANTS ?= $(filter-out %/__init__.py,$(wildcard agent/redaction/*.py agent/redaction/detectors/*.py))
mutants: $(READY)
	$(BIN)/python -m tools.mutants --most 10 --journal $(JOURNAL) $(MUTANTS)

SECONDS ?= 600
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --keep

SEEDS ?= 50000
fault: $(READY)
	PYTHONPATH=tests $(BIN)/python -m simulation --seeds $(SEEDS) --workers 2
	PYTHONPATH=tests $(BIN)/python -m simulation --seeds 2000 --planted all
	PYTHONPATH=tests $(BIN)/python -m simulation.outage
	PYTHONPATH=tests $(BIN)/python -m tests.kills --singles --pairs 10000
	PYTHONPATH=tests $(BIN)/python -m tests.flips --every 1
	PYTHONPATH=tests $(BIN)/python -m tests.flips --random 10000 --envelopes 150
	DISCREET_TRIES=1000000 $(BIN)/pytest -q -n 2 tests/fault/test_forgery.py tests/fault/test_repeats.py

clean:
	rm -rf .venv build dist bench/results

.PHONY: help demo check test programs bench gen mutants fuzz fault clean
