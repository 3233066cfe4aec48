# Everything that developers and newcomers do. `make` alone prints this list.
PORT ?= 8000
M365_PORT ?= 8365
DATA_DIR ?= .demo
WORKERS ?= 3
T ?= tests
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check fix release soak bench schemas screenshot

help: ## Print this help
	@awk 'BEGIN {FS = ":.*## "} /^## /{printf "\n%s\n", substr($$0, 4)} /^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## Try it
demo: .make/build ## Start the product and a simulated Microsoft 365 (PORT=8000 M365_PORT=8365 DATA_DIR=.demo)
	@$(BIN)/python hatch_build.py
	@exec $(BIN)/deskbridge demo --port $(PORT) --m365-port $(M365_PORT) --data-dir $(DATA_DIR)

## Work on it
test: .make/dev ## Install what is needed, a browser too, and run all tests (T=tests/journeys for some)
	@$(BIN)/python tests/support/browser.py
	@$(BIN)/python hatch_build.py
	@$(BIN)/python hatch_build.py install tests/provider
	$(BIN)/python hatch_build.py npm run --silent test
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(T)

check: .make/dev ## Linters, type checks and known problems of packages, Python and web
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/house_rules.py
	$(BIN)/python hatch_build.py npm run --silent typecheck
	$(BIN)/python hatch_build.py npm run --silent lint
	$(BIN)/python tools/known_problems.py

fix: .make/dev ## Format and mend what can be mended by itself
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

release: .make/dev ## Build the wheel of a release, unless parts are overdue or have known problems
	$(BIN)/python tools/known_problems.py --release
	$(BIN)/python hatch_build.py
	$(BIN)/python -m hatchling build -t wheel

schemas: .make/dev ## Write web/openapi.json and the protocol's schema, and generate web's types from them
	$(BIN)/deskbridge openapi web
	$(BIN)/python hatch_build.py npm run --silent generate

bench: .make/dev ## Print each figure that is claimed, beside its limit
	@for each in $(filter-out %_load.py %_watchers.py,$(wildcard bench/*.py)); do $(BIN)/python $$each; done

soak: .make/dev ## Kill the product again and again in a storm of faults, and compare (SOAK="--pairs 20 --kills 30")
	$(BIN)/python tools/soak.py $(SOAK)

screenshot: .make/dev ## Take the README's screenshot of the running product
	$(BIN)/python tools/screenshot.py

.make/build: requirements/build.txt requirements/uv.txt pyproject.toml
	@[ -e .make/dev ] && [ .make/dev -nt requirements/dev.txt ] && [ .make/dev -nt pyproject.toml ] && touch $@ || tools/install.sh build

.make/dev: requirements/dev.txt requirements/uv.txt pyproject.toml
	@tools/install.sh dev
