# `make` lists the targets.

CARGO ?= cargo
NPM ?= npm
export REDOCLY_TELEMETRY = off
export REDOCLY_SUPPRESS_UPDATE_NOTICE = true

.DEFAULT_GOAL := help
.PHONY: help run console screenshots deny test test-alerts test-browser test-faults soak cluster test-cluster test-clients fuzz fuzz-api test-sdk mutants lint lint-openapi test-lint docs openapi sdk bench bench-micro postgres wrk oathtool cxx install-cluster

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Cargo replaces itself with the service, so that a signal to make reaches it.
run: postgres ## Build and serve; without DATABASE_URL on a private Postgres
	@$(CARGO) run --release --locked --package usher -- serve

console: console/node_modules ## Check and build the web console, whose files are committed
	$(NPM) --prefix console run check
	$(NPM) --prefix console run build

test: postgres ## Run every test except those in a browser; nothing has to run beforehand
	$(CARGO) test --workspace --locked

test-faults: postgres ## Test kills, outages and full disks; takes some minutes on an otherwise idle machine
	$(CARGO) test --locked --package usher --test faults -- --ignored --test-threads 1 --nocapture --skip soak::

SOAK_MINUTES ?= 60

soak: postgres ## Inject a fault every minute for an hour under a mixed load; SOAK_MINUTES=5 for five minutes
	SOAK_MINUTES=$(SOAK_MINUTES) $(CARGO) test --release --locked --package usher --test faults -- --ignored --nocapture soak::

cluster: postgres install-cluster ## Run HAProxy, three replicas, PgBouncer and two Postgres on this machine, until Ctrl-C
	@$(CARGO) build --locked --package usher
	@exec tests/cluster/run serve

test-cluster: postgres install-cluster ## Replace, kill and restart each part of such a cluster under load; on an otherwise idle machine
	$(CARGO) build --locked --package usher
	tests/cluster/run test

test-alerts: ## Test the Prometheus alerts with promtool, which is installed if it is missing
	promtool=$$(scripts/install-promtool) && cd deploy/prometheus \
		&& $$promtool check config --syntax-only prometheus.yml && $$promtool test rules alerts.test.yml

test-browser: postgres tests/browser/node_modules ## Run the tests in Chromium, which is installed if it is missing
	$(CARGO) build --locked --package usher
	$(CARGO) build --locked --package usher-testkit --example altered_table
	CHROMIUM=$$(scripts/install-chromium) && export CHROMIUM && cd tests/browser && $(NPM) test

test-clients: postgres oathtool tests/clients/node_modules tests/clients/.venv ## Run clients, authenticators and OAuth libraries of others, and the code of the guides
	$(CARGO) build --locked --package usher
	cd tests/clients && $(NPM) test

screenshots: postgres tests/browser/node_modules ## Take the pictures of the console for docs/
	$(CARGO) build --locked --package usher
	CHROMIUM=$$(scripts/install-chromium) && export CHROMIUM && cd tests/browser && node screenshots.js

FUZZ_SECONDS ?= 60

fuzz: cxx ## Fuzz every parser of external input, FUZZ_SECONDS (60) for each of twenty-six targets
	$(CARGO) fuzz --version >/dev/null || $(CARGO) install --locked cargo-fuzz
	fuzz/run $(FUZZ_SECONDS)

fuzz-api: postgres tests/conformance/.venv ## Compare a running service with its OpenAPI document, with thousands of requests
	$(CARGO) build --locked --package usher
	tests/conformance/.venv/bin/python tests/conformance/run

test-sdk: postgres sdk/typescript/node_modules sdk/python/.venv ## Check the SDKs and run their tours on a service
	$(CARGO) build --locked --package usher
	sdk/with-service $(NPM) --prefix sdk/typescript test
	sdk/with-service sdk/python/test
	sdk/with-service sdk/rust/test

mutants: postgres ## Mutation testing of the policy, the table of operations and what reads them; takes hours
	$(CARGO) mutants --version >/dev/null || $(CARGO) install --locked cargo-mutants
	tests/mutation/run.py $(MUTANTS)

lint: lint-openapi deny ## Check formatting, lints, the OpenAPI document, the dependencies and the mutants
	tests/mutation/run.py --check
	$(CARGO) fmt --check
	$(CARGO) clippy --workspace --all-targets --locked -- --deny warnings

lint-openapi: openapi/node_modules
	cd openapi && node_modules/.bin/redocly lint --config redocly.yaml openapi.json
	cd openapi && node_modules/.bin/spectral lint --ruleset spectral.yaml --fail-severity hint openapi.json
	node openapi/released.mjs

deny: ## Check the dependencies: known vulnerabilities, licences, duplicates, sources
	scripts/check-dependencies

test-lint: openapi/node_modules ## Test the lint rules: break the OpenAPI document in many ways
	cd openapi && $(NPM) test

docs: ## Write the tables of the documentation that come from the code
	WRITE_PAGE=1 $(CARGO) test --locked --package usher --test process generated_tables

openapi: ## Generate openapi/openapi.json
	$(CARGO) run --locked --package usher -- openapi >openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

.PHONY: sdk-typescript sdk-python sdk-rust
sdk: sdk-typescript sdk-python sdk-rust ## Generate the SDKs from openapi/openapi.json

sdk-typescript: sdk/typescript/node_modules
	$(NPM) --prefix sdk/typescript run generate

sdk-python: sdk/python/.venv
	sdk/python/generate

# Its generator needs Java.
sdk-rust: sdk/rust/.venv
	sdk/rust/generate

TARGET = $(or $(CARGO_TARGET_DIR),target)

bench: postgres wrk bench/.venv bench/peers/better-auth/node_modules ## Benchmark usher, a baseline and its peers; BENCH=quick only tests the harness
	$(CARGO) build --release --locked --package usher
	$(CARGO) build --release --locked --manifest-path bench/floor/Cargo.toml --target-dir $(TARGET)/bench
	bench/run.py $(TARGET)/release/usher $(TARGET)/bench/release/floor

bench-micro: ## Benchmark the parts that every request uses, with criterion
	$(CARGO) bench --locked --package usher-domain --package usher-auth --package usher-http \
		--bench cursors --bench tokens --bench pages

postgres:
	@scripts/install-postgres

wrk:
	@scripts/install-wrk

oathtool:
	@scripts/install-oathtool

cxx:
	@scripts/install-cxx

install-cluster:
	@scripts/install-cluster

%/.venv: %/requirements.txt
	python3 -m venv $@
	$@/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

%/node_modules: %/package-lock.json
	cd $* && $(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@
