# make run     build, fill data/ with the sample community, serve it on http://127.0.0.1:8080
# make test    everything that Go alone can test
# make check   everything: both SQLite drivers, PostgreSQL, the linters
#              (POLLEN_TEST_PG names a PostgreSQL server on which databases may be made)

GO ?= go
# The fast SQLite driver where there is a C compiler, the pure Go one elsewhere.
TAGS := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo sqlite_fts5)

.PHONY: run build test check lint

build:
	$(GO) build $(if $(TAGS),-tags $(TAGS)) -o bin/pollen ./cmd/pollen

run: build
	@test -e data/pollen.db || bin/pollen init --sample
	bin/pollen serve

test:
	POLLEN_TEST_PG= $(GO) test ./...
	@test -n "$(POLLEN_TEST_PG)" || echo "left out: PostgreSQL (set POLLEN_TEST_PG to a server's address; make check runs it)"

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

check: lint
	@test -n "$(POLLEN_TEST_PG)" || { echo "make check needs POLLEN_TEST_PG"; exit 1; }
	POLLEN_TEST_PG= $(GO) test ./...
	CGO_ENABLED=1 POLLEN_TEST_PG= $(GO) test -tags sqlite_fts5 ./...
	$(GO) test ./...
