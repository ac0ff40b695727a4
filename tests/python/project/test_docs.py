"""What the documents say is what the project does; what the house rules ask is kept."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
import yaml

from satisfaction import command as satisfaction
from tests.python.conftest import ROOT, Built

READMES = ["README.md", "README.zh-CN.md"]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "examples/*/*.md")
    for path in ROOT.glob(pattern)
)
MODELS = sorted(ROOT.glob("models/**/*.sql")) + sorted(ROOT.glob("python_models/**/*.py"))
TOPICS = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
#: marts that are no facts and no dimensions
ACCOUNTING = ("rejected_rows", "row_accounting", "customer_links", "build_log")
MARTS = {path.stem for path in ROOT.glob("models/marts/*/*.sql")}


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a page, wherever they are indented."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text, flags=re.S | re.M)


@pytest.mark.parametrize("page", READMES)
def test_the_summary_in_the_readme_is_what_the_demo_prints(page: str, demo: Built) -> None:
    (shown,) = [block for block in blocks(page, "text") if "Satisfaction index" in block]
    printed = demo.out.splitlines()
    assert [line for line in shown.splitlines() if line not in printed] == []


@pytest.mark.parametrize("page", READMES)
def test_the_second_command_in_the_readme_imports_an_export(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = blocks(page, "sh")[0].splitlines()[1].partition("#")[0]
    told = dict(word.split("=") for word in command.split()[2:])
    assert command.startswith("make import ") and set(told) == {"FILE", "CASE"}
    given = ROOT / "tests" / "cases" / "imports" / "wenjuanxing" / "option_text.xlsx"
    monkeypatch.chdir(tmp_path)
    shutil.copy(given, told["FILE"])
    assert satisfaction.main(["import", told["FILE"], "--case", told["CASE"], "--yes"]) == 0
    assert Path(told["CASE"], "survey_wide.csv").is_file()


@pytest.mark.parametrize("page", READMES)
def test_the_queries_in_the_readme_find_something(
    page: str, marts: duckdb.DuckDBPyConnection
) -> None:
    queries = blocks(page, "sql")
    assert len(queries) >= 2
    for query in queries:
        assert marts.execute(query).fetchall(), query


def test_a_row_is_followed_from_raw_to_the_report(demo: Built) -> None:
    page = "docs/from-raw-to-report.md"
    queries, answers = blocks(page, "sql"), blocks(page, "text")
    assert len(queries) == len(answers) > 10
    with duckdb.connect(str(demo.target / "satisfaction.duckdb"), read_only=True) as con:
        for query, answer in zip(queries, answers, strict=True):
            found = con.execute(query)
            text = io.StringIO()
            names = [column[0] for column in found.description]
            csv.writer(text, lineterminator="\n").writerows([names, *found.fetchall()])
            assert text.getvalue().strip() == answer.strip(), query


@pytest.mark.parametrize("page", [*READMES, "CHANGELOG.md"])
def test_every_mart_is_in_the_tables(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(
        re.findall(
            r"`((?:dim|fct)_\w+|rejected_rows|row_accounting|customer_links|build_log)`", text
        )
    )
    assert named == MARTS


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    local = [link for link in links if not link.startswith(("http:", "https:"))]
    assert [link for link in local if not (ROOT / page).parent.joinpath(link).exists()] == []


# columns that the questionnaire and segment_by make; the model's description says how
SEGMENTS = "total|customer_type|region|gender|age_band"
QUESTIONS = "|".join(
    row["question_id"]
    for row in csv.DictReader(
        (ROOT / "seeds/method/survey/seed_questions.csv").open(encoding="utf-8")
    )
)
OF_FACTORS = r"[a-z_]+_(level_\d+|blank|n|sum)"
# of rows of method tables: what only a folder wide/ holds
WIDE = {
    "stg_responses": QUESTIONS,
    "int_respondent_answers": OF_FACTORS,
    "int_segmented_responses": f"{QUESTIONS}|{SEGMENTS}",
    "int_factor_means": rf"(performance|expectation|cost)_\d+|{SEGMENTS}",
    "int_penalty_reward_moments": r"(one|[a-z_]+_(low|high))__(verdict|[a-z_]+_(low|high))",
    "int_respondents": rf"{OF_FACTORS}|[a-z_]+_score|{SEGMENTS}",
    "int_rank_limits": r"[a-z]+_\d+(_least|_most)?",
    "py_factor_sums": rf"{SEGMENTS}|n_\d+|(m|s)__[a-z_]+|(mm|ms|ss|panel_..)__[a-z_]+__[a-z_]+",
    "py_factor_moments": rf"{SEGMENTS}|n_\d+|(m|s)__[a-z_]+|(mm|ms|ss)__[a-z_]+__[a-z_]+",
}
MADE_BY_DATA = WIDE | {
    "base_answer_sheets": r"sheet_\d+",
    "base_survey_answers": "(text_)?duration_seconds",
    "int_respondent_segments": SEGMENTS,
    "int_respondent_gaps": SEGMENTS,
    "int_respondent_values": SEGMENTS,
    "int_relationships": SEGMENTS,
    "int_wave_outcomes": SEGMENTS,
    "py_influence": f"(influence_(rescaled_)?)?({SEGMENTS})",
}


def test_every_column_is_described(demo: Built) -> None:
    manifest = json.loads((demo.target / "manifest.json").read_text(encoding="utf-8"))
    described = {
        node["name"]: {name for name, column in node["columns"].items() if column["description"]}
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["description"]
    }
    built: dict[str, set[str]] = {path.stem: set() for path in MODELS}
    for table, column in demo.build_rows(
        "select table_name, column_name from duckdb_columns() where schema_name = 'main'"
    ):
        if table in built:
            built[table].add(column)
    wrong = {
        table: {
            column
            for column in columns ^ described.get(table, set())
            if not re.fullmatch(MADE_BY_DATA.get(table, "-"), column)
        }
        for table, columns in built.items()
    }
    assert {table: columns for table, columns in wrong.items() if columns} == {}


def test_columns_named_by_rows_of_a_method_table_stand_in_wide_folders() -> None:
    assert {path.stem for path in MODELS if path.parent.name == "wide"} == set(WIDE)


def test_a_view_has_its_columns_in_the_order_of_its_contract(demo: Built) -> None:
    """Spark names the columns of a view by their place."""
    manifest = json.loads((demo.target / "manifest.json").read_text(encoding="utf-8"))
    views = [
        node
        for node in manifest["nodes"].values()
        if node["name"] in MARTS and node["config"]["materialized"] == "view"
    ]
    assert len(views) >= 4
    for node in views:
        path = demo.target / "compiled" / "dbt_satisfaction" / node["original_file_path"]
        sql = path.read_text("utf-8")
        rows = demo.build_rows(f"describe select * from (\n{sql}\n)")
        assert [row[0] for row in rows] == list(node["columns"]), node["name"]


# where a repeated row would show: the mart, or the tested table, whose own keys it breaks
SHOWN_IN = {
    "py_factor_satisfaction": "fct_segment_factor_satisfaction",
    "int_customer_standing": "dim_customers",
    "int_improvement_actions": "fct_improvement_actions",
    "int_comments": "fct_comments",
    "int_latest_verdicts": "dim_customers",
    "int_expected_values": "dim_customers",
    "int_purchase_summaries": "fct_customer_value",
    "py_purchase_predictions": "fct_customer_value",
    "int_customer_spans": "int_active_stretches",
    "int_purchase_rhythms": "fct_customer_loyalty",
    "int_month_metrics": "int_ladder_hits",
    "int_customer_behaviour": "fct_customer_behaviour",
    "int_loyalty_indicators": "fct_customer_loyalty",
    "int_loyalty_classes": "fct_customer_loyalty",
    "int_loyalty_months": "fct_customer_loyalty",
    "py_loyalty_index": "fct_customer_loyalty",
    "py_loyalty_factor_index": "fct_customer_factor_loyalty",
    "int_ladder_assessments": "fct_loyalty_ladder_events",
    "int_ladder_events": "fct_loyalty_ladder_events",
    "int_ladder_steps": "fct_loyalty_ladder_events",
    "int_rank_limits": "fct_customer_tiers",
    "int_customer_tiers": "fct_customer_tiers",
    "int_hypothesis_sums": "fct_hypotheses",
    "int_standard_ranks": "fct_instrument_quality",
    "int_respondent_quality": "fct_respondent_quality",
    "int_waves": "dim_waves",
    "int_coverage_counts": "fct_survey_coverage",
    "py_nonresponse": "fct_nonresponse_bias",
    "int_factor_scales": "dim_factors",
    "int_question_sums": "fct_survey_scores",
    "int_unknown_bias": "fct_segment_factor_satisfaction",
    "stg_customer_profiles": "dim_customer_attributes",
    "base_survey_versions": "int_survey_versions",
    "int_respondent_versions": "int_survey_versions",
}
# rows as they came, without a key, or a single row, or grouped by what data makes; sums by their
# keys, of which a row per pair of columns is made, or which Python makes
KEYLESS = {
    *("method_rows", "py_method_gate", "py_answer_gate", "py_package_version"),
    *("base_survey_answers", "base_answer_sheets", "base_refused_answers", "stg_responses"),
    *("base_refused_transactions", "base_row_counts", "rejected_rows", "int_calendar"),
    *(
        "py_factor_moments",
        "py_factor_sums",
        "py_segment_sums",
        "int_item_moments",
        "int_driver_moments",
    ),
    *("py_rest_sums", "int_path_moments", "int_service_profit_moments"),
}


def is_grouped(sql: str) -> bool:
    """Tell whether the last step of a model groups its rows: then none can come twice."""
    query = sqlglot.parse_one(sql, read="duckdb")
    known = {cte.alias: cte.this for cte in query.find_all(sqlglot.exp.CTE)}
    while isinstance(query, sqlglot.exp.Select):
        if query.args.get("group") or query.args.get("distinct"):
            return True
        joins = query.args.get("joins") or []
        source = query.args["from_"].this
        if any(join.kind != "CROSS" for join in joins):
            return False
        query = source.this if isinstance(source, sqlglot.exp.Subquery) else known.get(source.name)
    return False


def test_every_model_has_a_keys_test(demo: Built) -> None:
    """Or none is needed: a sum by its keys repeats none, and no key is looked at twice."""
    manifest = json.loads((demo.target / "manifest.json").read_text(encoding="utf-8"))
    nodes, readers = manifest["nodes"], manifest["child_map"]
    names = {id_: node["name"] for id_, node in nodes.items()}
    keys = {
        node["attached_node"]: set(node["test_metadata"]["kwargs"]["columns"])
        for node in nodes.values()
        if (node.get("test_metadata") or {}).get("name") == "keys"
    }
    tested = {names[id_] for id_ in keys}
    untested, needless = [], []
    for id_, node in nodes.items():
        name = node["name"]
        if node["resource_type"] != "model" or name in KEYLESS:
            continue
        if name in tested:
            if name in SHOWN_IN:
                needless.append(name)
            continue
        # every raw row: the keys of the accepted ones are tested in staging
        is_raw = f"stg_{name.removeprefix('base_')}" in tested | set(SHOWN_IN)
        # the rows of a table with further columns, or a method table, whose keys the gate sees
        is_view = node["config"]["materialized"] == "view" and name.startswith(("int_", "method_"))
        # what a mart labels and does not add up
        is_labelled = name.startswith("py_") and any(
            keys.get(reader, {""}) <= set(node["columns"])
            for reader in readers[id_]
            if ".fct_" in reader
        )
        is_shown = SHOWN_IN.get(name) in tested | set(SHOWN_IN)
        if is_raw or is_view or is_labelled or is_shown:
            continue
        path = demo.target / "compiled" / "dbt_satisfaction" / node["original_file_path"]
        if not (node["language"] == "sql" and is_grouped(path.read_text("utf-8"))):
            untested.append(name)
    assert (untested, needless, set(SHOWN_IN) - set(names.values())) == ([], [], set())


def test_every_var_is_read_and_explained() -> None:
    text = (ROOT / "dbt_project.yml").read_text(encoding="utf-8")
    names = yaml.safe_load(text)["vars"]
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("macros", "models", "python_models")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".sql", ".yml"}
    )
    assert [name for name in names if f"var('{name}'" not in code] == []
    unexplained = [n for n in names if not re.search(rf"^  {n}: .*#", text, flags=re.M)]
    assert unexplained == []


def test_names_and_sizes_keep_the_house_rules() -> None:
    prefixes = {
        "base": "base_",
        "method": "method_",
        "staging": "stg_",
        "intermediate": "int_",
        "semantic": "sem_",
        "python_models": "py_",
    }
    for path in MODELS:
        layer = path.relative_to(ROOT / "models" if path.suffix == ".sql" else ROOT).parts[0]
        assert path.stem.startswith(prefixes.get(layer, ("dim_", "fct_", *ACCOUNTING))), path
        if layer in ("intermediate", "marts", "python_models"):
            folder = path.parent.parent if path.parent.name == "wide" else path.parent
            assert f"`{folder.name}`" in TOPICS, path
            assert (folder / f"_{folder.name}.yml").is_file(), path
        lines = path.read_text(encoding="utf-8").splitlines()
        if path.suffix == ".py":
            body = lines[next(i for i, line in enumerate(lines) if line.startswith("def model")) :]
            assert len(body) <= 25, path
        assert len(lines) <= 150, path
    # what dbt wrote into an example that somebody built in place is none of ours
    written = {"target", "dbt_packages"}
    for path in ROOT.glob("*s/**/_*.yml"):
        if written & {*path.relative_to(ROOT).parts}:
            continue
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path


def test_models_leave_engines_and_clocks_to_macros() -> None:
    for path in MODELS:
        text = path.read_text(encoding="utf-8")
        assert "target.type" not in text, path
        assert "current_date" not in text, path
        assert "marts" not in path.parts or "select *" not in text, path
    for path in (ROOT / "src").rglob("*.py"):
        if "imports" in path.parts:  # which comes before any build
            continue
        assert not re.search(r"^(import|from) (dbt|duckdb)\b", path.read_text("utf-8"), re.M), path


def cut_short(node: yaml.Node) -> Iterator[str]:
    """Find what was meant as the end of a text: a key without a value in {flow: style}."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    for key, value in pairs:
        if node.flow_style and value.value == "" and not value.style:
            yield f"line {key.start_mark.line + 1}: {key.value}"
    for inner in [part for pair in pairs for part in pair]:
        yield from cut_short(inner)
    for inner in node.value if isinstance(node, yaml.SequenceNode) else []:
        yield from cut_short(inner)


