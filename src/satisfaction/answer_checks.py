"""What people answered beside what the scales know: words that drop out would bias what is left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

import pandas as pd

from satisfaction.method_checks import normalise_answer
from satisfaction.method_checks._base import Problem, listing

#: answers, and people who gave them, that are too few to stop a build
FEW = 3
#: different words from which a question's words are held against scales as a set
WORDS = 3
#: answers from which levels in between that nobody chose speak for a shorter scale
MANY = 30

Scale = Mapping[str, int | None]

_POINTS = re.compile(r"\d+ ?(分|points?|stars?|星)", re.ASCII)
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?", re.ASCII)


@dataclass(frozen=True)
class Fit:
    """How well a scale fits a set of words.

    Attributes
    ----------
    scale_id : str
    n_known : int
        Words of the set that the scale has.
    n_levels : int
        Different levels that they stand for: two words of a set on one level are one too few.
    n_unused : int
        Levels of the scale that no word of the set stands for.
    n_skipped : int
        Those of them that lie between others that a word stands for.
    """

    scale_id: str
    n_known: int
    n_levels: int
    n_unused: int
    n_skipped: int

    @property
    def length(self) -> int:
        """How many levels the scale has."""
        return self.n_levels + self.n_unused


@dataclass(frozen=True)
class Words:
    """The words with which a question was answered in a wave.

    Attributes
    ----------
    known : mapping of str to int
        Answers by word that the question's scale understands.
    unknown : mapping of str to (int, int)
        Answers and people by word that it does not.
    missing : mapping of str to int
        Answers by word that means no answer on it; on another scale it may be a level.
    """

    known: Mapping[str, int]
    unknown: Mapping[str, tuple[int, int]]
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def n_unknown(self) -> int:
        """Answers that are not understood."""
        return sum(answers for answers, _ in self.unknown.values())

    @property
    def n_answers(self) -> int:
        """Answers that say something, understood or not."""
        return sum(self.known.values()) + self.n_unknown

    @property
    def are_few(self) -> bool:
        """Whether too few answers, or people, are behind what is not understood."""
        people = sum(people for _, people in self.unknown.values())
        return self.n_unknown < FEW or people < FEW

    @property
    def texts(self) -> set[str]:
        """The words that are no numbers: these fit any scale that is long enough."""
        return {word for word in (*self.known, *self.unknown) if not _NUMBER.fullmatch(word)}

    def sets(self, scales: Mapping[str, Scale]) -> list[set[str]]:
        """Return the sets to look for: words that some scale has, at last without stray ones.

        A slip of the pen is on no scale, and what two answers say may be a word of any; neither
        may hide the scale that fits the others.
        """

        def on_a_scale(words: Iterable[str]) -> set[str]:
            return {word for word in words if any(scale.get(word) for scale in scales.values())}

        texts = on_a_scale(self.texts)
        middle = on_a_scale(word for word, n in self.missing.items() if n >= FEW)
        stray = {word for word, (n, _) in self.unknown.items() if n < FEW}
        return [texts | middle, texts, texts - stray]


def fit(words: Iterable[str], scale_id: str, scale: Scale) -> Fit:
    """Tell how well a scale fits a set of words.

    Parameters
    ----------
    words : iterable of str
        In their normal form.
    scale_id : str
    scale : mapping of str to int or None
        Level by spelling in its normal form; None is a spelling that means no answer.

    Examples
    --------
    >>> fit(["bad", "good", "fine"], "s2", {"bad": 1, "good": 2})
    Fit(scale_id='s2', n_known=2, n_levels=2, n_unused=0, n_skipped=0)
    """
    known = [level for word in words if (level := scale.get(word)) is not None]
    levels = {level for level in scale.values() if level is not None}
    used = set(known)
    skipped = sum(min(used) < level < max(used) for level in levels - used) if used else 0
    return Fit(scale_id, len(known), len(used), len(levels - used), skipped)


def better_scale(words: Words, scale_id: str, scales: Mapping[str, Scale]) -> str | None:
    """Find a scale that fits the words, taken as a set, better than the one that was asked.

    Parameters
    ----------
    words : Words
    scale_id : str
        The scale of the question.
    scales : mapping of str to Scale
        All scales, that of the question among them.

    Returns
    -------
    str or None
        A scale that has all the words, where the question's lacks some, puts two of them on one
        level, or has levels between them that none of `MANY` answers chose. None for fewer than
        `WORDS` words, and where none is better.
    """
    own = scales.get(scale_id, {})
    for texts in words.sets(scales):
        asked = fit(texts, scale_id, own)
        whole = [
            fit(texts, name, scale)
            for name, scale in scales.items()
            if name != scale_id and all(scale.get(word) is not None for word in texts)
        ]
        if len(texts) < WORDS or not whole:
            continue

        def rank(one: Fit, texts: Set[str] = texts, asked: Fit = asked) -> tuple[int | str, ...]:
            """Put the best first; of equal ones that which is most like the scale asked.

            Of many answers one end of a scale as long may be missing, but no level in between.
            """
            scale = scales[one.scale_id]
            agreeing = sum(own.get(word) == scale.get(word) for word in texts if word in own)
            apart = abs(one.length - asked.length)
            ends = 1 if apart == 0 else 0
            missed = (one.n_skipped, one.n_unused > ends) if words.n_answers >= MANY else ()
            return -one.n_levels, *missed, apart, -agreeing, one.n_unused, one.scale_id

        best = min(whole, key=rank)
        # a word for no answer is the middle of a scale as long; beside a shorter one it is none
        if not texts.isdisjoint(words.missing) and best.n_levels > asked.length:
            continue
        # a label that the scale lacks is read by its number; its words are no slip of the pen
        numbered = sum(n for word, n in words.known.items() if word in texts - own.keys())
        if any(_NUMBER.fullmatch(one) and one not in scales[best.scale_id] for one in words.known):
            numbered = 0
        counts = not words.are_few or numbered >= FEW or not texts.isdisjoint(words.missing)
        if asked.n_known < len(texts):
            return best.scale_id if counts else None
        if asked.n_levels < best.n_levels:
            return best.scale_id
        if len(texts) < len(words.known) or words.n_answers < MANY or not asked.n_skipped:
            return None
        shorter = [
            one
            for one in whole
            if one.n_levels == asked.n_levels and not one.n_skipped and one.length <= asked.length
        ]
        return min(shorter, key=rank).scale_id if shorter else None
    return None


def answer_problems(
    found: pd.DataFrame,
    questions: pd.DataFrame,
    scale_answers: pd.DataFrame,
    *,
    max_unknown_answers: float,
) -> pd.DataFrame:
    """Find the questions whose answers would drop out, or stand on the wrong level.

    Parameters
    ----------
    found : DataFrame
        survey_id, question_id, spelling (normal form), level (0 where it means no answer, null
        where it is refused), n_answers, n_people (of refused ones): one row per wave,
        question and word.
    questions : DataFrame
        question_id, scale_id.
    scale_answers : DataFrame
        scale_id, answer, level: the spellings of all scales.
    max_unknown_answers : float
        Share of a question's answers in a wave, 0 to 1, that may be refused; 1 lets all through.

    Returns
    -------
    DataFrame
        table_name, key (question and wave), column_name, problem, fix; no rows where all is well.

    Examples
    --------
    >>> words = pd.DataFrame({"survey_id": "w1", "question_id": "q", "spelling": ["so-so", "good"],
    ...                       "level": [None, 2], "n_answers": [5, 20], "n_people": [5, None]})
    >>> questions = pd.DataFrame({"question_id": ["q"], "scale_id": ["s2"]})
    >>> scale = pd.DataFrame({"scale_id": "s2", "answer": ["bad", "good"], "level": [1, 2]})
    >>> print(answer_problems(words, questions, scale, max_unknown_answers=0.02).problem[0])
    5 of 25 answers are not understood: so-so (5). The scale s2 knows: bad, good.
    """
    if max_unknown_answers >= 1:
        found = found.iloc[:0]
    scales = _scales(scale_answers)
    scale_of = dict(zip(questions["question_id"], questions["scale_id"], strict=True))
    by_scale = found.groupby(found["question_id"].map(scale_of))
    better_of = {scale: better_scale(_words(rows), scale, scales) for scale, rows in by_scale}
    problems = []
    for (survey, question), rows in found.groupby(["survey_id", "question_id"]):
        scale = scale_of[question]
        words = _words(rows)
        better = better_of[scale] or better_scale(words, scale, scales)
        key = f"question {question} in {survey}"
        if better is not None:
            says = _problem(words, scale, scales.get(scale, {}), scales[better])
            whose = f"questions on {scale}" if better_of[scale] else "question"
            advice = (
                f"The words of the {whose} fit the scale {better}: "
                f"set scale_id of {question} to {better} in questions."
            )
            problems.append(Problem("questions", key, "scale_id", says, advice))
        elif words.n_unknown > max_unknown_answers * words.n_answers and not words.are_few:
            says = _problem(words, scale, scales.get(scale, {}))
            advice = _rows_to_paste(words, scale, scales)
            problems.append(Problem("scale_answers", key, "answer", says, advice))
    return pd.DataFrame(sorted(problems), columns=list(Problem._fields), dtype="string")


def _scales(scale_answers: pd.DataFrame) -> dict[str, dict[str, int | None]]:
    """Index the spellings of every scale by their normal form."""
    scales: dict[str, dict[str, int | None]] = {}
    columns = (scale_answers[name] for name in ("scale_id", "answer", "level"))
    for scale, answer, level in zip(*columns, strict=True):
        scales.setdefault(scale, {})[normalise_answer(answer)] = (
            None if pd.isna(level) else int(float(level))
        )
    return scales


def _words(rows: pd.DataFrame) -> Words:
    """Part words into understood and refused ones; the same people answer several questions."""
    known: dict[str, int] = {}
    missing: dict[str, int] = {}
    refused: dict[str, tuple[int, int]] = {}
    # plain loops: there are hundreds of small groups, and pandas takes milliseconds for each
    columns = (rows[name].tolist() for name in ("spelling", "level", "n_answers", "n_people"))
    for word, level, n, people in sorted(zip(*columns, strict=True), key=lambda row: str(row[0])):
        if pd.isna(level):
            before, most = refused.get(word, (0, 0))
            refused[word] = (before + int(n), max(most, int(people)))
        else:
            words = known if level > 0 else missing
            words[str(word)] = words.get(str(word), 0) + int(n)
    unknown = sorted(refused.items(), key=lambda one: (-one[1][0], one[0]))
    return Words(known, dict(unknown), missing)


def _problem(words: Words, scale_id: str, scale: Scale, better: Scale | None = None) -> str:
    """Say what is not understood, shares a level or is left out, and what the scale knows."""
    by_level: dict[int, list[str]] = {}
    for word, level in scale.items():
        if level is not None and not _NUMBER.fullmatch(word):
            by_level.setdefault(level, []).append(word)
    levels = [by_level[level] for level in sorted(by_level)]
    said = [sorted(words.texts.intersection(names)) for names in levels]
    shared = "; ".join(listing(names) for names in said if len(names) > 1)
    if shared and better and words.are_few:
        return f"On the scale {scale_id} these words of one set stand for one level: {shared}."
    if words.unknown:
        knows = listing(_telling(names) for names in levels) or "numbers"
        shown = listing(f"{word} ({answers})" for word, (answers, _) in words.unknown.items())
        n = words.n_unknown
        verb = "is" if n == 1 else "are"
        says = f"{n} of {words.n_answers} answers {verb} not understood: {shown}."
        return f"{says} The scale {scale_id} knows: {knows}."
    numbered = [word for word in sorted(words.texts) if word in words.known.keys() - scale.keys()]
    if numbered and better:
        shown = listing(f"{word} ({words.known[word]})" for word in numbered)
        return f"The scale {scale_id} does not have the words of these labels: {shown}."
    left_out = [word for word in words.missing if (better or {}).get(word)]
    if left_out:
        shown = listing(f"{word} ({words.missing[word]})" for word in sorted(left_out))
        return f"On the scale {scale_id} these words of one set mean no answer: {shown}."
    told = listing(sorted(words.texts))
    if not told:
        return f"Other questions on the scale {scale_id} have words of another one."
    return (
        f"All {words.n_answers} answers are {told}: the scale {scale_id} has other levels besides."
    )


def _telling(names: list[str]) -> str:
    """Return the word of a level that says most: no number of points."""
    return next((name for name in names if not _POINTS.fullmatch(name)), names[0])


def _rows_to_paste(words: Words, scale_id: str, scales: Mapping[str, Scale]) -> str:
    """Write rows for scale_answers; the level is that of other scales as long, else a ?."""
    scale = scales.get(scale_id, {})
    numbers = [int(word) for word in scale if word.isdecimal()]
    beyond = str(max(numbers, default=0) + 1)
    if 0 in numbers and beyond in words.unknown and "0" not in words.known:
        return f"If it was asked from 1 to {beyond}, set its first_level to 1 in questions."
    length = _length(scale)
    rows = []
    for word in words.unknown:
        levels = {
            level
            for scale in scales.values()
            if _length(scale) == length and (level := scale.get(word)) is not None
        }
        escaped = word.replace('"', '""')
        quoted = f'"{escaped}"' if set(word) & set(',"') else word
        rows.append(f"{scale_id},{quoted},{levels.pop() if len(levels) == 1 else '?'}")
    lines = "\n".join(["scale_id,answer,level", *rows])
    fix = "Set scale_id to the scale that was offered, or add to scale_answers, a level for each ?:"
    return f"{fix}\n{lines}"


def _length(scale: Scale) -> int:
    """Count the levels of a scale."""
    return len({level for level in scale.values() if level is not None})
