"""The rows of a survey as SQL: ids, times, durations and answers, without a cell in Python."""

from __future__ import annotations

import csv
import secrets
from pathlib import Path

import duckdb

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import columns
from satisfaction.imports.asking import Decisions, Point
from satisfaction.imports.export import Column
from satisfaction.imports.plan import KEPT, Plan, Question
from satisfaction.imports.sql import name, quoted
from satisfaction.imports.weights import cell_of
from satisfaction.method_checks._questions import OPEN_ROLES

#: the columns of survey_wide before the questions
FIXED = (
    "response_id",
    "survey_id",
    "customer_id",
    "answered_at",
    "started_at",
    "duration_seconds",
    "channel",
)
#: and the one that stands behind them where some wave of the case has it
WEIGHT = "respondent_weight"
KEY_FILE = "customer.key"
HASHED = f", as a keyed hash; the key is {KEY_FILE} in the case: keep it, and to yourself"

_DAY_FIRST = r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b"
#: platforms whose files have the month first, in all that were seen
_MONTH_FIRST = ("surveymonkey", "ms_forms", "google_forms", "qualtrics")


def case_table(path: Path) -> str:
    """Return SQL of a table of a case, all its cells as text."""
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    columns = ", ".join(f"{quoted(one)}: 'varchar'" for one in header)
    return (
        f"read_csv({quoted(str(path))}, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"auto_detect = false, columns = {{{columns}}})"
    )


def date_order(plan_con: duckdb.DuckDBPyConnection, column: str, kept: str) -> str | None:
    """Tell whether day or month stands first; None where no date is so or no cell tells.

    Returns
    -------
    str or None
        dmy, mdy, both (the column contradicts itself), either (no cell tells) or None.
    """
    sql = f"""
        select
            max(try_cast(regexp_extract({column}, '{_DAY_FIRST}', 1) as integer)),
            max(try_cast(regexp_extract({column}, '{_DAY_FIRST}', 2) as integer)),
            bool_or(regexp_matches({column}, '(?i)[ap]m\\b'))
        from {kept} where regexp_matches({column}, '{_DAY_FIRST}')
    """
    first, second, has_pm = plan_con.execute(sql).fetchone() or (None, None, None)
    if first is None:
        return None
    if first > 12 and second > 12:
        return "both"
    if first > 12:
        return "dmy"
    if second > 12 or has_pm:
        return "mdy"
    return "either"


def settled_order(plan: Plan, decisions: Decisions) -> str:
    """Decide whether day or month stands first in the times of a file.

    Raises
    ------
    SatisfactionError
        If some cells are one and some the other.
    """
    return order_of_times(
        plan.export.con,
        [
            one.column.name
            for sort in ("answered_at", "started_at")
            if (one := plan.column(sort)) is not None
        ],
        KEPT,
        plan.export.path.name,
        plan.export.platform,
        decisions,
    )


def order_of_times(
    con: duckdb.DuckDBPyConnection,
    times: list[str],
    kept: str,
    file: str,
    platform: str,
    decisions: Decisions,
    place: tuple[str, ...] = ("date_order",),
) -> str:
    """Decide on the order of days and months of some columns; ymd where no cell needs it."""
    found = {order for column in times if (order := date_order(con, column, kept))}
    if not found:
        return "ymd"
    if "both" in found or {"dmy", "mdy"} <= found:
        raise SatisfactionError(
            "some dates have the day first and some the month",
            table=file,
            fix="Export again with dates as 2025-03-31",
        )
    for order in ("dmy", "mdy"):
        if order in found:
            return order
    is_month = platform in _MONTH_FIRST
    point = Point(
        place,
        "No date tells whether the day or the month stands first (such as 03/04/2025).",
        (("dmy", "the day: 3 April"), ("mdy", "the month: 4 March")),
        "mdy" if is_month else "dmy",
    )
    return str(decisions.settle(point))


def time_of(column: str, order: str) -> str:
    """Return SQL of a time as the contract reads it: year, month and day of full length."""
    first, second = ("2", "1") if order == "dmy" else ("1", "2")
    year_last = (
        f"regexp_replace(regexp_replace({column}, "
        rf"'^(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}})', '\3-\{first}-\{second}'), "
        rf"'^(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{2}})\b', '20\3-\{first}-\{second}')"
    )
    written = r"^(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?"
    whole = rf"regexp_replace({year_last}, '{written}', '\1-\2-\3')"
    padded = rf"regexp_replace({whole}, '^(\d{{4}})-(\d)-', '\1-0\2-')"
    padded = rf"regexp_replace({padded}, '^(\d{{4}}-\d\d)-(\d)(?!\d)', '\1-0\2')"
    padded = padded.replace(r"(?!\d)'", r"(\D|$)'").replace(r"'\1-0\2')", r"'\1-0\2\3')")
    padded = rf"regexp_replace({padded}, '^(\d{{4}}-\d\d-\d\d)[ T]+(\d):', '\1 0\2:')"
    serial = (
        f"strftime(timestamp '1899-12-30' + to_milliseconds(cast(round(cast({column} as double)"
        " * 86400) * 1000 as bigint)), '%Y-%m-%d %H:%M:%S')"
    )
    return (
        f"case when regexp_full_match({column}, '[345][0-9]{{4}}([.][0-9]+)?') then {serial} "
        f"when {column} like '1980-01-01%' then null else {padded} end"
    )


