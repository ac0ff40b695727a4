"""The next file of a survey: the same columns and words, rows added, changed ones counted."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from satisfaction.answer_checks import FEW
from satisfaction.core.errors import SatisfactionError
from satisfaction.imports.asking import Decisions, StopError
from satisfaction.imports.behaviour import replace_rows
from satisfaction.imports.columns import Profile
from satisfaction.imports.export import Export
from satisfaction.imports.import_file import Document
from satisfaction.imports.names import slug
from satisfaction.imports.plan import LEFT_OUT, Plan, is_worded
from satisfaction.imports.progress import on_stderr, told
from satisfaction.imports.rows import FIXED, WEIGHT, case_table, month_of
from satisfaction.imports.scales import STRAY, level_of
from satisfaction.imports.sql import name, quoted

WIDE = "survey_wide.csv"

#: the type of answers while they are sorted, and how many it may hold
_ANSWER = "one_answer"
_MOST_ANSWERS = 10_000


@dataclass
class Change:
    """What a file does to the rows of a case.

    Attributes
    ----------
    survey_id : str
    n_rows, n_added, n_changed, n_same : int
    changed : list of str
        Ids of some changed rows.
    """

    survey_id: str
    n_rows: int = 0
    n_added: int = 0
    n_changed: int = 0
    n_same: int = 0
    changed: list[str] = field(default_factory=list)


def renamed(export: Export, decisions: Decisions) -> Export:
    """Give columns the keys, labels, texts and words that import.yml says.

    Parameters
    ----------
    export : Export
    decisions : Decisions
        `renamed` (new key: old key), `same_words` (new word: old word), and of a question its
        `label` and `text`.
    """
    names = decisions.get("renamed") or {}
    same = {str(new): str(old) for new, old in (decisions.get("same_words") or {}).items()}
    columns = []
    for column in export.columns:
        key = str(names.get(column.key, column.key))
        label = str(decisions.get("questions", key, "label") or column.label)
        text = decisions.get("questions", key, "text")
        question = str(text).removesuffix(f" – {label}") if text else column.question
        words = same | dict(column.words) if same else column.words
        columns.append(
            dataclasses.replace(column, key=key, label=label, question=question, words=words)
        )
    return dataclasses.replace(export, columns=tuple(columns))


def check_columns(
    profiles: Sequence[Profile], before: Document, decisions: Decisions, file: str, case: str
) -> None:
    """Stop where the questions of a file are not those of the case.

    Raises
    ------
    StopError
        With old and new names side by side, and lines to paste.
    """
    if not before.get("waves"):
        return
    old = {
        key: lines
        for key, lines in (before.get("questions") or {}).items()
        if lines.get("id") and lines.get("role") != LEFT_OUT
    }
    known = set(before.get("questions") or {}) | {
        key for keys in (before.get("left_out") or {}).values() for key in keys
    }
    accepted = {str(key) for key in decisions.get("new") or []}
    gone = {str(key) for key in decisions.get("gone") or []}
    there = {one.key for one in profiles if one.n_filled or one.column.kind is None}
    missing = [key for key in old if key not in there and key not in gone]
    added = [
        one.key
        for one in profiles
        if one.sort == "question" and one.key not in known and one.key not in accepted
    ]
    if not missing and not added:
        return
    pairs = _pairs(missing, added)
    width = max(len(key) for key in ["in the case", *missing])
    lines = [f"{file}: its questions are not those of {case}; nothing was written.", ""]
    lines.append(f"  {'in the case':<{width}}  in the file")
    for left, right in pairs:
        lines.append(f"  {left or '–':<{width}}  {right or '–'}")
    lines += ["", f"Fix: put the lines that are right into {case}/import.yml, and import again."]
    both = [(left, right) for left, right in pairs if left and right]
    if both:
        lines.append("renamed:")
        lines += [f"  {_yaml(right)}: {_yaml(left)}" for left, right in both]
    if added:
        lines.append(f"new: [{', '.join(map(_yaml, added))}]")
    if missing:
        lines.append(f"gone: [{', '.join(map(_yaml, missing))}]")
    raise StopError("\n".join(lines))


def _pairs(missing: Sequence[str], added: Sequence[str]) -> list[tuple[str, str]]:
    """Put names side by side that are alike."""
    rest = list(added)
    result = []
    for key in missing:
        near = difflib.get_close_matches(key, rest, 1, 0.4) or [
            one for one in rest if key in one or one in key
        ]
        result.append((key, near[0] if near else ""))
        if near:
            rest.remove(near[0])
    return result + [("", key) for key in rest]


def _yaml(text: str) -> str:
    """Return a text as YAML takes it in a list."""
    if text and all(letter.isalnum() or letter in "_ " for letter in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def check_words(plan: Plan, before: Document, case: str) -> None:
    """Stop where a question of the case is answered in words that its scale has not.

    Raises
    ------
    StopError
    """
    if not before.get("waves"):
        return
    old = {key for key, lines in (before.get("questions") or {}).items() if lines.get("id")}
    lines = []
    for one in plan.questions:
        if one.key not in old or not is_worded(one):
            continue
        scale = plan.scales[one.scale_id]
        # a word that one person alone gave may name somebody
        new = sorted(
            word.text if word.n > 1 else "(one answer)"
            for word in one.profile.words()
            if word.n and one.cells.get(word.raw) is not None
            if not word.is_number and level_of(word, scale) is None
        )
        n_new = sum(
            word.n
            for word in one.profile.words()
            if one.cells.get(word.raw) is not None and not word.is_number
            if level_of(word, scale) is None
        )
        if n_new >= FEW or n_new > STRAY * one.n:
            known = " < ".join(str(word) for word in before["questions"][one.key].get("words", []))
            lines += [f"“{one.text}”: {len(new)} new words", f"  in the case  {known}"]
            lines.append(f"  in the file  {', '.join(new) if len(new) < 4 else len(new)}")
    if lines:
        fix = (
            f"Fix: if a new word says what an old one said, put into {case}/import.yml\n"
            "same_words: {new word: old word}\nelse import the file as a case of its own (CASE)."
        )
        head = f"{plan.export.path.name}: it has other words; nothing was written."
        raise StopError("\n".join([head, "", *lines, "", fix]))


def read_previous(con: duckdb.DuckDBPyConnection, folder: Path) -> bool:
    """Make the view `previous` of the rows that the case has; tell whether there are any."""
    path = folder / WIDE
    if not path.is_file():
        return False
    con.execute(f"create or replace temp view previous as select * from {case_table(path)}")
    return True


def previous_columns(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the columns of the rows that the case has."""
    return [str(row[0]) for row in con.execute("describe previous").fetchall()]


