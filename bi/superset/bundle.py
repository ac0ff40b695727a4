"""Make the files that Superset imports: `python -m bi.superset.bundle`.

The dashboards are in dashboards/*.yml; names, types and descriptions of columns come from dbt's
manifest, their labels from docs/business_terms.csv. What comes out is the same for the same input.
"""

from __future__ import annotations

import argparse
import difflib
import json
import shutil
import sys
import uuid
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
import yaml
from sqlglot import exp

from bi.superset.charts import TYPES, Chart, Metric, adhoc_filter, params
from satisfaction.disclosure.cells import STATUS, SUPPRESSED
from scripts import catalogue, publish, shared

HERE = Path(__file__).resolve().parent
DASHBOARDS = sorted((HERE / "dashboards").glob("*.yml"))
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "dbt-satisfaction/bi/superset")
DATABASE = "satisfaction marts"
TEXT, DATE = "VARCHAR", "DATE"
TYPE_OF = {"string": TEXT, "text": TEXT, "double": "DOUBLE", "integer": "INTEGER"}
NUMBERS = {"DOUBLE", "INTEGER", "BIGINT", "FLOAT"}
GRID = 12
#: what stands beside a segment whose figures are not passed on
WITHHELD = " （已隐去 suppressed）"

Files = dict[str, dict[str, Any]]


class BundleError(Exception):
    """The dashboards cannot be made; the message names file, chart and column, and says the fix."""


@dataclass(frozen=True)
class Lookup:
    """A label that another mart holds for a key."""

    column: str
    keys: tuple[str, ...]
    mart: str
    text: str


# what a fact says by code only, and the mart that knows the name
LOOKUPS = [
    Lookup("factor_label", ("factor_id",), "dim_factors", "label_zh || ' ' || label_en"),
    Lookup(
        "segment_label",
        ("segment_type", "segment_value"),
        "dim_segments",
        "label_zh || ' ' || label_en",
    ),
    Lookup(
        "segment_type_label",
        ("segment_type",),
        "dim_segments",
        "type_label_zh || ' ' || type_label_en",
    ),
    Lookup("tier_label", ("tier_id",), "fct_customer_tiers", "label_zh || ' ' || label_en"),
    Lookup("wave_number", ("survey_id",), "dim_waves", "wave_number"),
]


def stable_uuid(*parts: str) -> str:
    """Return the same identifier for the same name, so that an import replaces and never adds."""
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def named(known: Iterable[str], name: str, what: str, where: str) -> str:
    """Return a name that is known, or say which one may have been meant.

    Raises
    ------
    BundleError
        If there is no such name.
    """
    names = sorted(known)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=3)
    fix = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(names)}."
    raise BundleError(f"{where}: there is no {what} {name}.\nFix: {fix}")


