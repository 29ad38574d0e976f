# make run     build, fill data/ with the sample community, serve it on http://127.0.0.1:8080,
#              print links that sign in
# make test    everything that Go alone can test
# make check   everything: both SQLite drivers, PostgreSQL, the linters
#              (POLLEN_TEST_PG names a PostgreSQL server on which databases may be made)
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

.PHONY: run build test test-deps check lint bench

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

check: lint
	@test -n "$(POLLEN_TEST_PG)" || { echo "make check needs POLLEN_TEST_PG"; exit 1; }
	POLLEN_TEST_PG= $(GO) test $(others)
	CGO_ENABLED=1 POLLEN_TEST_PG= $(GO) test -tags sqlite_fts5 ./...
	CGO_ENABLED=1 POLLEN_TEST_PG= POLLEN_TEST_TWICE=1 $(GO) test -tags sqlite_fts5 ./internal/domain/...
	$(GO) test $(others)
	$(GO) run -tags sqlite_fts5 ./internal/bench -quick
