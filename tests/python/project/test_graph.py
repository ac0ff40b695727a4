"""The shape of the graph: how many models there are, how far a mart is from raw, who reads whom."""

from __future__ import annotations

import ast
import functools
import json
import re
from typing import Any

import pytest
import yaml

from tests.python.conftest import ROOT, Built
from tests.python.engine import Engine

#: models that are built where a var asks for them: segment_by, segment_pairs, weighting
ASKED_FOR = {"int_customer_segments", "int_design_weights", "int_weighting_cells", "py_weights"}
ASKED_FOR |= {"int_weights", "fct_respondent_weights", "fct_wave_weighting"}
ASKED_FOR |= {"int_finite_waves", "int_weighted_answer_sums", "py_weighted_scores"}
ASKED_FOR |= {"int_weighted_gap_sums", "py_weighted_gaps", "int_behaviour_classes"}
ASKED_FOR |= {"int_weighted_kano_sums", "py_weighted_kano"}
ASKED_FOR |= {"int_weighted_verdict_pairs", "int_weighted_gap_pairs"}
ASKED_FOR |= {"py_segment_pairs", "fct_segment_pairs"}
# Bounds may fall, not rise: a new model makes another one needless, or its reason stands here
# 217 and 367: survey_forgotten with its seed, table population_margins, int_importance_sums
# 221 and 372: what each respondent got beside what it expected or paid, for sums by weight and for
# those of two waves too, and which two these are
# 223 and 374: sums over the rest of each segment, kept by survey, and the tests that they are for
# 225 and 376: sums by factor, kept by survey, and the intervals and changes that they make
# 230 and 386: complaints by cause, their windows, counts and median times; a method table
# 240 and 402: two raw tables with their seeds, what measures changed, and which calls are not
# made again
# 245 and 412: open answers, the themes that they name, how often; two method tables
# 414: two method tables, of taxonomies of the user's own
MODELS, NODES, DEEPEST, SHORT = 245, 414, 24, 14
#: folders of tests that go with no topic
OF_NO_TOPIC = {"contract", "core", "disclosure", "imports", "method", "project"}
#: marts that judge by what another mart has judged
READ_ANOTHER = {
    "row_accounting": {"rejected_rows"},
    "fct_priorities": {"fct_segment_factor_satisfaction"},
    "fct_weight_sensitivity": {"fct_segment_factor_satisfaction", "fct_segment_satisfaction"},
}


@pytest.fixture(scope="module")
def nodes(demo: Built) -> dict[str, Any]:
    """Return the nodes of the project's manifest."""
    manifest = json.loads((demo.target / "manifest.json").read_text(encoding="utf-8"))
    return dict(manifest["nodes"])


@pytest.fixture(scope="module")
def parents(nodes: dict[str, Any]) -> dict[str, list[str]]:
    """Return the models that each model reads, by name."""
    models = {key: node["name"] for key, node in nodes.items() if node["resource_type"] == "model"}
    return {
        name: [models[parent] for parent in nodes[key]["depends_on"]["nodes"] if parent in models]
        for key, name in models.items()
    }


def marts_of(nodes: dict[str, Any]) -> set[str]:
    """Return the names of the marts."""
    own = (node for node in nodes.values() if node["resource_type"] == "model")
    return {node["name"] for node in own if node["original_file_path"].startswith("models/marts/")}


def test_the_graph_does_not_grow(nodes: dict[str, Any], parents: dict[str, list[str]]) -> None:
    counted = [node for node in nodes.values() if node["resource_type"] != "operation"]
    assert len(parents) <= MODELS
    assert len(counted) <= NODES


def test_marts_are_near_to_raw_rows(nodes: dict[str, Any], parents: dict[str, list[str]]) -> None:
    """A model without parents is one deep."""

    @functools.cache
    def depth(name: str) -> int:
        return 1 + max((depth(parent) for parent in parents[name]), default=0)

    depths = [depth(name) for name in marts_of(nodes)]
    assert max(depths) <= DEEPEST
    assert sum(found <= 12 for found in depths) >= SHORT


def test_no_mart_reads_a_mart(nodes: dict[str, Any], parents: dict[str, list[str]]) -> None:
    marts = marts_of(nodes)
    found = {name: marts.intersection(parents[name]) for name in marts}
    assert {name: read for name, read in found.items() if read} == READ_ANOTHER


def test_satisfaction_waits_for_no_behaviour(parents: dict[str, list[str]]) -> None:
    """What customers declare is all that a segment's index knows of them."""
    seen: set[str] = set()
    waiting = ["fct_segment_satisfaction", "fct_segment_factor_satisfaction"]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += parents[name]
    others = ("purchase", "subscription", "complaint", "competitor", "loyalty", "transactions")
    assert [name for name in sorted(seen) if any(other in name for other in others)] == []


def test_topics_read_what_the_page_says(nodes: dict[str, Any]) -> None:
    """Beside the layers before them, of which the page says that all are read."""
    layers = {"base", "staging", "method", "gates"}
    topics = {}
    for key, node in nodes.items():
        if node["resource_type"] == "model":
            topics[key] = topic_of(node)
    found: dict[str, set[str]] = {
        topic: set() for topic in topics.values() if topic not in layers | {"semantic"}
    }
    for key, topic in topics.items():
        read = {topics[p] for p in nodes[key]["depends_on"]["nodes"] if p in topics}
        if topic in found:
            found[topic] |= read - layers - {topic}
    page = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", page, flags=re.M)
    assert {topic: set(re.findall(r"`(\w+)`", read)) for topic, read in rows} == found


