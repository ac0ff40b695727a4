"""The plan of an import: what every column becomes, decided once and kept in import.yml."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import columns, degrees, names, numbers, roles, shipped, weights
from satisfaction.imports.asking import Decisions, Point
from satisfaction.imports.columns import Profile
from satisfaction.imports.evidence import LEAST, Ratings, goes_with, is_against
from satisfaction.imports.export import Export
from satisfaction.imports.labels import forms, normal, read_label
from satisfaction.imports.personal import share_of_persons
from satisfaction.imports.scales import (
    CONSTRUCTS,
    Match,
    Word,
    level_of,
    match_all,
    order_of,
    polarity,
)
from satisfaction.imports.shipped import Level, Scale
from satisfaction.imports.words import says
from satisfaction.method_checks import normalise_answer
from satisfaction.method_checks._questions import FACTOR_ROLES, OPEN_ROLES, ROLES

#: share of a question's answers that may not be understood
MOST_UNKNOWN = 0.05
#: answers from which an unknown one may be shown: a word that few gave may name somebody
SHOWN_FROM = 3
KEPT = "kept"
LEFT_OUT = "left_out"
#: rated questions from which one can run against the rest
LEAST_ITEMS = 3


@dataclass
class Question:
    """A question that is imported.

    Attributes
    ----------
    profile : Profile
    id : str
    role, scale_id : str
    factor, factor_label : str
        Blank for questions of the whole.
    is_reversed, was_asked_reversed : bool
    first_level : int or None
    by : str
        What decided its scale.
    cells : dict of str to str or None
        What each value is written as; None is no answer.
    """

    profile: Profile
    id: str
    role: str = ""
    scale_id: str = ""
    factor: str = ""
    factor_label: str = ""
    is_reversed: bool = False
    was_asked_reversed: bool = False
    first_level: int | None = None
    by: str = ""
    cells: dict[str, str | None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key of its column."""
        return self.profile.key

    @property
    def label(self) -> str:
        """The row of its matrix."""
        return self.profile.column.label

    @property
    def text(self) -> str:
        """Its text, with the row of the matrix."""
        return self.profile.text

    @property
    def n(self) -> int:
        """How many answered it."""
        values = self.profile.values or {}
        return sum(n for raw, n in values.items() if self.cells.get(raw, raw) is not None)


@dataclass
class Plan:
    """What becomes of a survey.

    Attributes
    ----------
    export : Export
    questions : list of Question
        Those with a scale.
    scales : dict of str to Scale
        All that the questions use, shipped or their own.
    own_scales : set of str
        Those that no shipped one fits.
    profiles : list of Profile
    customer : str
        Key of the column of customers; blank is none.
    is_hashed : bool
        Whether customers are written as keyed hashes.
    partial : str
        drop or keep.
    notes : list of str
        What the reader should know.
    attributes : dict of str to str
        By key the name of each column that cuts the customers up.
    weight : str
        Key of the column that says how much each respondent counts; blank is none.
    weight_said : str
        What import.yml says of it: a key, which this file may not have, or none.
    open_questions : list of Question
        Those in the role comment, which have no scale.
    """

    export: Export
    questions: list[Question]
    scales: dict[str, Scale]
    own_scales: set[str]
    profiles: list[Profile]
    customer: str = ""
    is_hashed: bool = False
    partial: str = "drop"
    notes: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    weight: str = ""
    weight_said: str = ""
    open_questions: list[Question] = field(default_factory=list)

    @property
    def all_questions(self) -> list[Question]:
        """Those with a scale, then the open ones."""
        return [*self.questions, *self.open_questions]

    def column(self, sort: str) -> Profile | None:
        """Return the first column of a sort."""
        return next((one for one in self.profiles if one.sort == sort and one.n_filled), None)


def view_kept(export: Export, partial: str) -> None:
    """Name the rows that count.

    Parameters
    ----------
    export : Export
    partial : {"drop", "keep"}
        What becomes of responses that were not filled in to the end.
    """
    reasons = " where reason != 'partial'" if partial == "keep" else ""
    export.con.execute(
        f"create or replace temp view {KEPT} as select * from cells "
        f"where row_number not in (select row_number from dropped{reasons})"
    )


