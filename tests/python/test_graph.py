"""The shape of the graph: how many models there are, how far a mart is from raw, who reads whom."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import pytest

from tests.python.conftest import ROOT, Built

# Bounds may fall, not rise: a new model makes another one needless, or its reason stands here
MODELS, NODES, DEEPEST, SHORT = 207, 350, 24, 14
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
            layer, first, second, *_ = *node["original_file_path"].split("/"), ""
            is_python = layer == "python_models"
            topics[key] = first if is_python or first not in ("intermediate", "marts") else second
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