def test_a_column_that_begins_at_nought_is_named_so() -> None:
    """Beside scores that begin at 20 on five levels, places on a scale say 0–100 in their name."""
    places = re.compile(
        r"0–100 from the lowest|on its scale, points|lowest level at 0|Its mean, 0–100"
    )
    unnamed = []
    topics = ("survey", "weights", "taxonomies", "drivers", "path", "gap", "quality")
    for path in (ROOT / "models" / "marts" / topic / f"_{topic}.yml" for topic in topics):
        for model in yaml.safe_load(path.read_text("utf-8"))["models"]:
            for column in model["columns"]:
                if places.search(column["description"]) and not column["name"].endswith("_0_100"):
                    unnamed.append((model["name"], column["name"]))
    assert unnamed == []


def test_descriptions_are_whole_sentences() -> None:
    """What was cut off once, at a comma or a bracket, ends without a full stop."""

    def described(node: Any) -> Iterator[tuple[str, str]]:
        if isinstance(node, dict):
            if isinstance(node.get("description"), str):
                yield str(node.get("name")), node["description"].strip()
            node = list(node.values())
        for child in node if isinstance(node, list) else []:
            yield from described(child)

    cut = []
    for folder in ("models", "seeds", "python_models", "macros"):
        for path in sorted((ROOT / folder).rglob("*.yml")):
            for name, text in described(yaml.safe_load(path.read_text("utf-8"))):
                if text[-1:] not in tuple(".?…") or text.count("(") != text.count(")"):
                    cut.append((path.name, name, text[-40:]))
    assert cut == []