def plan_survey(export: Export, decisions: Decisions) -> Plan:
    """Decide what becomes of every column of a survey.

    Parameters
    ----------
    export : Export
    decisions : Decisions
        Lines of import.yml and flags; what is neither sure nor given stays open in it.

    Returns
    -------
    Plan
    """
    partial = str(decisions.get("partial") or "drop")
    view_kept(export, partial)
    found = columns.profiles(export, KEPT)
    if not export.con.execute(f"select 1 from {KEPT} limit 1").fetchone():
        raise SatisfactionError(
            "no row of it is a finished response",
            table=export.path.name,
            fix="Export the responses again; --partial keep imports unfinished ones",
        )
    _check_options_have_words(export, found)
    _forced(found, decisions)
    weight, said, notes = _find_weight(export, found, decisions)
    _ask_about_numbers(export, found, decisions)
    _ask_about_nameless_scores(found, decisions)
    asked = [one for one in found if one.sort == "question"]
    if not asked:
        raise SatisfactionError(
            "no column is a question with a rating that is understood",
            table=export.path.name,
            fix="Export the answers as text (not as option numbers), or name a question in "
            "import.yml: questions: {column: {role: performance}}",
        )
    open_ones = [one for one in found if one.sort == "comment"]
    named = _with_ids([*asked, *open_ones], decisions)
    plan = Plan(export, named[: len(asked)], {}, set(), found, partial=partial)
    plan.open_questions = [replace(one, role="comment") for one in named[len(asked) :]]
    plan.weight, plan.weight_said, plan.notes = weight, said, notes
    _ask_about_codes(plan, decisions)
    _find_scales(plan, decisions)
    _find_roles(plan, decisions)
    _find_reversed(plan, decisions)
    _find_factors(plan, decisions)
    _write_cells(plan)
    _find_customer(plan, decisions)
    _find_attributes(plan, decisions)
    return plan


def _check_options_have_words(export: Export, found: Sequence[Profile]) -> None:
    """Refuse option numbers without words: 1 is the first option, mostly the best one."""
    if export.platform not in ("wenjuanxing", "tencent", "limesurvey"):
        return
    closed = [one for one in found if one.column.kind is None and one.values and one.n_filled]
    rated = [one for one in closed if one.sort in ("question", "attribute", "number")]
    coded = [
        one
        for one in rated
        if one.numbers or all(re.fullmatch(r"A\d{1,2}|-oth-", raw) for raw in one.values or {})
    ]
    asks = [one for one in coded if roles.construct(one.text) != "recommend"]
    codes = any(re.fullmatch(r"A\d{1,2}", raw) for one in coded for raw in one.values or {})
    has_words = any(one.sort == "question" and one not in coded for one in rated)
    if not asks or any(one.column.words for one in asks) or has_words:
        return
    if export.platform == "limesurvey" and not codes:
        return
    name = "选项序号" if export.platform != "limesurvey" else "answer codes"
    how = "选项文本" if export.platform != "limesurvey" else "full answers"
    raise SatisfactionError(
        f"the answers are {name}: numbers or codes of options say nothing of their words or order",
        table=export.path.name,
        column=asks[0].column.header,
        fix=f"Export again with {how}",
    )


def _forced(found: Sequence[Profile], decisions: Decisions) -> None:
    """Let import.yml say what is a question and what is not."""
    for one in found:
        role = decisions.get("questions", one.key, "role")
        if role == LEFT_OUT and one.sort == "question":
            one.sort = "attribute"
        elif role is not None and role != LEFT_OUT and one.sort != "question":
            if one.sort == "personal":
                raise SatisfactionError(
                    "names a person and can be no question",
                    table="import.yml",
                    column=f"questions.{one.key}",
                    fix="Take the line out",
                )
            one.sort = "comment" if role in OPEN_ROLES else "question"


def _find_weight(
    export: Export, found: Sequence[Profile], decisions: Decisions
) -> tuple[str, str, list[str]]:
    """Find the column of weights; others that are called so are numbers like any.

    Returns
    -------
    str, str, list of str
        Its key, blank where there is none, what import.yml says, and notes.
    """
    called = [(one.column, one.weights) for one in found if one.weights is not None]
    column, said, notes = weights.settled(called, export.columns, decisions)
    for one in found:
        if column is not None and one.column == column:
            if one.weights is None:
                one.weights = weights.counted(export.con, KEPT, column, is_sure_name=True)
            is_other = one.sort == "personal" or weights.has_labels(column)
            if is_other or one.weights is None or one.weights.n_bad:
                raise SatisfactionError(
                    "its cells are no weights: numbers above 0 without value labels",
                    table="import.yml",
                    column="weight",
                    fix="Name the column that says how much each respondent counts, or none",
                )
            one.sort = "weight"
        elif one.sort == "weight":
            one.sort = "number"
    return (column.key if column is not None else ""), said, notes


