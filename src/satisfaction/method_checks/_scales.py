"""Scales, their levels, and the spellings of their answers."""

import re

from ._base import (
    BLANKS,
    Method,
    Problem,
    Problems,
    Row,
    boolean,
    grouped,
    integer,
    key_of,
    listing,
    number,
    unknown,
)

MOST_LEVELS = 11

# the variation selectors, which phones put after an emoji and nobody sees, go
_PLAIN = str.maketrans(
    "０１２３４５６７８９①②③④⑤⑥⑦⑧⑨[]（）［］【】．：／－−–‑’‘",
    "0123456789123456789()()()().:/----''",
    "\ufe0e\ufe0f",
)


def normalise_answer(text: str) -> str:
    r"""Give the one form in which answers are compared; the SQL macro normal_answer mirrors it.

    In this order: full-width and circled digits, full-width points, colons and slashes, dashes that
    stand for a minus and curly apostrophes turned into those of ASCII, and brackets of all kinds
    into round ones; emoji variation selectors (U+FE0E, U+FE0F) dropped; blanks trimmed at both ends
    (space, tab, line end, no-break space U+00A0, full-width space U+3000, byte order mark); each
    letter in lower case on its own (as engines do it: a Greek word may end in any sigma); every run
    of the same blanks collapsed into one space; and a whole number with nothing but zeros after the
    point cut to the whole number.

    Parameters
    ----------
    text : str
        An answer as someone wrote it.

    Returns
    -------
    str
        The normal form; empty where the answer is blank.

    Examples
    --------
    >>> normalise_answer("\u3000Very\u00a0 Satisfied "), normalise_answer("５.0")
    ('very satisfied', '5')
    >>> normalise_answer("（5）非常满意"), normalise_answer("\u221299.0")
    ('(5)非常满意', '-99')
    """
    text = text.translate(_PLAIN).strip(BLANKS)
    text = "".join(letter.lower()[:1] for letter in text)
    text = re.sub(f"[{BLANKS}]+", " ", text)
    return re.sub(r"^(-?[0-9]+)\.0+$", r"\1", text)


def check_scale_references(method: Method) -> Problems:
    """Report levels and answers of unknown scales, and answers at unknown levels."""
    scales = sorted(method.values("scales", "scale_id"))
    for table in ("scale_levels", "scale_answers"):
        for (scale,) in grouped(method.rows(table), "scale_id"):
            if scales and scale not in scales:
                yield unknown(table, scale, "scale_id", scale, scales, "scales")
    levels = _levels(method)
    answers = grouped(method.rows("scale_answers"), "scale_id", "answer", "level")
    for scale, answer, level in answers:
        whole = integer(level)
        if whole is not None and scale in levels and whole not in levels[scale]:
            known = [str(value) for value in sorted(levels[scale])]
            key = key_of(scale, normalise_answer(answer))
            yield unknown("scale_answers", key, "level", level, known, "scale_levels")


def check_levels(method: Method) -> Problems:
    """Report levels that are not 1 to L without gaps, fewer than two or more than eleven."""
    by_scale = grouped(method.rows("scale_levels"), "scale_id")
    if not by_scale:
        return
    asked = method.values("questions", "scale_id")
    are_alone = "scale_levels" in method.own and "scales" not in method.own
    for (scale,) in grouped(method.rows("scales"), "scale_id"):
        # levels of one's own need not be those of shipped scales that nobody asks
        if are_alone and scale not in asked and (scale,) not in by_scale:
            continue
        levels = [integer(row.get("level")) for row in by_scale.get((scale,), [])]
        whole = sorted({level for level in levels if level is not None})
        if not levels:
            problem = f"Scale {scale} has no levels."
        elif len(whole) == 1 and None not in levels:
            problem = f"Scale {scale} has one level only: every answer would be the best one."
        elif len(whole) > MOST_LEVELS:
            problem = f"Scale {scale} has {len(whole)} levels, more than {MOST_LEVELS}."
        elif whole != list(range(1, len(whole) + 1)) and None not in levels:
            problem = f"Scale {scale} has the levels {listing(whole)}, not 1 to L without gaps."
        else:
            continue
        fix = "Give it the levels 1 (worst) to L (best) in scale_levels, L from 2 to 11."
        yield Problem("scale_levels", scale, "level", problem, fix)


