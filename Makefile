# Each target has a one-line summary and includes its own set-up.

SHELL := /bin/bash
BIN := target/debug/streamward

.PHONY: help setup run test contract pages soak model fuzz clients package demo bench peers lint

help:
	@echo "make run    set up, then run the shop on http://127.0.0.1:8080"
	@echo "make test   set up, then run every test"
	@echo "make contract  set up, then hold a running shop against its OpenAPI description"
	@echo "make pages  set up, then use the pages in a real browser; pictures of them go into target/pages"
	@echo "make soak   set up, then run the longest stories: 10,000 orders, kills, outages of 30 s"
	@echo "make model  check every state of the saga in small and large scenarios"
	@echo "make fuzz   hostile bytes for every reader of them, FUZZ_SECONDS (60) each; installs cargo-fuzz and a nightly toolchain"
	@echo "make clients  other people's programs with ours: Stripe's clients, Standard Webhooks, a mail server"
	@echo "make package  package the runtime's crates, then build and run a program outside the workspace on them"
	@echo "make demo   a bounded show: floods, crashes, books that balance"
	@echo "make bench  measure this machine's limit and what the shop reaches of it"
	@echo "make peers  other queues, and PostgreSQL's row locks, beside this one; installs them into target/peers"
	@echo "make lint   format, clippy, docs and dependency policy, warnings as errors"

setup:
	@ops/setup

run: setup
	@echo "==> building the shop (a few minutes the first time), then running it; Ctrl-C stops it"
	@cargo build --locked --package streamward-cli
	@exec $(BIN) up $(ARGS)

test: setup
	@echo "==> running every test; each starts its own private redis-server"
	@cargo test --locked --workspace --quiet

contract: setup
	@echo "==> building, then sending made-up requests for a minute or two; Schemathesis goes into target/contract"
	@cargo build --locked --package streamward-cli
	@tests/contract/run

pages: setup
	@echo "==> building, then a browser without a window for some minutes; its tools and pictures go into target/pages"
	@tests/pages/run

soak: setup
	@echo "==> some minutes: every fault, random kills, each service away for 30 seconds"
	@STREAMWARD_SOAK=1 cargo test --locked --package streamward-cli --test e2e -- --test-threads 1 everything_at_once one_service_away

model: setup
	@echo "==> checking every state of the saga's model in small and large scenarios, several minutes"
	@cargo test --locked --package streamward-saga --test checks -- --include-ignored --nocapture

fuzz: setup
	@echo "==> hostile bytes, $${FUZZ_SECONDS:-60} s per reader; installs cargo-fuzz and a nightly toolchain if they are missing"
	@ops/fuzz

clients: setup
	@echo "==> building, then trying other people's clients; Python and Node packages go into target/clients"
	@cargo build --locked --package streamward-cli
	@tests/clients/run

package: setup
	@echo "==> packaging the runtime's crates, then building a program outside the workspace on them; all in target/package"
	@tests/package/run

demo: setup
	@echo "==> building with optimisation, then a show of some seconds"
	@cargo build --locked --release --package streamward-cli
	@target/release/streamward demo $(ARGS)

bench: setup
	@echo "==> building with optimisation, then measuring for some minutes"
	@cargo build --locked --release --package streamward-cli
	@STREAMWARD_COMMIT=$$(git rev-parse --short HEAD 2>/dev/null || echo unknown) target/release/streamward bench $(ARGS)

peers: setup
	@echo "==> building other queues with optimisation, then measuring for about half an hour; ROUNDS=1 for a look"
	@bench/peers/run

lint: setup
	@echo "==> format"
	@cargo fmt --all --check
	@echo "==> clippy, warnings as errors"
	@cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
	@echo "==> docs, warnings as errors"
	@RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items --quiet
	@echo "==> dependency policy"
	@cargo test --locked --quiet --package streamward-cli --test policy