def _ask_about_numbers(export: Export, found: Sequence[Profile], decisions: Decisions) -> None:
    """Ask whether columns that go together are ratings, though no text of theirs says so.

    Headers such as Product and Price, with numbers from 1 to 5: they go with one another and with
    the recommendation; codes of regions and ages do not.
    """
    near = [one for one in found if one.sort == "number" and _may_be_ratings(one)]
    near = [one for one in near if decisions.get("questions", one.key, "role") is None]
    rated = [one for one in found if one.sort == "question" and one.numbers]
    if len(near) + len(rated) < LEAST_ITEMS or not near:
        return
    ratings = Ratings(
        export.con,
        KEPT,
        {
            one.key: (
                one.column.name,
                {word.raw: float(word.number) for word in one.words() if word.number is not None},
            )
            for one in (*near, *rated)
        },
    )
    keys = [one.key for one in (*near, *rated)]
    near = [one for one in near if goes_with(*ratings.correlation(one.key, keys))]
    if not near:
        return
    shown = ", ".join(f"“{one.column.header}”" for one in near[:6])
    more = f" and {len(near) - 6} more" if len(near) > 6 else ""
    first, *others = (("questions", one.key, "role") for one in near)
    point = Point(
        first,
        f"{shown}{more}: small numbers that go with the other answers. Are they ratings?",
        (("performance", "yes"), (LEFT_OUT, "no: leave them out")),
        "performance",
        also=tuple(others),
    )
    if decisions.settle(point) == "performance":
        for one in near:
            one.sort = "question"


#: a question of which the file has the code alone: Q3, q2_1, V12
_CODE = re.compile(r"[A-Za-z]{1,4}_?\d{1,4}([_.]?[A-Za-z0-9]{1,5})?", re.ASCII)


def _is_nameless(text: str) -> bool:
    """Whether a question has a code and no text.

    Examples
    --------
    >>> _is_nameless("Q3"), _is_nameless("Product"), _is_nameless("Rate us 1 to 5")
    (True, False, False)
    """
    return bool(_CODE.fullmatch(text.strip()))


def _ask_about_nameless_scores(found: Sequence[Profile], decisions: Decisions) -> None:
    """Ask whether a question of which only the code is known is the recommendation."""
    if any(one.sort == "question" and roles.construct(one.text) == "recommend" for one in found):
        return
    near = [
        one
        for one in found
        if one.sort == "number" and _is_nameless(one.text) and one.numbers
        if one.numbers[0] in (0, 1) and one.numbers[-1] == 10 and len(one.numbers) > LEAST_ITEMS
        if decisions.get("questions", one.key, "role") is None
    ]
    if len(near) != 1:
        return
    point = Point(
        ("questions", near[0].key, "role"),
        f"“{near[0].text}” has numbers from 0 to 10, and the file does not say what it asks. "
        "Is it the likelihood to recommend?",
        (("recommend", "yes"), ("performance", "no, a rating"), (LEFT_OUT, "no: leave it out")),
        "recommend",
    )
    role = decisions.settle(point)
    if role != LEFT_OUT:
        near[0].sort = "question"
        near[0].nameless_role = str(role)


def _may_be_ratings(one: Profile) -> bool:
    """Whether the numbers of a column could be levels."""
    numbers = one.numbers or []
    return len(numbers) > 2 and numbers[0] in (0, 1, 2) and numbers[-1] in (5, 7, 10)


def _with_ids(asked: Sequence[Profile], decisions: Decisions) -> list[Question]:
    """Give every question its id: that of import.yml, else a new one."""
    given = {one.key: decisions.get("questions", one.key, "id") for one in asked}
    new = [one for one in asked if not given[one.key]]
    taken = [str(name) for name in given.values() if name]
    keys = [(one.key, one.column.question if one.column.label else "") for one in new]
    fresh = dict(zip((one.key for one in new), names.question_ids(keys, taken), strict=True))
    return [Question(one, str(given[one.key] or fresh[one.key])) for one in asked]


def _ask_about_codes(plan: Plan, decisions: Decisions) -> None:
    """Ask whether codes far beyond the other numbers mean no answer."""
    for one in plan.questions:
        codes = ", ".join(sorted(one.profile.beyond, key=int))
        if not codes:
            continue
        point = Point(
            ("questions", one.key, "missing"),
            f"“{one.text}”: {codes} lies far beyond its other numbers. Does it mean no answer?",
            ((codes, "yes: no answer"), ("none", "no: a level")),
            codes,
        )
        if str(decisions.settle(point)) == "none":
            one.profile.beyond = set()


# scales ------------------------------------------------------------------------------------------


