"""The figures of surveys, counted answer by answer in plain Python.

Written from the definitions in docs/methods (cleaning, satisfaction-index, uncertainty,
survey-scores), and neither from the SQL nor from the package: loops over raw rows, and fractions
wherever a definition has no root.
"""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

BLANKS = " \t\r\n\u00a0\u3000\ufeff"
MOST_LEVELS = 11
SHRINKAGE = 10  # the var shrinkage_respondents
TOTAL = ("total", "total")

Row = Mapping[str, str]
Figure = int | float | None
#: per table and key of a row, the figures of its columns
Figures = dict[tuple[str, ...], dict[str, Figure]]
Refused = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Question:
    """A question: the factor that it rates (none of the whole), its scale and its role."""

    factor: str | None
    scale: str
    role: str


@dataclass(frozen=True)
class Method:
    """The method tables that figures depend on.

    Attributes
    ----------
    questions : dict
        By question_id.
    values : dict
        Per scale the values of its levels, worst first.
    satisfied_from : dict
        Per scale the lowest level that counts as satisfied.
    spellings : dict
        Per scale what an answer in its normal form means: a level, or None for "not applicable".
    weights : dict
        Per factor its share of the goal.
    min_coverage : Fraction
        The var min_weight_coverage.
    last_day : datetime.date
        The var as_of_date.
    """

    questions: Mapping[str, Question]
    values: Mapping[str, Sequence[Fraction]]
    satisfied_from: Mapping[str, int]
    spellings: Mapping[str, Mapping[str, int | None]]
    weights: Mapping[str, Fraction]
    min_coverage: Fraction
    last_day: datetime.date


@dataclass(frozen=True)
class Answer:
    """An accepted answer; one without a level is missing."""

    survey: str
    response: str
    customer: str
    question: str
    level: int | None
    moment: datetime.datetime | None


def settled(rows: Iterable[Row], method: Method) -> tuple[list[Answer], Refused]:
    """Say of every raw answer whether it counts.

    Parameters
    ----------
    rows
        Raw texts by column of the contract; a row of survey_wide gives one for each question.
    method
        The method tables.

    Returns
    -------
    tuple of list and Counter
        The accepted answers, and how many rows are refused by record key and reason.
    """
    refused: Refused = Counter()
    by_key: dict[tuple[str, ...], list[dict[str, str | None]]] = defaultdict(list)
    for raw in rows:
        row = {name: text.strip(BLANKS) or None for name, text in raw.items()}
        key = tuple(row[name] or "?" for name in ("response_id", "question_id", "survey_id"))
        if reason := reason_of(row, method):
            refused[" | ".join(key), reason] += 1
        else:
            by_key[key].append(row)
    answers = []
    for key, versions in by_key.items():
        *older, newest = sorted(versions, key=age)
        answers.append(answer_of(newest, method))
        if older:
            refused[" | ".join(key), "superseded"] += len(older)
    return answers, refused


def reason_of(row: Mapping[str, str | None], method: Method) -> str | None:
    """Return why a row is refused; the first check that fails is the reason."""
    when = row["answered_at"]
    day = moment(when)
    question = method.questions.get(row["question_id"] or "")
    checks = {
        "missing_key": row["response_id"] is None or row["question_id"] is None,
        "not_a_date": when is not None and day is None,
        "in_future": day is not None and day.date() > method.last_day,
        "missing_survey": row["survey_id"] is None,
        "unknown_question": question is None,
        "unknown_answer": question is not None
        and row["answer"] is not None
        and normal(row["answer"]) not in method.spellings[question.scale],
    }
    return next((reason for reason, fails in checks.items() if fails), None)


def moment(text: str | None) -> datetime.datetime | None:
    """Return the day and time that a text says; None where it says none that exists."""
    found = re.fullmatch(
        r"(\d{4})(?:-|/|年)?(\d\d?)(?:-|/|月)?(\d\d?)日?(?:[ T](\d\d?):(\d\d))?", text or ""
    )
    if not found:
        return None
    try:
        year, month, day, hour, minute = (int(part or 0) for part in found.groups())
        return datetime.datetime(year, month, day, hour, minute)
    except ValueError:
        return None


