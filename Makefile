# Run inside an environment made with: pip install -e '.[dev]'

PYTHON ?= python

.PHONY: help check lint test format snapshots bench pictures

help:
	@echo "make check      format, lint, types, import contracts, tests: all that must hold"
	@echo "make lint       the same without the tests"
	@echo "make test       the tests alone, on all cores"
	@echo "make format     mend what can be mended by itself"
	@echo "make snapshots  record all snapshots again; look at each one that changed"
	@echo "make bench      measure the machine and the checker"
	@echo "make pictures   draw the pictures of the README"

check: lint test

lint:
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy ktwviz tests $(wildcard scripts)
	lint-imports --no-logo

test:
	$(PYTHON) -m pytest

format:
	$(PYTHON) -m ruff format
	$(PYTHON) -m ruff check --fix

# The whole suite in one process: --snapshot-update deletes every snapshot whose test it did not see.
snapshots:
	$(PYTHON) -m pytest -n 0 --snapshot-update
	git status --short -- '*.svg' '*.raw' '*.ambr'

bench:
	$(PYTHON) -m tests.bench

pictures:
	$(PYTHON) scripts/pictures.py