def amount_of(column: str) -> str:
    """Return SQL of an amount: 1234.50, 1,234.50, 1.234,50, 10,50, € 5."""
    plain = f"regexp_replace({column}, '[^0-9.,-]', '', 'g')"
    comma = f"replace(replace({plain}, '.', ''), ',', '.')"
    return (
        f"try_cast(case when regexp_matches({plain}, ',[0-9]{{1,2}}$') then {comma} "
        f"else replace({plain}, ',', '') end as double)"
    )


def seconds_of(column: str) -> str:
    """Return SQL of a duration in seconds: 95, 95秒, 2分3秒, 1:23, 00:01:35."""

    def part(unit: str) -> str:
        return f"coalesce(try_cast(regexp_extract({column}, '(\\d+) *(?:{unit})', 1) as bigint), 0)"

    clock = f"string_split({column}, ':')"
    return (
        f"case when regexp_full_match({column}, '\\d+([.]\\d+)?') then {column} "
        f"when regexp_full_match({column}, '\\d+:\\d\\d') then cast(cast({clock}[1] as bigint) * 60"
        f" + cast({clock}[2] as bigint) as varchar) "
        f"when regexp_full_match({column}, '\\d+:\\d\\d:\\d\\d') then "
        f"cast(cast({clock}[1] as bigint) * 3600 + cast({clock}[2] as bigint) * 60 + "
        f"cast({clock}[3] as bigint) as varchar) "
        f"when regexp_matches({column}, '秒|分|小时|\\d *(s|sec|m|min|h)\\b') then cast("
        f"{part('小时|时|h')} * 3600 + {part('分钟?|min|m')} * 60 + {part('秒|sec|s')} "
        "as varchar) end"
    )


def label_of(column: Column) -> str:
    """Return SQL of a column, its codes as their labels."""
    if not column.words:
        return column.name
    cases = " ".join(
        f"when {quoted(code)} then {quoted(word)}" for code, word in sorted(column.words.items())
    )
    return f"case {column.name} {cases} else {column.name} end"


def answer_of(question: Question) -> str:
    """Return SQL of the answers to a question, as they are written."""
    column = question.profile.column.name
    if question.role in OPEN_ROLES:
        return f"nullif(trim({column}), '')"
    changed = {raw: cell for raw, cell in question.cells.items() if raw != cell}
    if not changed:
        return column
    cases = " ".join(
        f"when {quoted(raw)} then {'null' if cell is None else quoted(cell)}"
        for raw, cell in sorted(changed.items())
    )
    return f"case {column} {cases} else {column} end"


def hashed(column: str, key: bytes) -> str:
    """Return SQL of a keyed hash (HMAC-SHA256) of a column, without blanks and capitals.

    Examples
    --------
    >>> import hmac
    >>> sql = hashed("'A@b.org '", b"k" * 32)
    >>> duckdb.connect().execute(f"select {sql}").fetchone()[0] == hmac.digest(
    ...     b"k" * 32, b"a@b.org", "sha256").hex()[:20]
    True
    """
    block = key.ljust(64, b"\0")
    inner, outer = (bytes(one ^ pad for one in block).hex() for pad in (0x36, 0x5C))
    text = f"encode(lower(trim(cast({column} as varchar))))"
    first = f"unhex(sha256(unhex('{inner}') || {text}))"
    whole = f"left(sha256(unhex('{outer}') || {first}), 20)"
    return f"case when {column} is not null then {whole} end"


def customer_key(folder: Path) -> bytes:
    """Return the key of a case's customers: a new one where it has none yet."""
    path = folder / KEY_FILE
    if path.is_file():
        return bytes.fromhex(path.read_text("ascii").strip())
    return secrets.token_bytes(32)


def customer_of(column: str, key: bytes | None) -> str:
    """Return SQL of the customer: as it stands, or as a keyed hash."""
    nobody = "('anonymous', 'anonym', '匿名', 'anonyme')"
    named = f"case when lower({column}) not in {nobody} then {column} end"
    return hashed(f"({named})", key) if key else named


