# The commands of a checkout; every one sets up .venv first. `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
# one thread for each numeric worker: the tests already run on several processes
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
WORKERS ?= 2
TESTS ?=

# .venv knows the folder it was made in; a moved checkout is installed anew
ifneq ($(shell cat .venv/.ready 2>/dev/null),$(shell pwd -P))
.PHONY: .venv/.ready
endif

.PHONY: help demo test coverage engines lint lab bench starters lock clean

help: ## this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

.venv/.ready: constraints.txt pyproject.toml tools/setup.sh
	@PYTHON='$(PYTHON)' GOAL='$(firstword $(MAKECMDGOALS))' sh tools/setup.sh

.venv/.spark: constraints-spark.txt tools/setup.sh
	@SPARK=1 PYTHON='$(PYTHON)' GOAL='$(firstword $(MAKECMDGOALS))' sh tools/setup.sh

demo: .venv/.ready ## audit the sample client into demo/; the last line is the path of the report
	@$(BIN)/audit demo --to demo

test: .venv/.ready ## everything: style, types, layers, notebooks, tests, doctests
	@failed=; $(MAKE) lint || failed=1; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS) || failed=1; \
	test -z "$$failed"

coverage: .venv/.ready ## which lines no test runs; counting them makes the tests take half as long again
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered $(TESTS)

engines: .venv/.ready .venv/.spark ## the metrics on PostgreSQL and Spark (needs both servers' programs and Java)
	@AUDIT_REQUIRE_ENGINES=1 AUDIT_REQUIRE_DATABASES=1 AUDIT_ALL_WORLDS=1 $(BIN)/python -m pytest tests/engines $(TESTS)

lint: .venv/.ready ## style, types, layers, stripped notebooks
	@failed=; \
	$(BIN)/python -m ruff check --quiet . || failed=1; \
	$(BIN)/python -m mypy || failed=1; \
	$(BIN)/lint-imports --no-logo || failed=1; \
	$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb || failed=1; \
	test -z "$$failed"

lab: .venv/.ready ## JupyterLab with the notebooks; CLIENT=folder opens a client's workspace
	@$(BIN)/audit lab $(if $(CLIENT),"$(CLIENT)")

bench: .venv/.ready ## the speed figures of benchmarks/
	@failed=; for file in benchmarks/[a-z]*.py; do \
	  echo "== $$file"; $(BIN)/python "$$file" || failed=1; done; test -z "$$failed"

starters: .venv/.ready ## make templates/starters/ anew from the schema and the catalogues
	@$(BIN)/python -m audit.intake.starters

lock: ## renew constraints.txt and environment.yml; UPGRADE=1 takes newer versions
	@PYTHON='$(or $(PYTHON),python3)' sh tools/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## remove what commands leave behind; .venv stays
	@rm -rf demo .demo .bench build dist htmlcov .coverage .coverage.* .pytest_cache .ruff_cache .mypy_cache \
	  .import_linter_cache .hypothesis
	@find . -path ./.venv -prune -o -path ./.git -prune -o \
	  \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -exec rm -rf {} +
