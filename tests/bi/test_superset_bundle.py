"""The files that Superset imports: everything they name exists, and figures are never added up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from bi.superset import bundle
from tests.python.conftest import Built


@pytest.fixture(scope="module")
def manifest(demo: Built) -> dict[str, Any]:
    return dict(json.loads((demo.target / "manifest.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def files(demo: Built, manifest: dict[str, Any]) -> bundle.Files:
    return bundle.make(manifest, demo.target / "marts.duckdb", bundle.DASHBOARDS)


def test_dashboards_of_what_may_be_passed_on(demo: Built, manifest: dict[str, Any]) -> None:
    """Charts over customers are left out, and each dataset is one of the file."""
    path = demo.target / "shared.duckdb"
    files = bundle.make(manifest, path, bundle.DASHBOARDS, is_whole=False)
    assert "datasets/satisfaction/dim_customers.yaml" not in files
    with duckdb.connect(str(path), read_only=True) as con:
        for dataset in part(files, "datasets/").values():
            figures = ", ".join(metric["expression"] for metric in dataset["metrics"])
            assert con.execute(f"select {figures} from ({dataset['sql']})").fetchall()
        sql = part(files, "datasets/")[bundle.stable_uuid("datasets", "fct_segment_satisfaction")]
        marked = con.execute(
            f"select distinct segment_type, segment_marked from ({sql['sql']}) "
            "where cell_status = 'suppressed'"
        ).fetchall()
    assert len(marked) == 6
    assert all(text.endswith("（已隐去 suppressed）") for _, text in marked)
    whole = bundle.make(manifest, demo.target / "marts.duckdb", bundle.DASHBOARDS)
    assert 15 < len(part(files, "charts/")) < len(part(whole, "charts/"))


def part(files: bundle.Files, folder: str) -> dict[str, dict[str, Any]]:
    return {content["uuid"]: content for name, content in files.items() if name.startswith(folder)}


def test_datasets_are_what_they_say(files: bundle.Files, marts: duckdb.DuckDBPyConnection) -> None:
    for dataset in part(files, "datasets/").values():
        result = marts.execute(dataset["sql"])
        there = [(column[0], str(column[1])) for column in result.description]
        rows = len(result.fetchall())
        (expected,) = marts.execute(f"select count(*) from {dataset['table_name']}").fetchall()[0]
        assert there == [(c["column_name"], c["type"]) for c in dataset["columns"]]
        assert rows == expected, f"labels multiply the rows of {dataset['table_name']}"
        nameless = [c for c in dataset["columns"] if c["verbose_name"] == c["column_name"]]
        assert nameless == []
        figures = ", ".join(metric["expression"] for metric in dataset["metrics"])
        assert marts.execute(f"select {figures} from ({dataset['sql']})").fetchall()


def test_charts_ask_what_the_marts_can_answer(
    files: bundle.Files, marts: duckdb.DuckDBPyConnection
) -> None:
    datasets = part(files, "datasets/")
    charts = part(files, "charts/")
    assert len(charts) >= 20
    for chart in charts.values():
        form = chart["params"]
        metrics = [*form.get("metrics", []), *(form[k] for k in "xy" if k in form)]
        metrics += [form[k] for k in ("metric", "size") if isinstance(form.get(k), dict)]
        shown = [metric["sqlExpression"] for metric in metrics] or form["all_columns"]
        sql = datasets[chart["dataset_uuid"]]["sql"]
        assert marts.execute(f"select {', '.join(shown)} from ({sql})").fetchall()


def test_a_figure_without_a_filter_is_the_newest_total(
    files: bundle.Files, marts: duckdb.DuckDBPyConnection
) -> None:
    (dataset,) = (
        d for d in part(files, "datasets/").values() if d["table_name"] == "fct_segment_loyalty"
    )
    (metric,) = (m for m in dataset["metrics"] if m["metric_name"] == "one_n_customers")
    shown = marts.execute(f"select {metric['expression']} from ({dataset['sql']})").fetchall()
    assert (
        shown
        == marts.execute(
            "select n_customers from fct_segment_loyalty where segment_type = 'total'"
            " order by month_start desc limit 1"
        ).fetchall()
    )
    unknown = "if(month_start = max(month_start) over (), null, n_customers) as n_customers"
    without = f"select * replace ({unknown}) from ({dataset['sql']})"
    shown = marts.execute(f"select {metric['expression']} from ({without})").fetchall()
    assert shown == [(None,)], "an older figure stands for one that is not known"


def test_filters_reach_only_charts_that_have_their_column(files: bundle.Files) -> None:
    datasets, charts = part(files, "datasets/"), part(files, "charts/")
    for board in part(files, "dashboards/").values():
        places = [p for p in board["position"].values() if p != "v2" and p["type"] == "CHART"]
        for filter_ in board["metadata"]["native_filter_configuration"]:
            name = filter_["targets"][0]["column"]["name"]
            reached = [
                charts[place["meta"]["uuid"]]
                for place in places
                if place["meta"]["chartId"] not in filter_["scope"]["excluded"]
            ]
            assert reached
            for chart in reached:
                columns = datasets[chart["dataset_uuid"]]["columns"]
                assert name in {column["column_name"] for column in columns}, chart["slice_name"]


def test_equal_input_gives_an_equal_file(files: bundle.Files, tmp_path: Path) -> None:
    one, two = (bundle.write(files, tmp_path / name / "dashboards") for name in "ab")
    assert one.read_bytes() == two.read_bytes()


MISTAKES = {
    "metrics: [satisfaction_index]": (
        "metrics: [satisfaction_indx]",
        "chart index: there is no column in fct_segment_satisfaction called satisfaction_indx",
        "did you mean satisfaction_index",
    ),
    "mart: fct_drivers": ("mart: fct_driver", "there is no mart fct_driver", "fct_drivers"),
    "max_by(share,": ("max_by(shares,", "called shares", "did you mean share"),
    "type: bubble": ("type: buble", "there is no chart type buble", "bubble"),
    "filters: [wave, compare]": ("filters: [waves]", "there is no filter waves", "wave"),
    "      width: 3": ("      width: 4", "a row is wider than 12", "narrower"),
    "      sort: table_name": (
        "      sorted: table_name",
        "no setting sorted",
        "did you mean sort",
    ),
}


@pytest.mark.parametrize("right", MISTAKES)
def test_a_mistake_is_said_plainly(right: str, manifest: dict[str, Any], tmp_path: Path) -> None:
    wrong, says, fix = MISTAKES[right]
    text = (bundle.HERE / "dashboards" / "satisfaction.yml").read_text(encoding="utf-8")
    assert right in text
    path = tmp_path / "satisfaction.yml"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(bundle.BundleError) as error:
        bundle.make(manifest, tmp_path / "marts.duckdb", [path])
    message = str(error.value)
    assert "satisfaction.yml" in message and says in message
    assert fix in message.split("\nFix: ")[1]


def test_without_a_build_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(bundle.BundleError, match="Fix: make build first"):
        bundle.bundle(tmp_path)


def test_yaml_has_no_key_twice() -> None:
    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), keys
            return super().construct_mapping(node, deep)

    for path in [*bundle.DASHBOARDS, bundle.HERE / "labels.yml"]:
        yaml.load(path.read_text(encoding="utf-8"), Strict)  # noqa: S506
