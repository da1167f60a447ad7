# make app   set everything up and open the app        make test   set everything up and run every test
# make bench DATA=folder   speed against named peers   make lock   compile the locks again (needs uv)
# make test-kit  trains tiny models with the launch kit's own scripts in a second virtual environment (about 1 GB)
# make test-llm  tries the smallest LLM there is, in another environment (127 MB, about two minutes)
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check install --quiet --require-hashes
export OMP_WAIT_POLICY := PASSIVE
export OMP_NUM_THREADS := 1
# Empty means off: compiled modules are kept, so that workers, servers and the next run do not compile them again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: app test test-kit test-llm bench lock clean

app: $(VENV)/.app
	@$(RUN) -m tests.setup_check openmp
	$(RUN) -m streamlit run app.py

test: $(VENV)/.test
	@$(RUN) -m tests.setup_check openmp browser
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-kit: $(VENV)/.test
	$(RUN) -m tests.kit.run

test-llm: $(VENV)/.test
	$(RUN) -m tests.llm.run

bench: $(VENV)/.test
	$(RUN) -m tests.benchmarks.startup
	$(RUN) -m tests.benchmarks.tokens
	$(RUN) -m tests.benchmarks.tables
	$(RUN) -m tests.benchmarks.advice
	$(RUN) -m tests.benchmarks.load
	$(RUN) -m tests.benchmarks.baselines $(DATA)

lock:
	uv pip compile -q --upgrade --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	printf '%s\n' "authlib>=1.6,<2" "psycopg[binary]>=3.2,<4" | uv pip compile -q --upgrade --universal --generate-hashes --no-header --python-version 3.11 - -c requirements.txt -o .deploy/requirements.txt
	uv pip compile -q --upgrade --universal --generate-hashes --no-header --python-version 3.11 --group test pyproject.toml -c requirements.txt -o tests/requirements.txt

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it (Debian: apt install python3 python3-venv; macOS: brew install python) and run make again." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module. On Debian: apt install python3-venv, then run make again." >&2; exit 1; }
	@rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements.txt | $(VENV)/bin/python
	@echo "Installing the packages of requirements.txt ..."
	@$(PIP) -r requirements.txt || { echo "The packages could not be installed. Is there a network connection to PyPI (or an index in pip's configuration)?" >&2; exit 1; }
	@touch $@

$(VENV)/.test: tests/requirements.txt $(VENV)/.app
	@echo "Installing the packages of tests/requirements.txt ..."
	@$(PIP) -r tests/requirements.txt || { echo "The packages could not be installed. Is there a network connection to PyPI (or an index in pip's configuration)?" >&2; exit 1; }
	@touch $@