def _find_scales(plan: Plan, decisions: Decisions) -> None:
    """Find the scale of every question: given, by its words, or by its numbers."""
    shipped_scales = shipped.scales()
    plan.scales = dict(shipped_scales)
    for name, spec in (decisions.get("scales") or {}).items():
        if isinstance(spec, Mapping) and "levels" in spec:
            plan.scales[str(name)] = own_scale(str(name), spec)
            plan.own_scales.add(str(name))
    rest = []
    for one in plan.questions:
        given = decisions.get("questions", one.key, "scale")
        if given is None:
            rest.append(one)
            continue
        if given not in plan.scales:
            raise SatisfactionError(
                f"there is no scale {given!r}",
                table="import.yml",
                column=f"questions.{one.key}.scale",
                fix="Name a shipped one (docs/scales.md), or one under scales:",
            )
        one.scale_id, one.by = str(given), "import.yml"
        first = decisions.get("questions", one.key, "first_level")
        one.first_level = int(first) if first is not None else None
        one.is_reversed = decisions.get("questions", one.key, "best") == "low"
    by_key = {one.key: one for one in rest}
    worded = [one for one in rest if is_worded(one)]
    for match in match_all([one.profile.answers() for one in worded]):
        _take_match(plan, match, by_key, decisions)
    _own_scales(plan, [one for one in worded if not one.scale_id], decisions)
    _number_scales(plan, [one for one in rest if not is_worded(one)], decisions)


def is_worded(one: Question) -> bool:
    """Whether a question is answered in words; those at the ends of numbers do not count."""
    words = [word for word in one.profile.words() if not word.is_missing]
    if one.profile.numbers is None:
        return True
    said = [word for word in words if not word.is_number]
    return bool(said) and len(said) == len(words)


def _take_match(
    plan: Plan, match: Match, by_key: Mapping[str, Question], decisions: Decisions
) -> None:
    """Take the scale that fits, or ask where several fit in different ways."""
    if match.scale_id is None:
        return
    scale_id, by = match.scale_id, "its words"
    if not match.is_sure and match.others:
        choices = (match.scale_id, *match.others)
        group = [by_key[key] for key in match.keys]
        said = {forms(word.text)[-1] for one in group for word in one.profile.words() if word.n}
        told = ", ".join(sorted(said)[:8])
        first, *others = (("questions", key, "scale") for key in match.keys)
        point = Point(
            first,
            f"{_named(group)}: the words ({told}) fit several scales. Which was offered?",
            tuple((name, f"{name}: {_levels(plan.scales[name])}") for name in choices),
            match.scale_id,
            also=tuple(others),
        )
        scale_id, by = str(decisions.settle(point)), "asked"
    for key in match.keys:
        by_key[key].scale_id, by_key[key].by = scale_id, by


def _levels(scale: Scale) -> str:
    """Show the levels of a scale."""
    return " < ".join(scale.spelling_of(level) for level in range(1, scale.length + 1))