def _id_of(plan: Plan, survey: str) -> str:
    """Return SQL of a response's id in a survey."""
    if plan.export.has_running_ids and plan.column("response_id") is not None:
        return f"{quoted(survey + '-')} || platform_id"
    return "platform_id"


def find_survey(
    plan: Plan, given: str | None, has_previous: bool, waves: Mapping[str, object], n: int
) -> str:
    """Name the survey of a file: as given, as that whose rows it has, else by its month.

    Raises
    ------
    SatisfactionError
        If the month is taken by other rows.
    """
    con = plan.export.con
    if given:
        return given
    file = plan.export.path.name
    if has_previous:
        best, most = None, 0
        for survey in waves:
            sql = f"""select count(*) from incoming as i inner join previous as p
                on p.survey_id = {quoted(survey)} and p.response_id = {_id_of(plan, survey)}
                and p.answered_at is not distinct from i.answered_at"""
            (shared,) = con.execute(sql).fetchone() or (0,)
            if shared > most:
                best, most = survey, shared
        (held,) = con.execute(
            f"select count(*) from previous where survey_id = {quoted(best or '')}"
        ).fetchone() or (0,)
        if best is not None and 2 * most >= min(n, held):
            return best
    month = month_of(con) or slug(Path(file).stem) or "survey"
    if month in waves:
        raise SatisfactionError(
            f"the case has a wave {month} with other rows already",
            table=file,
            fix="Name this wave, such as SURVEY=2025q2 (--survey 2025q2)",
        )
    return month


