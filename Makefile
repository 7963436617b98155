# Two commands do all the set-up: `make demo` and `make test`. Everything fetched goes to target/.

CARGO ?= cargo
PYTHON ?= python3
# Without the system's OpenSSL headers it is built from source, which takes some minutes more.
FEATURES := $(shell pkg-config --exists openssl 2>/dev/null || echo --features vendored-openssl)
MODELS_VENV := target/models-venv
MODELS_DATA := target/models-data

.DEFAULT_GOAL := help
.PHONY: help demo pictures test test-full upgrade-test chaos chaos-kills lint bench models kafka-up kafka-down kafka-reset onnxruntime kafka tools prerequisites build

help:
	@echo "make demo        see all of it at work on this machine"
	@echo "make test        all tests; those on a real Kafka need Java 17 and Maven"
	@echo "make test-full   the same at full size, for an hour or so"
	@echo "make upgrade-test PREVIOUS=COMMIT   a running job from that commit's binary to this one and back"
	@echo "make chaos SEED=7 MINUTES=10   faults by a seeded schedule over running instances (docs/chaos.md)"
	@echo "make chaos-kills SEED=7 KILLS=200   kill -9 at seeded points around produce and commit"
	@echo "make lint        formatting, lints, docs, the import rule between crates"
	@echo "make build       the release binary, at target/release/bystander"
	@echo "make tools       fetch and build what only some tests need: browser, helm, promtool, cargo-deny"
	@echo "make bench       speed and memory, see benches/README.md"
	@echo "make pictures    the README's pictures of the report and the status page"
	@echo "make models      train the shipped models again"
	@echo "make kafka-up    a real broker on localhost:9092; make kafka-down stops it and keeps its data"
	@echo "make kafka-reset stops it and deletes its data"

demo: onnxruntime
	$(CARGO) build $(FEATURES) --locked --bin bystander
	target/debug/bystander demo --report target/demo-report.html

# The README's pictures: the demo's report, and the top of the status page in an outage that a test shows; needs `make tools`.
PICTURE = node crates/testkit/browser/picture.mjs target/browser "$${BYSTANDER_CHROMIUM:-$$(command -v chromium)}"
OUTAGE := status-live-cluster-away-1280-light-screen.png

pictures: demo
	mkdir -p docs/images target/pictures
	$(PICTURE) target/demo-report.html docs/images/report.png
	BYSTANDER_SCREENSHOTS=$(CURDIR)/target/pictures $(CARGO) test $(FEATURES) --locked --workspace --test metrics -- every_outage
	echo '<body style="margin:0"><img src="$(OUTAGE)" style="display:block;width:1000px">' > target/pictures/status.html
	$(PICTURE) target/pictures/status.html docs/images/status.png 1000 500

build: onnxruntime
	$(CARGO) build $(FEATURES) --locked --release --bin bystander

# Most tests wait for a broker, a timeout or an alert: on two cores, one test per core leaves them idle for
# two thirds of the time.
TEST_THREADS ?= 6

test: onnxruntime kafka
	@tests/summary.sh --reset
	@status=0; RUST_TEST_THREADS=$(TEST_THREADS) $(CARGO) test $(FEATURES) --locked --workspace --no-fail-fast || status=$$?; tests/summary.sh || status=1; exit $$status

test-full:
	BYSTANDER_FULL=1 $(MAKE) test

upgrade-test: onnxruntime kafka
	FEATURES="$(FEATURES)" tests/upgrade.sh $(PREVIOUS)

# Another seed each time, unless one is given. The run says which.
chaos: onnxruntime kafka
	BYSTANDER_REQUIRE_KAFKA=1 BYSTANDER_CHAOS_SEED=$(or $(SEED),$(shell od -An -N3 -tu4 /dev/urandom | tr -d ' ')) \
	BYSTANDER_CHAOS_MINUTES=$(or $(MINUTES),10) BYSTANDER_CHAOS_KINDS=$(KINDS) \
	$(CARGO) test $(FEATURES) --locked --workspace --test chaos -- --nocapture seeded::

chaos-kills: onnxruntime kafka
	BYSTANDER_REQUIRE_KAFKA=1 BYSTANDER_CHAOS_SEED=$(or $(SEED),$(shell od -An -N3 -tu4 /dev/urandom | tr -d ' ')) \
	BYSTANDER_CHAOS_KILLS=$(or $(KILLS),200) \
	$(CARGO) test $(FEATURES) --locked --workspace --test chaos -- --nocapture kills::

# rustfmt doesn't look for modules that a macro declares, as those of the kinds of stream are.
DECLARED_BY_MACROS = $(shell find crates -path '*/kinds/*.rs' -o -path '*/topics/*.rs')

lint: prerequisites
	$(CARGO) fmt --all --check
	rustfmt --edition 2024 --check $(DECLARED_BY_MACROS)
	$(CARGO) clippy $(FEATURES) --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(FEATURES) --locked --workspace --no-deps --document-private-items
	$(CARGO) test $(FEATURES) --locked --test architecture
	@for script in deploy/fetch/*.sh deploy/local/*.sh tests/*.sh .ci/run; do bash -n "$$script" || exit 1; done
	@PATH="$(CURDIR)/target/cargo-deny/bin:$$PATH"; \
	if command -v cargo-deny >/dev/null; then cargo-deny --locked --log-level error check bans licenses sources; \
	elif [ "$$BYSTANDER_REQUIRE_TOOLS" = 1 ]; then echo "lint: cargo-deny is missing; run make tools" >&2; exit 1; \
	else echo "lint: cargo-deny is not installed, deny.toml was not checked (make tools builds it)"; fi

bench: onnxruntime kafka
	$(CARGO) bench $(FEATURES) --locked
	$(CARGO) bench --locked -p bystander-trees

models: onnxruntime
	$(CARGO) run $(FEATURES) --locked --release --bin bystander -- simulate --orders 200000 --quotes 100000 --seed 11 --out $(MODELS_DATA)
	$(PYTHON) -m venv $(MODELS_VENV)
	$(MODELS_VENV)/bin/pip install --quiet --require-hashes -r models/train/requirements.txt
	OMP_NUM_THREADS=1 $(MODELS_VENV)/bin/python models/train/train.py --data $(MODELS_DATA) --out models

kafka-up: kafka
	deploy/local/kafka-up.sh

kafka-down:
	deploy/local/kafka-down.sh

kafka-reset:
	deploy/local/kafka-down.sh --delete-data

# ONNX Runtime is a shared library, loaded when the program starts.
onnxruntime: prerequisites
	@deploy/fetch/onnxruntime.sh

# Exit 3 means that this machine has no Java or Maven: tests on a broker are then left out, and say so.
kafka: prerequisites
	@deploy/fetch/kafka.sh || [ $$? -eq 3 ]

# What only some tests and checks need. They are left out, and say so, where it is missing.
tools: prerequisites
	deploy/fetch/chromium.sh
	crates/testkit/browser/fetch.sh
	deploy/fetch/prometheus.sh
	deploy/fetch/checkers.sh
	deploy/fetch/helm.sh
	CARGO=$(CARGO) deploy/fetch/cargo-deny.sh

prerequisites:
	@command -v $(CARGO) >/dev/null || { echo "make: cargo is missing; install Rust with rustup" >&2; exit 1; }
	@command -v cc >/dev/null || { echo "make: a C compiler is missing; install gcc (Debian: build-essential)" >&2; exit 1; }
	@command -v $(PYTHON) >/dev/null || { echo "make: python3 is missing; it fetches ONNX Runtime (Debian: python3 python3-pip)" >&2; exit 1; }