class Marts:
    """The marts of a manifest as datasets of Superset.

    Parameters
    ----------
    manifest
        dbt's manifest.
    terms
        Chinese and English label by mart and column.
    labels
        The content of labels.yml.
    is_whole
        Whether all marts are read, and not what may be passed on.
    """

    def __init__(
        self,
        manifest: dict[str, Any],
        terms: dict[str, tuple[str, str]],
        labels: dict[str, Any],
        is_whole: bool = True,
    ) -> None:
        every = catalogue.marts(manifest)
        read = every if is_whole else shared.passed_on(manifest, every)
        self.marts = {mart.name: mart for mart in read}
        #: marts of areas that the case has switched off, or that are not passed on, and the labels
        #: that they would give
        self.off = {
            node["name"]
            for nodes in manifest.get("disabled", {}).values()
            for node in nodes
            if node["resource_type"] == "model" and node["path"].startswith("marts/")
        }
        self.off |= {mart.name for mart in every} - set(self.marts)
        names = [lookup.column for lookup in LOOKUPS if lookup.mart in self.off]
        self.off |= {*names, *(name.replace("_label", "_marked") for name in names)}
        self.terms = {term: " ".join(names) for term, names in terms.items()} | labels["columns"]
        self.codes: dict[str, dict[str, str]] = labels["codes"]
        self.types = {
            name: {
                column.name: TYPE_OF.get(column.type, column.type.upper())
                for column in mart.columns.values()
            }
            for name, mart in self.marts.items()
        }

    def lookups(self, mart: str) -> list[Lookup]:
        """Return the labels that a mart's codes have in other marts."""
        own = self.types[mart]
        return [
            lookup
            for lookup in LOOKUPS
            if set(lookup.keys) <= set(own)
            and lookup.column not in own
            and lookup.mart in self.types
        ]

    def computed(self, mart: str) -> dict[str, str]:
        """Return what a dataset has beyond its mart: column and expression."""
        own = self.types[mart]
        more = {lookup.column: f"{lookup.column}.text" for lookup in self.lookups(mart)}
        for column, labels in self.codes.items():
            if column in own:
                whens = " ".join(
                    f"when {publish.text(code)} then {publish.text(label)}"
                    for code, label in labels.items()
                )
                code = f"cast(mart.{column} as varchar)"
                more[f"{column}_label"] = f"case {code} {whens} else {code} end"
        if {"label_zh", "label_en"} <= set(own):
            more["label"] = "mart.label_zh || ' ' || mart.label_en"
        if {"type_label_zh", "label_zh"} <= set(own):  # dim_segments names itself
            more["segment_label"] = "mart.label_zh || ' ' || mart.label_en"
            more["segment_type_label"] = "mart.type_label_zh || ' ' || mart.type_label_en"
            more["segment_order"] = "1000 * mart.type_order + mart.value_order"
        if "segment_label" in more and "is_reliable" in own:
            mark = "if(mart.is_reliable, '', ' *')"
            if STATUS in own:
                withheld = f"mart.{STATUS} = {publish.text(SUPPRESSED)}"
                mark = f"if({withheld}, {publish.text(WITHHELD)}, {mark})"
            more["segment_marked"] = f"segment_label.text || {mark}"
        if "tier_label" in more and "is_value_reliable" in own:
            # one model values all customers, or is not to be relied on for any
            more["tier_marked"] = (
                "tier_label.text || if(bool_or(mart.is_value_reliable) over (), '', ' *')"
            )
        if {"survey_id", "wave_number"} <= set(own):  # waves in their order, whatever their ids
            more["wave_text"] = "lpad(mart.wave_number::varchar, 2, '0') || ' · ' || mart.survey_id"
        if "month_start" in own:
            more["month_text"] = "strftime(mart.month_start, '%Y-%m')"
        if {"cohort_month", "n_cohort"} <= set(own):
            more["cohort_marked"] = (
                "strftime(mart.cohort_month, '%Y-%m') || ' (' || mart.n_cohort || ')'"
                " || if(mart.is_reliable, '', ' *')"
            )
        return more

    def columns(self, mart: str) -> dict[str, str]:
        """Return every column of a dataset and its type."""
        more = {name: TEXT for name in self.computed(mart)}
        more |= {name: "INTEGER" for name in ("wave_number", "segment_order") if name in more}
        return self.types[mart] | more

    def sql(self, mart: str) -> str:
        """Return the query of a dataset: a mart with the labels of its codes."""
        shown = [f"mart.{catalogue.quote(name)}" for name in self.types[mart]]
        shown += [f"{text} as {name}" for name, text in self.computed(mart).items()]
        joins = ""
        for lookup in self.lookups(mart):
            keys = ", ".join(lookup.keys)
            on = " and ".join(f"mart.{key} = {lookup.column}.{key}" for key in lookup.keys)
            joins += (
                f"\nleft join (select {keys}, any_value({lookup.text}) as text\n"
                f"    from {lookup.mart} group by {keys}) as {lookup.column} on {on}"
            )
        return "select\n    " + ",\n    ".join(shown) + f"\nfrom {mart} as mart{joins}"

    def one(self, mart: str, column: str) -> str:
        """Return the expression that takes one row's figure, never a sum of several.

        `max_by` would pass over a null, and show the figure of an older row as the newest one.
        """
        own = self.columns(mart)
        order = ["segment_type = 'total'"] if "segment_type" in own else []
        order += [name for name in ("wave_number", "month_start") if name in own]
        key = f"({', '.join(order)})" if len(order) > 1 else "".join(order)
        return f"arg_max_null({column}, {key})" if key else f"max({column})"

    def label(self, name: str) -> str:
        """Return the bilingual label of a mart or column."""
        return self.terms.get(name) or self.terms.get(name.removesuffix("_label")) or name

    def dataset(self, mart: str) -> dict[str, Any]:
        """Return the file of a dataset."""
        described = {c.name: c.description for c in self.marts[mart].columns.values()}
        columns = [
            {
                "column_name": name,
                "verbose_name": self.label(name),
                "description": described.get(name) or None,
                "type": type_,
                "is_dttm": type_ in (DATE, "TIMESTAMP"),
                "groupby": True,
                "filterable": True,
                "is_active": True,
            }
            for name, type_ in self.columns(mart).items()
        ]
        figures = [name for name, type_ in self.columns(mart).items() if type_ in NUMBERS]
        metrics = [("rows", "行数 Rows", "count(*)")]
        metrics += [(f"one_{name}", self.label(name), self.one(mart, name)) for name in figures]
        return {
            "version": "1.0.0",
            "uuid": stable_uuid("datasets", mart),
            "database_uuid": stable_uuid("databases", DATABASE),
            "table_name": mart,
            "schema": "main",
            "sql": self.sql(mart),
            "description": f"{self.label(mart)}\n\n{self.marts[mart].description}",
            "main_dttm_col": "month_start" if "month_start" in self.types[mart] else None,
            "filter_select_enabled": True,
            "columns": columns,
            "metrics": [
                {"metric_name": name, "verbose_name": label, "expression": sql}
                for name, label, sql in metrics
            ],
        }


