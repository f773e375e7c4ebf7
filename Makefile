# GenreLens: 'make demo' is the whole thing, 'make help' lists the rest.

.PHONY: help dependencies build install test lint docs demo fuzz races bench bench-check
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

dependencies: ## check the Swift toolchain, install the C libraries that are missing (apt)
	@Scripts/check-swift
	@Scripts/install-dependencies

build: dependencies ## build the library and the command, optimised
	swift build -c release

PREFIX ?= /usr/local
install: build ## install the command, its models, manual pages and shell completions (PREFIX=/usr/local, DESTDIR=)
	@Scripts/install .build/release/genrelens '$(DESTDIR)$(PREFIX)'

# Optimised, because unoptimised loops of the library and of the tests take twenty times as long; in a folder of their own, so
# that tests and `make build` do not build each other's anew. `swift test` would add a flag of its own and so build all again for the
# examples at the end: it only runs what is built.
TEST_BUILD = -c release -Xswiftc -enable-testing --scratch-path $(CURDIR)/.build/tests
# Programs that check themselves, in the order in which a reader meets them.
EXAMPLES = ClassifyFolder ExplainTrack ExplainSequence TrainOwnGenres OwnMethod OwnLayer
# Many tests run at once: threads of the network that wait spinning take the processors from others.
test: ## run all tests and the examples (TAG=name: those of a tag, NOT=name: without them); installs Chromium too, for those of the report's page
	@Scripts/check-swift
	@Scripts/install-dependencies tests
	@for tag in $(TAG) $(NOT); do Scripts/tagged-tests $$tag >/dev/null || exit 1; done
	swift build $(TEST_BUILD) --build-tests
	OMP_WAIT_POLICY=passive swift test $(TEST_BUILD) --skip-build $(if $(TAG),--filter '$(shell Scripts/tagged-tests $(TAG))')$(if $(NOT), --skip '$(shell Scripts/tagged-tests $(NOT))')
	swift build --package-path Examples $(TEST_BUILD)
	@for program in $(EXAMPLES); do echo "-- $$program"; .build/tests/release/$$program || exit 1; done

lint: ## check the formatting of the sources
	swift format lint --strict -r Sources Tests Benchmarks/Sources Fuzzing/Sources Examples/Sources Examples/Package.swift Package.swift

docs: build ## check every example in the documentation, and make the documentation of all modules, into .build/docs (DocC)
	Scripts/check-snippets
	Scripts/docs

fuzz: dependencies ## feed every reader of foreign data with damaged inputs under sanitizers (SECONDS_EACH=n, READERS='sound csv')
	@Fuzzing/run

races: dependencies ## run the tests of extraction and training under ThreadSanitizer (TESTS='regex' for some of them)
	@Scripts/find-races

demo: dependencies ## train, evaluate and explain on the synthesised corpus in Data/, into Output/
	swift build -c release --product genrelens
	.build/release/genrelens demo

bench: dependencies ## time ours and other tools side by side (ONLY=key,..., PAIRS=n, QUICK=1), see Benchmarks/README.md
	@Benchmarks/prepare
	@python3 Benchmarks/bench.py $(if $(ONLY),--only '$(ONLY)') $(if $(PAIRS),--pairs $(PAIRS)) $(if $(QUICK),--quick)

bench-check: ## compare the newest figures of 'make bench' (or a short run's) with Benchmarks/thresholds.json
	@ls Benchmarks/results/*.jsonl >/dev/null 2>&1 || { $(MAKE) dependencies && Benchmarks/prepare; }
	@python3 Benchmarks/bench.py --check $(RESULTS)
