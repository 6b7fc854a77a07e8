# `make run` and `make test` need nothing but Python 3.11 or newer and pip: they set up .venv themselves.
PYTHON ?= python3
BIN := .venv/bin
PROCESSES ?= 2
READY := .venv/.ready

.PHONY: run test check format clean fuzz-server faults compiled

run: $(READY)
	$(BIN)/harness run

# The tests are shared among PROCESSES, as they wait a lot (0 for none); those of the faults, which play at several times
# the speed, run alone.
test: $(READY) compiled
	$(BIN)/pytest -n $(PROCESSES) --ignore tests/faults
	$(BIN)/pytest tests/faults

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz-server: $(READY)
	$(BIN)/python -m tests.reference_server.fuzz --cases 5000

faults: $(READY) compiled
	$(BIN)/python -m tests.faults.table

# For what starts hundreds of processes: each compiles what is not compiled yet where PYTHONDONTWRITEBYTECODE is set.
compiled: $(READY)
	@$(BIN)/python -m compileall -q harness reference_server

clean:
	rm -rf .venv

$(READY): pyproject.toml requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "after202 needs Python 3.11 or newer, this is %d.%d; try make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "setting up .venv (once; half a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
