# The commands of the house. `make` lists them.

FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: help build demo sim test race fuzz bench microbench cover lint fmt generate verify e2e

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the static binary bin/turnstone
	CGO_ENABLED=0 go build -trimpath -o bin/turnstone ./cmd/turnstone

demo: ## Watch a simulated Concur change and its events arrive, until Ctrl-C
	go run ./cmd/turnstone demo

sim: ## Run the Concur simulator alone
	go run ./cmd/turnstone sim concur

test: ## Vet and test everything
	./test.sh

race: ## Test under the race detector, in random order (needs a C compiler)
	CGO_ENABLED=1 go test -race -shuffle=on ./...

fuzz: ## Run every fuzz target for FUZZTIME (10s)
	.ci/fuzz $(FUZZTIME)

bench: ## Measure every kind of work beside its ceiling, on both databases (an hour)
	./bench.sh

microbench: ## Run every benchmark of a package
	go test -run '^$$' -bench . -benchmem ./...

cover: ## Measure coverage; the details go to cover.html
	go test -coverpkg ./... -coverprofile cover.out ./...
	go tool cover -html cover.out -o cover.html
	go tool cover -func cover.out | tail -n 1

lint: ## Run the linters and check the format
	.ci/golangci-lint run ./...

fmt: ## Format the Go files
	.ci/golangci-lint fmt ./...

generate: ## Write the generated files again
	go generate ./...

verify: ## Run exactly what CI runs
	.ci/run

e2e: ## Test the whole path, in process and through the command line
	go test -count=1 ./internal/app/... ./cmd/turnstone/...