def normal(answer: str) -> str:
    """Return the form in which answers are compared."""
    digits = str.maketrans("０１２３４５６７８９", "0123456789")
    words = re.split(f"[{BLANKS}]+", answer.translate(digits).strip(BLANKS).lower())
    return re.sub(r"^(\d+)\.0+$", r"\1", " ".join(words))


def age(row: Mapping[str, str | None]) -> tuple[object, ...]:
    """Order the versions of an answer: by time, then by the texts of the other columns."""
    when = moment(row["answered_at"])
    texts = [row[name] for name in ("customer_id", "answer", "channel")]
    known = [(text is not None, (text or "").encode()) for text in texts]
    return (when is not None, when or datetime.datetime.min, *known)


def answer_of(row: Mapping[str, str | None], method: Method) -> Answer:
    """Return an accepted row as an answer; who does not sign is a respondent of its own."""
    response, question = str(row["response_id"]), str(row["question_id"])
    meanings = method.spellings[method.questions[question].scale]
    level = meanings[normal(row["answer"])] if row["answer"] is not None else None
    customer = row["customer_id"] or f"anonymous {row['survey_id']} | {response}"
    when = moment(row["answered_at"])
    return Answer(str(row["survey_id"]), response, customer, question, level, when)


@dataclass(frozen=True)
class Segments:
    """What is known of customers: their versions, each with the day from which it holds.

    Attributes
    ----------
    kinds : tuple of str
        The attributes that make segments.
    versions : dict
        Per customer: day (None is since ever) and attributes.
    """

    kinds: tuple[str, ...]
    versions: Mapping[str, Sequence[tuple[datetime.date | None, Mapping[str, str]]]]

    def of(self, customer: str, day: datetime.date) -> list[tuple[str, str]]:
        """Return the segments of a customer on a day; before its first version that one holds."""
        ordered = sorted(self.versions.get(customer, ()), key=lambda v: v[0] or datetime.date.min)
        begun = [known for start, known in ordered if start is None or start <= day]
        known = (begun[-1:] or [known for _, known in ordered[:1]] or [{}])[0]
        return [
            TOTAL,
            *((kind, known.get(kind, "").strip(BLANKS) or "unknown") for kind in self.kinds),
        ]


def figures(
    answers: Sequence[Answer], method: Method, segments: Segments, invited: Mapping[str, int]
) -> dict[str, Figures]:
    """Compute every figure of some marts from the accepted answers.

    Parameters
    ----------
    answers
        As `settled` returns them.
    method
        The method tables.
    segments
        What is known of the customers.
    invited
        Customers invited, by survey.

    Returns
    -------
    dict
        By mart, then by key: the columns that the mart must have.
    """
    found: dict[str, Figures] = defaultdict(dict)
    by_survey = grouped(answers, lambda a: a.survey)
    for survey, given in by_survey.items():
        day = max(a.moment for a in given if a.moment).date()
        found["dim_waves"][survey,] = wave(given)
        own = {}
        for customer, theirs in grouped(given, lambda a: a.customer).items():
            own[customer] = customer_figures(theirs, method)
            found["fct_customer_satisfaction"][survey, customer] = own[customer]
        cells: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        for a in given:
            for segment in segments.of(a.customer, day):
                cells[segment].append(a)
        for segment, members in cells.items():
            people = {a.customer for a in members}
            segment_figures(found, (survey, *segment), members, method, [own[p] for p in people])
        found["fct_survey_scores"] |= scores(survey, cells, method)
        if asked := invited.get(survey, 0):
            n = len({a.customer for a in given})
            rate = 100 * n / asked
            key = (survey, *TOTAL, "response_rate", "survey")
            found["fct_survey_scores"][key] = score(asked, n, asked, rate) | {"shrunk_score": rate}
    return found


def grouped(answers: Iterable[Answer], key: Callable[[Answer], str]) -> dict[str, list[Answer]]:
    """Group answers by what a function says of them."""
    groups: dict[str, list[Answer]] = defaultdict(list)
    for a in answers:
        groups[key(a)].append(a)
    return groups


