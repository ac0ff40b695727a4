"""Write the catalogue of the last build into target/docs: what `make docs` runs.

What is written, all of it readable without a network::

    index.html                      the marts, and where to go on
    lineage.html                    every column with its names, its meaning and where it comes from
    column_lineage.json, .csv       the same for programs
    entities.html                   entity diagrams of the marts
    dbt.html                        dbt's own documentation, in one file
    marts.odcs.yaml                 the marts in the Open Data Contract Standard
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from scripts import catalogue, diagram, messages, odcs, publish, record  # noqa: E402
from scripts.lineage import Lineage, Place  # noqa: E402

FOLDERS = {
    "survey": ("满意度调查", "Satisfaction"),
    "weights": ("权重", "Weights"),
    "coverage": ("调查覆盖", "Coverage"),
    "taxonomies": ("因素分类", "Classes of factors"),
    "drivers": ("驱动因素", "Drivers"),
    "sensitivity": ("权重敏感性", "Other weights"),
    "path": ("路径模型", "Path model"),
    "gap": ("差距分析", "Gaps"),
    "quality": ("测量质量", "Quality of measurement"),
    "customers": ("客户", "Customers"),
    "behaviour": ("客户行为", "Behaviour"),
    "ladder": ("忠诚阶梯", "Loyalty ladder"),
    "loyalty": ("忠诚度", "Loyalty"),
    "value": ("客户价值", "Customer value"),
    "tiers": ("客户分级", "Tiers"),
    "service": ("服务承诺", "Service promises"),
    "outcomes": ("满意与行为", "What satisfaction does"),
    "actions": ("下一步行动", "Next actions"),
    "follow_up": ("跟踪回访", "Results of calls"),
    "improvement": ("改进措施", "Measures"),
    "comments": ("开放题", "Open answers"),
    "accounting": ("数据质量", "Data quality"),
}


def run_dbt_docs(target: Path, place: Path, dbt_vars: str) -> None:
    """Let dbt document the last build, with its vars, in a folder of its own.

    The manifest and the run results in the target folder stay as they are.

    Parameters
    ----------
    target
        dbt's target folder, with a build in it.
    place
        The folder that dbt writes into.
    dbt_vars
        The vars of the build as YAML.

    Raises
    ------
    catalogue.CatalogueError
        If dbt fails.
    """
    with contextlib.suppress(FileNotFoundError):  # seconds that parsing need not take
        shutil.copy(target / "partial_parse.msgpack", place)
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "docs", "generate", "--static"]
    command += ["--vars", dbt_vars, "--target-path", str(place)]
    command += ["--profiles-dir", str(ROOT), "--log-path", str(place)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"SATISFACTION_DUCKDB": str(publish.build_file_of(target))},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise catalogue.CatalogueError(f"dbt docs generate failed:\n{done.stdout}{done.stderr}")


def traces(marts: Iterable[catalogue.Mart], lineage: Lineage) -> dict[str, dict[str, Any]]:
    """Return where each column of each mart comes from, as plain lists."""

    def places(found: Iterable[Place]) -> list[list[str]]:
        return [[place.table, place.column] for place in sorted(found)]

    described: dict[str, dict[str, Any]] = {}
    for mart in marts:
        for column in mart.columns:
            trace = lineage.trace(mart.name, column)
            described.setdefault(mart.name, {})[column] = {
                "columns": places(trace.columns),
                "opaque": sorted(trace.opaque),
                "tables_behind": sorted(trace.tables_behind),
                "made_here": places(trace.made_here),
            }
    return described


def steps(marts: Iterable[catalogue.Mart], lineage: Lineage) -> dict[str, dict[str, Any]]:
    """Return the single steps behind the columns of the marts; column '' is a whole table."""
    found: dict[str, dict[str, Any]] = {}
    todo = [Place(mart.name, column) for mart in marts for column in mart.columns]
    while todo:
        place = todo.pop()
        if lineage.is_root(place.table) or place.column in found.get(place.table, {}):
            continue
        before = lineage.before(place)
        origin = lineage.origins[place.table].get(place.column)
        found.setdefault(place.table, {})[place.column] = {
            "from": [[source.table, source.column] for source in before],
            "made": list(origin.made_here) if origin else [],
        }
        todo += before
    return found


def write_lineage(path: Path, traced: dict[str, dict[str, Any]], single: dict[str, Any]) -> None:
    """Write the lineage for programs, as JSON and as CSV."""
    document = {"marts": traced, "steps": single}
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["mart", "column", "how", "from_table", "from_column"])
        for mart, columns in sorted(traced.items()):
            for column, trace in sorted(columns.items()):
                rows = [("sql", *place) for place in trace["columns"]]
                rows += [("python", table, "") for table in trace["tables_behind"]]
                rows += [("constant or count", *place) for place in trace["made_here"]]
                writer.writerows((mart, column, *row) for row in rows)


def page_data(
    marts: Sequence[catalogue.Mart],
    manifest: dict[str, Any],
    lineage: Lineage,
    traced: dict[str, dict[str, Any]],
    single: dict[str, Any],
) -> Markup:
    """Return what the page of columns shows, as JSON that can stand in HTML."""
    terms = catalogue.business_terms()

    def names(thing: str) -> dict[str, str]:
        return {"name": thing, "zh": terms[thing][0], "en": terms[thing][1]}

    models = (n for n in manifest["nodes"].values() if n["resource_type"] == "model")
    data = {
        "marts": [
            {
                **names(mart.name),
                "description": mart.description,
                "grain": mart.grain,
                "columns": [
                    {
                        **names(column.name),
                        "type": column.type,
                        "description": column.description,
                        "trace": traced[mart.name][column.name],
                    }
                    for column in mart.columns.values()
                ],
            }
            for mart in marts
        ],
        "steps": single,
        "raw": sorted(lineage.raw_tables),
        "opaque": sorted(lineage.opaque),
        "tables": {node["name"]: node["description"] for node in models},
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def write_pages(folder: Path, manifest: dict[str, Any], lineage: Lineage) -> None:
    """Write everything but dbt's own page."""
    marts = catalogue.marts(manifest)
    traced, single = traces(marts, lineage), steps(marts, lineage)
    write_lineage(folder / "column_lineage", traced, single)
    contract = odcs.as_yaml(odcs.contract(marts))
    (folder / "marts.odcs.yaml").write_text(contract, encoding="utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "scripts" / "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    common = {"folders": FOLDERS, "terms": catalogue.business_terms()}
    pages: dict[str, dict[str, Any]] = {
        "index": {
            "title_en": "Satisfaction and loyalty marts",
            "title_zh": "满意度与忠诚度数据集市",
            "marts": marts,
            "exposures": list(manifest["exposures"].values()),
            # part_…: what other metrics are made of
            "metrics": [
                metric
                for metric in manifest["metrics"].values()
                if not metric["name"].startswith("part_")
            ],
        },
        "entities": {
            "title_en": "Entity diagram",
            "title_zh": "实体图",
            "diagrams": {name: diagram.draw(marts, name) for name in FOLDERS},
            "box_width": diagram.BOX,
            "head": diagram.HEAD,
            "row_height": diagram.ROW,
        },
        "lineage": {
            "title_en": "Columns and lineage",
            "title_zh": "列与血缘",
            "data": page_data(marts, manifest, lineage, traced, single),
        },
    }
    for name, values in pages.items():
        html = environment.get_template(f"{name}.html").render(common | values)
        (folder / f"{name}.html").write_text(html, encoding="utf-8")


def write_docs(target: Path) -> Path:
    """Write the catalogue of the last build; the one before stays until the new one is whole.

    Parameters
    ----------
    target
        dbt's target folder, with a build in it.

    Returns
    -------
    pathlib.Path
        The folder that holds the pages.

    Raises
    ------
    catalogue.CatalogueError, publish.PublishError
        If there was no whole build, or dbt cannot document it.
    """
    build_file = publish.build_file_of(target)
    dbt_vars = record.dbt_vars(build_file, publish.check_build(target))
    if dbt_vars is None:
        says = f"{build_file}: does not say with which vars it was built, an older version did."
        raise catalogue.CatalogueError(f"{says}\nFix: make build.")
    with publish.only_one(target, "docs"), tempfile.TemporaryDirectory(dir=target) as name:
        place, folder = Path(name), Path(name) / "pages"
        folder.mkdir()
        run_dbt_docs(target, place, dbt_vars)
        manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        catalog = json.loads((place / "catalog.json").read_text(encoding="utf-8"))
        shutil.copy(place / "static_index.html", folder / "dbt.html")
        write_pages(folder, manifest, Lineage(manifest, catalog))
        shutil.rmtree(target / "docs", ignore_errors=True)
        folder.rename(target / "docs")
    return target / "docs"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the catalogue from the command line; return the exit code of the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target-path", help="dbt's target folder; default: target")
    args = parser.parse_args(argv)
    return messages.told(
        lambda: print(write_docs(publish.target_folder(args.target_path)) / "index.html"),
        catalogue.CatalogueError,
        publish.PublishError,
    )


if __name__ == "__main__":
    sys.exit(main())
