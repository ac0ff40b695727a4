"""The marts as a data contract: a file in the Open Data Contract Standard (ODCS)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from scripts.catalogue import ROOT, Column, Mart, business_terms

HEAD = ROOT / "docs" / "data_contract.yml"
# the types of the marts: the standard's, and DuckDB's
TYPES = {
    "string": ("string", "VARCHAR"),
    "boolean": ("boolean", "BOOLEAN"),
    "integer": ("integer", "INTEGER"),
    "bigint": ("integer", "BIGINT"),
    "double": ("number", "DOUBLE"),
    "date": ("date", "DATE"),
    "timestamp": ("timestamp", "TIMESTAMP"),
}


def contract(marts: Sequence[Mart]) -> dict[str, Any]:
    """Describe the marts in the terms of the standard; the version is that of the project."""
    terms = business_terms()
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    return {
        **yaml.safe_load(HEAD.read_text(encoding="utf-8")),
        "version": str(project["version"]),
        "schema": [schema_object(mart, terms) for mart in marts],
    }


def schema_object(mart: Mart, terms: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Describe one mart: its labels, key, references and columns."""
    described: dict[str, Any] = {
        "name": mart.name,
        "physicalName": mart.name,
        "physicalType": "table",
        **labels(mart.name, terms),
        "description": mart.description,
        "tags": [mart.folder],
    }
    if mart.grain:
        described["dataGranularityDescription"] = f"One row per {', '.join(mart.grain)}."
        described["quality"] = [
            {
                "id": "grain",
                "type": "library",
                "metric": "duplicateValues",
                "arguments": {"properties": list(mart.grain)},
                "mustBe": 0,
                "dimension": "uniqueness",
                "description": "No two rows have the same key; tested on every build.",
            }
        ]
    if mart.references:
        described["relationships"] = [
            {
                "type": "foreignKey",
                "from": [f"{mart.name}.{column}" for column in reference.columns],
                "to": [f"{reference.to}.{column}" for column in reference.columns],
            }
            for reference in mart.references
        ]
    described["properties"] = [
        schema_property(column, mart, terms) for column in mart.columns.values()
    ]
    return described


def schema_property(
    column: Column, mart: Mart, terms: dict[str, tuple[str, str]]
) -> dict[str, Any]:
    """Describe one column, and its place in the key of its mart."""
    logical, physical = TYPES[column.type]
    described = {
        "name": column.name,
        **labels(column.name, terms),
        "description": column.description,
        "logicalType": logical,
        "physicalType": physical,
    }
    if column.name in mart.grain:
        described["required"] = True
        described["primaryKey"] = True
        described["primaryKeyPosition"] = mart.grain.index(column.name) + 1
    return described


def labels(name: str, terms: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Give a thing its English name, and its Chinese one as a property of ours."""
    chinese, english = terms[name]
    return {
        "businessName": english,
        "customProperties": [{"property": "businessNameZh", "value": chinese}],
    }


def as_yaml(document: dict[str, Any]) -> str:
    """Write a contract as YAML, in the order given, with Chinese as it is."""
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))