def platform_id(plan: Plan) -> str:
    """Return SQL of the id of a response: the platform's, else made of what was answered."""
    found = plan.column("response_id")
    parts = [
        f"{quoted(one.key + '=')} || {one.column.name}"
        for one in plan.profiles
        if one.sort not in ("personal", "empty", "response_id")
    ]
    made = f"left(sha256(concat_ws(chr(31), {', '.join(parts)})), 16)"
    number = f"row_number() over (partition by {made} order by row_number)"
    numbered = f"{made} || case when {number} > 1 then '-' || {number} else '' end"
    if found is None:
        return numbered
    n = plan.export.con.execute(
        f"select count(*) - count({found.column.name}) from {KEPT}"
    ).fetchone()
    if n and n[0]:
        return f"coalesce({found.column.name}, {numbered})"
    _check_ids(plan, found.column.name, found.column.header)
    return found.column.name


def _check_ids(plan: Plan, column: str, header: str) -> None:
    """Refuse ids that a spreadsheet wrote in powers of ten."""
    sql = rf"""select count(*) from {KEPT}
        where regexp_full_match({column}, '[0-9]([.,][0-9]+[eE][+-]?|[eE][+])[0-9]+')"""
    (n,) = plan.export.con.execute(sql).fetchone() or (0,)
    if n:
        raise SatisfactionError(
            f"{n} ids are like 1.18E+11: a spreadsheet has cut their last digits off",
            table=plan.export.path.name,
            column=header,
            fix="Export again, and import the file without opening it in a spreadsheet",
        )


def create_incoming(plan: Plan, order: str, key: bytes | None) -> tuple[int, int]:
    """Make the view `incoming`: the rows of a file as survey_wide has them, but for the survey.

    Parameters
    ----------
    plan : Plan
    order : str
        Of days and months.
    key : bytes or None
        For keyed hashes of customers.

    Returns
    -------
    int, int
        How many rows were left out since no question was answered, and how many were not.
    """

    def column(sort: str) -> str | None:
        found = plan.column(sort)
        return found.column.name if found else None

    customer = next((one for one in plan.profiles if one.key == plan.customer), None)
    answered = column("answered_at") or column("started_at")
    started = column("started_at") if column("answered_at") else None
    duration, channel = column("duration_seconds"), column("channel")
    found = plan.column("channel")
    if found is not None and (found.values is None or columns.is_personal(found)):
        channel = None
    by_key = {one.key: one.column for one in plan.profiles}
    attributes = {short: label_of(by_key[key]) for key, short in plan.attributes.items()}
    answers = [f"{answer_of(one)} as {name(one.id)}" for one in plan.all_questions]
    cells = [
        f"{platform_id(plan)} as platform_id",
        f"{customer_of(customer.column.name, key) if customer else 'null'} as customer_id",
        f"{time_of(answered, order) if answered else 'null'} as answered_at",
        f"{time_of(started, order) if started else 'null'} as started_at",
        f"{seconds_of(duration) if duration else 'null'} as duration_seconds",
        f"{channel or 'null'} as channel",
        *([f"{cell_of(by_key[plan.weight].name)} as {WEIGHT}"] if plan.weight else []),
        *answers,
        *(f"{column} as {name('x_' + short)}" for short, column in attributes.items()),
    ]
    con = plan.export.con
    con.execute(
        f"create or replace temp view all_incoming as select {', '.join(cells)} from {KEPT}"
    )
    any_answer = has_answer(plan)
    con.execute(
        f"create or replace temp view incoming as select * from all_incoming where {any_answer}"
    )
    both = f"select count(*), count(*) filter (where {any_answer}) from all_incoming"
    n_all, n = con.execute(both).fetchone() or (0, 0)
    return int(n_all - n), int(n)


def has_answer(plan: Plan) -> str:
    """Return SQL that says whether a row answers any question."""
    return f"coalesce({', '.join(name(one.id) for one in plan.all_questions)}) is not null"


def not_answered_ids(plan: Plan) -> list[str]:
    """Return the ids of some rows without an answered question."""
    sql = f"select platform_id from all_incoming where not ({has_answer(plan)}) order by 1 limit 3"
    return [str(row[0]) for row in plan.export.con.execute(sql).fetchall()]


def month_of(con: duckdb.DuckDBPyConnection) -> str | None:
    """Return year and month of the median time of what comes in; None without times."""
    sql = r"""select quantile_disc(left(answered_at, 10), 0.5) from incoming
        where regexp_matches(answered_at, '^\d{4}-\d\d-\d\d')"""
    (found,) = con.execute(sql).fetchone() or (None,)
    return str(found)[:7] if found else None
