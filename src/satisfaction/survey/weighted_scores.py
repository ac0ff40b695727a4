"""Scores of single questions where respondents are weighted: shares, means, net promoters.

An answer at a level adds y to a measure (100 or 0 to a share in per cent, its value to a mean), so
that everything follows from sums of weights by level: with W_j those of level j and M = sum W_j,

    r = sum_j y_j W_j / M,    u_k = (y_k - r) / M,

and the variance is that of `core.design`, with residuals on the margins that were raked to. Who of
a finite population skipped a question is as unknown as who did not answer at all. A respondent who
answered twice is one: a variance of m answers of n respondents is multiplied by m / n.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from satisfaction.core.design import (
    Design,
    added,
    correlation_factors,
    effective_numbers,
    numbered,
    units_of,
    wave_designs,
)
from satisfaction.core.frames import LazyFrame, lazy, small
from satisfaction.core.moments import FloatArray
from satisfaction.survey.panel import (
    BEFORE,
    BOTH,
    NOW,
    Pairs,
    Panel,
    Said,
    by_kind,
    customers_of_both,
    pair_tables,
    said,
    shared,
)
from satisfaction.survey.score_changes import HALF, changes
from satisfaction.survey.scores import SCORE, shrink
from satisfaction.survey.taxonomies import correlation

#: sums over those who gave an answer
SUMS = ("weights", "weight_squares", "weight_fourths", "designs", "errors", "error_squares")
FIGURES = ("score", "standard_error", "score_low", "score_high", "n_effective")
CHANGES = ("previous_score", "score_change", "change_low", "change_high")


class Score(NamedTuple):
    """FIGURES of a measure, as arrays over segments."""

    score: FloatArray
    standard_error: FloatArray
    score_low: FloatArray
    score_high: FloatArray
    n_effective: FloatArray


class Linear(NamedTuple):
    """What a measure takes of an answer at each level, as arrays over segments.

    Attributes
    ----------
    influence : (segments, 1 + levels) array
        u of an answer, 0 at levels that do not count.
    total : (segments,) array
        Sum of the weights.
    variance : (segments,) array
        V of a population that is not finite, before `Design.inflation`.
    """

    influence: FloatArray
    total: FloatArray
    variance: FloatArray


class Question(NamedTuple):
    """A question in the segments of one type, and its measures."""

    said: Said
    measures: dict[str, Linear]


#: by segment_type and question_id
Questions = dict[tuple[str, str], Question]


def level_values(levels: pd.DataFrame) -> dict[str, FloatArray]:
    """Say what an answer at each level adds to each measure, NaN where it does not count.

    Parameters
    ----------
    levels : DataFrame
        Levels of one scale in order: value, is_satisfied, is_top_2, is_bottom, is_promoter,
        is_detractor.

    Returns
    -------
    dict of str to (1 + levels,) array
        By measure; the first place is that of a blank answer.
    """
    promoter, detractor = (
        100.0 * levels[name].to_numpy(bool) for name in ("is_promoter", "is_detractor")
    )
    values = {
        "satisfied_share": 100.0 * levels["is_satisfied"].to_numpy(bool),
        "top_2_box": 100.0 * levels["is_top_2"].to_numpy(bool),
        "bottom_box": 100.0 * levels["is_bottom"].to_numpy(bool),
        "promoters": promoter,
        "detractors": detractor,
        "passives": 100.0 - promoter - detractor,
        "nps": promoter - detractor,
        "mean": levels["value"].to_numpy(np.float64),
    }
    found = {name: np.concatenate([[np.nan], y]) for name, y in values.items()}
    found["item_nonresponse"] = np.concatenate([[100.0], np.zeros(len(levels))])
    return found


def wilson(p: FloatArray, n: FloatArray, quantile: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Wilson's interval of a share with a quantile of Student's t in the place of z.

    References
    ----------
    Korn and Graubard (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, Survey Methodology 24. Wilson (1927), JASA 22.
    """
    squared, n = quantile**2, np.where(n > 0, n, np.nan)
    centre, width = p + squared / (2 * n), 1 + squared / n
    half = quantile * np.sqrt(p * (1 - p) / n + squared / (4 * n * n))
    # nobody and all are ends, which floats would miss by a hair
    low, high = (centre - half) / width, (centre + half) / width
    return np.where(p > 0, low, 0.0), np.where(p < 1, high, 1.0)


