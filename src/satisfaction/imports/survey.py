"""A survey file into a case: read, understood, asked about, written."""

from __future__ import annotations

from collections.abc import Callable

from satisfaction.imports import columns, import_file, rows, showing, waves, writing
from satisfaction.imports.asking import Decisions
from satisfaction.imports.export import Export
from satisfaction.imports.import_file import Document
from satisfaction.imports.plan import KEPT, Plan, check_answers, plan_survey, view_kept
from satisfaction.imports.tables import case_tables, questions_of
from satisfaction.imports.task import Task
from satisfaction.imports.writing import Case


def import_survey(export: Export, task: Task, n_unanswered: int | None = None) -> bool:
    """Import one file of a survey.

    Parameters
    ----------
    export : Export
    task : Task
    n_unanswered : int, optional
        How many were asked and did not answer, where the file tells.

    Returns
    -------
    bool
        Whether the case has changed.
    """
    folder, decisions, before, say = task.folder, task.decisions, task.before, task.say
    file = export.path.name
    export = waves.renamed(export, decisions)
    if before.get("waves"):
        view_kept(export, str(decisions.get("partial") or "drop"))
        found = columns.profiles(export, KEPT)
        waves.check_columns(found, before, decisions, file, folder.name)
    plan = plan_survey(export, decisions)
    waves.check_words(plan, before, folder.name)
    check_answers(plan)
    order = rows.settled_order(plan, decisions)
    say(showing.questions(plan))
    say("")
    decisions.finish(f"{folder.name}/{import_file.NAME}")
    key = rows.customer_key(folder) if plan.is_hashed else None
    n_blank, kept = rows.create_incoming(plan, order, key)
    has_previous = waves.read_previous(export.con, folder)
    known = before.get("waves") or {}
    survey = waves.find_survey(plan, task.survey, has_previous, known, kept)
    document = import_file.survey_document(plan, before)
    dropped, ids = _dropped(plan, n_blank)
    (in_file,) = export.con.execute("select count(*) from cells").fetchone() or (0,)
    lines = import_file.file_lines(plan, dropped, kept, in_file)
    if n_unanswered is not None:
        lines["invited"] = kept + n_unanswered
    _tell(plan, decisions, survey, say)
    say(f"{file}: {showing.rows_line(in_file, kept, dropped, ids)}")
    if _is_older(known, survey, export.sha256):
        say(f"{file} is an older file of {survey}: its rows are in the case already.")
        return False
    change = waves.merge(plan, survey, has_previous, kept)
    if has_previous and survey in known:
        changed = f" ({', '.join(change.changed)})" if change.changed else ""
        say(
            f"{survey}: {change.n_added:,} rows added, {change.n_changed:,} changed{changed}, "
            f"{change.n_same:,} as they were."
        )
    if order != "ymd":
        document["date_order"] = order
    document["written"] = before.get("written") or {}
    files = import_file.with_file((known.get(survey) or {}).get("files", []), lines)
    document["waves"] = {**known, survey: {"files": files}}
    ids_of = [str(lines["id"]) for _, lines in questions_of(document)]
    case = Case(
        document,
        case_tables(document),
        {waves.WIDE: waves.writer(export.con, ids_of), **waves.customers(plan, folder)},
        key,
    )
    has_changed = writing.write(folder, case)
    for name in case.kept_by_hand:
        says = "was edited by hand and stays; delete it to have it written again"
        if name == "vars.yml" and plan.weight:
            says += ", or set weighting: given in it: else the weights do not count"
        say(f"note: {name} {says}.")
    return has_changed


def _dropped(plan: Plan, n_unanswered: int) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Count the rows that do not count by reason, with the ids of some."""
    con = plan.export.con
    found = plan.column("response_id")
    name = next(
        (c.name for c in plan.export.columns if c.kind == "response_id"),
        found.column.name if found else "null",
    )
    keeps = " where reason != 'partial'" if plan.partial == "keep" else ""
    sql = f"""select reason, count(*), list({name} order by row_number)[1:3]
        from (select row_number, min(reason) as reason from dropped{keeps} group by 1)
        inner join cells using (row_number) group by 1 order by 1"""
    counts: dict[str, int] = {}
    ids: dict[str, list[str]] = {}
    for reason, n, some in con.execute(sql).fetchall():
        counts[reason] = n
        ids[reason] = [str(one) for one in some if one is not None]
    if n_unanswered:
        counts["without an answer"] = n_unanswered
        ids["without an answer"] = rows.not_answered_ids(plan)
    return counts, ids


def _tell(plan: Plan, decisions: Decisions, survey: str, say: Callable[[str], None]) -> None:
    """Say what was decided beside the questions."""
    for line in showing.platform(plan.export):
        say(line)
    customer = next((one.column.header for one in plan.profiles if one.key == plan.customer), "")
    if plan.is_hashed:
        customer += rows.HASHED
    say(f"Customer: {customer or 'none, every response stands for itself (--customer COLUMN)'}")
    say(f"Survey:   {survey}")
    if plan.weight:
        say(showing.weight(plan))
    lines = showing.left_out(plan)
    if lines:
        say("Left out: " + "\n          ".join(lines))
    for point, value in decisions.taken:
        if decisions.mode != "ask":
            taken = " < ".join(map(str, value)) if isinstance(value, list) else value
            say(f"Taken without being asked: {point.asks} → {taken}")
    for note in plan.notes:
        say(f"note: {note}")


def _is_older(known: Document, survey: str, sha: str) -> bool:
    """Whether a file is one of a wave that a later file has replaced."""
    files = [one.get("sha256") for one in (known.get(survey) or {}).get("files", [])]
    return sha in files[:-1] and files[-1] != sha
