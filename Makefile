# Every command of the project. Each target installs what it needs, and everything runs under the
# Node that package-lock.json pins, whatever the machine has.
.DEFAULT_GOAL := help
.PHONY: help install check fmt demo bench bench-api bench-simulator bench-takeover
.PHONY: test test-sim test-databases test-openstack test-clients

SYSTEM_PATH := $(PATH)
STAMP := node_modules/.installed
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

help: ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

install: $(STAMP) ## install the pinned Node and every package (needs npm and any Node >= 18)

# Not `npm ci`: it refuses a lockfile without the optional builds for foreign platforms, and a
# mirror need not carry those. With --no-save the versions and checksums of the lockfile hold too.
$(STAMP): package-lock.json
	@PATH="$(SYSTEM_PATH)" npm install --no-save --loglevel=error
	@node -e 'process.exit(Number.parseInt(process.versions.node) < 24 ? 1 : 0)' || \
	  { echo 'error: no Node >= 24 came from npm for this machine; install one yourself' >&2; exit 1; }
	@touch $@

check: $(STAMP) ## types, lint, format, unit tests
	tsc --noEmit
	oxlint --type-aware --deny-warnings
	biome check
	node tools/run-tests.ts --unit

test: $(STAMP) ## check, and the contract and API suites
	tsc --noEmit
	oxlint --type-aware --deny-warnings
	biome check
	node tools/run-tests.ts

test-sim: $(STAMP) ## thousands of seeded runs, and the mutations that they must notice
	node packages/simulator/mutations/run.ts --control 8000

test-databases: $(STAMP) ## the stores and the engine on MariaDB, Galera and PostgreSQL (Debian 12)
	node packages/store/test/databases/run.ts

test-openstack: $(STAMP) ## end to end on a real OpenStack on loopback (Debian 12, root)
	node testbed/openstack/e2e/run.ts

test-clients: $(STAMP) ## Debian's openstack command, SDK, monitors and Horizon on that cloud
	node testbed/openstack/e2e/run.ts clients

demo: $(STAMP) ## a host failure and its recovery on a simulated cloud, live (needs no cloud)
	node packages/cli/bin/medevac.js demo

bench: $(STAMP) ## recovery of 20 instances: Medevac over a bare script, alternating pairs
	node bench/host-recovery.ts --instances 20 --pairs 5

bench-api: $(STAMP) ## lists of 1,000 hosts beside masakari-api, and 50 clients for a minute
	node bench/api-list.ts

bench-simulator: $(STAMP) ## failed hosts that the simulator recovers per second of one core
	node bench/simulator-speed.ts

bench-takeover: $(STAMP) ## seconds until another replica carries on after kill -9 (Debian 12)
	node bench/takeover.ts

fmt: $(STAMP) ## format everything
	biome check --write
