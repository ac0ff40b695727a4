"""What was understood, as a table on the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from satisfaction.imports import columns
from satisfaction.imports.export import Export
from satisfaction.imports.plan import Plan, Question, is_worded
from satisfaction.imports.scales import level_of

_NAMES = {
    "multiple_choice": "multiple choice",
    "free_text": "free text",
    "attributes": "attributes",
    "numbers": "numbers and dates",
    "derived": "computed by the platform",
    "personal": "personal, written nowhere",
    "empty": "empty",
    "one_value": "one value throughout",
}
_WIDEST = 46
_FEW = 6


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    Examples
    --------
    >>> width("abc"), width("满意")
    (3, 4)
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def cut(text: str, most: int = _WIDEST) -> str:
    """Return a text that is not wider than so much.

    Examples
    --------
    >>> cut("How satisfied are you?", 10)
    'How satis…'
    """
    text = " ".join(text.split())
    if width(text) <= most:
        return text
    while width(text) > most - 1:
        text = text[:-1]
    return text + "…"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows with their columns one under the other.

    Examples
    --------
    >>> print(table([["a", "满意"], ["long", "x"]]))
    a     满意
    long  x
    """
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def questions(plan: Plan) -> str:
    """Return the questions with role, factor, scale and answers, and the levels of the scales."""
    head = ["question", "role", "factor", "scale", "n", "worst → best", "by"]
    rows = [_row(one, plan) for one in plan.questions]
    rows += [
        [cut(one.text), one.role, "", "", f"{one.profile.n_filled:,}", "what was written", ""]
        for one in plan.open_questions
    ]
    lines = [table([head, *rows])]
    sets: dict[tuple[str, tuple[str, ...]], None] = {}
    for one in plan.questions:
        if words := _words(one, plan):
            sets.setdefault((one.scale_id, words), None)
    lines += [f"{scale}: {' < '.join(words)}" for scale, words in sets]
    return "\n".join(lines)


def _words(one: Question, plan: Plan) -> tuple[str, ...]:
    """Return the words of a question from the worst to the best, as the file has them."""
    scale = plan.scales[one.scale_id]
    found: dict[int, str] = {}
    for word in one.profile.words():
        level = level_of(word, scale)
        if level is not None and not word.is_number:
            found.setdefault(level, " ".join(word.text.split()))
    if not is_worded(one):
        return ()
    return tuple(found[level] for level in sorted(found, reverse=one.is_reversed))


def _row(one: Question, plan: Plan) -> list[str]:
    scale = plan.scales[one.scale_id]
    words = _words(one, plan)
    if len(words) > 1:
        ends = [words[0], words[-1]]
    else:
        first = one.first_level if one.first_level is not None else int(scale.levels[0].value)
        ends = [str(first), str(first + scale.length - 1)]
        ends = ends[::-1] if one.is_reversed else ends
    text = cut(one.text)
    if one.label:
        text = f"{cut(one.label, 28)} ({cut(one.profile.column.question, 16)})"
    shown = f"{cut(ends[0], 22)} → {cut(ends[1], 22)} ({scale.length})"
    return [text, one.role, cut(one.factor, 20), one.scale_id, f"{one.n:,}", shown, one.by]


#: rows that are not as long as the header, and what becomes of them
_UNEVEN = {
    "short_rows": "end before the header does: what is missing counts as blank",
    "long_rows": "have more cells than the header and are left out",
}


def platform(export: Export) -> list[str]:
    """Return what wrote a file and how it was read, and which of its rows are uneven.

    Parameters
    ----------
    export : Export

    Returns
    -------
    list of str
        Lines for people.
    """
    how = ", ".join(f"{name} {said}" for name, said in export.read.items() if name not in _UNEVEN)
    notes = [
        f"note: rows that {what}: {export.read[name]}"
        for name, what in _UNEVEN.items()
        if name in export.read
    ]
    return [f"Platform: {export.platform}" + (f" ({how})" if how else ""), *notes]


def weight(plan: Plan) -> str:
    """Return what says how much each respondent counts, and that it does."""
    one = next(one for one in plan.profiles if one.key == plan.weight)
    without = ""
    if one.weights is not None:
        n_without = one.weights.n_zero
        without = f"; {n_without:,} of them are 0 and count in no weighted figure"
        without = without if n_without else ""
    return (
        f"Weights:  {cut(one.column.header)} ({one.n_filled:,} filled{without}), "
        "as respondent_weight; vars.yml says weighting: given"
    )


def left_out(plan: Plan) -> list[str]:
    """Return a line for every kind of column that is left out, with their names."""
    headers = {one.key: one for one in plan.profiles}
    lines = []
    for kind, keys in columns.left_out(plan.profiles).items():
        if kind not in _NAMES:
            continue
        shown = []
        for key in keys[:_FEW]:
            one = headers[key]
            text = cut(one.column.label or one.column.header or key, 30)
            if kind == "personal":
                text += f" ({one.n_filled:,} filled)"
            shown.append(text)
        more = f" and {len(keys) - _FEW} more" if len(keys) > _FEW else ""
        how = " (role comment in import.yml reads what was written)" if kind == "free_text" else ""
        lines.append(f"{_NAMES[kind]}: {', '.join(shown)}{more}{how}")
    return lines


def rows_line(
    in_file: int, kept: int, dropped: Mapping[str, int], ids: Mapping[str, Sequence[str]]
) -> str:
    """Return how many rows were kept, and which were not.

    Examples
    --------
    >>> rows_line(12, 11, {"preview": 1}, {"preview": ["R_1"]})
    '12 rows: 11 kept, 1 preview (R_1)'
    """
    parts = [f"{in_file:,} rows: {kept:,} kept"]
    for reason, n in sorted(dropped.items()):
        named = ", ".join(ids.get(reason, ())[:3])
        more = " …" if n > 3 and named else ""
        parts.append(f"{n:,} {reason.replace('_', ' ')}" + (f" ({named}{more})" if named else ""))
    return ", ".join(parts)