def test_no_text_in_yaml_ends_at_its_first_comma() -> None:
    """In {description: a, b} the text is "a": YAML takes b for a key, and dbt says nothing."""

    def texts(yaml_text: str) -> list[str]:
        return [*cut_short(yaml.compose(yaml_text, Loader=yaml.CSafeLoader))]

    assert texts("- {name: x, description: one, two}") == ["line 1: two"]
    tops = [path for path in ROOT.iterdir() if path.is_dir() and path.name != "target"]
    tops = [path for path in tops if not path.name.startswith(".")]
    files = [*ROOT.glob("*.yml"), *(path for top in tops for path in top.rglob("*.y*ml"))]
    # what dbt wrote into an example that somebody built in place is none of ours
    ours = [path for path in files if not {"target", "dbt_packages"} & {*path.parts[:-1]}]
    assert {"dbt_project.yml", "_drivers.yml", "labels.yml"} <= {path.name for path in ours}
    found = {path.relative_to(ROOT).as_posix(): texts(path.read_text("utf-8")) for path in ours}
    assert {name: cut for name, cut in found.items() if cut} == {}


def test_dbt_finds_nothing_deprecated(tmp_path: Path) -> None:
    # dbt checks YAML against its schemas only for adapters on its list, and DuckDB is not on it
    code = (
        "import sys\n"
        "from dbt.jsonschemas import jsonschemas\n"
        "jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS.add('duckdb')\n"
        "from dbt.cli.main import dbtRunner\n"
        "done = dbtRunner().invoke(['parse', '--no-partial-parse', '--show-all-deprecations',\n"
        f"    '--profiles-dir', '.', '--target-path', {str(tmp_path)!r}])\n"
        "sys.exit(0 if done.success else 1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "deprecat" not in done.stdout.lower()


def measured(size: str, contender: str) -> list[str]:
    """Return a contender's row of RESULTS.md without the ranges: wall, in-run, CPU, peak."""
    text = (ROOT / "bench" / "RESULTS.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {size} answers\n(.*?)(?=^## |\Z)", text, flags=re.S | re.M)
    (row,) = re.findall(rf"^\| {re.escape(contender)} \| (.*) \|$", section, flags=re.M)
    return [cell.split(" (")[0].strip() for cell in row.split("|")]


PIPELINE = "The pipeline (`dbt run`)"
SPARK = ["The pipeline on local Spark", "The pipeline on a Spark cluster"]
# a row of docs/scaling.md, and the figures of RESULTS.md that it shows: size, contender, column
SHOWN = {
    "1 M": [("1m", PIPELINE, column) for column in (0, 1, 3)],
    "10 M": [("10m", PIPELINE, column) for column in (0, 1, 3)],
    "100 M": [("100m", PIPELINE, column) for column in (0, 1, 3)],
    "memory limit 4 GB": [("100m", "The pipeline within 4 GB", column) for column in (0, 3)],
    "memory limit 2 GB": [("100m", "The pipeline within 2 GB", column) for column in (0, 3)],
    "a new wave of 1 %, full refresh (全量重建)": [
        ("100m", "Full refresh with a new wave", column) for column in (0, 3)
    ],
    "a new wave of 1 %, incremental": [
        ("100m", "Incremental run after a new wave", column) for column in (0, 3)
    ],
    "late answers of the last wave, incremental": [
        ("100m", "Incremental run after late answers", column) for column in (0, 3)
    ],
    "loyalty branch: 1 M customers, 50 M transactions, 24 months": [
        ("100m", "The loyalty branch within 5 GB (`dbt run`)", column) for column in (0, 3)
    ],
    **{
        f"{size.upper().replace('M', ' M')} answers, {what}, s": [
            (size, contender, column) for contender in (PIPELINE, *SPARK)
        ]
        for size in ("1m", "10m")
        for column, what in enumerate(("wall", "in-run"))
    },
}


@pytest.mark.parametrize("row", SHOWN)
def test_figures_on_scaling_are_those_measured(row: str) -> None:
    text = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    (cells,) = re.findall(rf"^\| {re.escape(row)} \| (.*) \|$", text, flags=re.M)
    shown = [float(cell) for cell in cells.split("|")]
    figures = [float(measured(size, contender)[column]) for size, contender, column in SHOWN[row]]
    # shown with as many digits as the page likes
    assert [
        round(f, len(str(s).split(".")[1]) if s % 1 else 0)
        for f, s in zip(figures, shown, strict=True)
    ] == shown