def check_values(method: Method) -> Problems:
    """Report values that are negative, do not rise with the level, or never exceed 0."""
    for scale, rows in _levels(method).items():
        values = {level: number(row.get("value")) for level, row in sorted(rows.items())}
        known = [(level, value) for level, value in values.items() if value is not None]
        for level, value in known:
            if value < 0:
                problem = f"The value {value:g} of level {level} is negative."
                fix = "Shift the values so that none is below 0: the index divides by the largest."
                yield Problem("scale_levels", key_of(scale, str(level)), "value", problem, fix)
        for (below, low), (level, value) in zip(known, known[1:], strict=False):
            if value <= low:
                problem = (
                    f"The value {value:g} of level {level} is not above "
                    f"the value {low:g} of level {below}."
                )
                fix = "Level 1 is the worst: let the values rise strictly with the level."
                yield Problem("scale_levels", key_of(scale, str(level)), "value", problem, fix)
        if known and max(value for _, value in known) <= 0:
            problem = f"The largest value of scale {scale} is not above 0."
            fix = "Give the best level a value above 0: the index divides by it."
            yield Problem("scale_levels", scale, "value", problem, fix)


def check_satisfied(method: Method) -> Problems:
    """Report satisfied levels below others, and rated scales without both kinds."""
    rated = {row.get("scale_id") for row in method.questions("performance", "overall")}
    for scale, rows in _levels(method).items():
        flags = {level: boolean(row.get("is_satisfied")) for level, row in rows.items()}
        satisfied = [level for level, flag in flags.items() if flag]
        others = [level for level, flag in flags.items() if flag is False]
        if satisfied and others and min(satisfied) < max(others):
            low, high = min(satisfied), max(others)
            problem = f"Level {low} counts as satisfied, but the better level {high} does not."
            fix = f"Set is_satisfied to true from one level of {scale} upwards, false below."
            yield Problem("scale_levels", key_of(scale, str(high)), "is_satisfied", problem, fix)
        if scale in rated and None not in flags.values() and not (satisfied and others):
            which = "Every level" if satisfied else "No level"
            problem = f"{which} of scale {scale} counts as satisfied, so the share means nothing."
            fix = "Set is_satisfied to true for the upper levels and to false for the lower ones."
            yield Problem("scale_levels", scale, "is_satisfied", problem, fix)


def check_spellings(method: Method) -> Problems:
    """Report answers that stand for two levels, and rows that are listed twice."""
    by_form: dict[tuple[str, str], list[Row]] = {}
    for row in method.rows("scale_answers"):
        if (scale := row.get("scale_id")) and (answer := row.get("answer")):
            by_form.setdefault((scale, normalise_answer(answer)), []).append(row)
    for (scale, form), rows in by_form.items():
        levels = sorted({row.get("level") or "not applicable" for row in rows})
        answers = [row.get("answer") for row in rows]
        spelt = listing(f"'{answer}'" for answer in sorted({str(answer) for answer in answers}))
        key = key_of(scale, form)
        if len(levels) > 1:
            problem = f"The answer {spelt} stands for several levels: {listing(levels)}."
            fix = "Keep one row: case, blanks, full-width signs and '.0' make no difference."
            yield Problem("scale_answers", key, "level", problem, fix)
        elif len(set(answers)) < len(answers):
            problem = f"The answer {spelt} is listed more than once."
            yield Problem("scale_answers", key, "answer", problem, "Keep one of these rows.")


def check_levels_are_spelt(method: Method) -> Problems:
    """Report levels of scales in use that no accepted spelling leads to."""
    used = {row.get("scale_id") for row in method.rows("questions")}
    answers = grouped(method.rows("scale_answers"), "scale_id")
    if not answers:
        return
    for scale, rows in _levels(method).items():
        reached = {integer(row.get("level")) for row in answers.get((scale,), [])}
        missing = sorted(set(rows) - reached)
        if scale in used and missing:
            problem = f"No accepted answer leads to level {listing(missing)} of scale {scale}."
            fix = "Add their spellings to scale_answers: unknown answers are refused."
            yield Problem("scale_answers", scale, "level", problem, fix)


def _levels(method: Method) -> dict[str, dict[int, Row]]:
    """Index the level rows of every scale by level; what is no whole number is left out."""
    return {
        scale: {level: row for row in rows if (level := integer(row.get("level"))) is not None}
        for (scale,), rows in grouped(method.rows("scale_levels"), "scale_id").items()
    }