class Dashboard:
    """A dashboard of dashboards/*.yml, checked against the marts."""

    def __init__(self, path: Path, marts: Marts) -> None:
        self.path = path
        self.name = path.stem
        self.marts = marts
        self.spec = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.filters: dict[str, dict[str, Any]] = {
            name: spec for name, spec in self.spec["filters"].items() if not self.is_off(spec)
        }
        rows = [[spec for spec in row if not self.is_off(spec)] for row in self.spec["rows"]]
        self.rows = [[self.chart(spec) for spec in row] for row in rows if row]
        self.charts = [chart for row in self.rows for chart in row]
        # Superset translates these numbers into its own when it imports
        self.ids = {chart.name: number for number, chart in enumerate(self.charts, start=1)}

    def is_off(self, said: Any) -> bool:
        """Tell whether a chart or filter shows anything of an area that is off."""
        if isinstance(said, dict):
            return any(self.is_off(part) for part in said.values())
        if isinstance(said, list):
            return any(self.is_off(part) for part in said)
        return said in self.marts.off

    def where(self, item: str = "") -> str:
        """Say where an error is."""
        return f"{self.path.parent.name}/{self.path.name}" + (f", {item}" if item else "")

    def column(self, mart: str, name: str, item: str) -> str:
        """Return a column of a mart's dataset that exists."""
        return named(self.marts.columns(mart), name, f"column in {mart} called", self.where(item))

    def metric(self, mart: str, spec: str | dict[str, Any], item: str) -> Metric:
        """Read a metric: a column's name, or a label and an expression."""
        if isinstance(spec, str):
            name = self.column(mart, spec, item)
            return Metric(self.marts.label(name), self.marts.one(mart, name))
        if "column" in spec:  # a column under another label, perhaps in another unit
            name = self.column(mart, spec["column"], item)
            sql = self.marts.one(mart, name)
            return Metric(spec["label"], f"{sql} / {spec['per']}" if "per" in spec else sql)
        for part in sqlglot.parse_one(spec["sql"], dialect="duckdb").find_all(exp.Column):
            self.column(mart, part.name, item)
        return Metric(spec["label"], spec["sql"])

    def chart(self, spec: dict[str, Any]) -> Chart:
        """Read a chart, and make sure that everything it names exists."""
        item = f"chart {spec['name']}"
        unknown = set(spec) - set(Chart.__dataclass_fields__)
        for key in sorted(unknown):
            named(Chart.__dataclass_fields__, key, "setting", self.where(item))
        mart = named(self.marts.marts, spec["mart"], "mart", self.where(item))
        named(TYPES, spec["type"], "chart type", self.where(item))
        filters = [key for key in spec["filters"] if not self.is_off(self.spec["filters"].get(key))]
        for key in filters:
            filter_ = self.filters[named(self.filters, key, "filter", self.where(item))]
            self.column(mart, filter_["column"], f"{item}, filter {key}")
        for name in [
            *spec.get("where", {}),
            *spec.get("columns", []),
            *(spec[key] for key in ("x", "by") if key in spec),
        ]:
            self.column(mart, name, item)
        metrics = [self.metric(mart, metric, item) for metric in spec.get("metrics", [])]
        return Chart(**spec | {"filters": filters, "metrics": metrics})

    def native_filter(self, key: str, spec: dict[str, Any]) -> dict[str, Any]:
        """Return a filter whose default is the first value that the data offer."""
        item = f"filter {key}"
        mart = named(self.marts.marts, spec["mart"], "mart", self.where(item))
        self.column(mart, spec["column"], item)
        sort = spec.get("sort")
        if sort:
            self.column(mart, sort, item)
        within = spec.get("within")
        return {
            "id": f"NATIVE_FILTER-{self.name}-{key}",
            "name": spec["label"],
            "type": "NATIVE_FILTER",
            "filterType": "filter_select",
            "targets": [
                {"column": {"name": spec["column"]}, "datasetUuid": stable_uuid("datasets", mart)}
            ],
            "controlValues": {
                "defaultToFirstItem": True,
                "enableEmptyFilter": True,
                "multiSelect": False,
                "searchAllOptions": False,
                "inverseSelection": False,
                "sortAscending": not spec.get("newest_first", False),
            },
            "requiredFirst": True,
            "sortMetric": f"one_{sort}" if sort else None,
            "adhoc_filters": [
                adhoc_filter(column, wanted) for column, wanted in spec.get("where", {}).items()
            ],
            "cascadeParentIds": [f"NATIVE_FILTER-{self.name}-{within}"] if within else [],
            "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
            "scope": {
                "rootPath": ["ROOT_ID"],
                "excluded": [self.ids[c.name] for c in self.charts if key not in c.filters],
            },
        }

    def position(self) -> dict[str, Any]:
        """Return the grid: rows of charts, under a line that says how to read them."""
        grid: dict[str, Any] = {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
            "HEADER_ID": {
                "type": "HEADER",
                "id": "HEADER_ID",
                "meta": {"text": self.spec["title"]},
            },
        }
        rows: list[list[tuple[str, dict[str, Any]]]] = [
            [("MARKDOWN-about", {"code": self.spec["about"], "width": GRID, "height": 12})]
        ]
        rows += [
            [
                (
                    f"CHART-{chart.name}",
                    {
                        "chartId": self.ids[chart.name],
                        "uuid": stable_uuid("charts", self.name, chart.name),
                        "sliceName": chart.title,
                        "width": chart.width,
                        "height": chart.height,
                    },
                )
                for chart in row
            ]
            for row in self.rows
        ]
        names = [f"ROW-{number}" for number in range(len(rows))]
        above = ["ROOT_ID", "GRID_ID"]
        grid["GRID_ID"] = {
            "type": "GRID",
            "id": "GRID_ID",
            "children": names,
            "parents": ["ROOT_ID"],
        }
        for name, row in zip(names, rows, strict=True):
            if sum(meta["width"] for _, meta in row) > GRID:
                raise BundleError(
                    f"{self.where()}: a row is wider than {GRID}: "
                    f"{', '.join(child for child, _ in row)}.\nFix: make its charts narrower."
                )
            grid[name] = {
                "type": "ROW",
                "id": name,
                "children": [child for child, _ in row],
                "parents": above,
                "meta": {"background": "BACKGROUND_TRANSPARENT"},
            }
            for child, meta in row:
                grid[child] = {
                    "type": child.split("-")[0],
                    "id": child,
                    "children": [],
                    "parents": [*above, name],
                    "meta": meta,
                }
        return grid

    def files(self) -> Files:
        """Return the files of the dashboard and its charts."""
        files: Files = {
            f"charts/{self.name}_{chart.name}.yaml": {
                "version": "1.0.0",
                "uuid": stable_uuid("charts", self.name, chart.name),
                "slice_name": chart.title,
                "description": chart.note or None,
                "viz_type": params(chart)["viz_type"],
                "params": params(chart),
                "cache_timeout": None,
                "dataset_uuid": stable_uuid("datasets", chart.mart),
            }
            for chart in self.charts
        }
        files[f"dashboards/{self.name}.yaml"] = {
            "version": "1.0.0",
            "uuid": stable_uuid("dashboards", self.name),
            "dashboard_title": self.spec["title"],
            "slug": self.name,
            "published": True,
            "position": self.position(),
            "metadata": {
                "native_filter_configuration": [
                    self.native_filter(key, spec) for key, spec in self.filters.items()
                ],
                "cross_filters_enabled": False,
                "color_scheme": "supersetColors",
                "label_colors": self.spec.get("colours", {}),
                "refresh_frequency": 0,
            },
        }
        return files

    def datasets(self) -> set[str]:
        """Return the marts that the dashboard reads."""
        return {c.mart for c in self.charts} | {f["mart"] for f in self.filters.values()}


