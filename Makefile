# make book  builds the report;  make test  runs every test. Everything happens in .venv; nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# Same bytes from the same commit: dates in the site are those of the last commit, where there is one.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || true)
ifeq ($(strip $(SOURCE_DATE_EPOCH)),)
unexport SOURCE_DATE_EPOCH
endif

.PHONY: book verify digests refresh test spark env serve clean lock release numbers links links-abroad newest
.DEFAULT_GOAL := book

book: $(VENV)/.book
	$(BIN)/jupyter-book build . -W -n --keep-going

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

# Is this still what the code gives? Runs every page and compares with what is published; digests publishes what they give now.
verify: $(VENV)/.book
	@$(BIN)/python -m analysis.report.verify

digests: $(VENV)/.book
	@$(BIN)/python -m analysis.report.verify --write

# New vintages from the publishers' services, and what they change. APPLY=1 puts them in place; SERIES="..." takes some only.
refresh: $(VENV)/.test
	@$(BIN)/python -m analysis.report.refresh $(if $(APPLY),$(if $(filter 1,$(APPLY)),--apply,$(error APPLY is 1 or not set, not '$(APPLY)'))) $(SERIES)

# The distributed engine, optional (needs Java): its tests are skipped without it.
spark: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.txt

env: $(VENV)/.book $(VENV)/.test

serve:
	@test -f _build/html/index.html || { echo "There is no site yet: run 'make book' first." >&2; exit 1; }
	$(PYTHON) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# A release in dist/: site archive, package, manifest, checksums, notes. TAG=v1.2.3: everything has to agree with that tag.
release: book
	PYTHONPATH=book $(BIN)/python -m _release make $(if $(TAG),--tag "$(TAG)")

# Which published numbers changed since a tag, another revision or a folder: make numbers SINCE=v1.2.3
numbers: $(VENV)/.book
	@PYTHONPATH=book $(BIN)/python -m _release numbers $(if $(SINCE),--since "$(SINCE)")

# Every link and anchor inside the built site; links-abroad asks the other sites too.
links: $(VENV)/.test
	@test -f _build/html/index.html || { echo "There is no site yet: run 'make book' first." >&2; exit 1; }
	$(BIN)/lychee --config .github/lychee.toml --offline --root-dir "$(CURDIR)/_build/html" _build/html

links-abroad: $(VENV)/.test
	@test -f _build/html/index.html || { echo "There is no site yet: run 'make book' first." >&2; exit 1; }
	$(BIN)/lychee --config .github/lychee.toml --root-dir "$(CURDIR)/_build/html" _build/html

# An environment with the newest releases in place of the lock: make newest VENV=.newest, then make book test VENV=.newest
newest: | $(VENV)/bin/python
	grep -hv '^-c' requirements.in requirements-test.in > $(VENV)/newest.in
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager -r $(VENV)/newest.in
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.book $(VENV)/.test

clean:
	rm -rf _build .pytest_cache .hypothesis .ruff_cache

lock:
	uv pip compile requirements.in -o requirements.txt --generate-hashes --universal --python-version 3.11
	uv pip compile requirements-test.in -o requirements-test.txt --generate-hashes --universal --python-version 3.11
	uv pip compile requirements-spark.in -o requirements-spark.txt --generate-hashes --universal --python-version 3.11

# The environment: the hashed lock, then the package itself in place (its build tool is in the lock).
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$($(PYTHON) -c \
	    'import platform; print(platform.python_version())' 2>/dev/null || echo 'no Python')." >&2; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing (on Debian: apt-get install python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.book: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.book
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@