def wave(given: Sequence[Answer]) -> dict[str, Figure]:
    """Count the respondents, questionnaires and answers of a survey."""
    return {
        "n_respondents": len({a.customer for a in given}),
        # one that two customers signed counts for each
        "n_responses": len({(a.response, a.customer) for a in given}),
        "n_valid_answers": sum(a.level is not None for a in given),
        "n_missing_answers": sum(a.level is None for a in given),
    }


def rated(given: Sequence[Answer], method: Method) -> dict[str, list[Answer]]:
    """Return the answers that rate each factor."""
    questions = method.questions
    rating = [a for a in given if questions[a.question].role == "performance"]
    return grouped(rating, lambda a: str(questions[a.question].factor))


def valued(given: Sequence[Answer], method: Method) -> list[Fraction]:
    """Return the values of the answers that have a level."""
    scales = method.questions
    return [
        method.values[scales[a.question].scale][a.level - 1] for a in given if a.level is not None
    ]


def ends(factor: str, method: Method) -> tuple[Fraction, Fraction]:
    """Return the lowest and the highest value of the scale that a factor is rated on."""
    asked = method.questions.values()
    scale = next(q.scale for q in asked if q.factor == factor and q.role == "performance")
    return method.values[scale][0], method.values[scale][-1]


def shares(given: Sequence[Answer], method: Method) -> dict[str, tuple[Fraction, Fraction]]:
    """Return per answered factor its score as a share of the maximum, and from 0 to 1."""
    found = {}
    for factor, ratings in rated(given, method).items():
        if values := valued(ratings, method):
            mean, (low, high) = sum(values) / Fraction(len(values)), ends(factor, method)
            found[factor] = mean / high, (mean - low) / (high - low)
    return found


def weighted(
    scores: Mapping[str, tuple[Fraction, Fraction]], method: Method
) -> tuple[Fraction, tuple[Figure, Figure]]:
    """Return the weight that the factors cover, and both indices; none where nothing is covered."""
    coverage = sum((method.weights[factor] for factor in scores), Fraction(0))
    if not coverage:
        return coverage, (None, None)
    both = [
        float(100 * sum(method.weights[f] * pair[i] for f, pair in scores.items()) / coverage)
        for i in (0, 1)
    ]
    return coverage, (both[0], both[1])


def customer_figures(given: Sequence[Answer], method: Method) -> dict[str, Figure]:
    """Compute the row of a customer in a survey."""
    scores = shares(given, method)
    coverage, both = weighted(scores, method)
    if coverage < method.min_coverage:
        both = (None, None)
    counted = {name: n for name, n in wave(given).items() if name != "n_respondents"}
    return {
        "satisfaction_index": both[0],
        "satisfaction_index_0_100": both[1],
        "weight_coverage": float(coverage),
        "n_factors": len(scores),
        **counted,
    }


def segment_figures(
    found: dict[str, Figures],
    key: tuple[str, str, str],
    members: Sequence[Answer],
    method: Method,
    customers: Sequence[Mapping[str, Figure]],
) -> None:
    """Add the rows of a segment, pooled and by factor; a segment that rated nothing has none."""
    scores = shares(members, method)
    if not scores:
        return
    coverage, both = weighted(scores, method)
    own = [c["satisfaction_index"] for c in customers if c["satisfaction_index"] is not None]
    ratings = rated(members, method)
    people = {a.customer for given in ratings.values() for a in given if a.level is not None}
    found["fct_segment_satisfaction"][key] = {
        "n_respondents": len(people),
        "satisfaction_index": both[0],
        "satisfaction_index_0_100": both[1],
        "standard_error": standard_error(ratings, scores, coverage, len(people), method),
        "mean_customer_index": math.fsum(own) / len(own) if own else None,
        "n_indexed_customers": len(own),
        "weight_coverage": float(coverage),
        "n_factors_absent": len(method.weights) - len(scores),
    }
    for factor, weight in method.weights.items():
        given = ratings.get(factor, [])
        row = factor_figures(given, factor, method)
        if factor in scores:
            share = weight / coverage
            row |= {
                "factor_score": float(100 * scores[factor][0]),
                "factor_score_0_100": float(100 * scores[factor][1]),
                "weight": float(share),
                "contribution": float(100 * share * scores[factor][0]),
            }
        found["fct_segment_factor_satisfaction"][*key, factor] = row