def merge(plan: Plan, survey: str, has_previous: bool, n: int) -> Change:
    """Make the view `merged`: the rows of the case with those of the file.

    Raises
    ------
    SatisfactionError
        If most rows of a wave are other ones under the same ids.
    """
    con = plan.export.con
    # who is cut up by attributes must be somebody
    who = _id_of(plan, survey) if plan.attributes and not plan.customer else "customer_id"
    con.execute(
        "create or replace temp view arrived as select "
        f"{_id_of(plan, survey)} as response_id, {quoted(survey)} as survey_id, "
        f"{who} as customer_id, * exclude (platform_id, customer_id) from incoming"
    )
    change = Change(survey, n_rows=n, n_added=n)
    if not has_previous:
        con.execute("create or replace temp view merged as select * from arrived")
        return change
    old = previous_columns(con)
    questions = [one.id for one in plan.all_questions]
    shared = [one for one in (*FIXED, *questions) if one in old and one != "survey_id"]
    left = ", ".join(f"p.{name(one)}" for one in shared)
    right = ", ".join(f"a.{name(one)}" for one in shared)
    if plan.weight:
        # weights may come with a later file than the answers
        left += f", {f'p.{WEIGHT}' if WEIGHT in old else 'null'}"
        right += f", a.{WEIGHT}"
    joined = "from previous as p inner join arrived as a using (response_id, survey_id)"
    is_changed = f"row({left}) is distinct from row({right})"
    n_both, change.n_changed, n_moved, ids = con.execute(
        f"select count(*), count(*) filter (where {is_changed}), "
        "count(*) filter (where p.answered_at is distinct from a.answered_at), "
        f"min(response_id, 5) filter (where {is_changed}) {joined}"
    ).fetchone() or (0, 0, 0, None)
    change.changed = [str(one) for one in ids or []]
    change.n_added, change.n_same = n - n_both, n_both - change.n_changed
    if n_moved * 2 > n_both and n_both > 1:
        raise SatisfactionError(
            f"{n_moved} of {n_both} rows of the wave {survey} would be replaced by other responses",
            table=plan.export.path.name,
            column="id",
            fix="Name another wave, such as SURVEY=2025q2 (--survey 2025q2)",
        )
    con.execute(
        "create or replace temp view merged as select * from arrived union all by name "
        "select * from previous where not exists (select 1 from arrived where "
        "arrived.response_id = previous.response_id and arrived.survey_id = previous.survey_id)"
    )
    return change


def customers(plan: Plan, folder: Path) -> dict[str, Callable[[Path], None]]:
    """Return what writes the customers with their attributes, where any are asked for."""
    if not plan.attributes:
        return {}
    con = plan.export.con
    columns = list(plan.attributes.values())
    cells = ", ".join(f"max({name('x_' + one)}) as {name(one)}" for one in columns)
    con.execute(
        f"create or replace temp view arrived_customers as select customer_id, {cells} "
        "from arrived where customer_id is not null group by 1"
    )
    names = ["customer_id", *columns]
    save, _ = replace_rows(con, folder, "customers", "customer_id", names, "arrived_customers")
    return {"customers.csv": save}


def writer(con: duckdb.DuckDBPyConnection, questions: Sequence[str]) -> Callable[[Path], None]:
    """Return what writes survey_wide, sorted, so that the same rows give the same bytes."""

    def save(path: Path) -> None:
        there = {str(row[0]) for row in con.execute("describe merged").fetchall()}
        short = _enumerate(con, [one for one in questions if one in there])
        cells = [f"cast({name(one)} as {_ANSWER}) as {name(one)}" for one in short]
        fixed = (*FIXED, WEIGHT) if WEIGHT in there else FIXED
        cells += [name(one) for one in (*fixed, *questions) if one in there and one not in short]
        cells += [f"null::varchar as {name(one)}" for one in questions if one not in there]
        columns = ", ".join(map(name, (*fixed, *questions)))
        with told(con, on_stderr, f"{path.name} is written"):
            con.execute(
                f"copy (select {columns} from (select {', '.join(cells)} from merged) "
                "order by survey_id, answered_at nulls last, response_id) "
                f"to {quoted(str(path))} (format csv, header true)"
            )

    return save


def _enumerate(con: duckdb.DuckDBPyConnection, questions: Sequence[str]) -> Sequence[str]:
    """Make the type of all answers, by which rows are sorted in half the time.

    Returns
    -------
    sequence of str
        The questions that it holds; none where there are too many answers.
    """
    answers = ", ".join(f"list(distinct {name(one)})" for one in questions)
    (found,) = con.execute(
        f"select list_sort(list_distinct(flatten([{answers}]))) from merged"
    ).fetchone() or ([],)
    if not found or len(found) > _MOST_ANSWERS:
        return []
    con.execute(f"drop type if exists {_ANSWER}")
    con.execute(f"create temp type {_ANSWER} as enum ({', '.join(map(quoted, found))})")
    return questions
