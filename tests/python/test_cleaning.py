"""How text becomes a value: the macros of macros/dialect/typing.sql, as they compile, in DuckDB."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from satisfaction.method_checks import normalise_answer
from tests.python.conftest import ROOT
from tests.python.engine import Engine

BLANKS = " \t\r\n\u00a0\u3000\ufeff"
PAGE = (ROOT / "docs" / "methods" / "contract" / "cleaning.md").read_text("utf-8")
TYPES = ("string", "double", "seconds", "integer", "date", "timestamp", "boolean")
Cast = Callable[[Sequence[str | None]], list[Any]]

# texts near the edge of what is a date, a number or an answer
ODD = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text(alphabet=BLANKS + "0５①.．e+-−_,:：/年月日TZ满意（[⭐\ufe0faİΣſ'\"\\\0x", max_size=14),
    st.from_regex(r"[+-]?[0-9]{1,4}([,.][0-9]{3}){0,3}(e[+-]?[0-9]{1,4})?", fullmatch=True),
    st.from_regex(
        r"[0-9]{4}[-/年.][0-9]{1,2}[-/月.][0-9]{1,2}日?"
        r"([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
        r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}|PM|\(BC\))?",
        fullmatch=True,
    ),
    st.sampled_from(["nan", "inf", "-Infinity", "epoch", "infinity", "now", "today", "1_000"]),
)
SOME = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def casts(engine: Engine) -> dict[str, Cast]:
    """Return, per macro, a function that runs its compiled SQL over some texts."""
    calls = {name: f"typed('c', '{name}')" for name in TYPES}
    calls |= {"clean": "clean_text('c')", "answer": "normal_answer('c')"}
    con = duckdb.connect()

    def cast(sql: str) -> Cast:
        def run(texts: Sequence[str | None]) -> list[Any]:
            asked = (
                f"select {sql} from (select unnest(?::varchar[]) as c, unnest(?) as i) order by i"
            )
            rows = con.execute(asked, [list(texts), list(range(len(texts)))]).fetchall()
            return [value for (value,) in rows]

        return run

    return dict(zip(calls, map(cast, engine.compiled(*calls.values())), strict=True))


@SOME
@given(texts=st.lists(ODD, min_size=1, max_size=40))
def test_an_answer_has_one_normal_form_in_sql_and_in_python(
    casts: dict[str, Cast], texts: list[str]
) -> None:
    assert casts["answer"](texts) == [normalise_answer(text) or None for text in texts]


@SOME
@given(texts=st.lists(ODD, min_size=1, max_size=40))
def test_text_is_trimmed_of_blanks_and_of_nothing_else(
    casts: dict[str, Cast], texts: list[str]
) -> None:
    assert casts["clean"](texts) == [text.strip(BLANKS) or None for text in texts]


@pytest.mark.parametrize("text", ["3", "0", "e", "fa", "u00a0", "ufeff", "t", "n", "r", "\\t", "x"])
def test_no_letter_is_taken_for_a_blank(casts: dict[str, Cast], text: str) -> None:
    assert casts["clean"]([text, f"\u3000{text}\u00a0", f"{text} {text}"]) == [
        text,
        text,
        f"{text} {text}",
    ]
    assert casts["answer"]([text]) == [text]


@SOME
@given(texts=st.lists(ODD, min_size=1, max_size=40))
def test_a_number_is_finite_and_is_the_one_that_is_written(
    casts: dict[str, Cast], texts: list[str]
) -> None:
    clean = [text.strip(BLANKS) for text in texts]
    for text, number, whole in zip(
        clean, casts["double"](clean), casts["integer"](clean), strict=True
    ):
        if number is None:
            assert whole is None
            continue
        assert math.isfinite(number)
        assert number == float(text.replace(",", ""))
        assert "," not in text or re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text)
        assert "_" not in text
        assert whole == (int(number) if number.is_integer() and abs(number) < 9e15 else None)


@SOME
@given(texts=st.lists(ODD, min_size=1, max_size=40))
def test_a_time_lies_in_1900_to_2999_and_on_the_day_that_is_written(
    casts: dict[str, Cast], texts: list[str]
) -> None:
    clean = [text.strip(BLANKS) for text in texts]
    for text, time, day in zip(clean, casts["timestamp"](clean), casts["date"](clean), strict=True):
        assert (time is None) == (day is None)
        if time is None:
            continue
        assert 1900 <= time.year <= 2999
        assert day == time.date()
        parts = re.match(r"(\d{4})[-/年]?(\d{1,2})[-/月]?(\d{1,2})", text)
        assert parts and tuple(map(int, parts.groups())) == (time.year, time.month, time.day)


@given(when=st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31)))
@SOME
def test_every_time_is_read_in_every_accepted_form(casts: dict[str, Cast], when: datetime) -> None:
    day = f"{when.year}-{when.month}-{when.day}"
    minute = when.replace(second=0, microsecond=0)
    forms = {
        when.isoformat(): when,
        when.isoformat(" ") + "Z": when,
        when.isoformat() + "+08:00": when,
        when.isoformat(" ") + " -0330": when,
        f"{when:%Y/%m/%d %H:%M}": minute,
        f"{day} {when.hour}:{when:%M}": minute,
        f"{when.year}年{when.month}月{when.day}日 {when:%H:%M:%S}": when.replace(microsecond=0),
        f"{when.year}年{when.month}月{when.day}日": datetime(when.year, when.month, when.day),
        f"{when.year}{when:%m%d}": datetime(when.year, when.month, when.day),
        day: datetime(when.year, when.month, when.day),
    }
    assert casts["timestamp"](list(forms)) == list(forms.values())


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (" ", "1 234 567.5"),
        (" ", "1\u00a0234\u00a0567.5"),
        (" ", "1\u202f234\u202f567.5"),
        ("'", "1'234'567.5"),
        ("’", "1’234’567.5"),
        ("", ""),
    ],
)
def test_thousands_are_parted_by_the_mark_of_the_var(engine: Engine, mark: str, text: str) -> None:
    (sql,) = engine.compiled("typed('c', 'double')", thousands_separator=mark)
    texts = [text, "1,000", "1000"]
    found = duckdb.execute(f"select {sql} from (select unnest(?) as c)", [texts]).fetchall()
    assert found == [(1_234_567.5 if mark else None,), (None,), (1000.0,)]


AFTERNOON = datetime(2025, 3, 31, 15, 4)


@pytest.mark.parametrize(
    "text",
    [
        "2025/3/31 下午3:04",
        "2025年3月31日 下午3:04:00",
        "2025年3月31日下午3点04分",
        "2025年3月31日15时04分00秒",
        "2025-03-31 15时4分",
        "2025年3月31号 15:04",
        "2025-03-31 15:04:00 (GMT+08:00)",
        "Mon, 31 Mar 2025 15:04:00 +0800",
        "Monday, March 31, 2025 at 3:04 PM",
        "March 31st, 2025 3:04 pm",
        "31st March 2025 15:04",
        "31 Mar 2025, 15:04",
    ],
)
def test_times_of_platforms_are_read(casts: dict[str, Cast], text: str) -> None:
    assert casts["timestamp"]([text]) == [AFTERNOON]


@pytest.mark.parametrize(
    ("text", "hour"), [("中午12:04", 12), ("中午1:04", 13), ("上午11:04", 11), ("上午12:04", 0),
                       ("凌晨12:04", 0), ("晚上11:04", 23), ("下午11:04", 23), ("下午15:04", 15)]
)  # fmt: skip
def test_chinese_parts_of_the_day(casts: dict[str, Cast], text: str, hour: int) -> None:
    assert casts["timestamp"]([f"2025/3/31 {text}"]) == [AFTERNOON.replace(hour=hour)]


def test_serial_dates_have_the_decimal_mark_of_the_var(engine: Engine) -> None:
    (sql,) = engine.compiled("typed('c', 'timestamp')", excel_dates=True, decimal_separator=",")
    found = duckdb.execute(f"select {sql} from (values ('45721,5'), ('45721.5')) as t (c)")
    assert found.fetchall() == [(datetime(2025, 3, 5, 12),), (None,)]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60", 60), ("60秒", 60), ("1分30秒", 90), ("1小时2分3秒", 3723), ("2分钟", 120), ("90 s", 90),
     ("1m 30s", 90), ("1 min 30 sec", 90), ("2 Minutes", 120), ("1 hour, 5 minutes", 3900),
     ("0:01:30", 90), ("00:01:30", 90), ("12.5", 12.5), ("1:30", None), ("soon", None),
     ("s", None)],
)  # fmt: skip
def test_lengths_of_time_are_read_in_seconds(
    casts: dict[str, Cast], text: str, seconds: float | None
) -> None:
    assert casts["seconds"]([text]) == [seconds]


def table_of(heading: str) -> list[list[str]]:
    """Return the rows of the first table below a heading of the page; its cells without `…`."""
    lines = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0].splitlines()
    rows = [line for line in lines if line.startswith("|")][2:]
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        for row in rows
    ]


def test_what_the_page_says_of_text_is_so(casts: dict[str, Cast]) -> None:
    kinds = {"date, time": "timestamp", "number": "double", "yes or no": "boolean"}
    seen = set()
    for kind, accepted, refused in table_of("How text is typed"):
        if kind not in kinds:
            continue
        seen.add(kind)
        good, bad = (re.findall(r"`([^`]+)`", cell) for cell in (accepted, refused))
        assert len(good) > 3 and len(bad) > 3
        assert None not in casts[kinds[kind]](good), kind
        assert set(casts[kinds[kind]](bad)) == {None}, kind
    assert seen == kinds.keys()


def test_the_page_names_every_reason() -> None:
    macro = (
        (ROOT / "macros" / "contract" / "base_table.sql")
        .read_text("utf-8")
        .split("macro reject_reasons()")[1]
    )
    reasons = re.findall(r"'(\w+)'", macro.split("endmacro")[0])
    assert [row[0].strip("`") for row in table_of("Why a row is refused")] == reasons
