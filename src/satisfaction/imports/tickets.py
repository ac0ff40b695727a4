"""Tickets: what Zendesk asks when one is solved is a survey, Salesforce's cases are complaints."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from satisfaction.imports import behaviour, rows, writing
from satisfaction.imports.asking import Decisions
from satisfaction.imports.export import Column, Export
from satisfaction.imports.import_file import NAME, Document
from satisfaction.imports.survey import import_survey
from satisfaction.imports.tables import case_tables
from satisfaction.imports.writing import Case

_SCORE = "satisfaction score;satisfaction rating;csat;csat score;satisfaction"
_ID = "id;ticket id;case number;case id;ticket;number"
_ASKED = "offered"
#: states of the question, no answers
_STATES = {
    "offered": "asked but not answered",
    "unoffered": "not asked",
    "not offered": "not asked",
}
_GOOD = {
    "good with comment": "Good",
    "goodwithcomment": "Good",
    "bad with comment": "Bad",
    "badwithcomment": "Bad",
}
_SEVERITY = {
    "low": "low",
    "normal": "medium",
    "medium": "medium",
    "high": "high",
    "urgent": "high",
    "critical": "high",
}
COMPLAINTS = (
    "complaint_id",
    "customer_id",
    "opened_at",
    "first_response_at",
    "resolved_at",
    "category",
    "severity",
)


def import_tickets(
    export: Export,
    folder: Path,
    decisions: Decisions,
    before: Document,
    survey: str | None,
    say: Callable[[str], None],
) -> bool:
    """Import tickets: their satisfaction score as a survey, else the cases as complaints.

    Parameters
    ----------
    export : Export
    folder : Path
        The case.
    decisions : Decisions
    before : dict
        What import.yml holds.
    survey : str or None
        The wave, where it is named.
    say : callable
        Takes a line for people.

    Returns
    -------
    bool
        Whether the case has changed.
    """
    score = behaviour.find(export, _SCORE)
    if score is not None:
        return _scores(export, score, folder, decisions, before, survey, say)
    return _complaints(export, folder, decisions, before, say)


def _scores(
    export: Export,
    score: Column,
    folder: Path,
    decisions: Decisions,
    before: Document,
    survey: str | None,
    say: Callable[[str], None],
) -> bool:
    """Import satisfaction scores; who was asked and did not answer counts for the response rate."""
    con = export.con
    asked = f"lower({score.name})"
    (offered,) = con.execute(
        f"select count(*) from cells where {asked} = '{_ASKED}'"
    ).fetchone() or (0,)
    for state, reason in _STATES.items():
        con.execute(
            f"insert into dropped select row_number, '{reason}' from cells "
            f"where {asked} = '{state}' and row_number not in (select row_number from dropped)"
        )
    con.execute(
        f"insert into dropped select row_number, 'not asked' from cells where {score.name} is null "
        "and row_number not in (select row_number from dropped)"
    )
    kinds: dict[str, Any] = {
        column.key: kind
        for kind, pattern in (
            ("response_id", _ID),
            ("customer_id", "requester id;customer id;requester external id"),
            ("answered_at", "solved at;satisfaction (rated|updated) at;updated at;created at"),
        )
        if (column := behaviour.find(export, pattern)) is not None
    }
    columns = tuple(
        dataclasses.replace(
            column,
            question="Satisfaction with the support" if column is score else column.question,
            kind=None if column is score else kinds.get(column.key, column.kind or "derived"),
            words=dict(_GOOD) if column is score else column.words,
        )
        for column in export.columns
    )
    values = {
        str(row[0]).lower()
        for row in con.execute(f"select distinct {score.name} from cells").fetchall()
    } - {"none", *_STATES}
    question: dict[str, Any] = {"role": "overall"}
    if values <= {"good", "bad", *_GOOD}:
        question["scale"] = "satisfaction2"
    given = dict(decisions.given)
    given["questions"] = {score.key: question} | dict(given.get("questions") or {})
    decisions.given = given
    export = dataclasses.replace(export, columns=columns)
    return import_survey(export, folder, decisions, before, survey, say, n_unanswered=offered)


def _complaints(
    export: Export,
    folder: Path,
    decisions: Decisions,
    before: Document,
    say: Callable[[str], None],
) -> bool:
    """Import cases as complaints."""
    number = behaviour.needed(export, _ID, "the number of a case")
    opened = behaviour.needed(
        export,
        "date/time opened;opened date;date opened;created date;created at;opened",
        "the time it was opened",
    )
    optional = {
        "first_response_at": behaviour.find(
            export, "first response( date)?;first replied at;first response at"
        ),
        "resolved_at": behaviour.find(
            export, "date/time closed;closed date;date closed;closed;solved at;resolved at"
        ),
        "category": behaviour.find(export, "case reason;type;category;case type;reason"),
        "severity": behaviour.find(export, "priority;severity"),
    }
    ids = behaviour.find(export, "account id;contact id;customer id;requester id;account number")
    personal = behaviour.find(export, "contact email;web email;requester email;email;e-mail")
    who, customer, key = behaviour.customer(export, decisions, folder, "tickets", ids, personal)
    times = [opened, optional["first_response_at"], optional["resolved_at"]]
    order = rows.order_of_times(
        export.con,
        [column.name for column in times if column is not None],
        "cells",
        export.path.name,
        export.platform,
        export.read.get("date_order", ""),
        decisions,
        ("tickets", "date_order"),
    )
    decisions.finish(f"{folder.name}/{NAME}")

    def cell(what: str) -> str:
        column = optional[what]
        if column is None:
            return "null::varchar"
        return rows.time_of(column.name, order) if what.endswith("_at") else column.name

    cases = " ".join(f"when '{word}' then '{level}'" for word, level in _SEVERITY.items())
    severity = f"case lower({cell('severity')}) {cases} end"
    export.con.execute(
        f"""create or replace temp view arrived as select
            {number.name} as complaint_id,
            coalesce({who}, 'unknown') as customer_id,
            {rows.time_of(opened.name, order)} as opened_at,
            {cell("first_response_at")} as first_response_at,
            {cell("resolved_at")} as resolved_at,
            {cell("category")} as category,
            {severity} as severity
        from cells where {number.name} is not null
            and row_number not in (select row_number from dropped)"""
    )
    save, change = behaviour.replace_rows(
        export.con, folder, "complaints", "complaint_id", COMPLAINTS
    )
    (n,) = export.con.execute("select count(*) from arrived").fetchone() or (0,)
    named = {"id": number.header, "opened": opened.header}
    named |= {what: column.header for what, column in optional.items() if column is not None}
    say(f"Platform: {export.platform}")
    say("Columns:  " + ", ".join(f"{what} {header}" for what, header in named.items()))
    say(f"Customer: {behaviour.told(customer, key)}")
    say(f"complaints: {change}")
    file = {"file": export.path.name, "sha256": export.sha256, "rows": n}
    lines: Document = {"platform": export.platform, "columns": named, "customer": customer}
    if order != "ymd":
        lines["date_order"] = order
    document = behaviour.with_area(before, "tickets", lines, file)
    tables = {"complaints.csv": save}
    return writing.write(folder, Case(document, case_tables(document), tables, key))
