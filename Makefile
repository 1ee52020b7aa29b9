# PayFlow's commands. `make` alone lists them; `make run` and `make test` do all their set-up themselves.

# Where cargo builds: target/, unless the environment says otherwise.
TARGET := $(or $(CARGO_TARGET_DIR),target)

# A Rust that was installed a minute ago is not on the PATH of terminals that are older.
export PATH := $(PATH):$(HOME)/.cargo/bin

# Where `make run` listens and keeps its data, and `make install` puts the program. ARGS is added to the test or bench command. How
# far a store grows.
LISTEN ?= 127.0.0.1:8080
DATA ?= data
PREFIX ?= $(if $(filter 0,$(shell id -u)),/usr/local,$(HOME)/.local)
ARGS ?=
SEEDS ?= 10000
TRANSFERS ?= 10000000
PG_TRANSFERS ?= 1000000

# `exec` in the recipes below: a signal to make then reaches the program, not a shell that dies without passing it on.

.DEFAULT_GOAL := help
.PHONY: help set-up console console-dev run verify backup restore build install test test-embedded test-browser crashes simulate fuzz check bench bench-growth bench-postgres schemathesis \
	clean-data

help: ## List these commands
	@awk 'BEGIN { FS = ":[^#]*## " } /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

set-up: ## Check that Rust and a C compiler are there
	@scripts/set-up.sh

console: ## Build the web app (console/) where it changed, if Node is there
	@scripts/build-console.sh

console-dev: ## Serve the web app by Vite, against the PayFlow of `make run` (LISTEN=127.0.0.1:8080)
	@cd console && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error; } && \
		PAYFLOW_URL="http://$(LISTEN)" exec npm run dev

run: set-up console ## Build and start PayFlow with demo users (LISTEN=127.0.0.1:8080 DATA=data)
	@exec cargo run --profile quick --package payflow -- serve --demo --data "$(DATA)" --listen "$(LISTEN)"

verify: set-up ## Recompute every balance, hold and hash of the data of `make run` (DATA=data)
	@exec cargo run --quiet --profile quick --package payflow -- verify --data "$(DATA)"

backup: set-up ## Copy the data of `make run`, in use or not, and verify the copy (TO=backups/today DATA=data)
	@exec cargo run --quiet --profile quick --package payflow -- backup "$(or $(TO),$(error say where to: make backup TO=backups/today))" --data "$(DATA)"

restore: set-up ## Make data of a backup (FROM=backups/today DATA=data2)
	@exec cargo run --quiet --profile quick --package payflow -- restore "$(or $(FROM),$(error say what: make restore FROM=backups/today DATA=data2))" --data "$(DATA)"

build: set-up console ## Build the binary as `make run` does, and say where it is
	@cargo build --profile quick --package payflow
	@echo "payflow: built $(abspath $(TARGET))/quick/payflow"

install: set-up console ## Build the binary as it is shipped and put it on the PATH (PREFIX=~/.local, as root /usr/local; DESTDIR)
	@cargo build --release --package payflow
	@scripts/install.sh "$(TARGET)/release/payflow" "$(DESTDIR)$(PREFIX)/bin"

test: set-up $(if $(ARGS),,console) ## Run all tests, on SQLite, a private PostgreSQL and Redis, and in a browser (ARGS="-p ledger": that crate only)
	@exec scripts/with-postgres.sh scripts/with-redis.sh cargo test --workspace --all-features $(ARGS)
	@$(if $(ARGS),,exec scripts/test-browser.sh "$(TARGET)/debug/payflow")

test-embedded: set-up ## Run the tests that need neither PostgreSQL nor Redis
	@PAYFLOW_TEST_EMBEDDED_ONLY=1 cargo test --workspace --all-features $(ARGS)

# Built as the other tests are, so that nothing is compiled twice.
test-browser: set-up console ## Sign in through Chromium at a real OpenID Connect provider (needs Node 20 and Chromium)
	@cargo test --workspace --all-features --no-run
	@exec scripts/test-browser.sh "$(TARGET)/debug/payflow"

crashes: export PAYFLOW_CRASH_ROUNDS := 100,30,30
crashes: export PAYFLOW_WRITERS_ROUNDS := 6
crashes: export PAYFLOW_WRITERS_TIMEOUTS := real
crashes: set-up ## Kill, stop and cut off processes and database servers, many times over (10 minutes)
	@exec scripts/with-postgres.sh cargo test --package payflow --test main -- --nocapture crash:: writers:: $(ARGS)

simulate: set-up ## Simulate the journal under every fault, from as many seeds (SEEDS=10000, ARGS="--seed 42 --verbose")
	@exec cargo run --profile quick --package simulation -- --seeds "$(SEEDS)" $(ARGS)

check: set-up ## Check formatting, lints, and the licences and sources of dependencies
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check licenses bans sources; \
	else echo "cargo-deny is not installed: licences, bans and sources are not checked (cargo install --locked cargo-deny)"; fi

bench: set-up ## Measure the ledger and HTTP on the embedded store, as shipped
	@cargo build --release --package bench
	@set -e; for what in ledger http "http --batch 8192"; do \
		cargo run --quiet --release --package bench -- $$what $(ARGS); done

# TRANSFERS=1000000 is done in a minute.
bench-growth: set-up ## Measure a store that grows to TRANSFERS=10000000, and draw docs/growth.svg
	@cargo run --release --package bench -- \
		growth --transfers $(TRANSFERS) --plot docs/growth.svg $(ARGS)

bench-postgres: export PAYFLOW_TEST_PG_FSYNC := on
bench-postgres: set-up ## Measure the same, and row-locking SQL, on a private, durable PostgreSQL
	@cargo build --release --package bench
	@exec scripts/with-postgres.sh sh -ec 'export PAYFLOW_PG_BIN="$${PAYFLOW_PG_BIN:-$$PAYFLOW_TEST_PG_BIN}"; \
		for what in ledger http "http --batch 1024" "growth --transfers $(PG_TRANSFERS)"; do \
		cargo run --quiet --release --package bench -- \
			$$what --database-url "$$PAYFLOW_TEST_DATABASE_URL" $(ARGS); done'

schemathesis: build ## Test the HTTP API against its own OpenAPI document, as every role (SCHEMATHESIS_EXAMPLES=25)
	@exec scripts/schemathesis.sh "$(TARGET)/quick/payflow" $(ARGS)

fuzz: ## Fuzz one target, or all of them, with a nightly compiler (TARGET=book SECONDS=60)
	@exec scripts/fuzz.sh "$(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),60)" $(TARGET)

clean-data: ## Delete the data of `make run`, if it is a demo (DATA=data)
	@scripts/clean-data.sh "$(DATA)"
