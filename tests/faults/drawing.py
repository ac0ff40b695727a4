"""Random questionnaires, customers and answers, dirt and all, as the files of a data folder."""

from __future__ import annotations

import csv
import datetime
import io
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tests.faults.oracle import BLANKS, Method, Question, Row, Segments

COLUMNS = ("response_id", "survey_id", "customer_id", "answered_at", "channel")
LAST_DAY = datetime.date(2025, 12, 31)
FIRST_DAY = datetime.date(2025, 1, 1)
REGIONS = ("north", "south", " 东 ", "O'Brien's", "")
GENDERS = ("female", "male", "")
ODD_NAMES = ('O\'Brien, "Bob"', "客户 1", "C1", "c|1", "a\nb")
COVERAGES = ("0", "0.25", "0.5", "0.75", "1")
NPS = "nps"


@dataclass
class Pack:
    """Surveys that share a questionnaire and lie in one data folder.

    Attributes
    ----------
    method : Method
        The method tables, as the oracle reads them.
    segments : Segments
        The customers, as the oracle reads them.
    invited : dict
        Customers invited, by survey.
    long, wide : list
        The raw rows of survey_answers, and of survey_wide.
    judgements : dict
        Per factor but the first: how much more the first matters; none where all are equal.
    """

    method: Method
    segments: Segments
    invited: dict[str, int]
    judgements: Mapping[str, Fraction]
    long: list[dict[str, str]] = field(default_factory=list)
    wide: list[dict[str, str]] = field(default_factory=list)

    def rows(self) -> Iterable[Row]:
        """Return every raw answer; each cell of a wide row is one."""
        yield from self.long
        for row in self.wide:
            fixed = {name: row[name] for name in COLUMNS}
            for question in row:
                if question not in COLUMNS:
                    yield {**fixed, "question_id": question, "answer": row[question]}

    def files(self) -> dict[str, str]:
        """Return the data folder: raw tables and method tables by file name."""
        surveys = [{"survey_id": name, "invited": str(n)} for name, n in self.invited.items()]
        found = {
            "survey_answers.csv": text(self.long, [*COLUMNS, "question_id", "answer"]),
            "customers.csv": text(customer_rows(self.segments), ["customer_id"]),
            "surveys.csv": text(surveys, ["survey_id", "invited"]),
            **method_files(self.method, self.judgements),
        }
        if self.wide:
            found["survey_wide.csv"] = text(self.wide, COLUMNS)
        return found

    def options(self) -> dict[str, object]:
        """Return the vars of the case."""
        return {
            "segment_by": list(self.segments.kinds),
            "weight_source": "ahp" if self.judgements else "equal",
            "max_unknown_answers": 1,  # what is drawn has words that no scale knows
            "min_weight_coverage": float(self.method.min_coverage),
            "as_of_date": self.method.last_day.isoformat(),
        }


