"""What `mf query` says is what the marts say, for every metric and however it is grouped."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts import metrics as metrics_command
from tests.python.conftest import ROOT, Built
from tests.shared import environment

PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```sh\n(mf query .*?)\n```\n\n```text\n(.*?)^```", PAGE, flags=re.S | re.M)

CELL = "segment_type, segment_value"
WAVES = "join dim_waves using (survey_id)"
BEHAVIOUR, GROWTH = "fct_segment_behaviour", "fct_customer_growth"


def of_wave(measure: str, role: str | None = None) -> str:
    """Return the query for a score of the waves' questions by cell."""
    asked = f"and role = '{role}'" if role else ""
    return (
        f"select wave_date, {CELL}, score from fct_survey_scores {WAVES} "
        f"where measure = '{measure}' {asked}"
    )


def of_month(mart: str, column: str, where: str = "true") -> str:
    """Return the query for a figure of the months by cell."""
    return f"select month_start, {CELL}, {column} from {mart} where {where}"


# metric: the marts' figure by time and segment
BY_WAVE = {
    "satisfaction_index": (
        f"select wave_date, {CELL}, satisfaction_index from fct_segment_satisfaction {WAVES}"
    ),
    "respondents": (
        f"select wave_date, {CELL}, s.n_respondents from fct_segment_satisfaction as s {WAVES}"
    ),
    "satisfied_share": of_wave("satisfied_share", "overall"),
    "top_2_box": of_wave("top_2_box", "overall"),
    "nps": of_wave("nps"),
    "promoter_share": of_wave("promoters"),
    "detractor_share": of_wave("detractors"),
    "response_rate": of_wave("response_rate"),
}
BY_MONTH = {
    "loyalty_index": of_month("fct_segment_loyalty", "loyalty_index"),
    "loyal_share": of_month("fct_segment_loyalty", "loyal_share"),
    "ladder_level": of_month("fct_segment_loyalty", "mean_ladder_level"),
    "revenue": of_month("fct_segment_loyalty", "revenue"),
    "repurchase_rate": of_month(BEHAVIOUR, "repurchase_rate"),
    "complaint_rate": of_month(BEHAVIOUR, "complaint_rate"),
    "active_customers": of_month(BEHAVIOUR, "n_active"),
    "purchases": of_month(BEHAVIOUR, "n_purchases"),
    "complaints": of_month(BEHAVIOUR, "n_complaints"),
    "retention_rate": of_month(GROWTH, "retention_rate", "is_complete"),
    "churn_rate": of_month(GROWTH, "churn_rate", "is_complete"),
    "new_customers": of_month(GROWTH, "n_new"),
    "lost_customers": of_month(GROWTH, "n_lost"),
    "former_customers": of_month("fct_segment_loyalty", "n_left"),
}
VALUE = "from fct_customer_value join dim_customers using (customer_id) where method ="
MODELLED = f"{VALUE} 'bg_nbd_gamma_gamma' group by region"
VALUED = "fct_customer_value.expected_value"
BY_CUSTOMER = {
    "customer_value": f"select region, avg({VALUED}) {MODELLED}",
    "total_customer_value": f"select region, sum({VALUED}) {MODELLED}",
    "valued_customers": f"select region, count({VALUED}) {MODELLED}",
    "simple_customer_value": f"select region, avg({VALUED}) {VALUE} 'average' group by region",
}
# metric: the year's figure of everybody, pooled by hand
YEAR = "segment_type = 'total' and year({}) = 2025"
IN_YEAR = {
    "nps": (
        "select 100.0 * sum(case measure when 'promoters' then n_counted else -n_counted end)"
        f" / sum(n_answers) * 2 from fct_survey_scores {WAVES} "
        f"where measure in ('promoters', 'detractors') and {YEAR.format('wave_date')}"
    ),
    "respondents": (
        f"select sum(s.n_respondents) from fct_segment_satisfaction as s {WAVES} "
        f"where {YEAR.format('wave_date')}"
    ),
    "satisfaction_index": "select null",
    "revenue": ("select sum(revenue) from fct_customer_loyalty where year(month_start) = 2025"),
    "active_customers": (
        "select count(*) from fct_customer_behaviour where is_active and month_start = '2025-12-01'"
    ),
    "loyal_share": (
        "select avg(is_loyal::int) from fct_customer_loyalty where year(month_start) = 2025"
    ),
    "repurchase_rate": (
        "select avg(has_repurchased::int) from fct_customer_behaviour "
        "where year(month_start) = 2025"
    ),
    "retention_rate": (
        "select 1 - sum(n_lost) / sum(n_opening) from fct_customer_growth "
        f"where is_complete and {YEAR.format('month_start')}"
    ),
    "complaint_rate": (
        f"select sum(n_complaining) / sum(n_at_risk) from {BEHAVIOUR} "
        f"where {YEAR.format('month_start')}"
    ),
}
METRICS = [*BY_WAVE, *BY_MONTH, *BY_CUSTOMER]

