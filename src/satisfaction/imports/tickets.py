"""Tickets: what Zendesk asks when one is solved is a survey, Salesforce's cases are complaints."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Any

from satisfaction.imports import behaviour, rows
from satisfaction.imports.export import Column, Export
from satisfaction.imports.import_file import NAME, Document
from satisfaction.imports.survey import import_survey
from satisfaction.imports.task import Task

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
#: what a customer gets, and who decides on it, in the words of help desks
_COMPENSATION = {
    "none": "none;no;no compensation;无;没有;无补偿",
    "apology": "apology;apologised;apologized;sorry;道歉;致歉",
    "replacement": "replacement;replaced;exchange;换货;更换",
    "refund": "refund;refunded;money back;退款",
    "voucher": "voucher;coupon;credit;store credit;gift card;代金券;优惠券;抵用券",
    "extra": "extra;gift;free service;upgrade;goodwill;赠品;赠送;升级",
}
_DECIDED = {
    "front": "front;frontline;front line;agent;employee;一线;一线员工;客服",
    "manager": "manager;supervisor;team lead;management;主管;经理",
}
_WORDS = {"compensation_kind": _COMPENSATION, "decided_by": _DECIDED}
COMPLAINTS = (
    "complaint_id",
    "customer_id",
    "opened_at",
    "first_response_at",
    "resolved_at",
    "category",
    "severity",
)
#: columns of complaints that few help desks have: written where the export has them
COMPENSATIONS = {
    "compensation_kind": "compensation( kind| type)?;补偿方式;补偿类型",
    "compensation_amount": "compensation (amount|value|cost);补偿金额",
    "compensated_on": "compensat(ed on|ed at|ion date);补偿日期",
    "decided_by": "compensation (decided|approved) by;decided by;补偿决定人",
}


def import_tickets(export: Export, task: Task) -> bool:
    """Import tickets: their satisfaction score as a survey, else the cases as complaints.

    Returns
    -------
    bool
        Whether the case has changed.
    """
    score = behaviour.find(export, _SCORE)
    return _complaints(export, task) if score is None else _scores(export, task, score)


def _scores(export: Export, task: Task, score: Column) -> bool:
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
    given = dict(task.decisions.given)
    given["questions"] = {score.key: question} | dict(given.get("questions") or {})
    task.decisions.given = given
    export = dataclasses.replace(export, columns=columns)
    return import_survey(export, task, n_unanswered=offered)


def _complaints(export: Export, task: Task) -> bool:
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
    given = {
        what: column
        for what, pattern in COMPENSATIONS.items()
        if (column := behaviour.find(export, pattern)) is not None
    }
    ids = behaviour.find(export, "account id;contact id;customer id;requester id;account number")
    personal = behaviour.find(export, "contact email;web email;requester email;email;e-mail")
    who, customer, key = behaviour.customer(export, task, "tickets", ids, personal)
    times = [opened, optional["first_response_at"], optional["resolved_at"]]
    times.append(given.get("compensated_on"))
    order = behaviour.order_of_times(
        export, task, "tickets", [column for column in times if column is not None]
    )
    task.decisions.finish(f"{task.folder.name}/{NAME}")

    def cell(what: str) -> str:
        column = optional[what]
        if column is None:
            return "null::varchar"
        return rows.time_of(column.name, order) if what.endswith("_at") else column.name

    cases = " ".join(f"when '{word}' then '{level}'" for word, level in _SEVERITY.items())
    severity = f"case lower({cell('severity')}) {cases} end"
    held = _case_columns(task.folder / "complaints.csv")
    kept = [what for what in COMPENSATIONS if what in given or what in held]
    more = "".join(f", {_compensation(what, given.get(what), order)} as {what}" for what in kept)
    export.con.execute(
        f"""create or replace temp view arrived as select
            {number.name} as complaint_id,
            coalesce({who}, 'unknown') as customer_id,
            {rows.time_of(opened.name, order)} as opened_at,
            {cell("first_response_at")} as first_response_at,
            {cell("resolved_at")} as resolved_at,
            {cell("category")} as category,
            {severity} as severity{more}
        from cells where {number.name} is not null
            and row_number not in (select row_number from dropped)"""
    )
    save, change = behaviour.replace_rows(
        export.con, task.folder, "complaints", "complaint_id", (*COMPLAINTS, *kept)
    )
    (n,) = export.con.execute("select count(*) from arrived").fetchone() or (0,)
    named = {"id": number.header, "opened": opened.header}
    named |= {what: column.header for what, column in optional.items() if column is not None}
    named |= {what: column.header for what, column in given.items()}
    behaviour.tell(export, task, named, customer, key)
    task.say(f"complaints: {change}")
    for what in [what for what in _WORDS if what in given]:
        # words are not shown: some may name a person
        (other,) = export.con.execute(
            f"select count(*) from cells where {given[what].name} is not null "
            f"and {_compensation(what, given[what], order)} is null"
        ).fetchone() or (0,)
        if other:
            task.say(f"complaints: {what} left blank in {other:,} rows, whose word is not known")
    file = {"file": export.path.name, "sha256": export.sha256, "rows": n}
    lines: Document = {"platform": export.platform, "columns": named, "customer": customer}
    return behaviour.write(task, "tickets", lines, order, file, key, ("complaints.csv", save))


def _compensation(what: str, column: Column | None, order: str) -> str:
    """Return SQL of a column of compensations as the contract has it; an odd amount stays."""
    if column is None:
        return "null::varchar"
    if what == "compensated_on":
        return rows.time_of(column.name, order)
    if what == "compensation_amount":
        amount = rows.amount_of(column.name)
        return f"coalesce(cast({amount} as varchar), {column.name})"
    cases = " ".join(
        f"when '{word}' then '{code}'"
        for code, words in _WORDS[what].items()
        for word in words.split(";")
    )
    return f"case lower(trim({column.name})) {cases} end"


def _case_columns(path: Path) -> list[str]:
    """Return the columns of a table of a case; none where there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])
