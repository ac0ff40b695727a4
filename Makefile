# make build [DATA=folder] [METHOD=folder] [VARS='{name: value}'] [ARGS='--verbose …']
# Everything here also works by hand in the activated .venv: dbt build, pytest, scripts/*.py.

# the first Python that dbt-core 1.11 runs on: 3.11, 3.12 or 3.13
SUITS := -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p $(SUITS) 2>/dev/null && { echo $$p; exit; }; done; echo python3)
UV_VERSION := 0.13.9
PY := .venv/bin/python
STAMP := .venv/.installed
export DBT_PROFILES_DIR := profiles
# texts are Chinese and English, whatever the machine's locale is
export PYTHONUTF8 := 1

DATA ?=
METHOD ?=
VARS ?=
ARGS ?=

.PHONY: build test lint docs publish demo lock clean

build: $(STAMP)
	@$(PY) scripts/build.py --data '$(DATA)' --method '$(METHOD)' --vars '$(VARS)' $(ARGS)

# two workers, each with whole files: tests of a file share what they build
test: $(STAMP)
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

# sqlfluff compiles every model, and some ask the method tables while they compile
lint: $(STAMP)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/dbt --quiet build --target ci --select resource_type:seed +method_gate \
	  --exclude-resource-type test unit_test
	.venv/bin/sqlfluff lint --processes 2 models tests/integrity

docs: $(STAMP)
	.venv/bin/dbt docs generate

publish: $(STAMP)
	@$(PY) scripts/publish.py

demo: $(STAMP)
	$(PY) scripts/make_demo.py

lock: $(STAMP)
	.venv/bin/uv pip compile pyproject.toml --extra dev --universal --no-strip-extras \
	  --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock

clean:
	rm -rf target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The environment: rebuilt when the lock or pyproject changes; the stamp comes last, so a broken
# install is never taken for a whole one.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) $(SUITS) 2>/dev/null || { \
	  echo "Python 3.11, 3.12 or 3.13 is needed; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)"; \
	  echo "Mend: install one, or name it: make build PYTHON=/path/to/python3.12"; exit 1; }
	@echo "installing into .venv (once) …"
	@rm -f $@
	$(PYTHON) -m venv --clear .venv
	$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	.venv/bin/uv pip install --quiet --python $(PY) --require-hashes --compile-bytecode -r requirements.lock
	.venv/bin/uv pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@
