# make build [DATA=folder] [METHOD=folder] [VARS='{name: value}'] [ARGS='--verbose …']
# make import FILE=export [CASE=folder] [SURVEY=wave] [SHEET=name] [ARGS='--yes …']
# make check, with the same: what is wrong, without a build
# make forget CUSTOMER=id DATA=folder [FORGET=delete] [CUSTOMERS=file of ids instead of CUSTOMER]
# Everything here also works by hand in the activated .venv: dbt build, pytest, scripts/*.py.

# the first Python that dbt-core 1.11 runs on: 3.11, 3.12 or 3.13
SUITS := -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p $(SUITS) 2>/dev/null && { echo $$p; exit; }; done; echo python3)
UV_VERSION := 0.13.9
PY := .venv/bin/python
STAMP := .venv/.installed
# Spark has an environment of its own: a gigabyte that `make build` does without, and an older pandas
SPARK := .venv-spark/bin
SPARK_STAMP := .venv-spark/.installed
SPARK_PROJECT := adapters/dbt-sparksession
# Superset too: it needs yet another pandas
SUPERSET_STAMP := .venv-superset/.installed
# and the next dbt
NEXT_STAMP := .venv-dbt-next/.installed
export DBT_PROFILES_DIR := .
# texts are Chinese and English, whatever the machine's locale is
export PYTHONUTF8 := 1

DATA ?=
METHOD ?=
VARS ?=
ARGS ?=
SIZE ?= 1m
PORT ?= 8088
METRICS ?= nps,revenue
BASE ?=
ONLY ?=
BY ?= metric_time__quarter
WHERE ?=
CUSTOMER ?=
CUSTOMERS ?=
FORGET ?=
FILE ?=
CASE ?=
SURVEY ?=

# What the user names reaches programs as it was typed, whatever quotes, blanks or $ it holds: neither make nor the
# shell ever reads it. Recipes say "$$GIVEN_DATA"; RUN adds the arguments of ARGS to a command.
GIVEN := DATA METHOD VARS CUSTOMER CUSTOMERS FORGET ARGS SIZE PORT METRICS BASE ONLY BY WHERE FILE CASE SURVEY SHEET
unexport $(GIVEN)
$(foreach name,$(GIVEN),$(eval export GIVEN_$(name) := $$(value $(name))))
RUN := $(PY) scripts/with_arguments.py

.PHONY: build import check forget build-spark report metrics query publish publish-postgres export superset \
  superset-bundle docs demo bench test test-cases test-builds test-bi test-browser test-adapter test-spark test-superset \
  test-faults test-dbt-next golden golden-fingerprint lint lock messages clean

# ARGS=--no-report publishes the marts and writes no report
build: $(STAMP)
	@$(RUN) $(PY) scripts/build.py --data="$$GIVEN_DATA" --method="$$GIVEN_METHOD" --vars="$$GIVEN_VARS"

# the export of a survey platform, a shop or a help desk into a case folder that `make build DATA=` takes
import: $(STAMP)
	@$(RUN) $(PY) -m satisfaction.command import --case="$$GIVEN_CASE" --survey="$$GIVEN_SURVEY" --sheet="$$GIVEN_SHEET" --file="$$GIVEN_FILE"

# what would stop a build, in seconds and without one; ARGS=--figures builds apart and compares with DATA's expected/
check: $(STAMP)
	@$(RUN) $(PY) scripts/check.py --data="$$GIVEN_DATA" --method="$$GIVEN_METHOD" --vars="$$GIVEN_VARS"

# a person's rows, in the case and in all that was made of it; see docs/forgetting.md
forget: $(STAMP)
	@$(RUN) $(PY) scripts/forget.py --customer="$$GIVEN_CUSTOMER" --customers="$$GIVEN_CUSTOMERS" --how="$$GIVEN_FORGET" --data="$$GIVEN_DATA"

# two workers, each with whole files: tests of a file share what they build
PYTEST = $(RUN) $(PY) -m pytest -n 2 --dist loadfile --durations=15

# the mathematics, the checks, the docs and the demo's figures: minutes
test: $(STAMP)
	$(PYTEST) -m "not engine"

# small cases with figures by hand and by slow loops, each built by dbt as far as it needs
test-cases: $(STAMP)
	$(PYTEST) -m engine tests/python

# cases built whole from raw files: what no folder, and no order of builds, may get wrong
test-builds: $(STAMP)
	$(PYTEST) --no-loadscope-reorder tests/builds