def text(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> str:
    """Write rows as CSV; without rows only the header."""
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def customer_rows(segments: Segments) -> list[dict[str, str]]:
    """Return the customers as raw rows, one per version."""
    return [
        {"customer_id": name, "valid_from": day.isoformat() if day else "", **known}
        for name, versions in segments.versions.items()
        for day, known in versions
    ]


def method_files(method: Method, judgements: Mapping[str, Fraction]) -> dict[str, str]:
    """Return the method tables that the questionnaire needs."""
    first, *others = method.weights
    goal = {"model": "satisfaction", "node_id": "goal", "parent_id": ""}
    nodes = [goal, *(goal | {"node_id": name, "parent_id": "goal"} for name in method.weights)]
    pair = {"model": "satisfaction", "expert_id": "e", "parent_id": "goal", "left_id": first}
    judged = [pair | {"right_id": f, "judgement": str(judgements.get(f, 1))} for f in others]
    questions = [
        {"question_id": name, "factor_id": q.factor or "", "scale_id": q.scale, "role": q.role}
        for name, q in method.questions.items()
    ]
    levels = [
        {
            "scale_id": scale,
            "level": str(level),
            "value": str(float(value)),
            "is_satisfied": str(level >= method.satisfied_from[scale]).lower(),
        }
        for scale, values in method.values.items()
        for level, value in enumerate(values, 1)
    ]
    answers = [
        {"scale_id": scale, "answer": spelling, "level": "" if level is None else str(level)}
        for scale, spellings in method.spellings.items()
        for spelling, level in spellings.items()
    ]
    factors = [{"factor_id": name, "label_en": name} for name in method.weights]
    return {
        "ahp_hierarchy.csv": text(nodes, []),
        "ahp_experts.csv": text([{"expert_id": "e", "weight": "1"}], []),
        "ahp_judgements.csv": text(judged, [*pair, "right_id", "judgement"]),
        "factors.csv": text(factors, []),
        "questions.csv": text(questions, []),
        "scales.csv": text([{"scale_id": scale, "label_en": scale} for scale in method.values], []),
        "scale_levels.csv": text(levels, []),
        "scale_answers.csv": text(answers, []),
    }


def draw(seed: int, surveys: int) -> Pack:
    """Draw a pack of surveys; the same seed draws the same pack.

    Parameters
    ----------
    seed
        Of all that is random.
    surveys
        How many surveys lie in the folder.
    """
    rng = random.Random(seed)
    method, judgements = draw_method(rng)
    customers = [*ODD_NAMES, *(f"c{number}" for number in range(rng.randint(2, 80)))]
    pack = Pack(method, draw_segments(rng, customers), {}, judgements)
    names = [f"s{number:03}" if number % 10 else f"第{number}期 'w'" for number in range(surveys)]
    for name in names:
        draw_survey(rng, pack, name, customers)
    # the first response of a survey stays in it: it says when the survey was
    others = [row for row in pack.long if not row["response_id"].strip(BLANKS).endswith("-0")]
    pack.long += [sent_in_another(rng, row, names) for row in others if rng.random() < 0.003]
    rng.shuffle(pack.long)
    rng.shuffle(pack.wide)
    return pack


def draw_method(rng: random.Random) -> tuple[Method, dict[str, Fraction]]:
    """Draw scales, factors, questions and weights."""
    lengths = {f"scale{number}": rng.randint(2, 11) for number in range(rng.randint(1, 4))}
    values = {scale: draw_values(rng, length) for scale, length in lengths.items()}
    spellings = {
        scale: {
            **{str(level): level for level in range(1, length + 1)},
            **{f"grade {level} 级": level for level in range(1, length + 1)},
            "n/a": None,
        }
        for scale, length in lengths.items()
    }
    values[NPS] = [Fraction(mark) for mark in range(11)]
    spellings[NPS] = {str(mark): mark + 1 for mark in range(11)} | {"don't know": None}
    satisfied = {scale: rng.randint(2, len(marks)) for scale, marks in values.items()}
    factors = [f"f{number}" for number in range(rng.randint(2, 9))]
    questions = draw_questions(rng, factors, list(lengths))
    judgements = {f: draw_judgement(rng) for f in factors[1:]} if rng.random() < 0.5 else {}
    against_first = {f: 1 / judgements.get(f, Fraction(1)) for f in factors}
    whole = sum(against_first.values(), Fraction(0))
    weights = {f: part / whole for f, part in against_first.items()}
    coverage = Fraction(rng.choice(COVERAGES))
    method = Method(questions, values, satisfied, spellings, weights, coverage, LAST_DAY)
    return method, judgements


def draw_values(rng: random.Random, length: int) -> list[Fraction]:
    """Draw the rising values of a scale's levels: 1, 2, 3 … or steps of any size."""
    if rng.random() < 0.5:
        return [Fraction(level) for level in range(1, length + 1)]
    values = [Fraction(rng.randint(0, 200), 100)]
    while len(values) < length:
        values.append(values[-1] + Fraction(rng.randint(1, 300), 100))
    return values


def draw_judgement(rng: random.Random) -> Fraction:
    """Draw how much more one factor matters than another, on Saaty's scale."""
    intensity = Fraction(rng.randint(1, 9))
    return rng.choice([intensity, 1 / intensity])


def draw_questions(
    rng: random.Random, factors: Sequence[str], scales: Sequence[str]
) -> dict[str, Question]:
    """Draw one to three questions for each factor, and some about the whole."""
    questions = {}
    for factor in factors:
        scale = rng.choice(scales)
        for number in range(rng.choice((1, 1, 1, 2, 3))):
            questions[f"q_{factor}_{number}"] = Question(factor, scale, "performance")
        if rng.random() < 0.2:
            questions[f"i_{factor}"] = Question(factor, scales[0], "importance")
    for role, scale in (("overall", scales[-1]), ("recommend", NPS), ("effort", scales[0])):
        if rng.random() < 0.7:
            questions[f"q_{role}"] = Question(None, scale, role)
    return questions


def draw_segments(rng: random.Random, customers: Sequence[str]) -> Segments:
    """Draw the customers that are known, some in versions that hold from a day on."""
    versions = {}
    for customer in customers:
        if rng.random() < 0.8:
            days = {None, *(draw_day(rng) for _ in range(rng.choice((0, 0, 1, 2))))}
            if len(days) > 1 and rng.random() < 0.3:
                days.discard(None)
            versions[customer] = [
                (day, {"region": rng.choice(REGIONS), "gender": rng.choice(GENDERS)})
                for day in sorted(days, key=lambda day: day or datetime.date.min)
            ]
    kinds = rng.choice((("region", "gender"), ("region",), ("gender",), ()))
    return Segments(kinds, versions)


def draw_day(rng: random.Random) -> datetime.date:
    """Draw a day of the year."""
    return FIRST_DAY + datetime.timedelta(days=rng.randint(0, 360))


def draw_survey(rng: random.Random, pack: Pack, survey: str, customers: Sequence[str]) -> None:
    """Add the rows of a survey, and those that were sent again or are broken."""
    questions = list(pack.method.questions)
    asked = rng.sample(questions, rng.randint(1, len(questions)))
    opened = draw_day(rng)
    if rng.random() < 0.5:
        pack.invited[survey] = rng.randint(0, 60)
    is_wide = rng.random() < 0.3
    long: list[dict[str, str]] = []
    for number in range(rng.choice((1, 2, rng.randint(1, 30)))):
        sheet = {
            "response_id": f"{survey}-{number}",
            "survey_id": survey,
            "customer_id": rng.choice(customers) if rng.random() < 0.9 else "",
            "answered_at": draw_moment(rng, opened) if number else opened.isoformat(),
            "channel": rng.choice(("web", "phone", "")),
        }
        answers = {q: draw_answer(rng, pack.method, q) for q in asked}
        if number == 0:  # a survey has a day, if nothing else
            answers[asked[0]] = ""
        if is_wide:
            pack.wide.append(sheet | dict.fromkeys(questions, "") | answers)
        long += [sheet | {"question_id": q, "answer": a} for q, a in answers.items()]
    again = [sent_again(rng, pack.method, rng.choice(long)) for _ in range(rng.randint(0, 4))]
    dirt = [broken(rng, rng.choice(long)) for _ in range(rng.randint(0, 3))]
    pack.long += [*([] if is_wide else long), *again, *dirt]


def draw_moment(rng: random.Random, opened: datetime.date) -> str:
    """Write a time within two weeks, as people and programs write it; sometimes none."""
    day = min(opened + datetime.timedelta(days=rng.randint(0, 14)), LAST_DAY)
    forms = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日", f"%Y-%m-%d {rng.randint(0, 23)}:30")
    return "" if rng.random() < 0.03 else day.strftime(rng.choice(forms))


def draw_answer(rng: random.Random, method: Method, question: str) -> str:
    """Write an answer: blank, not applicable, none that the scale knows, or one of its levels."""
    spellings = method.spellings[method.questions[question].scale]
    kind = rng.random()
    if kind < 0.08:
        return rng.choice(("", " ", "\u3000"))
    if kind < 0.12:
        return rng.choice(("马马虎虎", "4.5", "13½", "so-so", "1 2", "None"))
    spelling = rng.choice(list(spellings))
    styles: tuple[Callable[[str], str], ...]
    styles = (str, str.upper, lambda s: f" {s}\u00a0", lambda s: s.replace(" ", " \t "))
    if spelling.isdigit():
        full = str.maketrans("0123456789", "０１２３４５６７８９")
        styles = (str, lambda s: f"{s}.0", lambda s: s.translate(full), lambda s: f"\t{s}.00 ")
    return rng.choice(styles)(spelling)


def sent_again(rng: random.Random, method: Method, row: dict[str, str]) -> dict[str, str]:
    """Return an answer that was sent once more, as it was or with other time, answer or sender."""
    again = row | {"response_id": rng.choice((row["response_id"], f" {row['response_id']}\u3000"))}
    for name in rng.sample(("answered_at", "answer", "channel", "customer_id"), rng.randint(0, 3)):
        again[name] = {
            "answered_at": row["answered_at"] and draw_moment(rng, FIRST_DAY),
            "answer": draw_answer(rng, method, row["question_id"]),
            "channel": "kiosk",
            "customer_id": rng.choice(("c0", "c1", "")),
        }[name]
    return again


def sent_in_another(
    rng: random.Random, row: dict[str, str], surveys: Sequence[str]
) -> dict[str, str]:
    """Return an answer whose response_id was used again in another survey."""
    return row | {"survey_id": rng.choice(surveys), "answered_at": draw_moment(rng, FIRST_DAY)}


def broken(rng: random.Random, row: dict[str, str]) -> dict[str, str]:
    """Return a row that is refused, sometimes for more than one reason."""
    wrong = {
        "response_id": ("", " "),
        "question_id": ("", "q_parking", "Q_F0_0"),
        "survey_id": ("", "\t"),
        "answered_at": ("2025-02-30", "05/03/2025", "2026-01-01", "yesterday", "2025-13-01"),
    }
    names = rng.sample(list(wrong), rng.choice((1, 1, 2)))
    return row | {name: rng.choice(wrong[name]) for name in names}
