.DEFAULT_GOAL := help
.PHONY: help setup superset java postgres browser jars demo test check bench lock proto tables clean

PYTHON := .venv/bin/python
SYNCED := .venv/.synced
FURNISHED := .superset/.synced
SERVERS := spark or kafka
SAYS := tests/test_architecture.py tests/test_conventions.py tests/test_docs.py tests/schemas

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: java $(SYNCED) jars ## environment (.venv) and JARs (.jars); seconds when they are up to date

superset: setup $(FURNISHED) ## Superset (.superset), for `depthlake up --with superset`

demo: setup $(if $(BI),superset) ## the lake fills for a minute before your eyes, then everything stops
	@.venv/bin/depthlake demo $(if $(BI),--with superset)

test: setup superset postgres browser ## the whole suite, on a real broker, a real Spark, a real PostgreSQL and a real browser
	@.venv/bin/pytest --numprocesses auto -m "not ($(SERVERS) or e2e)"
	@.venv/bin/pytest --numprocesses 2 --dist loadfile -m "($(SERVERS)) and not e2e"
	@.venv/bin/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m e2e

check: setup ## in under a minute: format, lint, types, imports, and what the code says of itself
	@.venv/bin/ruff format --check --quiet
	@.venv/bin/ruff check --quiet
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/pytest $(SAYS)

bench: setup superset browser ## throughput, latency and ratios of this machine, into docs/performance.md
	@.venv/bin/depthlake bench

java:
	@sh spark_jobs/setup.sh java

postgres:
	@sh spark_jobs/setup.sh postgres

browser:
	@sh spark_jobs/setup.sh browser

$(SYNCED): requirements.txt requirements-uv.txt pyproject.toml spark_jobs/setup.sh
	@sh spark_jobs/setup.sh python
	@touch $@

$(FURNISHED): requirements-superset.txt requirements-uv.txt pyproject.toml spark_jobs/setup.sh
	@sh spark_jobs/setup.sh superset
	@touch $@

jars: java $(SYNCED)
	@$(PYTHON) -m spark_jobs.jars

lock: setup ## pin requirements anew: newest versions that pyproject.toml allows, with hashes, without index addresses
	@.uv/bin/uv pip compile pyproject.toml --extra dev --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" --quiet --output-file requirements.txt
	@.uv/bin/uv pip compile requirements-superset.in --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" --quiet --output-file requirements-superset.txt
	@echo "uv==0.13.8" | .uv/bin/uv pip compile - --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --quiet --output-file requirements-uv.txt

proto: setup ## Python code of the .proto files and their lock, which refuses breaking changes
	@$(PYTHON) -m grpc_tools.protoc -I. --python_out=. --pyi_out=. schemas/proto/*.proto
	@$(PYTHON) -m schemas.compatibility

tables: setup ## docs/tables.md and docs/lineage.md, from the registry
	@$(PYTHON) -m spark_jobs.docs docs/tables.md
	@$(PYTHON) -m dagster_project.graph docs/lineage.md

clean: ## remove what make made (.venv, .superset, .uv, .jars, caches), never a lake
	rm -rf .venv .superset .uv .jars .ruff_cache .mypy_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
