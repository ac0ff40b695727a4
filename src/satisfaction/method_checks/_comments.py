"""Themes of open answers, and the keywords that name them."""

import re

from ._base import Method, Problem, Problems, Row, key_of, unknown

THEMES, KEYWORDS = "comment_themes", "comment_keywords"
#: RE2, which DuckDB searches with, has neither: Python's own module would let them pass
_NOT_EVERYWHERE = re.compile(r"\(\?(=|!|<=|<!|P=)|\\[1-9]")


def check_theme_factors(method: Method) -> Problems:
    """Report factors that do not exist, and a theme that would be taken for all answers."""
    factors = sorted(method.values("factors", "factor_id"))
    for row in method.rows(THEMES):
        key, factor = row.get("theme_id") or "?", row.get("factor_id")
        # the shipped ones may speak of factors that another questionnaire does not have
        if factor and THEMES in method.own and factor not in factors:
            yield unknown(THEMES, key, "factor_id", factor, factors, "factors")
        if key == "all":
            problem = "The theme all is the row of all open answers."
            yield Problem(THEMES, key, "theme_id", problem, "Give the theme another name.")


def check_keyword_themes(method: Method) -> Problems:
    """Report keywords of a theme that does not exist."""
    themes = sorted(method.values(THEMES, "theme_id"))
    for row in method.rows(KEYWORDS):
        theme = row.get("theme_id")
        if theme and theme not in themes:
            yield unknown(KEYWORDS, _key(row), "theme_id", theme, themes, THEMES)


def check_keyword_patterns(method: Method) -> Problems:
    """Report what cannot be searched for, and single letters, which are in every word."""
    for row in method.rows(KEYWORDS):
        key = _key(row)
        for column in ("pattern", "unless_pattern"):
            text = row.get(column) or ""
            if row.get("match") == "regex" and (said := _wrong_expression(text)):
                problem = f"'{text}' is no regular expression that every engine reads: {said}."
                fix = "Correct it, or set match to contains and write the words themselves."
                yield Problem(KEYWORDS, key, column, problem, fix)
        pattern = row.get("pattern") or ""
        if row.get("match") == "contains" and re.fullmatch("[A-Za-z]", pattern):
            problem = f"The letter {pattern} is in nearly every word."
            yield Problem(KEYWORDS, key, "pattern", problem, "Set match to word, or write a word.")


def _key(row: Row) -> str:
    return key_of(row.get("theme_id"), row.get("pattern"))


def _wrong_expression(text: str) -> str:
    """Say what is wrong with a regular expression; blank where nothing is."""
    if _NOT_EVERYWHERE.search(text):
        return "it looks around or back"
    try:
        found = re.compile(text)
    except re.error as error:
        return str(error)
    return "it fits an answer of nothing" if text and found.fullmatch("") else ""
