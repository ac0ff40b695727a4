"""The method tables and vars of a case, made of import.yml alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import shipped
from satisfaction.imports.import_file import Document
from satisfaction.imports.plan import LEFT_OUT, own_scale
from satisfaction.imports.shipped import Scale
from satisfaction.method_checks import method_problems, normalise_answer

#: attributes that the contract has by these names
_CUSTOMERS = ("customer_type", "gender", "region", "education", "industry")
_QUESTIONS = (
    "question_id",
    "factor_id",
    "scale_id",
    "role",
    "text_zh",
    "text_en",
    "is_reversed",
    "first_level",
)


def questions_of(document: Document) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the questions of a case with their keys."""
    found = document.get("questions") or {}
    return [
        (key, lines)
        for key, lines in found.items()
        if lines.get("id") and lines.get("role") != LEFT_OUT
    ]


def case_tables(document: Document) -> dict[str, str]:
    """Return the method tables and vars.yml of a case as texts by file name.

    Parameters
    ----------
    document : dict
        The decisions, as import.yml has them.

    Returns
    -------
    dict of str to str

    Raises
    ------
    SatisfactionError
        If the tables would not do for a build.
    """
    questions = questions_of(document)
    if not questions:
        return {"vars.yml": _vars(document)}
    tables: dict[str, list[dict[str, Any]]] = {
        "questions": [_question(lines) for _, lines in questions]
    }
    factors = _factors(questions)
    if factors:
        tables["factors"] = factors
        tables["ahp_hierarchy"] = _hierarchy(questions)
    if document.get("scales"):
        tables |= _scales(document, questions)
    if not any(lines["role"] == "performance" for _, lines in questions):
        tables.pop("ahp_hierarchy", None)
    _check(tables)
    if surveys := _surveys(document):
        tables["surveys"] = surveys
    texts = {f"{name}.csv": _csv(rows) for name, rows in tables.items()}
    return texts | {"vars.yml": _vars(document)}


def _question(lines: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        "question_id": lines["id"],
        "factor_id": lines.get("factor", ""),
        "scale_id": lines.get("scale", ""),
        "role": lines["role"],
        "text_zh": lines["text"],
        "text_en": lines["text"],
        "is_reversed": "true" if lines.get("is_reversed") else "",
        "first_level": lines.get("first_level", ""),
    }
    return {name: values[name] for name in _QUESTIONS}


