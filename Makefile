# GenreLens: 'make demo' is the whole thing, 'make help' lists the rest.

.PHONY: help dependencies build test lint demo
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

dependencies: ## check the Swift toolchain, install the C libraries that are missing (apt)
	@Scripts/check-swift
	@Scripts/install-dependencies

build: dependencies ## build the library and the command, optimised
	swift build -c release

test: dependencies ## run all tests
	swift test

lint: ## check the formatting of the sources
	swift format lint --strict -r Sources Tests Package.swift

demo: dependencies ## train, evaluate and explain on the synthesised corpus in Data/, into Output/
	swift build -c release --product genrelens
	.build/release/genrelens demo