QUERIES = {
    "wave": [*BY_WAVE],
    "month": [*BY_MONTH],
    "wave cells": [*BY_WAVE],
    "month cells": [*BY_MONTH],
    "customers": [*BY_CUSTOMER],
    "year": [*IN_YEAR],
    "wave types": ["satisfaction_index"],
    "type": ["respondents", "nps", "revenue", "complaint_rate"],
}
GROUPS = {
    "wave": "metric_time__day",
    "month": "metric_time__month",
    "wave cells": "metric_time__day,segment__type,segment__value",
    "month cells": "metric_time__month,segment__type,segment__value",
    "customers": "customer__region",
    "year": "metric_time__year",
    "wave types": "metric_time__day,segment__type",
    "type": "segment__type",
}
# `mf` starts in seconds and answers in tenths of one: one process asks everything
SESSION = """
import contextlib, io, json, sys
from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from dbt_metricflow.cli.main import cli
shared, said = CLIConfiguration(), []
for command in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        cli.main(command, obj=shared, standalone_mode=False)
    said.append(out.getvalue())
print(json.dumps(said))
"""


class MetricFlow:
    """`mf` over the demo, in a folder of its own: it writes logs, and reads ./target only."""

    def __init__(self, demo: Built, home: Path) -> None:
        self.home = home
        for name in ("dbt_project.yml", "profiles.yml"):
            (home / name).symlink_to(ROOT / name)
        (home / "target").symlink_to(demo.target)
        build_file = shutil.copy(demo.target / "satisfaction.duckdb", home)
        self.env = environment()
        self.env |= {"SATISFACTION_DUCKDB": str(build_file), "PYTHONUTF8": "1"}
        self.env |= {"SATISFACTION_DUCKDB_ACCESS": "READ_ONLY"}
        # no network: no answer must be needed from anywhere
        self.env |= {name: "http://127.0.0.1:9" for name in ("HTTPS_PROXY", "HTTP_PROXY")}
        queries = [
            ["query", "--quiet", "--csv", str(home / f"{name}.csv")]
            + ["--metrics", ",".join(metrics), "--group-by", GROUPS[name]]
            for name, metrics in QUERIES.items()
        ]
        pages = [[*shlex.split(command)[1:], "--quiet"] for command, _ in SHOWN]
        said = self.run([sys.executable, "-c", SESSION], json.dumps(queries + pages))
        self.said = json.loads(said)[len(queries) :]

    def run(
        self, command: Sequence[str], given: str = "", env: dict[str, str] | None = None
    ) -> str:
        """Run a command in the folder and return what it printed."""
        done = subprocess.run(
            command,
            cwd=self.home,
            env=env or self.env,
            input=given,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def figures(self, query: str, metric: str) -> dict[tuple[str, ...], float]:
        """Return a metric of a query by its groups, without the cells where it is empty."""
        with (self.home / f"{query}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows
        return {
            tuple(
                row[group].removesuffix(" 00:00:00")
                for group in GROUPS[query.removeprefix("shared ")].split(",")
            ): float(row[metric])
            for row in rows
            if row[metric]
        }


@pytest.fixture(scope="module")
def mf(demo: Built, tmp_path_factory: pytest.TempPathFactory) -> MetricFlow:
    return MetricFlow(demo, tmp_path_factory.mktemp("metrics"))


@pytest.fixture(scope="module")
def metrics(demo: Built) -> dict[str, dict[str, Any]]:
    manifest = json.loads((demo.target / "manifest.json").read_text(encoding="utf-8"))
    return {metric["name"]: metric for metric in manifest["metrics"].values()}


def keyed(rows: Sequence[tuple[Any, ...]]) -> dict[tuple[str, ...], float]:
    """Return rows by all but their last column, without those where it is null."""
    return {
        tuple("" if key is None else str(key) for key in row[:-1]): float(row[-1])
        for row in rows
        if row[-1] is not None
    }


def same(found: Mapping[Any, float], expected: Mapping[Any, float]) -> None:
    assert expected
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_mf_finds_nothing_wrong(mf: MetricFlow) -> None:
    said = mf.run([str(Path(sys.executable).with_name("mf")), "validate-configs"])
    checks = re.findall(r"\(ERRORS: (\d+), FUTURE_ERRORS: (\d+), WARNINGS: (\d+)\)", said)
    assert checks == [("0", "0", "0")] * 6


@pytest.mark.parametrize("metric", [*BY_WAVE, *BY_MONTH])
def test_a_metric_is_the_marts_figure_in_total_and_by_segment(
    metric: str, mf: MetricFlow, demo: Built
) -> None:
    time, sql = ("wave", BY_WAVE[metric]) if metric in BY_WAVE else ("month", BY_MONTH[metric])
    expected = keyed(demo.rows(sql))
    same(mf.figures(f"{time} cells", metric), expected)
    total = {key[:1]: value for key, value in expected.items() if key[1] == "total"}
    same(mf.figures(time, metric), total)


@pytest.mark.parametrize("metric", BY_CUSTOMER)
def test_value_by_region_is_that_of_its_customers(metric: str, mf: MetricFlow, demo: Built) -> None:
    found = mf.figures("customers", metric)
    same(
        {key: value for key, value in found.items() if value}, keyed(demo.rows(BY_CUSTOMER[metric]))
    )


@pytest.mark.parametrize("metric", IN_YEAR)
def test_a_year_is_pooled_and_an_index_is_not(metric: str, mf: MetricFlow, demo: Built) -> None:
    found = mf.figures("year", metric).get(("2025-01-01",))
    ((expected,),) = demo.rows(IN_YEAR[metric])
    assert found == (None if expected is None else pytest.approx(float(expected), rel=1e-9))


@pytest.mark.parametrize("metric", QUERIES["type"])
def test_segments_of_each_type_add_up_to_the_total(metric: str, mf: MetricFlow) -> None:
    found = mf.figures("type", metric)
    assert len(found) == 5
    assert list(found.values()) == pytest.approx([found["total",]] * 5)


def test_what_may_be_passed_on_has_the_same_totals_and_no_withheld_segment(
    mf: MetricFlow, demo: Built
) -> None:
    """As `make query` asks it: by the file's name of the build, within its folder."""
    told = metrics_command.environment(demo.target, is_whole=False)
    command = [str(Path(sys.executable).with_name("mf")), "query", "--quiet"]
    command += ["--metrics", "satisfaction_index,respondents,nps", "--csv"]
    for name in ("wave", "wave cells"):
        path = mf.home / f"shared {name}.csv"
        asked = [*command, str(path), "--group-by", GROUPS[name]]
        mf.run(asked, env=mf.env | {"SATISFACTION_DUCKDB": told["SATISFACTION_DUCKDB"]})
    for metric in ("satisfaction_index", "respondents", "nps"):
        same(mf.figures("shared wave", metric), mf.figures("wave", metric))
        found, whole = (mf.figures(f"{set_}wave cells", metric) for set_ in ("shared ", ""))
        both = found.keys() & whole.keys()
        same({key: found[key] for key in both}, {key: whole[key] for key in both})
        assert {key[1:] for key in found.keys() - whole.keys()} == {
            ("customer_type", "other"),
            ("region", "other"),
        }
        assert len(whole.keys() - found.keys()) == 24


def test_an_index_of_several_segments_is_empty(mf: MetricFlow) -> None:
    found = mf.figures("wave types", "satisfaction_index")
    everybody = mf.figures("wave", "satisfaction_index")
    assert found == {(*wave, "total"): value for wave, value in everybody.items()}


def test_there_are_so_many_metrics(metrics: dict[str, dict[str, Any]]) -> None:
    parts = [name for name in metrics if name.startswith("part_")]
    assert set(metrics) - set(parts) == set(METRICS)
    assert (len(METRICS), len(parts)) == (26, 35)


def test_every_metric_is_labelled_in_both_languages(
    metrics: dict[str, dict[str, Any]], demo: Built
) -> None:
    manifest = json.loads((demo.target / "manifest.json").read_text(encoding="utf-8"))
    models = manifest["semantic_models"].values()
    measures = {measure["name"]: measure for model in models for measure in model["measures"]}
    for name, metric in metrics.items():
        assert metric["description"] and "created from measure" not in metric["description"], name
        assert re.search(r"[A-Za-z]", metric["label"]) and metric["label"] != name, name
        # dbt makes the parts from measures, and leaves their meta there
        labelled = measures[name] if name.startswith("part_") else metric
        assert re.search(r"[一-龥]", labelled["config"]["meta"]["label_zh"]), name


def test_the_page_lists_every_metric(metrics: dict[str, dict[str, Any]]) -> None:
    listed = re.findall(r"^\| `(\w+)` \| (.+?) \| .+? \| .+? \|$", PAGE, flags=re.M)
    assert listed == [(name, metrics[name]["config"]["meta"]["label_zh"]) for name, _ in listed]
    assert sorted(name for name, _ in listed) == sorted(METRICS)


def test_every_dimension_and_entity_is_described(demo: Built) -> None:
    manifest = json.loads((demo.target / "manifest.json").read_text(encoding="utf-8"))
    models = manifest["semantic_models"].values()
    assert len(models) == 5
    for model in models:
        for part in [model, *model["dimensions"], *model["entities"], *model["measures"]]:
            assert part["description"], (model["name"], part["name"])


@pytest.mark.parametrize("place", range(5))
def test_the_page_shows_what_mf_prints(place: int, mf: MetricFlow) -> None:
    def cells(table: str) -> list[dict[str, str]]:
        head, _, *rows = [line.split() for line in table.rstrip().splitlines()]
        return [dict(zip(head, row, strict=True)) for row in rows]  # mf shuffles the columns

    command, shown = SHOWN[place]
    assert cells(shown) == cells(mf.said[place]), command


def test_only_marts_are_read(demo: Built) -> None:
    manifest = json.loads((demo.target / "manifest.json").read_text(encoding="utf-8"))
    nodes = manifest["nodes"]
    semantic = [n for n in nodes.values() if n["name"].startswith("sem_")]
    assert len(semantic) == 4
    for node in semantic:
        for parent in node["depends_on"]["nodes"]:
            assert nodes[parent]["path"].startswith(("marts/", "semantic/")), (node["name"], parent)
