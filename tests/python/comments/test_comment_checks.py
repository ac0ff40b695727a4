"""Open questions, themes and keywords that are wrong: a shipped table with one small edit."""

from __future__ import annotations

import pytest

from tests.python.method.test_method_checks import Case, add, assert_said, case, problems, put

KEYWORD = {"theme_id": "speed", "match": "regex", "polarity": "negative"}


def keyword(name: str, pattern: str, says: str, **more: str) -> Case:
    """One more keyword, which is wrong."""
    row = KEYWORD | {"pattern": pattern} | more
    at = f"comment_keywords: {row['theme_id']} | {pattern}"
    return case(name, add("comment_keywords", **row), at=at, says=says)


CASES = [
    case(
        "an open question on a scale",
        put("questions", "scale_id", "satisfaction5", question_id="o_comment"),
        at="questions: o_comment",
        says="An open question (role comment) has the scale satisfaction5",
    ),
    case(
        "another question without one",
        put("questions", "scale_id", None, question_id="q_care"),
        at="questions: q_care",
        says="The question has no scale",
    ),
    case(
        "a theme called all",
        add("comment_themes", theme_id="all"),
        at="comment_themes: all",
        says="The theme all is the row of all open answers.",
    ),
    keyword(
        "a theme that is none",
        "slow",
        "'haste' is not in comment_themes",
        theme_id="haste",
        match="word",
    ),
    keyword("a bracket too many", "slow)", "is no regular expression that every engine reads"),
    keyword("what RE2 does not read", "slow(?=er)", "it looks around or back"),
    keyword("what is in everything", "slow|", "it fits an answer of nothing"),
    keyword("a bracket in what is left out", "x", "'(' is no regular", unless_pattern="("),
    keyword("a letter anywhere", "s", "The letter s is in nearly every word.", match="contains"),
    keyword("a way to match that is none", "snail", "Known values: contains", match="like"),
    keyword("no polarity", "snail", "The polarity is missing", polarity=""),
]


@pytest.mark.parametrize("wrong", CASES, ids=lambda wrong: wrong.name)
def test_what_is_wrong_is_said(wrong: Case) -> None:
    assert_said(wrong)


def test_a_factor_must_exist_in_a_table_of_ones_own() -> None:
    elsewhere = put("comment_themes", "factor_id", "punctuality", theme_id="speed")
    (found,) = problems(elsewhere, own=["comment_themes"]).to_dict("records")
    assert (found["key"], found["column_name"]) == ("speed", "factor_id")
    # the shipped one may speak of a factor that another questionnaire does not have
    assert problems(elsewhere).empty


def test_what_is_right_passes() -> None:
    right = add("comment_keywords", **KEYWORD | {"pattern": r"\bslow(ly)?\b|很?慢"})
    assert problems(right).empty