def database(published: Path) -> dict[str, Any]:
    """Return the file of the database: the published marts, and nothing else of the machine.

    DuckDB reads any file that the server may read and fetches extensions from the network, unless
    it is told not to.
    """
    config = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "lock_configuration": "true",
    }
    return {
        "version": "1.0.0",
        "uuid": stable_uuid("databases", DATABASE),
        "database_name": DATABASE,
        "sqlalchemy_uri": f"duckdb:///{published}",
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {
            "engine_params": {"connect_args": {"read_only": True, "config": config}},
            "metadata_params": {},
            "allows_virtual_table_explore": True,
        },
    }


def make(
    manifest: dict[str, Any], published: Path, dashboards: Sequence[Path], is_whole: bool = True
) -> Files:
    """Return the content of every file of the bundle.

    Parameters
    ----------
    manifest
        dbt's manifest, which describes the marts.
    published
        The DuckDB file that Superset shall read.
    dashboards
        Their YAML files.
    is_whole
        Whether that file holds all marts, and not what may be passed on.

    Returns
    -------
    dict
        File name within the bundle, and what it holds.

    Raises
    ------
    BundleError
        If a dashboard names a mart, column, filter or chart type that does not exist.
    """
    labels = yaml.safe_load((HERE / "labels.yml").read_text(encoding="utf-8"))
    marts = Marts(manifest, catalogue.business_terms(), labels, is_whole)
    boards = [board for path in dashboards if (board := Dashboard(path, marts)).rows]
    files: Files = {
        "metadata.yaml": {
            "version": "1.0.0",
            "type": "Dashboard",
            "timestamp": "2000-01-01T00:00:00+00:00",  # equal input, equal files
        },
        "databases/satisfaction.yaml": database(published),
    }
    for mart in sorted(set().union(*(board.datasets() for board in boards))):
        files[f"datasets/satisfaction/{mart}.yaml"] = marts.dataset(mart)
    for board in boards:
        files |= board.files()
    return files


