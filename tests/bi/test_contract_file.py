"""The data contract says what the published marts are, as the standard wants it said."""

from __future__ import annotations

import copy
import json
from importlib import resources
from typing import Any

import duckdb
import jsonschema
import pytest
import yaml

from scripts import catalogue, odcs
from tests.python.conftest import Built


@pytest.fixture(scope="module")
def marts(demo: Built) -> list[catalogue.Mart]:
    return catalogue.marts(json.loads((demo.target / "manifest.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def contract(marts: list[catalogue.Mart]) -> dict[str, Any]:
    return dict(yaml.safe_load(odcs.as_yaml(odcs.contract(marts))))


def test_the_contract_keeps_the_standard(contract: dict[str, Any]) -> None:
    text = resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8")
    standard = jsonschema.Draft201909Validator(json.loads(text))
    assert [error.message for error in standard.iter_errors(contract)] == []
    wrong = copy.deepcopy(contract | {"schema": contract["schema"][:1]})
    assert standard.is_valid(wrong)
    wrong["schema"][0]["properties"][0]["logicalType"] = "text"  # a type that it does not know
    assert not standard.is_valid(wrong)


def test_the_contract_has_every_column_as_it_is_published(
    contract: dict[str, Any], demo: Built
) -> None:
    with duckdb.connect(str(demo.target / "marts.duckdb"), read_only=True) as con:
        published = con.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
        )
        there = set(published.fetchall())
    said = {
        (mart["name"], column["name"], column["physicalType"])
        for mart in contract["schema"]
        for column in mart["properties"]
    }
    assert said ^ there == set()


def test_keys_and_references_are_those_of_the_tests(contract: dict[str, Any]) -> None:
    objects = {mart["name"]: mart for mart in contract["schema"]}
    mart = objects["fct_segment_satisfaction"]
    keys = sorted(
        (column["primaryKeyPosition"], column["name"], column["required"])
        for column in mart["properties"]
        if "primaryKey" in column
    )
    assert keys == [(1, "survey_id", True), (2, "segment_type", True), (3, "segment_value", True)]
    assert {
        "type": "foreignKey",
        "from": ["fct_segment_satisfaction.survey_id"],
        "to": ["dim_waves.survey_id"],
    } in mart["relationships"]
    for mart in objects.values():
        for reference in mart.get("relationships", []):
            for place in (*reference["from"], *reference["to"]):
                table, column = place.split(".")
                assert column in {x["name"] for x in objects[table]["properties"]}, place


def test_every_thing_has_its_business_name(contract: dict[str, Any]) -> None:
    (column,) = [
        column
        for mart in contract["schema"]
        if mart["name"] == "fct_segment_satisfaction"
        for column in mart["properties"]
        if column["name"] == "satisfaction_index"
    ]
    assert column["businessName"] == "Satisfaction index"
    assert column["customProperties"] == [{"property": "businessNameZh", "value": "满意度指数"}]
    assert column["description"] and column["logicalType"] == "number"
