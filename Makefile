# Each target sets up .venv by itself, once, and again when pyproject.toml or constraints.txt change.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

.PHONY: demo test check conformance

demo: $(INSTALLED)
	$(BIN)/dcc-sim demo

test: $(INSTALLED)
	$(BIN)/pytest -n auto

conformance: $(INSTALLED)
	$(BIN)/python -m tests.conformance --write

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m dcc_sim.policy_table --check

$(INSTALLED): pyproject.toml constraints.txt
	@for python in python3.11 python3; do \
		if $$python -c '$(NEW_ENOUGH)' 2>/dev/null; then exec $$python -m venv $(VENV); fi; \
	done; \
	echo "dcc-sim needs Python 3.11 or newer, as python3.11 or python3; found: $$(python3 --version 2>&1)" >&2; exit 1
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