@pytest.mark.parametrize(
    ("place", "of_no_topic", "files"),
    [
        ("seeds/method", set(), "seed_*.csv"),
        ("docs/methods", {"contract"}, "*.md"),
        ("tests/python", OF_NO_TOPIC, "test_*.py"),
    ],
)
def test_seeds_pages_and_tests_lie_with_the_models(
    place: str, of_no_topic: set[str], files: str
) -> None:
    tops = ("models/intermediate", "models/marts", "python_models")
    topics = {path.parent.name for top in tops for path in ROOT.glob(f"{top}/*/_*.yml")}
    found = {path.parent.relative_to(ROOT / place) for path in (ROOT / place).rglob(files)}
    assert {folder.as_posix() for folder in found} <= topics | of_no_topic
    seeds = sorted(ROOT.glob("seeds/method/**/*.yml"))
    assert [path for path in seeds if path.name != f"_{path.parent.name}.yml"] == []


def topic_of(node: dict[str, Any]) -> str:
    """Return the folder that a model lies in: its topic, or its layer."""
    layer, first, second, *_ = *node["original_file_path"].split("/"), ""
    return first if layer == "python_models" or first not in ("intermediate", "marts") else second


def needs() -> dict[str, set[str]]:
    """Return the areas and what each needs, as docs/areas.md has it."""
    page = (ROOT / "docs" / "areas.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) ?\| ", page, flags=re.M)
    return {area: set(re.findall(r"`(\w+)`", needed)) for area, needed in rows}


def test_the_page_of_areas_says_what_they_need(engine: Engine) -> None:
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))
    (said,) = engine.compiled("area_needs()")
    assert {area: set(needed) for area, needed in ast.literal_eval(said).items()} == needs()
    assert sorted(project["vars"]["areas"]) == sorted(needs())


def test_folder_area_and_switch_are_one(nodes: dict[str, Any]) -> None:
    """A layer before the topics has models of the raw tables of survey or behaviour."""
    wrong = []
    for path in sorted([*ROOT.glob("models/**/_*.yml"), *ROOT.glob("python_models/**/_*.yml")]):
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", []):
            if model["name"] in ASKED_FOR:
                continue
            node = nodes[f"model.dbt_satisfaction.{model['name']}"]
            config = model.get("config", {})
            tag, topic = config.get("tags"), topic_of(node)
            expected = topic if topic in needs() else tag
            switch = f"{{{{ '{expected}' in var('areas') }}}}" if expected else None
            if topic == "semantic":
                assert "in var('areas')" in config["enabled"]
            elif (tag, config.get("enabled")) != (expected, switch):
                wrong.append((model["name"], topic, config))
    assert wrong == []


def test_an_area_reads_what_it_needs(nodes: dict[str, Any]) -> None:
    """What may be off is read through ref_if_on, or by a model that asks for the area itself."""

    def closure(area: str) -> set[str]:
        found, waiting = {area}, [area]
        while waiting:
            for needed in needs()[waiting.pop()] - found:
                found.add(needed)
                waiting.append(needed)
        return found

    areas = {
        key: (node["config"]["tags"] or [None])[0]
        for key, node in nodes.items()
        if node["resource_type"] == "model"
    }
    across = set(re.findall(r"'(\w+)': \('", (ROOT / "macros/core/areas.sql").read_text("utf-8")))
    assert len(across) >= 10
    wrong = []
    for key, area in areas.items():
        node = nodes[key]
        is_asking = "var('areas')" in node["raw_code"] or "raw_tables_read()" in node["raw_code"]
        # purchases and responses by facts(); the questions of key factors by key_factors()
        is_asking |= "facts()" in node["raw_code"] or "key_factors()" in node["raw_code"]
        for parent in node["depends_on"]["nodes"]:
            other = areas.get(parent)
            if other is None or (area and other in closure(area)) or topic_of(node) == "semantic":
                continue
            if not is_asking and nodes[parent]["name"] not in across:
                wrong.append((node["name"], nodes[parent]["name"]))
    assert wrong == []


#: macros that put rows into the message of a stop
TELLING = {"refused_reasons", "named_columns"}
#: files whose whole purpose is to ask: of files, of what was built before, of the method tables
ASKING = {"files.sql", "incremental.sql", "record.sql", "remembered.sql"}


def test_sql_is_written_from_method_tables_alone() -> None:
    """Whatever else is asked while a model is compiled stops the build, or says something."""
    text = r"{%-?\s*macro\s+(\w+)\(.*?{%-?\s*endmacro"
    asking = {
        found[1]
        for path in ROOT.glob("macros/**/*.sql")
        if path.name not in ASKING
        for found in re.finditer(text, path.read_text("utf-8"), re.DOTALL)
        if "run_query" in found[0]
    }
    assert len(asking) > 5
    assert [
        name for name in asking - TELLING if not name.startswith(("stop_for_", "say_", "checked_"))
    ] == []


def test_what_is_read_of_an_area_that_is_off_has_the_types_of_the_table(
    demo: Built, engine: Engine
) -> None:
    (said,) = engine.compiled("tables_across_areas()")
    for table, (_, columns) in ast.literal_eval(said).items():
        described = dict(row[:2] for row in demo.build_rows(f"describe {table}"))
        found = {name: described[name].lower().replace("varchar", "text") for name in columns}
        assert found == {n: t.lower().replace("varchar", "text") for n, t in columns.items()}, table