def _factors(questions: Sequence[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return a row for every factor, labelled as its first question is."""
    labels: dict[str, str] = {}
    for _, lines in questions:
        if factor := lines.get("factor"):
            labels.setdefault(str(factor), str(lines.get("factor_label") or factor))
    return [
        {"factor_id": factor, "label_zh": label, "label_en": label, "sort_order": number}
        for number, (factor, label) in enumerate(labels.items(), 1)
    ]


def _hierarchy(questions: Sequence[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Hang every rated factor under one root; the tree of loyalty is the shipped one."""
    rated = [(key, lines) for key, lines in questions if lines["role"] == "performance"]
    factors = _factors(rated)
    taken = {row["factor_id"] for row in factors}
    root = "satisfaction" if "satisfaction" not in taken else "satisfaction_as_a_whole"
    rows = [_node(root, "", "客户满意度", "Customer satisfaction", 1)]
    for number, row in enumerate(factors, 2):
        rows.append(_node(row["factor_id"], root, row["label_zh"], row["label_en"], number))
    loyalty = [dict(row) for row in shipped.rows("ahp_hierarchy") if row["model"] == "loyalty"]
    return [*rows, *loyalty]


def _node(node: str, parent: str, label_zh: str, label_en: str, number: int) -> dict[str, Any]:
    return {
        "model": "satisfaction",
        "node_id": node,
        "parent_id": parent,
        "label_zh": label_zh,
        "label_en": label_en,
        "sort_order": number,
    }


def _scales(
    document: Document, questions: Sequence[tuple[str, Mapping[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """Return all scales in use: whoever brings a scale brings all."""
    used = list(dict.fromkeys(str(s) for _, lines in questions if (s := lines.get("scale"))))
    own = {name: own_scale(name, spec) for name, spec in (document.get("scales") or {}).items()}
    labels = {row["scale_id"]: row for row in shipped.rows("scales")}
    result: dict[str, list[dict[str, Any]]] = {
        "scales": [],
        "scale_levels": [],
        "scale_answers": [],
    }
    for name in used:
        scale = own.get(name)
        if scale is None:
            result["scales"].append(dict(labels[name]))
            for table in ("scale_levels", "scale_answers"):
                rows = (dict(row) for row in shipped.rows(table) if row["scale_id"] == name)
                result[table].extend(rows)
        else:
            label = " – ".join((scale.levels[0].label_en, scale.levels[-1].label_en))
            result["scales"].append({"scale_id": name, "label_zh": label, "label_en": label})
            result["scale_levels"].extend(_level_rows(scale))
            result["scale_answers"].extend(_answer_rows(scale))
    return result


def _level_rows(scale: Scale) -> Iterable[dict[str, Any]]:
    for number, level in enumerate(scale.levels, 1):
        yield {
            "scale_id": scale.scale_id,
            "level": number,
            "value": f"{level.value:g}",
            "label_zh": level.label_zh,
            "label_en": level.label_en,
            "is_satisfied": str(level.is_satisfied).lower(),
            "is_neutral": str(level.is_neutral).lower(),
        }


def _answer_rows(scale: Scale) -> Iterable[dict[str, Any]]:
    """Return the words of a scale, and the numbers of its levels where no word is one."""
    spelt: dict[str, int] = {}
    for number, level in enumerate(scale.levels, 1):
        spelt.setdefault(normalise_answer(level.label_en), number)
    for number in range(1, scale.length + 1):
        spelt.setdefault(str(number), number)
    for form, number in scale.spellings.items():
        spelt.setdefault(normalise_answer(form), number)
    for form, number in spelt.items():
        yield {"scale_id": scale.scale_id, "answer": form, "level": number}


def _surveys(document: Document) -> list[dict[str, Any]]:
    """Return how many were asked, of the waves that tell."""
    rows = []
    for survey, wave in (document.get("waves") or {}).items():
        last = wave["files"][-1]
        if "invited" in last:
            rows.append({"survey_id": survey, "invited": last["invited"]})
    return rows


def _check(tables: Mapping[str, list[dict[str, Any]]]) -> None:
    """Let the checks of every build look at the tables."""
    frames = {
        name: pd.DataFrame(list(shipped.rows(name)), dtype="string")
        for name in ("questions", "factors", "scales", "scale_levels", "scale_answers")
        if name not in tables
    }
    frames |= {name: pd.DataFrame(rows, dtype="string") for name, rows in tables.items()}
    needed = {"ahp_hierarchy": ("model", "node_id", "parent_id")}
    if "ahp_hierarchy" in tables:
        rows = [row for row in tables["ahp_hierarchy"] if row["model"] == "satisfaction"]
        frames["ahp_hierarchy"] = pd.DataFrame(rows, dtype="string")
    else:
        frames["ahp_hierarchy"] = pd.DataFrame(
            columns=list(needed["ahp_hierarchy"]), dtype="string"
        )
    found = method_problems(frames, weight_source="equal", own=tuple(tables))
    for row in found.itertuples():
        raise SatisfactionError(
            str(row.problem).rstrip("."),
            table=str(row.table_name),
            column=str(row.column_name) or None,
            key=str(row.key) or None,
            fix="Change the question in import.yml: " + str(row.fix).rstrip("."),
        )


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV; the columns are those of the first row."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def _vars(document: Document) -> str:
    """Return vars.yml."""
    lines: list[str] = []
    found: dict[str, Any] = {}
    if questions_of(document):
        lines.append("# No expert has judged these factors: each counts the same.")
        found["weight_source"] = "equal"
        attributes = (document.get("attributes") or {}).values()
        own = [name for name in attributes if name not in _CUSTOMERS]
        found["segment_by"] = [f"x_{name}" if name in own else name for name in attributes]
        if own:
            found["extra_columns"] = {"customers": dict.fromkeys(own, "text")}
    if document.get("weight", "none") != "none":
        lines.append("# The file says how much each respondent counts.")
        found["weighting"] = "given"
    if document.get("orders"):
        found["refunds"] = "negative_rows"
        found.setdefault("segment_by", [])
    text = yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=110)
    return "\n".join([*lines, text if found else "{}\n"])