def write(files: Files, folder: Path) -> Path:
    """Write the files as a folder and, beside it, as the zip file that Superset's pages import."""
    shutil.rmtree(folder, ignore_errors=True)
    archive = folder.with_suffix(".zip")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w") as bundle:
        for name, content in sorted(files.items()):
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            info = zipfile.ZipInfo(f"{folder.name}/{name}")  # dated 1980, always
            info.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(info, text)
    return archive


def bundle(target: Path, published: Path | None = None, is_whole: bool = False) -> Path:
    """Write the bundle of a target folder; return the zip file.

    It reads what may be passed on, or all marts; `published` says where the server finds the file.

    Raises
    ------
    BundleError
        If nothing is published there, or a dashboard names what does not exist.
    """
    file = published or publish.published_file(target, is_whole)
    manifest = target / "manifest.json"
    for path in (file, manifest):
        if not path.is_file():
            raise BundleError(f"{path}: no such file.\nFix: make build first.")
    content = json.loads(manifest.read_text(encoding="utf-8"))
    # not resolved: the link leads to the generation in force
    files = make(content, file.absolute(), DASHBOARDS, is_whole)
    return write(files, target / "superset" / "dashboards")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the bundle from the command line; return the exit code of the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target-path", help="dbt's target folder; default: target")
    parser.add_argument("--marts", type=Path, help="the DuckDB file that Superset shall read")
    parser.add_argument("--whole", action="store_true", help=publish.WHOLE)
    args = parser.parse_args(argv)
    try:
        print(bundle(publish.target_folder(args.target_path), args.marts, args.whole))
    except (BundleError, catalogue.CatalogueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
