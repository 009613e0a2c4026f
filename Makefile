# `make` alone lists the commands. They need Python 3.11 or newer, and make `.venv` themselves.
# PYTHON=/path/to/python chooses another Python for `.venv`; ARGS="..." is passed on to what runs.

CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11 \
	$(wildcard $(HOME)/.pyenv/versions/*/bin/python3)
PYTHON ?= $(firstword $(foreach python,$(CANDIDATES),$(shell $(python) -c $(CAN_MAKE_VENV) \
	>/dev/null 2>&1 && echo $(python))))
CAN_MAKE_VENV := 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'

RUN := .venv/bin/python -m
INSTALL := $(RUN) pip install -qq --disable-pip-version-check

.PHONY: help demo test lint types floors bench clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

demo: .venv/.demo ## show the main job in the terminal
	@$(RUN) demo_app $(ARGS)

test: .venv/.test ## run every test
	$(RUN) pytest $(ARGS)

lint: .venv/.lint ## look for mistakes and check the formatting
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types: .venv/.test .venv/.lint ## check the types
	$(RUN) mypy --strict querylens

floors: .venv/.lint ## check that imports go down only
	.venv/bin/lint-imports

bench: .venv/.test .venv/.bench ## measure what recording costs
	.venv/bin/python benchmarks/overhead.py $(ARGS)

clean: ## remove .venv and everything that was built
	rm -rf .venv .*_cache .hypothesis .coverage* build dist *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

# Each file .venv/.NAME is written when what NAME needs has been installed, so that it is installed
# again only when pyproject.toml changes.

.venv/.pip:
	@python='$(PYTHON)'; test -n "$$python" || { echo 'querylens needs Python 3.11 or newer' \
	'with its venv module: none found (Debian: apt-get install python3-venv).' \
	'Name one with make PYTHON=/path/to/python' >&2; exit 1; }; \
	echo "Making .venv with $$($$python --version)"; $$python -m venv .venv
	@$(INSTALL) --upgrade pip
	@touch $@

.venv/.demo: .venv/.pip pyproject.toml
	@echo 'Installing querylens and what the demo needs'
	@$(INSTALL) --editable '.[demo]'
	@touch $@

.venv/.test: .venv/.pip pyproject.toml .ci/mysqlclient
	@echo 'Installing querylens and what its tests need'
	@$(INSTALL) --editable '.[demo,nplusone,postgres]' --group test
	@bash .ci/mysqlclient .venv/bin/python
	@touch $@

.venv/.lint .venv/.bench: .venv/.%: .venv/.pip pyproject.toml
	@echo 'Installing what make $* needs'
	@$(INSTALL) --editable . --group $*
	@touch $@