def design_respondents(
    spread: FloatArray, variance: FloatArray, kish: FloatArray, is_few: NDArray[np.bool_]
) -> FloatArray:
    """Count independent respondents whose score would be as unsure: their spread over the variance.

    Where few answers are on one side, or all on one, the variance itself is unsure: then at most as
    many as Kish's.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        n = np.where(variance > 0, spread / variance, kish)
    return np.where(is_few | ~(variance > 0), np.minimum(n, kish), n)


def intervals(
    measure: str,
    score: FloatArray,
    variance: FloatArray,
    kish: FloatArray,
    quantile: FloatArray,
    shares: tuple[FloatArray, FloatArray],
    ends: tuple[float, float],
    most: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Interval of a score, as of scores that are not weighted but by effective respondents.

    Parameters
    ----------
    measure : str
        nps and mean, else a share in per cent.
    score, variance : (v,) array
    kish : (v,) array
        Kish's effective respondents.
    quantile : (v,) array
        Of Student's t.
    shares : tuple of (v,) array
        Promoters and detractors, 0 to 1, of nps.
    ends : tuple of float
        Ends of the scale, of a mean.
    most : (v,) array, optional
        As many respondents as kish are worth in a finite population, infinity in a census; kish.

    Returns
    -------
    tuple of (v,) array
        Shares: Wilson's. NPS: the adjusted Wald interval AW(3, T). Means: Student's. Cut at the
        ends of the scale. Of a census the score itself.
    """
    most = kish if most is None else most
    if measure == "mean":
        half = quantile * np.sqrt(variance)
        return np.maximum(score - half, ends[0]), np.minimum(score + half, ends[1])
    if measure == "nps":
        outspoken, net = shares[0] + shares[1], score / 100
        spread = np.maximum(outspoken - net**2, 0)
        n = design_respondents(spread, variance / 1e4, most, np.zeros(len(score), bool))
        is_census, n = np.isinf(n), np.where(np.isinf(n), 0.0, n)
        middle, adjusted = net * n / (n + 3), (outspoken * n + 1.5) / (n + 3)
        half = quantile * np.sqrt(np.maximum(adjusted - middle**2, 0) / (n + 3))
        low, high = np.maximum(100 * (middle - half), -100), np.minimum(100 * (middle + half), 100)
        return np.where(is_census, score, low), np.where(is_census, score, high)
    p = np.clip(score / 100, 0, 1)
    is_few = kish * np.minimum(p, 1 - p) < 10
    n = design_respondents(p * (1 - p), variance / 1e4, most, is_few)
    low, high = wilson(p, n, quantile)
    return 100 * low, 100 * high


