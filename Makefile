# Two commands do everything: `make demo` (real pictures to a promoted champion) and `make test`.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MEMBERS := core flows $(sort $(wildcard plugins/burnish-*))
MANIFESTS := pyproject.toml constraints.txt $(addsuffix /pyproject.toml,$(MEMBERS))
DOCS := $(VENV)/.docs
CODE := core flows plugins tests benchmarks docs/manual tools conftest.py
PACKAGES := $(foreach member,$(MEMBERS),$(patsubst %/py.typed,%,$(wildcard $(member)/burnish*/py.typed)))

.DEFAULT_GOAL := help
.PHONY: help setup demo test docs check lint types imports unit bench bench-compare coverage release-check constraints clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: $(READY) ## Everything into .venv

$(READY): $(MANIFESTS)
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not installed; install Python 3.11, or say make PYTHON=… " >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): a few minutes the first time …"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt "pip>=25.1" hatchling editables setuptools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -c constraints.txt \
		--group dev $(foreach member,$(MEMBERS),-e ./$(member))
	@# For the tests alone, and without torchvision, which cannot be had for every torch: the tests stand in for it.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt spandrel einops
	@touch $@

demo: $(READY) ## Real pictures → trained restorer → promoted champion → pictures to look at
	$(BIN)/burnish retrain recipes/refocus.yaml

$(DOCS): $(READY)
	@echo "Installing mkdocs into $(VENV): 120 MB …"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group docs
	@touch $@

docs: $(DOCS) ## The manual as a site in site/, without a warning (the first time installs mkdocs: 120 MB)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "The manual: site/index.html"

test: check docs unit ## All that .ci/run runs: style, types, import contracts, the manual, tests

check: lint types imports ## Style, types and import contracts

lint: $(READY) ## ruff
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/ruff format --quiet --check $(CODE)

types: $(READY) ## mypy --strict
	$(BIN)/mypy
	$(BIN)/mypy tests/core/typing_front_door.py

imports: $(READY) ## The directions of import
	$(BIN)/lint-imports

unit: $(READY) ## Every test, on two cores
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup

bench: $(READY) ## The comparisons with other libraries: DATA=DIR with test/ and train/ (half an hour; a page in benchmarks/results)
	@test -n "$(DATA)" || { echo "make: say DATA=DIR, the folder with test/ and train/ (benchmarks/README.md)" >&2; exit 1; }
	$(BIN)/python benchmarks/all.py run "$(DATA)" --out benchmarks/results $(if $(BM3D),--bm3d "$(BM3D)")

bench-compare: $(READY) ## The ratios of this version beside those of BEFORE=FILE
	@test -n "$(BEFORE)" || { echo "make: say BEFORE=FILE, the JSON of an earlier version in benchmarks/results" >&2; exit 1; }
	$(BIN)/python benchmarks/all.py compare "$(BEFORE)" benchmarks/results/$$($(BIN)/python -c 'import burnish; print(burnish.__version__)').json

coverage: $(READY) ## Every test, and how much of the code they run, least covered modules first
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup --cov --cov-report=
	$(BIN)/coverage report --skip-covered --sort=cover

release-check: ## Whether all distributions can be published: built, looked into, installed, used (ONLY=build for a part; docs/releasing.md)
	PYTHONPATH=tools $(PYTHON) -m release $(if $(ONLY),--only $(ONLY))

constraints: $(DOCS) ## Renew constraints.txt from what is installed in .venv
	@{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sed -E 's/^(torch==[^+]+)\+.*/\1/'; \
		$(BIN)/python -m pip list --format=freeze | grep '^setuptools=='; } > constraints.new && mv constraints.new constraints.txt

clean: ## Remove .venv, caches, and the stores in .burnish
	rm -rf $(VENV) site dist .burnish .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
