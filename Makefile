# SPDX-License-Identifier: Apache-2.0
# Everything a person or CI does with this repository.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

help:
	@echo "make demo   run the whole path on this machine's real data"
	@echo "make test   format, lint, types, layers and every test"
	@echo "make check  the same with the fast tests alone (under two minutes)"
	@echo "make bench  print figures beside their floors (bench-look: some, beside the last)"
	@echo "make mutants  try small wrong changes of redaction on its tests (an hour)"
	@echo "make fuzz   fuzz what takes octets of others (SECONDS=600 for each door)"
	@echo "make fault  play 50,000 seeds of a world where all fails (FIRST=0 SEEDS=50000)"
	@echo "make statement  run the tests behind the privacy statement, and list it with them"
	@echo "make figures  measure what is promised, for packages and evidence (hours)"
	@echo "make screenshots  take a picture of each page that people see"
	@echo "make msi    build the agent's Windows package in dist/"
	@echo "make packages  build .deb, .rpm and tarball of both (or: deb, rpm, tarball)"
	@echo "make gen    write the generated files"

$(READY): requirements/dev.txt pyproject.toml packaging/prepare
	@packaging/prepare "$(PYTHON)" requirements/dev.txt

FAST := not slow and not e2e and not fault and not packaging and not wine and not browser and not postgres
check: lint
	$(BIN)/pytest -q -n 2 -m "$(FAST)"

test: programs lint
	$(BIN)/pytest -n 3 --junitxml build/tests.xml
	$(BIN)/python -m tools.statement --green build/tests.xml --short

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(MAKE) --no-print-directory -j 2 types-linux types-win32
	$(BIN)/lint-imports
	$(BIN)/python -m tools.gen --check
	$(BIN)/python -m bench.report --check

types-%: $(READY)
	$(BIN)/mypy --platform $* --cache-dir .mypy_cache/$*

programs:
	@packaging/prepare-tests

demo: $(READY)
	@$(BIN)/python -m tools.demo

bench: $(READY)
	$(BIN)/python -m bench

bench-look: $(READY)
	@$(BIN)/python -m bench.stand_ins
	@$(BIN)/python -m bench.wire
	@$(BIN)/python -m bench.history

gen: $(READY)
	$(BIN)/python -m tools.gen
	$(BIN)/python -m tests.unit.redaction.snapshots

msi: programs $(READY)
	$(BIN)/python -m tools.windows.msi

statement: programs $(READY)
	-$(BIN)/pytest -q -n 2 $$($(BIN)/python -m tools.statement --tests) --junitxml build/statement.xml
	$(BIN)/python -m tools.statement --green build/statement.xml

figures: statement
	$(BIN)/python -m tools.figures build/figures.json --results build/statement.xml

screenshots: programs $(READY)
	PYTHONPATH=tests:. $(BIN)/python -m screenshots

clicks: programs $(READY)
	PYTHONPATH=tests:. $(BIN)/python -m clicks

gates: programs $(READY)
	PYTHONPATH=tests:. $(BIN)/python -m loaded_gates

pictures: programs $(READY)
	PYTHONPATH=tests:. $(BIN)/python -m demo_pictures

PRODUCT ?= agent server
ARCH ?= amd64
OF := $(PRODUCT:%=--product %) $(ARCH:%=--arch %)
PACK := $(BIN)/python -m tools.packages
deb: $(READY)
	$(PACK) deb $(OF)

rpm: $(READY)
	$(PACK) rpm $(OF)

tarball: $(READY)
	$(PACK) tarball $(OF)

packages: $(READY)
	$(PACK) deb rpm tarball $(OF)

runtime-lock: $(READY)
	$(PACK) lock

JOURNAL ?= build/mutants
MUTANTS ?= $(filter-out %/__init__.py,$(wildcard agent/redaction/*.py agent/redaction/detectors/*.py))
mutants: $(READY)
	$(BIN)/python -m tools.mutants --most 10 --journal $(JOURNAL) $(MUTANTS)

SECONDS ?= 600
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --keep

FIRST ?= 0
SEEDS ?= 50000
PAIR ?= 0
PAIRS ?= 10000
fault: $(READY)
	PYTHONPATH=tests $(BIN)/python -m simulation --first $(FIRST) --seeds $(SEEDS) --workers 2
	PYTHONPATH=tests $(BIN)/python -m simulation --seeds 2000 --planted all
	PYTHONPATH=tests $(BIN)/python -m simulation.outage
	PYTHONPATH=tests $(BIN)/python -m tests.kills --singles --first $(PAIR) --pairs $(PAIRS)
	PYTHONPATH=tests $(BIN)/python -m tests.flips --every 1 --workers 2
	PYTHONPATH=tests $(BIN)/python -m tests.flips --random 10000 --envelopes 150 --workers 2 spool store
	PYTHONPATH=tests $(BIN)/python -m tests.flips --random 2000 --over 5000 --workers 2 \
		spool spool-log spool-moved store store-log
	$(BIN)/python -m tests.model.keeping --histories 100000
	$(BIN)/python -m tests.model.erasing --stories 2000
	$(BIN)/python -m tests.model.sharing --pairs 100000
	$(BIN)/python -m tests.model.anonymise --fleets 2000
	$(BIN)/python -m tests.model.orders --tries 100000
	PYTHONPATH=tests $(BIN)/python -m tests.compromised --tries 100000
	PYTHONPATH=tests $(BIN)/python -m tests.hostile --payloads 5000
	DISCREET_EVERY=1 $(BIN)/pytest -q -n 2 -o timeout=7200 tests/fault/test_updates_kills.py tests/wine/test_wine_update_cuts.py
	DISCREET_TRIES=1000000 $(BIN)/pytest -q tests/fault/test_forgery.py
	PYTHONPATH=tests $(BIN)/python -m tests.repeats --tries 1000000 --workers 2
	$(BIN)/python -m bench.recovery

clean:
	rm -rf .venv build dist bench/results

.PHONY: deb rpm tarball packages runtime-lock
.PHONY: help demo check lint test programs bench bench-look gen msi screenshots clicks gates pictures statement figures mutants fuzz fault clean
