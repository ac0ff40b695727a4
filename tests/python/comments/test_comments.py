"""Open answers: the page's example, what keywords find, of several answers the newest."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import Any

import pytest

from tests.python.conftest import ROOT
from tests.python.engine import Engine

PAGE = (ROOT / "docs" / "methods" / "comments" / "open-answers.md").read_text("utf-8")
KEYWORDS, ANSWERS, SHARES = re.findall(r"```csv\n(.*?)```", PAGE, flags=re.S)
THEMES = "theme_id,factor_id,label_zh,label_en\n" + "".join(
    f"{name},,{name},{name}\n" for name in ("slow", "price", "staff")
)
HEAD = "response_id,survey_id,customer_id,question_id,answer,answered_at\n"


def themes(engine: Engine, files: dict[str, str], **dbt_vars: Any) -> list[str]:
    """Build both marts of a case whose keywords are those of the page, unless it has others."""
    own = {"comment_themes.csv": THEMES, "comment_keywords.csv": KEYWORDS}
    engine.lay(own | files)
    marts = ("fct_comments", "fct_comment_themes", "rejected_rows", "row_accounting")
    settings: dict[str, Any] = {"segment_by": [], "min_accepted_of_last": 0} | dbt_vars
    return engine.check(*(f"+{mart}" for mart in marts), **settings)


def found_in(engine: Engine) -> dict[str, str | None]:
    """Return the themes of each response."""
    return dict(engine.rows("select response_id, themes from fct_comments"))


def test_the_example_of_the_page(engine: Engine) -> None:
    assert not themes(engine, {"survey_wide.csv": ANSWERS})
    rows = list(csv.DictReader(StringIO(SHARES)))
    names = list(rows[0])
    found = engine.rows(f"select {', '.join(names)} from fct_comment_themes order by theme_id")
    assert [row[0] for row in found] == [row["theme_id"] for row in rows]
    for row, expected in zip(found, rows, strict=True):
        assert [*row[1:]] == pytest.approx([float(expected[name]) for name in names[1:]], abs=5e-5)
    assert found_in(engine) == {"1": "slow", "2": None, "3": "price, slow", "4": "staff", "6": None}
    ends = engine.rows(
        "select mean_low, mean_high from fct_comment_themes where theme_id in ('price', 'slow') "
        "order by theme_id"
    )
    # nothing is known of one answer
    assert ends == [(None, None), (1.0, 5.0)]
    assert engine.rows("select distinct comment_text from fct_comments") == [(None,)]
    # the blank one is a missing answer, and no comment is an answer that nobody understands
    counted = "select n_valid_answers, n_missing_answers from stg_responses where response_id = '5'"
    assert engine.rows(counted.replace("n_missing_answers", "n_answers")) == [(1, 2)]
    assert engine.rows("select reason from rejected_rows") == []


def test_what_keywords_find(engine: Engine) -> None:
    """Whole words, full width, expressions, and what is taken out before."""
    words = """theme_id,pattern,match,unless_pattern,polarity
slow,slow,word,not slow,negative
price,(over|too) ?priced?,regex,not (over|too) ?priced?,negative
price,¥,contains,,neutral
staff,nice,word,,positive
staff,not nice,word,,negative
"""
    said = {
        "a": "So SLOW!",
        "b": "slowly it gets better",
        "c": "Not  slow, but ｓｌｏｗ in winter",
        "d": "not slow at all",
        "e": "overpriced",
        "f": "it is not overpriced",
        "g": "nice. not nice.",
        "h": "(slow)",
        "i": "100% ' \\ ¥",
    }
    rows = "".join(f'{k},w1,c_{k},o_comment,"{v}",2025-03-01\n' for k, v in said.items())
    assert not themes(engine, {"survey_answers.csv": HEAD + rows, "comment_keywords.csv": words})
    nothing = dict.fromkeys("bdf")
    expected = dict.fromkeys("ach", "slow") | {"e": "price", "i": "price", "g": "staff"} | nothing
    assert found_in(engine) == expected
    polarity = dict(engine.rows("select response_id, polarity from fct_comments"))
    assert (polarity["g"], polarity["i"], polarity["a"]) == ("mixed", "neutral", "negative")
    counts = "select n_naming, n_positive, n_negative from fct_comment_themes where theme_id = "
    assert engine.rows(counts + "'staff'") == [(1, 1, 1)]


def test_of_several_answers_the_newest_counts(engine: Engine) -> None:
    rows = """r1,w1,ann,o_comment,太贵,2025-03-01
r1,w1,ann,o_comment,太慢,2025-03-02
r1,w1,ann,q_overall,2,2025-03-01
r2,w1,,o_comment,贵,2025-03-01
r3,,bob,o_comment,贵,2025-03-01
"""
    assert not themes(engine, {"survey_answers.csv": HEAD + rows})
    assert found_in(engine) == {"r1": "slow", "r2": "price"}
    levels = dict(engine.rows("select response_id, overall_level from fct_comments"))
    assert levels == {"r1": 2, "r2": None}
    assert sorted(engine.rows("select reason, count(*) from rejected_rows group by 1")) == [
        ("missing_survey", 1),
        ("superseded", 1),
    ]
    assert engine.rows(
        "select raw_rows, accepted_rows, rejected_rows from row_accounting "
        "where table_name = 'survey_answers'"
    ) == [(5, 3, 2)]
    # nobody reads there what the marts do not say
    assert not [
        json for (json,) in engine.rows("select row_json from rejected_rows") if "贵" in json
    ]


def test_texts_are_published_where_a_var_says_so(engine: Engine) -> None:
    text = "Call me: +86 138-0013-8000 or ann@example.com, it is slow, 3 days"
    rows = f'r1,w1,ann,o_comment,"{text}",2025-03-01\n'
    assert not themes(engine, {"survey_answers.csv": HEAD + rows}, show_comments=True)
    ((shown, length),) = engine.rows("select comment_text, n_characters from fct_comments")
    assert (shown.split(), length) == (["Call", "me:", "or", "it", "is", "slow,", "3", "days"], 65)


def test_changes_between_two_waves(engine: Engine) -> None:
    """4 of 10 and 1 of 10: Newcombe (1998), method 10, from Wilson's ends."""
    rows = [
        f"{wave}{k},{wave},c{k},o_comment,{'慢' if k < slow else '好'},{day}\n"
        for wave, slow, day in (("w1", 1, "2025-01-05"), ("w2", 4, "2025-06-05"))
        for k in range(10)
    ]
    assert not themes(engine, {"survey_answers.csv": HEAD + "".join(rows)})
    found = engine.rows(
        "select survey_id, previous_survey_id, share_change, change_low, change_high "
        "from fct_comment_themes where theme_id = 'slow' order by 1"
    )
    assert found[0] == ("w1", None, None, None, None)
    low = 0.3 - ((0.4 - 0.168180) ** 2 + (0.404150 - 0.1) ** 2) ** 0.5
    high = 0.3 + ((0.687326 - 0.4) ** 2 + (0.1 - 0.017876) ** 2) ** 0.5
    assert found[1] == ("w2", "w1", *(pytest.approx(x, abs=1e-5) for x in (0.3, low, high)))
