# Set-up happens inside whichever target is called first, and is not repeated until the lock files change.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
Q ?= who co-chaired the 6th dialogue?
export Q
DATA := $(or $(FOOTNOTE_DATA),../shared/data)
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# What is used gets its bytecode at the first use; where that is forbidden, each start would compile Gradio and Chroma anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
TWINE := twine==7.0.0
.PHONY: help ask chat test test-server eval bench check release lock clean

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# That the documents do not say it (status 3) is an answer, not an error of make's.
ask: $(VENV)/.installed ## Answer a question about documents/: make ask Q="…"
	@$(BIN)/python -m qa ask "$$Q" || [ $$? -eq 3 ]

chat: $(VENV)/.installed ## Open the chat in the browser
	@$(BIN)/python app.py

# Four at a time also on fewer cores: much of a test is waiting, for a browser, a server or a watched folder.
test: $(VENV)/.installed-dev ## Run the tests, offline
	@bash .ci/chromium || true
	@$(BIN)/python -m pytest --numprocesses 4 --dist loadfile

# Built in minutes, once, in an environment of its own: ours never sees it.
test-server: $(VENV)/.installed-dev ## Test against llama.cpp's server, which is built first
	@FOOTNOTE_TEST_LLAMA=$(CURDIR)/$(VENV)/llama $(BIN)/python -m pytest tests/test_generative_real_server.py

eval: $(VENV)/.installed ## Score the gold questions; fails when an answer got worse
	@$(BIN)/python -m eval
	@if [ -f "$(DATA)/xquad-en-dev.json" ]; then echo && echo "The reader, on the gold paragraphs of XQuAD:" \
	  && $(BIN)/python -m training.measure_reader --data "$(DATA)" --spans; fi

# The script that it is measured beside gets an environment of its own, built in minutes, once.
bench: $(VENV)/.installed-dev ## Measure speed and quality into benchmarks/results.md
	@FOOTNOTE_PEERS=$(CURDIR)/$(VENV)/peers $(BIN)/python -m benchmarks

check: $(VENV)/.installed-dev ## Lint, check formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/mypy

release: $(VENV)/.installed-dev ## Build both distributions into dist/, with licences checked and an SBOM
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation --outdir dist .
	@$(BIN)/uv tool run --from $(TWINE) twine check --strict dist/*
	@$(BIN)/python -m pip check
	@$(BIN)/python scripts/dependencies.py licences
	@$(BIN)/python scripts/dependencies.py sbom dist/footnote-qa.cdx.json

lock: $(VENV)/.installed-dev ## Resolve the dependencies anew, with hashes and without a host
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q --upgrade -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra dev -c requirements.lock --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q -o requirements-dev.lock

clean: ## Remove the environment and the index
	rm -rf $(VENV) .qa eval/reports

# The check comes first, so that a Python that is too old is told in one line rather than by pip.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	@echo "Setting up $(VENV) (once, about a minute) …" >&2
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.installed