# what people and tools do with the marts: report, metrics, exports, catalogue, the package
test-bi: $(STAMP)
	$(PYTEST) tests/bi

# the report in the system's Chromium
test-browser: $(STAMP)
	$(PYTEST) tests/browser

# random kills, surveys and bad inputs; ARGS=--whole for hours, ARGS="--seed 7 --only kills" for one trial again
test-faults: $(STAMP)
	@$(RUN) $(PY) -m tests.faults

# the demo on Spark in this process, or on the cluster that SPARK_MASTER or SPARK_REMOTE names
build-spark: $(SPARK_STAMP)
	$(SPARK)/python scripts/with_arguments.py $(SPARK)/dbt build --target spark --target-path target/spark/dbt

# the adapter by itself
test-adapter: $(SPARK_STAMP)
	$(SPARK)/python scripts/with_arguments.py $(SPARK)/python -m pytest $(SPARK_PROJECT)

# the marts of both engines side by side
test-spark: $(STAMP) $(SPARK_STAMP)
	$(PY) -m tests.shared
	$(RUN) $(SPARK)/python -m pytest tests/spark

# the dashboards of bi/superset on 127.0.0.1, over what may be passed on; ARGS=--whole: over all marts; needs a build
superset: $(STAMP) $(SUPERSET_STAMP)
	@$(RUN) $(PY) -m bi.superset.serve --port "$$GIVEN_PORT"

# the dashboards as a file that any Superset imports; see bi/superset/README.md
superset-bundle: $(STAMP)
	@$(RUN) $(PY) -m bi.superset.bundle

# Superset as users see it: in the browser, by the REST API, and while marts are published
test-superset: $(STAMP) $(SUPERSET_STAMP)
	$(RUN) $(PY) -m pytest tests/superset

# the demo on dbt-core 1.12; dbt's last line says how many nodes passed
test-dbt-next: export SATISFACTION_DUCKDB = target/dbt-next/satisfaction.duckdb
test-dbt-next: $(NEXT_STAMP)
	@mkdir -p target/dbt-next
	$(RUN) .venv-dbt-next/bin/dbt build --target-path target/dbt-next --log-path target/dbt-next/logs

# what a change does to the figures: BASE and the working tree on five cases, row for row; see CONTRIBUTING.md
golden: $(STAMP)
	@$(RUN) $(PY) -m tests.golden --base "$$GIVEN_BASE" --only "$$GIVEN_ONLY"

# after a change of the demo's figures that is meant: what CI compares them with
golden-fingerprint: $(STAMP)
	@$(PY) -m tests.golden --fingerprint

# sqlfluff compiles every model, and some ask the method tables while they compile; the manifest of `make build` stays
lint: export DBT_TARGET_PATH = target/lint
lint: $(STAMP)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	git ls-files -z | xargs -0 .venv/bin/codespell
	.venv/bin/mypy
	.venv/bin/dbt --quiet build --target ci --select resource_type:seed +py_method_gate \
	  --exclude-resource-type test unit_test
	.venv/bin/sqlfluff lint --processes 2 models tests/integrity

# the catalogue of the last build: target/docs/index.html
docs: $(STAMP)
	@$(RUN) $(PY) scripts/docs.py

# MetricFlow over what may be passed on; ARGS=--whole asks the build itself
MF = $(RUN) $(PY) scripts/metrics.py

# MetricFlow takes half a minute to say, at length, that there is no build
BUILT = @$(PY) scripts/publish.py --check

# whether the metrics suit what was built, in the YAML and in the database
metrics: $(STAMP)
	$(BUILT)
	$(MF) validate-configs --whole

# make query METRICS=nps,satisfied_share BY=metric_time,segment__value WHERE="{{ Dimension('segment__type') }} = 'region'"
query: $(STAMP)
	$(BUILT)
	@$(MF) query --quiet --metrics "$$GIVEN_METRICS" --group-by "$$GIVEN_BY" --order "$$GIVEN_BY" \
	  $${GIVEN_WHERE:+--where "$$GIVEN_WHERE"}

publish: $(STAMP)
	@$(RUN) $(PY) scripts/publish.py

# ARGS=--without-customers names no customer and no small cell: for a report that is passed on
report: $(STAMP)
	@$(RUN) $(PY) -m reports

