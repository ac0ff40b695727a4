"""REDCap: raw codes, with or without its data dictionary, or labels."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from satisfaction.imports.export import Column
from satisfaction.imports.headers import by_name, folded, squeezed
from satisfaction.imports.personal import names_person
from satisfaction.imports.platforms.description import (
    Description,
    Drop,
    Table,
    column,
    known,
)
from satisfaction.imports.problems import problem
from satisfaction.imports.texts import read_text

NAME = "redcap"

KINDS = by_name(
    {
        "response_id": ["Record ID", "record_id", "study_id", "Study ID", "participant_id", "Participant ID"],
        "answered_at": ["Survey Timestamp"],
        "customer_id": ["Survey Identifier", "redcap_survey_identifier"],
        "status": ["Complete?"],
        "derived": [
            "Event Name", "redcap_event_name", "Repeat Instrument", "redcap_repeat_instrument",
            "Repeat Instance", "redcap_repeat_instance", "Data Access Group",
            "redcap_data_access_group",
        ],
    }
)  # fmt: skip
_PARTS = {"eventname", "redcapeventname", "repeatinstrument", "redcaprepeatinstrument",
          "repeatinstance", "redcaprepeatinstance"}  # fmt: skip
_CHECKBOX_RAW = re.compile(r"^(?P<field>\w+?)___(?P<code>\w+)$")
_CHECKBOX = re.compile(
    r"^(?P<question>.*\S)\s*\((?:choice|选项|Auswahl|choix|opción)\s*=\s*(?P<label>.*)\)$",
    re.DOTALL | re.I,
)


def recognise(table: Table) -> bool:
    """Tell a file of REDCap by its own fields, raw or as labels."""
    names = [cell.strip() for cell in table.first]
    raw = any(name.startswith("redcap_") for name in names) or (
        bool(names)
        and re.fullmatch(r"[a-z]\w*", names[0]) is not None
        and any(
            name.endswith("_complete") and set(table.values(i, 1)) <= {"0", "1", "2"}
            for i, name in enumerate(names)
        )
    )
    labels = {squeezed(name) for name in names}
    return raw or (
        "Complete?" in names
        and bool(labels & ({"surveyidentifier", "surveytimestamp", "recordid"} | _PARTS))
    )


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    names = [cell.strip() for cell in table.first]
    columns = [_column(i, name, table) for i, name in enumerate(names)]
    if columns and columns[0].kind is None:
        columns[0] = replace(columns[0], kind="response_id")
    completes = [c.name for c in columns if c.kind == "status"]
    cells = {
        c.position: f"nullif({c.name}, '[not completed]')"
        for c in columns
        if c.kind in ("answered_at", "started_at")
    }
    # of several instruments the last time is the answer's
    times = [c for c in columns if c.kind == "answered_at"]
    for c in times[:-1]:
        columns[c.position] = replace(c, kind="derived")
    drops = []
    if completes:
        done = " or ".join(f"coalesce(lower({c}) in ('2', 'complete'), false)" for c in completes)
        drops = [Drop("partial", f"not ({done})")]
    parts = [c for c in columns if squeezed(c.header) in _PARTS]
    if parts:
        cells[0] = f"concat_ws('-', {', '.join(['c0', *(c.name for c in parts)])})"
    raw = all(re.fullmatch(r"[a-z]\w*", name) for name in names if name)
    read = {"answers": "codes"} if raw and not table.dictionary else {}
    return Description(1, columns, has_running_ids=True, drops=drops, cells=cells, read=read)


def _column(i: int, name: str, table: Table) -> Column:
    kind = known(name, KINDS) if i or known(name, KINDS) == "response_id" else "response_id"
    if kind == "response_id" and i:
        kind = None
    if name.endswith("_complete") and set(table.values(i, 1)) <= {"0", "1", "2"}:
        kind = "status"
    elif name.endswith("_timestamp"):
        kind = "answered_at"
    elif re.match(r"^complete\?", folded(name)):
        kind = "status"
    if raw := _CHECKBOX_RAW.match(name):
        field = table.dictionary.get(raw["field"])
        return Column(
            i, name, name,
            field.question if field else raw["field"],
            (field.words if field else {}).get(raw["code"], raw["code"]),
            "choices",
        )  # fmt: skip
    if found := _CHECKBOX.match(name):
        return Column(i, name, name, found["question"], found["label"], "choices")
    described = table.dictionary.get(name)
    if described is None or kind is not None:
        return column(i, name, kind=kind)
    return replace(
        described,
        position=i,
        kind=described.kind or ("personal" if names_person(described.question) else None),
    )


def read_dictionary(path: Path, temp: Path) -> Mapping[str, Column]:
    """Read a data dictionary: text, words and kind of each variable.

    Parameters
    ----------
    path : Path
        The CSV that REDCap gives beside the data.
    temp : Path
    """
    text = read_text(path, temp)
    with text.path.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            {
                squeezed(name or ""): (cell or "").strip()
                for name, cell in row.items()
                if isinstance(cell, str)
            }
            for row in csv.DictReader(file, delimiter=text.delimiter)
        ]
    variable = next(
        (n for n in ("variablefieldname", "fieldname", "variable") if rows and n in rows[0]), None
    )
    if variable is None:
        raise problem(
            path,
            "the data dictionary has no column 'Variable / Field Name'",
            "Download it from REDCap, under Data Dictionary",
        )
    found = {}
    for row in rows:
        name = row[variable]
        type_ = (row.get("fieldtype") or "").casefold()
        check = (
            row.get("textvalidationtypeorshowslidernumber") or row.get("textvalidationtype") or ""
        ).casefold()
        words = _words(next((v for k, v in row.items() if k.startswith("choices")), ""))
        if type_ == "yesno":
            words = {"1": "Yes", "0": "No"}
        elif type_ == "truefalse":
            words = {"1": "True", "0": "False"}
        kind = None
        if (row.get("identifier") or "").casefold() in ("y", "yes", "1", "true"):
            kind = "personal"
        elif check.startswith(("email", "phone", "zipcode", "postalcode", "vmrn")):
            kind = "personal"
        elif type_ == "notes":
            kind = "text"
        elif type_ in ("calc", "descriptive", "file", "sql"):
            kind = "derived"
        elif type_ == "checkbox":
            kind = "choices"
        if type_ in ("calc", "slider", "descriptive"):
            words = {}
        label = " ".join(
            html.unescape(re.sub(r"<[^>]+>", " ", row.get("fieldlabel") or "")).split()
        )
        found[name] = Column(0, name, name, label or name, "", kind, words)  # type: ignore[arg-type]
    return found


def _words(choices: str) -> dict[str, str]:
    """Read `1, Very satisfied | 2, Satisfied`."""
    pairs = (choice.split(",", 1) for choice in choices.split("|") if "," in choice)
    return {code.strip(): word.strip() for code, word in pairs}
