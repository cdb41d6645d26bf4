# The commands that a person and CI both use. Each sets up what it needs in .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# Without cached bytecode every process compiles what it imports: half a second for the cloud alone.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-compiled unit check format bench wheel coverage reference clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hatoba needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(STAMP)

demo: setup
	$(BIN)/python examples/sales_support_system/demo.py

test: setup
	$(BIN)/python -m pytest -n 3 --dist loadgroup

# The gateway's tests once more, against its request path compiled to C; where there is no compiler it says so.
test-compiled: setup
	$(BIN)/python -m tools.test_compiled

unit: setup
	$(BIN)/python -m tools.test_units

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	$(BIN)/python -m benchmarks

# With the gateway compiled for this machine's kind; "pip wheel ." makes the one for every machine.
wheel: setup
	HATOBA_COMPILED=1 $(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps -w dist .

coverage: setup
	$(BIN)/python -m hatoba.cloud.coverage > docs/coverage.md

reference: setup
	$(BIN)/python -m hatoba.definition.reference docs/definition.md

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