# the functions that write texts of the report; c marks a context
SAID := -k say -k t -k say_in:1c,2 -k sayIn:1c,2 -k in_all
PYBABEL = .venv/bin/pybabel --quiet

# brings the report's catalogues (reports/locale) up to what code says: new texts are empty, changed ones fuzzy
messages: $(STAMP)
	@mkdir -p target
	$(PYBABEL) extract --no-default-keywords $(SAID) -F babel.cfg --add-location=file --sort-by-file -w 100 \
	  -o target/messages.pot reports
	$(PYBABEL) update -i target/messages.pot -d reports/locale --ignore-obsolete --ignore-pot-creation-date -w 100

# CSV that Excel opens rightly, and one workbook: target/export, of what may be passed on; ARGS=--whole: of all marts
export: $(STAMP)
	@$(RUN) $(PY) scripts/export.py

# what may be passed on into the PostgreSQL that SATISFACTION_POSTGRES or libpq's variables name; ARGS=--whole: all marts
publish-postgres: $(STAMP)
	@$(RUN) $(PY) scripts/publish_postgres.py

demo: $(STAMP)
	$(RUN) $(PY) scripts/make_demo.py

# minutes at 1m; hours with SIZE=100m, see bench/README.md
bench: $(STAMP) target/bench/libs/.installed
	$(RUN) $(PY) bench/run.py --size "$$GIVEN_SIZE"

# what only contenders need, seen by their processes alone
target/bench/libs/.installed: bench/requirements.lock $(STAMP)
	rm -rf $(@D)
	.venv/bin/uv pip install --quiet --python $(PY) --require-hashes --no-deps --target $(@D) -r $<
	@touch $@

COMPILE = .venv/bin/uv pip compile --universal --no-strip-extras --generate-hashes \
  --no-emit-index-url --no-header --quiet

lock: $(STAMP)
	$(COMPILE) pyproject.toml --extra dbt --extra dev --extra report --extra import --extra spss --extra postgres \
	  --extra metrics \
	  -o requirements.lock
	$(COMPILE) $(SPARK_PROJECT)/pyproject.toml pyproject.toml --extra dbt --extra connect --extra test \
	  -o requirements-spark.lock
	$(COMPILE) bi/superset/requirements.in --python-version 3.11 -o bi/superset/requirements.lock
	.venv/bin/uv pip compile bench/requirements.in -c requirements.lock --python-version 3.11 --universal \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet -o bench/requirements.lock

clean:
	rm -rf target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The environments: rebuilt when a lock or pyproject changes; the stamp comes last, so a broken
# install is never taken for a whole one. Arguments: folder, lock, projects.
define install
	@$(PYTHON) $(SUITS) 2>/dev/null || { \
	  echo "Python 3.11, 3.12 or 3.13 is needed; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)"; \
	  echo "Fix: install one, or name it: make build PYTHON=/path/to/python3.12"; exit 1; }
	@echo "installing into $(1) (once) …"
	@rm -f $@
	$(PYTHON) -m venv --clear $(1)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(1)/bin/uv pip install --quiet --python $(1)/bin/python --require-hashes --compile-bytecode -r $(2)
	$(if $(3),$(1)/bin/uv pip install --quiet --python $(1)/bin/python --no-deps --no-build-isolation $(3))
	@touch $@
endef

$(STAMP): requirements.lock pyproject.toml
	$(call install,.venv,requirements.lock,-e .)

# the lock with its dbt-core replaced; without dbt's parser in Rust, an option that downloads itself
$(NEXT_STAMP): requirements.lock pyproject.toml
	$(call install,.venv-dbt-next,requirements.lock,-e .)
	@rm $@
	echo 'dbt-core-experimental-parser; python_version < "3"' | .venv-dbt-next/bin/uv pip install --quiet \
	  --python .venv-dbt-next/bin/python --override /dev/stdin 'dbt-core~=1.12.0'
	@touch $@

$(SPARK_STAMP): requirements-spark.lock pyproject.toml $(SPARK_PROJECT)/pyproject.toml
	$(call install,.venv-spark,requirements-spark.lock,-e . -e $(SPARK_PROJECT))

$(SUPERSET_STAMP): bi/superset/requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13))' || { \
	  echo "The numpy and pandas that Superset wants have no wheels for Python 3.13."; \
	  echo "Fix: make superset PYTHON=/path/to/python3.12"; exit 1; }
	$(call install,.venv-superset,bi/superset/requirements.lock,)