def factor_figures(given: Sequence[Answer], factor: str, method: Method) -> dict[str, Figure]:
    """Count the answers to a factor by level."""
    asked = method.questions.values()
    scale = next(q.scale for q in asked if q.factor == factor and q.role == "performance")
    levels = [a.level for a in given]
    n_levels = len(method.values[scale])
    return {
        "n_respondents": len({a.customer for a in given if a.level is not None}),
        "n_valid": sum(level is not None for level in levels),
        "n_missing": levels.count(None),
        **{
            f"n_level_{level}": levels.count(level) if level <= n_levels else None
            for level in range(1, MOST_LEVELS + 1)
        },
        **dict.fromkeys(("factor_score", "factor_score_0_100", "weight", "contribution")),
    }


def standard_error(
    ratings: Mapping[str, Sequence[Answer]],
    scores: Mapping[str, tuple[Fraction, Fraction]],
    coverage: Fraction,
    n: int,
    method: Method,
) -> float | None:
    """Return the linearised standard error in points; one respondent has none."""
    if n < 2:
        return None
    influence: dict[str, Fraction] = defaultdict(Fraction)
    for factor, (mean, _) in scores.items():
        given = [a for a in ratings[factor] if a.level is not None]
        high, weight = ends(factor, method)[1], method.weights[factor] / coverage
        for a, value in zip(given, valued(given, method), strict=True):
            influence[a.customer] += weight * (value / high - mean) * n / len(given)
    return 100 * math.sqrt(sum(u * u for u in influence.values()) / (n * (n - 1)))


def score(n: int, counted: int | None, effective: int, value: float) -> dict[str, Figure]:
    """Return a row of the scores."""
    return {"n_answers": n, "n_counted": counted, "n_effective": effective, "score": value}


def scores(
    survey: str, cells: Mapping[tuple[str, str], Sequence[Answer]], method: Method
) -> Figures:
    """Compute the scores of every question in every segment, also drawn towards the total."""
    found: Figures = {}
    for segment in [TOTAL, *(other for other in cells if other != TOTAL)]:
        for question, given in grouped(cells[segment], lambda a: a.question).items():
            for measure, row in question_scores(question, given, method).items():
                found[survey, *segment, measure, question] = row
                total = found[survey, *TOTAL, measure, question]
                row["shrunk_score"] = shrunk(row, total)
    return found


def shrunk(row: Mapping[str, Figure], total: Mapping[str, Figure]) -> float:
    """Draw a score towards the total's: the fewer respondents, the more."""
    n, own, all_of_them = row["n_effective"] or 0, row["score"] or 0, total["score"] or 0
    return (n * own + SHRINKAGE * all_of_them) / (n + SHRINKAGE)


def question_scores(
    question: str, given: Sequence[Answer], method: Method
) -> dict[str, dict[str, Figure]]:
    """Compute what is published of one question in one segment, by measure."""
    asked = method.questions[question]
    values, levels = valued(given, method), [a.level for a in given if a.level is not None]
    n_levels, n, all_answers = len(method.values[asked.scale]), len(levels), len(given)
    people = len({a.customer for a in given if a.level is not None})
    found = {"item_nonresponse": share(all_answers - n, all_answers, all_answers)}
    if not n:
        return found
    found["mean"] = score(n, None, people, float(sum(values) / n))
    if 5 <= n_levels <= 10:
        found["top_2_box"] = share(sum(x > n_levels - 2 for x in levels), n, people)
    if asked.role in ("performance", "overall"):
        least = method.satisfied_from[asked.scale]
        found["satisfied_share"] = share(sum(x >= least for x in levels), n, people)
    if asked.role == "recommend":
        for_us, against = sum(x >= 9 for x in values), sum(x <= 6 for x in values)
        found["promoters"] = share(for_us, n, people)
        found["passives"] = share(n - for_us - against, n, people)
        found["detractors"] = share(against, n, people)
        found["bottom_box"] = share(sum(x == 1 for x in levels), n, people)
        found["nps"] = score(n, None, people, 100 * (for_us - against) / n)
    return found


def share(counted: int, n: int, effective: int) -> dict[str, Figure]:
    """Return a row of the scores that is a share in per cent."""
    return score(n, counted, effective, 100 * counted / n)
