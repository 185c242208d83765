# Every target builds the virtual environment it needs; nothing has to be installed first
# but Python >= 3.11, make and git.
PYTHON ?= python3
VENVS  := .venv
DEMO   := $(VENVS)/demo
DEV    := $(VENVS)/dev
PACKAGES := instrumentation/gemledger collector/gemledger_collector dashboard/gemledger_dashboard \
            simulator/gemledger_simulator cli/gemledger_cli
CHECKED  := $(PACKAGES) tests benchmarks scripts examples
# Twice as many as a small machine has cores: tests that start processes wait for half of their time.
PYTEST_WORKERS ?= 4

.PHONY: demo test check bench clean format conformance dialects frameworks focus prices fuzz kill hygiene help

help:            ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

demo: $(DEMO)/installed  ## a month of Gemini traffic, collected, priced, judged and shown
	@$(DEMO)/bin/gemledger demo $(ARGS)

test: $(DEV)/installed  ## the test suite
	@# Bytecode is kept whatever the environment says: else each of hundreds of processes compiles all modules anew.
	@PYTHONDONTWRITEBYTECODE= $(DEV)/bin/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup $(ARGS)

check: $(DEV)/installed  ## format, lint, types, import contracts
	@$(DEV)/bin/ruff format --check .
	@$(DEV)/bin/ruff check .
	@$(DEV)/bin/mypy $(CHECKED)
	@$(DEV)/bin/lint-imports

format: $(DEV)/installed  ## let the formatter have its way
	@$(DEV)/bin/ruff format .
	@$(DEV)/bin/ruff check --fix .

bench: $(DEV)/installed $(VENVS)/rivals/installed  ## every benchmark; prints its figures, rivals' beside ours
	@failed=0; for name in pricing redaction ingest query overhead alerts quality pages; do \
	    echo "== benchmarks/$$name.py"; PYTHONPATH=tests $(DEV)/bin/python benchmarks/$$name.py || failed=1; done; \
	echo "== benchmarks/rivals.py"; $(VENVS)/rivals/bin/python benchmarks/rivals.py || failed=1; exit $$failed

conformance:     ## the behaviour table on the oldest, a middle and the newest google-genai, with and without aiohttp
	@scripts/conformance $(PYTHON) $(VENVS) $(ARGS)

frameworks:      ## LangChain, pydantic-ai, ADK and LlamaIndex above gemledger, each in its newest version
	@scripts/frameworks $(PYTHON) $(VENVS)/frameworks $(ARGS)

fuzz: $(DEV)/installed  ## spoiled bodies to a real collector; ARGS="--count 1000000 --state fuzz.json" for a long run
	@PYTHONPATH=tests $(DEV)/bin/python scripts/fuzz.py $(ARGS)

kill: $(DEV)/installed  ## 100 rounds of SIGKILL under load; nothing acknowledged may be lost or counted twice
	@PYTHONPATH=tests $(DEV)/bin/python scripts/kill_rounds.py $(ARGS)

hygiene: $(DEV)/installed  ## plant personal data wherever text enters, run everything, search all that is left; with a control
	@PYTHONPATH=tests $(DEV)/bin/python scripts/scan_planted.py $(ARGS)

focus:           ## check a FOCUS export with the public validator: make focus ARGS=november.csv
	@scripts/check-focus $(PYTHON) $(VENVS)/focus $(ARGS)

dialects:        ## record anew what other instrumentations send, as fixtures of tests/collector/dialects
	@scripts/record_dialects $(PYTHON) $(VENVS)

prices: $(VENVS)/prices/installed  ## compare the price book with genai-prices and litellm; for development, not in CI
	@$(VENVS)/prices/bin/python scripts/diff_prices.py $(ARGS)

clean:           ## remove the environments and every cache
	rm -rf $(VENVS) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEMO)/installed: pyproject.toml constraints.txt
	@scripts/make-venv $(PYTHON) $(DEMO) demo
	@touch $@

$(DEV)/installed: pyproject.toml constraints.txt
	@scripts/make-venv $(PYTHON) $(DEV) all,dev
	@touch $@

$(VENVS)/rivals/installed: benchmarks/rivals.txt pyproject.toml
	@echo "Setting up $(VENVS)/rivals; without the rivals only ours is measured …"
	@$(PYTHON) -m venv --clear $(VENVS)/rivals
	@$(VENVS)/rivals/bin/pip install --quiet --disable-pip-version-check --editable . -r benchmarks/rivals.txt \
	    || $(VENVS)/rivals/bin/pip install --quiet --disable-pip-version-check --editable . google-genai
	@touch $@

$(VENVS)/prices/installed:
	@$(PYTHON) -m venv $(VENVS)/prices
	@$(VENVS)/prices/bin/pip install --quiet --disable-pip-version-check genai-prices==0.2.3 litellm==1.106.2
	@touch $@