def own_scale(name: str, spec: Mapping[str, Any]) -> Scale:
    """Make a scale from its lines in import.yml: levels, satisfied_from.

    Examples
    --------
    >>> scale = own_scale("own3", {"levels": ["bad", "fine", "great"], "satisfied_from": 3})
    >>> scale.spellings["great"], scale.levels[2].is_satisfied
    (3, True)
    """
    words = [str(word) for word in spec["levels"]]
    start = int(spec.get("satisfied_from") or len(words) // 2 + 1 + len(words) % 2)
    is_odd = len(words) % 2 == 1
    middle = (len(words) + 1) // 2 if is_odd and start == (len(words) + 1) // 2 + 1 else 0
    levels = tuple(
        Level(word, word, level >= start, level == middle, float(level))
        for level, word in enumerate(words, 1)
    )
    spellings: dict[str, int] = {}
    for level, word in enumerate(words, 1):
        for form in forms(word):
            spellings.setdefault(form, level)
    return Scale(name, levels, spellings)


def _own_scales(plan: Plan, unknown: Sequence[Question], decisions: Decisions) -> None:
    """Ask for the order of sets of words that no scale has; each becomes a scale of its own."""
    for group in _sharing(unknown):
        words: dict[str, Word] = {}
        for one in group:
            for word in one.profile.words():
                if word.is_missing:
                    continue
                text = forms(word.text)[-1]
                n = words[text].n if text in words else 0
                words[text] = Word(word.raw, word.text, n + word.n)
        total = sum(word.n for word in words.values())
        kept = [
            word for word in words.values() if word.n >= SHOWN_FROM or word.n > MOST_UNKNOWN * total
        ]
        if not 2 <= len(kept) <= 11:
            for one in group:
                one.role = LEFT_OUT
            plan.notes.append(
                f"{_named(group)}: left out; {len(kept)} different words are no scale."
            )
            continue
        if _is_given(plan, group, kept):
            continue
        ordered, by, is_certain = _ordered(plan, group, kept)
        name = names.unique(f"own{len(kept)}", plan.scales.keys())
        texts = [_shown(word) for word in ordered]
        point = Point(
            ("scales", name, "levels"),
            f"{_named(group)}: no scale has these words together. Put them in order; "
            f"proposed by {by}.",
            tuple((text, text) for text in texts),
            texts,
            is_order=True,
        )
        levels = texts if is_certain else decisions.settle(point) or texts
        spec = {"levels": levels, "satisfied_from": _satisfied_from(levels)}
        asked = decisions.get("scales", name, "satisfied_from")
        plan.scales[name] = own_scale(name, spec | ({"satisfied_from": asked} if asked else {}))
        plan.own_scales.add(name)
        for one in group:
            one.scale_id, one.by = name, "its words" if is_certain else "asked"


def _ordered(
    plan: Plan, group: Sequence[Question], words: Sequence[Word]
) -> tuple[list[Word], str, bool]:
    """Order words by their numbers, by how they are made, or by what else speaks for an order."""
    made = degrees.order([word.text for word in words])
    if made is None or any(word.number is not None for word in words):
        return *order_of(words, _means(plan, group)), False
    texts, is_certain = made
    return sorted(words, key=lambda word: texts.index(word.text)), "the words", is_certain


def _is_given(plan: Plan, group: Sequence[Question], words: Sequence[Word]) -> bool:
    """Take a scale of import.yml that has all words of some questions, if there is one."""
    for name in sorted(plan.own_scales):
        if all(level_of(word, plan.scales[name]) is not None for word in words):
            for one in group:
                one.scale_id, one.by = name, "import.yml"
            return True
    return False


def _shown(word: Word) -> str:
    """Return a word without the number at it."""
    plain = word.text.strip()
    cut = [form for form in forms(plain) if form != normal(plain)]
    return cut[0] if cut and word.number is not None else plain


def _satisfied_from(levels: Sequence[str]) -> int:
    """Return the first level that is a good one: by the words, else above the middle."""
    half = len(levels) // 2 + 1 + len(levels) % 2
    for level, word in enumerate(levels, 1):
        place = polarity(word)
        if level > len(levels) / 2 and place is not None and place > 0.5:
            return level
    return half


def _sharing(questions: Sequence[Question]) -> list[list[Question]]:
    """Put questions together that share most of their words, or stand in one matrix."""
    groups: list[tuple[set[str], list[Question]]] = []
    for one in questions:
        texts = {forms(word.text)[-1] for word in one.profile.words() if not word.is_missing}
        joined = [group for group in groups if _is_near(one, texts, *group)]
        groups = [group for group in groups if group not in joined]
        members = [member for _, group in joined for member in group]
        groups.append((texts.union(*(group[0] for group in joined)), [*members, one]))
    return [group for _, group in groups]


def _is_near(one: Question, texts: set[str], others: set[str], members: Sequence[Question]) -> bool:
    """Whether a question is one of some: a middle such as 一般 is in many scales."""
    matrix = one.profile.column.question
    if one.label and any(two.label and two.profile.column.question == matrix for two in members):
        return True
    return 2 * len(texts & others) > min(len(texts), len(others))


def _means(plan: Plan, group: Sequence[Question]) -> dict[str, float]:
    """Return how those rated elsewhere who gave each answer."""
    ratings = _ratings(plan)
    known = [
        one.key
        for one in plan.questions
        if one not in group and (one.scale_id or roles.construct(one.text) == "recommend")
    ]
    means: dict[str, list[float]] = {}
    for one in group:
        for cell, mean in ratings.means(one.key, known).items():
            means.setdefault(cell, []).append(mean)
    return {cell: sum(found) / len(found) for cell, found in means.items()}


def _ratings(plan: Plan) -> Ratings:
    """Return the answers as numbers, as far as scales are known."""
    return Ratings(
        plan.export.con,
        KEPT,
        {
            one.key: (one.profile.column.name, _numbers(one, plan.scales.get(one.scale_id)))
            for one in plan.questions
        },
    )


def _numbers(one: Question, scale: Scale | None) -> dict[str, float]:
    """Return the number of each cell: its level on the scale, else the number that it is."""
    result: dict[str, float] = {}
    for word in one.profile.words():
        has_level = scale is not None and is_worded(one) and not _is_code(word)
        level = level_of(word, scale) if has_level and scale else None
        if level is not None:
            result[word.raw] = float(level)
        elif not word.is_missing and _number(word) is not None:
            result[word.raw] = float(_number(word) or 0)
    return result


def _is_code(word: Word) -> bool:
    """Whether a cell is a bare number without a value label."""
    return word.is_number and word.raw == word.text


def _number(word: Word) -> int | None:
    """Return the number of a cell: its code, or that at its words."""
    if word.raw != word.text and word.raw.isdecimal():
        return int(word.raw)
    return word.number


def _number_scales(plan: Plan, questions: Sequence[Question], decisions: Decisions) -> None:
    """Find the scales of questions that are answered in numbers."""
    by_key = {one.key: one for one in questions}
    numbered = [
        numbers.Numbered(
            one.key,
            one.profile.column.question if one.label else "",
            one.text,
            [word for word in one.profile.words() if not word.is_missing or word.is_number],
            one.profile.numbers or [0],
            one.profile.n_filled,
            one.profile.nameless_role or roles.construct(one.text),
        )
        for one in questions
    ]
    others = []
    known = [one.key for one in plan.questions if one.scale_id and one.key not in by_key]
    for item in numbered:
        found = numbers.recommendation(item, decisions) if item.asks == "recommend" else None
        if found is None:
            others.append(item)
            continue
        known.append(item.key)
        one = by_key[item.key]
        one.scale_id, one.by = "nps11", found.by
        one.first_level = found.low if found.low else None
    if not others:
        return
    settled = numbers.rated(others, decisions, _ratings(plan), known)
    for item in others:
        one, found = by_key[item.key], settled[item.key]
        one.scale_id = _scale_of(plan, found, item.asks)
        one.by, one.is_reversed = found.by, not found.is_high_best
        if one.scale_id not in plan.own_scales:
            one.first_level = found.first_level


def _scale_of(plan: Plan, found: numbers.Found, asks: str) -> str:
    """Return the scale of numbers: one made for what is asked, else that of their length."""
    size = found.high - found.low + 1
    for prefix in CONSTRUCTS.get(asks, ()):
        for name, scale in shipped.scales().items():
            if name.startswith(prefix) and scale.length == size and scale.number_of("1"):
                return name
    if found.scale_id:
        return found.scale_id
    name = f"numbers{found.low}_{found.high}"
    levels = [str(number) for number in range(found.low, found.high + 1)]
    plan.scales[name] = own_scale(name, {"levels": levels})
    plan.own_scales.add(name)
    return name


def _named(group: Sequence[Question]) -> str:
    """Name some questions."""
    shown = [f"“{one.text}”" for one in group[:3]]
    return ", ".join(shown) + (f" and {len(group) - 3} more" if len(group) > 3 else "")


# roles -------------------------------------------------------------------------------------------


def _find_roles(plan: Plan, decisions: Decisions) -> None:
    """Find the role of every question, and leave those out that have none."""
    for one in plan.questions:
        given = decisions.get("questions", one.key, "role")
        if given is not None:
            if given not in ROLES:
                raise SatisfactionError(
                    f"{given!r} is no role",
                    table="import.yml",
                    column=f"questions.{one.key}.role",
                    fix=f"Use one of {', '.join(ROLES)}, {LEFT_OUT}",
                )
            one.role = str(given)
        elif one.role != LEFT_OUT:
            text = one.profile.column.question or one.profile.column.header
            asked_for = one.profile.nameless_role
            one.role = asked_for or roles.role_of(text, one.label, one.scale_id) or LEFT_OUT
            if one.role == LEFT_OUT:
                plan.notes.append(
                    f"“{one.text}”: left out; it is neither about recommending nor about buying "
                    f"again. Role it in import.yml to import it."
                )
    free = [one for one in plan.questions if not decisions.get("questions", one.key, "role")]
    _one_overall(plan, free, decisions)
    for role in ("recommend", "repurchase", "effort"):
        _one_scale(plan, role, free)
    for one in plan.questions:
        if one.role == LEFT_OUT:
            one.profile.sort = "attribute"
    plan.questions = [one for one in plan.questions if one.role != LEFT_OUT]


def _ask_about_nameless_verdict(free: Sequence[Question], decisions: Decisions) -> None:
    """Ask whether the one question beside a matrix, of which only the code is known, is overall."""
    rated = [one for one in free if one.role == "performance"]
    alone = [one for one in rated if not one.label]
    if len(alone) != 1 or len(rated) < LEAST_ITEMS or not _is_nameless(alone[0].text):
        return
    point = Point(
        ("questions", alone[0].key, "role"),
        f"“{alone[0].text}” stands beside a matrix, and the file does not say what it asks. "
        "Is it the overall satisfaction?",
        (("overall", "yes"), ("performance", "no, one rating among others")),
        "overall",
    )
    alone[0].role = str(decisions.settle(point))


def _one_overall(plan: Plan, free: Sequence[Question], decisions: Decisions) -> None:
    """Let one question be the overall verdict: that which says so most plainly."""
    named = [one for one in plan.questions if one.role == "overall"]
    if not named:
        whole = [
            one
            for one in free
            if one.role == "performance" and not one.label and roles.is_of_the_whole(one.text)
        ]
        if len(whole) == 1:
            whole[0].role = "overall"
        else:
            _ask_about_nameless_verdict(free, decisions)
        return

    def rank(one: Question) -> tuple[bool, bool, bool, int]:
        asks = says("satisfied", one.text)
        return one not in free, not asks, bool(one.label), len(one.text)

    first = min(named, key=rank) if all(one in free for one in named) else None
    for one in named:
        if one in free and one is not first:
            one.role = "performance"


def _one_scale(plan: Plan, role: str, free: Sequence[Question]) -> None:
    """Keep the questions of a role on one scale: the method counts them together."""
    asked = [one for one in plan.questions if one.role == role]
    if len({one.scale_id for one in asked}) < 2:
        return
    first = next((one for one in asked if one.scale_id == "nps11"), asked[0])
    for one in asked:
        if one in free and one.scale_id != first.scale_id:
            one.role = LEFT_OUT if role != "effort" else "performance"
            if one.role == LEFT_OUT:
                plan.notes.append(
                    f"“{one.text}”: left out; “{first.text}” asks the same on another scale."
                )


def _find_reversed(plan: Plan, decisions: Decisions) -> None:
    """Ask about questions that run against the others: one asked negatively turns the index."""
    rated = [one for one in plan.questions if one.role in ("performance", "overall")]
    items = [one for one in rated if one.role == "performance"]
    for one in plan.questions:
        given = decisions.get("questions", one.key, "is_reversed")
        if given is not None:
            one.is_reversed, one.was_asked_reversed = bool(given), True
    if len(rated) < LEAST_ITEMS or any(one.is_reversed for one in items):
        return
    ratings = _ratings(plan)
    against = [
        (one, r, n)
        for one in items
        if decisions.get("questions", one.key, "is_reversed") is None
        for r, n in [ratings.correlation(one.key, [other.key for other in rated])]
        if n >= LEAST and is_against(r, n)
    ]
    if len(against) > len(items) / 2:
        return  # two halves against each other: which of them is turned, nobody can tell
    for one, r, n in against:
        point = Point(
            ("questions", one.key, "is_reversed"),
            f"“{one.text}” runs against the other questions (correlation {r:.2f}, "
            f"{n} respondents). "
            "Is a high answer to it a bad one?",
            ((True, "yes: turn its levels"), (False, "no: leave it as it is")),
            None,
        )
        one.is_reversed, one.was_asked_reversed = bool(decisions.settle(point)), True


def _find_factors(plan: Plan, decisions: Decisions) -> None:
    """Name a factor after every question that rates one; `factor:` in import.yml joins them."""
    for role in FACTOR_ROLES:
        asked = [one for one in plan.questions if one.role == role]
        alone = [one for one in asked if not one.label]
        own = dict(
            zip((one.key for one in alone), names.labels([one.text for one in alone]), strict=True)
        )
        taken: set[str] = set()
        for one in asked:
            one.factor_label = one.label or own[one.key]
            given = decisions.get("questions", one.key, "factor")
            slug = names.slug(names.short(one.factor_label)) or one.id
            # one factor each, but of several roles: performance and importance of the price
            one.factor = str(given) if given else names.unique(slug, taken)
            taken.add(one.factor)
    by_factor: dict[str, str] = {}
    for one in plan.questions:
        if one.factor:
            label = by_factor.setdefault(one.factor, one.factor_label)
            if label != one.factor_label and names.slug(names.short(label)) != one.factor:
                by_factor[one.factor] = one.factor
    for one in plan.questions:
        if one.factor:
            one.factor_label = by_factor[one.factor]


# cells -------------------------------------------------------------------------------------------


def _write_cells(plan: Plan) -> None:
    """Say what each value of a question is written as."""
    for one in plan.questions:
        scale = plan.scales[one.scale_id]
        one.cells = {}
        for word in one.profile.words():
            if is_worded(one):
                one.cells[word.raw] = cell_of(word, scale, one.first_level)
            else:
                one.cells[word.raw] = number_cell_of(word)
        for raw in (*one.profile.column.missing, *one.profile.beyond):
            one.cells[raw] = None


def check_answers(plan: Plan) -> None:
    """Refuse a question of which too many answers are not understood.

    Raises
    ------
    SatisfactionError
    """
    for one in plan.questions:
        scale = plan.scales[one.scale_id]
        unknown = Counter(
            {
                word.raw: word.n
                for word in one.profile.words()
                if word.n and one.cells.get(word.raw) is not None
                if not _is_known(word, scale, one.first_level, is_worded(one))
            }
        )
        _check_unknown(plan, one, unknown)


def _check_unknown(plan: Plan, one: Question, unknown: Counter[str]) -> None:
    """Refuse a question whose answers are not understood."""
    total = sum(word.n for word in one.profile.words() if one.cells.get(word.raw) is not None)
    n = sum(unknown.values())
    if not n or not total:
        return
    shown = [f"{raw} ({count})" for raw, count in unknown.most_common() if count >= SHOWN_FROM][:6]
    rare = sum(count for count in unknown.values() if count < SHOWN_FROM)
    told = ", ".join([*shown, *([f"{rare} given by few"] if rare else [])])
    if n > MOST_UNKNOWN * total:
        raise SatisfactionError(
            f"{n} of {total} answers are not on the scale {one.scale_id}: {told}",
            table=plan.export.path.name,
            column=one.profile.column.header,
            fix="Name another scale in import.yml (questions: "
            f"{{{one.key!r}: {{scale: …}}}}), or leave the question out (role: {LEFT_OUT})",
        )
    plan.notes.append(
        f"“{one.text}”: {n} of {total} answers are not on its scale ({told}); the build refuses "
        "and counts them."
    )


def number_cell_of(word: Word) -> str | None:
    """Return what a value of a question in numbers is written as: words at its ends say nothing.

    Examples
    --------
    >>> number_cell_of(Word("1 - Very satisfied", "1 - Very satisfied", 3))
    '1'
    """
    number = _number(word)
    if number is not None and not word.is_missing:
        return str(number)
    return None if word.is_missing else _without_person(word.raw)


def cell_of(word: Word, scale: Scale, first_level: int | None) -> str | None:
    """Return what a value is written as; None where it means no answer.

    A word stays as it is where the build reads it so, and becomes the spelling that its scale has
    where it would not: a code with a value label, letters in full width, a form of another gender.
    """
    if word.is_number and word.raw == word.text:
        if _is_known(word, scale, first_level):
            return str(word.number)
        return None if word.is_missing else word.raw
    level = level_of(word, scale)
    if level is None and _number(word) is not None and not word.is_missing:
        return str(_number(word))
    if level is None:
        return None if word.is_missing else _without_person(word.raw)
    plain, label = normalise_answer(word.raw).replace("’", "'"), read_label(word.raw)
    is_plain = word.raw == word.text and plain == label.plain
    reads = is_plain and not scale.spellings.keys().isdisjoint((label.plain, label.words))
    if reads:
        return word.raw
    return next(form for form in forms(word.text) if scale.spellings.get(form) == level)


def _without_person(raw: str) -> str | None:
    """Return an answer that is not understood, unless it names a person."""
    return None if share_of_persons([raw]) else raw


def _is_known(word: Word, scale: Scale, first_level: int | None, has_words: bool = True) -> bool:
    """Whether a value stands for a level of the scale."""
    if not has_words or _is_code(word) or level_of(word, scale) is None:
        number = _number(word)
        if number is None:
            return False
        values = [int(level.value) for level in scale.levels]
        shift = (first_level - values[0]) if first_level is not None else 0
        return number - shift in values
    return True


# customers ---------------------------------------------------------------------------------------


def _find_customer(plan: Plan, decisions: Decisions) -> None:
    """Find the column of the customers: given, or what the platform calls so."""
    given = decisions.get("customer")
    if isinstance(given, Mapping):
        given = given.get("column")
    if given in (None, ""):
        found = plan.column("customer_id")
        plan.customer = found.key if found else ""
        return
    if str(given).lower() == "none":
        return
    found = find_column(plan.profiles, str(given), plan.export.path.name)
    plan.customer = found.key
    plan.is_hashed = found.sort == "personal" or columns.is_personal(found)


def _find_attributes(plan: Plan, decisions: Decisions) -> None:
    """Find the columns that are asked for as segments; one that names a person is refused."""
    for name, short in (decisions.get("attributes") or {}).items():
        found = find_column(plan.profiles, str(name), plan.export.path.name)
        if found.sort in ("personal", "text") or found.values is None:
            why = "names persons" if found.sort == "personal" else "has too many different values"
            raise SatisfactionError(
                f"it {why} and cuts nobody up",
                table=plan.export.path.name,
                column=found.column.header,
                fix="Name a column with few values as an attribute",
            )
        plan.attributes[found.key] = str(short)


def find_column(profiles: Sequence[Profile], name: str, file: str) -> Profile:
    """Find a column by its key or header.

    Raises
    ------
    SatisfactionError
        If there is none, or several.
    """
    found = [one for one in profiles if name == one.key]
    found = found or [
        one for one in profiles if normal(name) in (normal(one.column.header), normal(one.key))
    ]
    if len(found) != 1:
        says = "there is no such column" if not found else "several columns are called so"
        known = ", ".join(one.column.header for one in profiles[:12])
        raise SatisfactionError(
            says, table=file, column=name, fix=f"Name one of its columns: {known} …"
        )
    return found[0]
