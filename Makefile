# make run     build, fill data/ with the sample community, serve it on http://127.0.0.1:8080,
#              print links that sign in
# make test    everything that Go alone can test
# make check   everything: both SQLite drivers, PostgreSQL, the linters,
#              the race detector, fuzzing
#              (POLLEN_TEST_PG names a PostgreSQL server on which databases may be made)
# make race    the packages whose goroutines meet, watched by the race detector
# make fuzz    each fuzz target for FUZZTIME (2s)
# make bench   measure against the figures to reach; BENCH=-quick for a short look
# make test-deps   get what make test leaves out: Chromium, PostgreSQL, axe-core

GO ?= go
# The fast SQLite driver where there is a C compiler, the pure Go one elsewhere.
TAGS := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo sqlite_fts5)

# The browser tests run where there is a browser and make test-deps has brought axe-core.
export POLLEN_TEST_CHROME ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
export POLLEN_TEST_AXE ?= $(wildcard $(CURDIR)/internal/browser/node_modules/axe-core/axe.min.js)
# Once is enough for them: they are left to the pass with the fast driver.
others = $$($(GO) list ./... | grep -v /internal/browser)

# Those in which goroutines share something.
raced = $(addprefix ./internal/,base/journal base/mail base/once base/sqldb domain/desk domain/identity domain/registry domain/search)
FUZZTIME ?= 2s

.PHONY: run build test test-deps check lint bench race fuzz

build:
	$(GO) build $(if $(TAGS),-tags $(TAGS)) -o bin/pollen ./cmd/pollen

run: build
	bin/pollen init --sample
	bin/pollen serve

test:
	POLLEN_TEST_PG= $(GO) test ./...
	@echo "left out: PostgreSQL (make check runs it, on the server at the address POLLEN_TEST_PG)"
	@test -n "$(POLLEN_TEST_CHROME)" -a -n "$(POLLEN_TEST_AXE)" || echo "left out: the pages in a browser (make test-deps gets Chromium and axe-core)"

# As far as the machine allows: packages of Debian where one may install them, and
# only those that are missing: npm may be there without being Debian's.
test-deps:
	@missing="$$(command -v chromium >/dev/null || echo chromium) $$(command -v npm >/dev/null || echo npm) \
	  $$(command -v pg_ctlcluster >/dev/null && ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || echo postgresql)"; \
	test -z "$$(echo $$missing)" || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; } || \
	  echo "install these in your system's way, then run this again: $$missing"
	npm ci --prefix internal/browser --no-audit --no-fund

bench:
	$(GO) run $(if $(TAGS),-tags $(TAGS)) ./internal/bench $(BENCH)

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@pages() { find internal/face -name '*_templ.go' | sort | xargs cat | cksum; }; was=$$(pages); \
	said=$$($(GO) tool templ generate 2>&1) || { echo "$$said"; exit 1; }; \
	test "$$was" = "$$(pages)" || { echo "the pages were not those of their templates; now they are: commit them"; exit 1; }

race:
	CGO_ENABLED=1 POLLEN_TEST_PG= $(GO) test -race -tags sqlite_fts5 $(raced)

# go test fuzzes one target of one package at a time. What it finds, it leaves in
# the package's testdata/fuzz: mend it, and commit that with the mend. Up to Go 1.26
# it may take the end of its time for a failure (golang/go#75804), which finds nothing.
fuzz:
	@grep -rEo --include='*_test.go' --exclude-dir=node_modules '^func Fuzz[A-Za-z0-9_]*' . | sort | \
	while IFS=: read -r file func; do \
	  folder=$${file%/*} target=$${func#func }; \
	  said=$$(POLLEN_TEST_PG= $(GO) test $(if $(TAGS),-tags $(TAGS)) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$folder 2>&1 </dev/null) || \
	  echo "$$said" | grep -qx ' *context deadline exceeded' || { echo "$$said"; exit 1; }; \
	  echo "ok  	$$folder $$target"; \
	done

check: lint
	@test -n "$(POLLEN_TEST_PG)" || { echo "make check needs POLLEN_TEST_PG"; exit 1; }
	POLLEN_TEST_PG= $(GO) test $(others)
	CGO_ENABLED=1 POLLEN_TEST_PG= $(GO) test -tags sqlite_fts5 ./...
	CGO_ENABLED=1 POLLEN_TEST_PG= POLLEN_TEST_TWICE=1 $(GO) test -tags sqlite_fts5 ./internal/domain/...
	$(GO) test $(others)
	$(MAKE) race fuzz
	$(GO) run -tags sqlite_fts5 ./internal/bench -quick