def of_question(
    tables: Mapping[str, FloatArray],
    design: Design,
    values: Mapping[str, FloatArray],
    ends: tuple[float, float],
    repeats: Mapping[str, FloatArray],
    confidence_level: float,
) -> Iterator[tuple[str, Score, Linear]]:
    """Score one question of one wave and segment type, by every measure.

    Parameters
    ----------
    tables : mapping of str to (units, segments, 1 + levels) array
        SUMS; the first level is a blank answer.
    design : Design
        Of the wave.
    values : mapping of str to (1 + levels,) array
        As of `level_values`.
    ends : tuple of float
        Lowest and highest value of the scale.
    repeats : mapping of str to (segments,) array
        The measures wanted, and the answers per respondent that each rests on, 1 or more.
    confidence_level : float

    Yields
    ------
    str, Score and Linear
        A score is NaN where a segment has no weighted answer.
    """
    shares: dict[str, FloatArray] = {}
    for measure, y in values.items():
        counts = ~np.isnan(y)
        at = {name: table[:, :, counts] for name, table in tables.items()}
        by_level = at["weights"].sum(axis=0)
        total, squares, fourths = (
            at[name].sum(axis=(0, 2)) for name in ("weights", "weight_squares", "weight_fourths")
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            score = by_level @ y[counts] / total
            if measure in ("promoters", "detractors"):
                shares[measure] = score / 100
            if measure not in repeats:
                continue
            times = repeats[measure]
            kish, spread = (n / times for n in effective_numbers(total, squares, fourths))
            u = np.nan_to_num((y[counts][None, :] - score[:, None]) / total[:, None])
        is_known = counts | (np.arange(len(y)) > 0)
        known = design.known_of(tables["designs"][:, :, is_known].sum(axis=(1, 2)))
        sums = (
            np.einsum("usl,sl->us", at["designs"], u),
            np.einsum("usl,sl->us", at["errors"], u),
            np.einsum("usl,sl->us", at["error_squares"], u),
            np.einsum("usl,sl->us", at["error_squares"], u**2),
        )
        influence = np.zeros((len(u), len(y)))
        influence[:, counts] = u
        unknown = design.variances(*sums, np.zeros(len(known)))
        linear = Linear(influence, total, unknown)
        variance = times * (design.variances(*sums, known) if design.is_finite else unknown)
        variance = variance * design.inflation(np.nan_to_num(spread)) ** 2
        quantile = stats.t.ppf((1 + confidence_level) / 2, freedom(spread, design))
        sides = (shares.get("promoters", score), shares.get("detractors", score))
        with np.errstate(divide="ignore"):
            most = kish / _left(at["error_squares"].sum(axis=2), known)
        low, high = intervals(measure, score, variance, kish, quantile, sides, ends, most)
        figures = (score, np.sqrt(variance), low, high, kish)
        yield measure, Score(*(np.where(total > 0, f, np.nan) for f in figures)), linear


def _left(squares: FloatArray, known: FloatArray) -> FloatArray:
    """Take the mean of 1 - f in each segment, from squares of w / sqrt(1 - h) by unit."""
    whole = squares.sum(axis=0)
    left = (squares * (1 - known)[:, None]).sum(axis=0)
    return np.asarray(np.divide(left, whole, out=np.ones(len(whole)), where=whole > 0), np.float64)


def level_tables(
    asked: pd.DataFrame, design: Design, n_levels: int, names: Sequence[str] = SUMS
) -> tuple[list[str], dict[str, FloatArray]]:
    """Lay out the sums of one question of one wave and segment type.

    Parameters
    ----------
    asked : DataFrame
        segment_value, UNIT, level (0: blank) and sums.
    design : Design
        Of the wave.
    n_levels : int
        Levels above 0.
    names : sequence of str
        The sums.

    Returns
    -------
    list of str, dict of str to (units, segments, 1 + levels) array
        Segment values in order; the sums by name, 0 where nobody is.
    """
    values, segment = numbered(asked["segment_value"])
    unit = np.array([design.place[name] for name in units_of(asked)], int)
    here = (unit, segment, asked["level"].to_numpy(int))
    shape = (len(design.units), len(values), n_levels + 1)
    return values, {name: added(asked[name].to_numpy(np.float64), here, shape) for name in names}


def freedom(spread: FloatArray, design: Design) -> FloatArray:
    """Degrees of freedom of as many respondents as `effective_numbers` counts, at least 1."""
    left = np.floor(np.nan_to_num(spread) + 1e-6) - design.n_strata
    return np.asarray(np.maximum(left, 1), np.float64)


def of_wave(
    sums: pd.DataFrame,
    design: Design,
    levels: pd.DataFrame,
    plain: pd.DataFrame,
    confidence_level: float = 0.95,
    asked_again: Collection[str] = (),
) -> tuple[pd.DataFrame, Questions]:
    """Score every question of a wave.

    Parameters
    ----------
    sums : DataFrame
        segment_type, segment_value, UNIT, question_id, level (0: blank) and SUMS.
    design : Design
        Of the wave.
    levels : DataFrame
        question_id, level, value, is_satisfied, is_top_2, is_bottom, is_promoter, is_detractor.
    plain : DataFrame
        The scores that are not weighted: segment_type, segment_value, question_id, measure,
        n_answers, n_effective (respondents). What they have is scored.
    confidence_level : float
    asked_again : collection of str
        Questions that changes are taken of.

    Returns
    -------
    DataFrame
        segment_type, segment_value, question_id, measure and FIGURES.
    Questions
        Of these questions, by segment_type and question_id.
    """
    answers_each = {
        key: of_one.set_index(["measure", "segment_value"])
        for key, of_one in plain.groupby(["segment_type", "question_id"])
    }
    by_question = levels.sort_values("level").groupby("question_id")
    scales = {str(question): of_one for question, of_one in by_question}
    rows: list[tuple[object, ...]] = []
    kept: Questions = {}
    for (kind, question), asked in sums.groupby(["segment_type", "question_id"], sort=True):
        if (kind, question) not in answers_each:
            continue
        counted = answers_each[kind, question]
        scale = scales[str(question)]
        values, tables = level_tables(asked, design, len(scale))
        each = counted["n_answers"] / counted["n_effective"]
        repeats = {
            str(measure): each[measure].reindex(values).fillna(1).to_numpy(np.float64)
            for measure in counted.index.unique("measure")
        }
        ends = float(scale["value"].min()), float(scale["value"].max())
        measures = {}
        for measure, score, linear in of_question(
            tables, design, level_values(scale), ends, repeats, confidence_level
        ):
            measures[measure] = linear
            for place, value in enumerate(values):
                rows.append((kind, value, question, measure, *(float(x[place]) for x in score)))
        if question in asked_again:
            answers = said(design, values, tables["designs"], tables["errors"])
            kept[str(kind), str(question)] = Question(answers, measures)
    found = pd.DataFrame(rows, columns=[*SCORE[1:], *FIGURES])
    return found[found["score"].notna()], kept


def correlations(
    panel: Panel, tables: tuple[pd.DataFrame, ...], now: Questions, before: Questions
) -> pd.DataFrame:
    """Correlate the measures of two waves.

    Parameters
    ----------
    panel : Panel
        Who answered both.
    tables : tuple of DataFrame
        As of `panel.pair_tables`, of the wave.
    now, before : Questions
        As of `of_wave`.

    Returns
    -------
    DataFrame
        segment_type, segment_value, question_id, measure and r; of shares after Newcombe's
        continuity correction, see `score_changes`.
    """
    keys = ["segment_type", "question_id"]
    parted = [dict(iter(table.groupby(keys))) for table in tables]
    rows: list[tuple[object, ...]] = []
    for key in sorted(now.keys() & before.keys()):
        here, there = now[key], before[key]
        pairs = Pairs(*(of.get(key, table[:0]) for of, table in zip(parted, tables, strict=True)))
        covariances = panel.covariances(pairs, here.said, there.said)
        half = HALF * panel.mean_products(pairs, here.said.values)
        at, at_before = shared(here.said, there.said)
        for measure in here.measures.keys() & there.measures.keys():
            u, total, variance = (figure[at] for figure in here.measures[measure])
            earlier, total_before, variance_before = (
                figure[at_before] for figure in there.measures[measure]
            )
            found = np.einsum("sa,sab,sb->s", u, covariances[at], earlier)
            if measure not in ("nps", "mean"):
                less = np.nan_to_num(half[at] / (total * total_before))
                found = np.where(found > 0, np.maximum(found - less, 0), found)
            r = correlation(found, variance, variance_before)
            values = (here.said.values[number] for number in at)
            rows += [(key[0], v, key[1], measure, x) for v, x in zip(values, r, strict=True)]
    return pd.DataFrame(rows, columns=[*SCORE[1:], "r"])


def weighted_scores(
    sums: LazyFrame,
    weights: LazyFrame,
    pairs: LazyFrame,
    levels: LazyFrame,
    plain: LazyFrame,
    waves: LazyFrame,
    kinds: Sequence[str],
    prior_respondents: float,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Score every question of every wave, one wave after the other.

    Parameters
    ----------
    sums : LazyFrame
        As of `of_wave`, with survey_id.
    weights : LazyFrame
        A row per respondent: survey_id, customer_id, UNIT, weight, design_weight, error_weight.
    pairs : LazyFrame
        What customers of two waves gave for verdicts in both: survey_id, question_id, level and
        level_before (null where they gave none), UNIT, UNIT_BEFORE, and the columns of segment
        types, of the wave before too; sums NOW, BEFORE, BOTH and n of `survey.panel`.
    levels : LazyFrame
        As of `of_wave`.
    plain : LazyFrame
        As of `score_changes.score_changes`: what is not weighted.
    waves : LazyFrame
        survey_id, previous_survey_id.
    kinds : sequence of str
        Columns of segment types.
    prior_respondents : float
        See `scores.shrink`.
    confidence_level : float

    Returns
    -------
    DataFrame
        SCORE keys, FIGURES, shrunk_score and CHANGES, where what is not weighted has one. A change
        has the correlation of the two waves' scores by design, times `correlation_factors`.
    """
    scales, rows = small(levels.to_native()), small(plain.to_native())
    order = small(waves.select("survey_id", "previous_survey_id").to_native()).astype("string")
    asked = set(small(pairs.select("question_id").unique().to_native())["question_id"])
    designs = wave_designs(weights)
    parts, correlated = [], []
    kept: dict[str, Questions] = {}
    for survey, design in designs.items():
        of_survey = sums.filter(nw.col("survey_id") == survey)
        found, kept[survey] = of_wave(
            small(of_survey.to_native()),
            design,
            scales,
            rows[rows["survey_id"] == survey],
            confidence_level,
            asked,
        )
        parts.append(found.assign(survey_id=survey))
    for survey, before in order.dropna().itertuples(index=False, name=None):
        if survey in designs and before in designs:
            both = customers_of_both(weights, survey, before)
            panel = Panel(both, designs[survey], designs[before])
            tables = _tables_of(pairs, survey, kinds)
            r = correlations(panel, tables, kept[survey], kept[before])
            r = r.assign(survey_id=survey, previous_survey_id=before)
            r["r"] *= correlation_factors(weights, r)
            correlated.append(r.drop(columns="previous_survey_id"))
    scored = pd.concat(parts) if parts else pd.DataFrame(columns=[*SCORE, *FIGURES])
    scored = scored.astype(dict.fromkeys(SCORE, "string") | dict.fromkeys(FIGURES, "float64"))
    return _changed(scored, rows, order, correlated, prior_respondents)


def _tables_of(pairs: LazyFrame, survey: str, kinds: Sequence[str]) -> tuple[pd.DataFrame, ...]:
    """Add the pairs of a wave up by segment: the tables of Pairs, of all questions."""
    columns = ["question_id", "level", "level_before", BOTH, NOW, BEFORE, "n"]
    rows = by_kind(pairs.filter(nw.col("survey_id") == survey), kinds, columns).with_columns(
        is_said=~nw.col("level").is_null(), is_said_before=~nw.col("level_before").is_null()
    )
    sums = ([BOTH, "n"], [BOTH, NOW], [BOTH, BEFORE])
    named = {"level": "part", "level_before": "part_before"}
    tables = pair_tables(rows, ["question_id"], list(named), sums)
    return tuple(table.rename(columns=named) for table in tables)


def _changed(
    scored: pd.DataFrame,
    plain: pd.DataFrame,
    waves: pd.DataFrame,
    correlated: Sequence[pd.DataFrame],
    prior_respondents: float,
) -> pd.DataFrame:
    """Put the shrunk score and the change beside each score."""
    before = scored[[*SCORE, "score", "score_low", "score_high"]].rename(
        columns={"survey_id": "previous_survey_id", "score": "previous_score"}
        | {"score_low": "previous_low", "score_high": "previous_high"}
    )
    keys = dict.fromkeys(SCORE, "string")
    r = pd.concat([pd.DataFrame(columns=[*SCORE, "r"]), *correlated]).astype(keys | {"r": float})
    known = plain.loc[plain["previous_score"].notna(), list(SCORE)].astype(keys)
    paired = (
        scored.merge(waves, on="survey_id", how="left")
        .merge(known.assign(is_known=True), on=list(SCORE), how="left")
        .merge(r, on=list(SCORE), how="left")
        .merge(before, on=["previous_survey_id", *SCORE[1:]], how="left")
    )
    paired.loc[paired["is_known"].isna(), "previous_score"] = np.nan
    paired["change_correlation"] = paired["r"].fillna(0.0)
    shrunk = shrink(lazy(paired), prior_respondents)
    kept = [*SCORE, *FIGURES, "shrunk_score", *CHANGES]
    return small(changes(shrunk).select(*kept).to_native())
