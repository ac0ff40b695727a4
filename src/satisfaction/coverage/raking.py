"""Raking: weights with which respondents count as the customers of their wave are made up.

A wave is a table of cells, a row per combination of the dimensions that it is weighted by (gender
and region, say), with the respondents of the cell and their design weights d. The weight of a
respondent is w = d g: the factor g is the same for a whole cell, so that the work does not grow
with the respondents.

Behaviour before the wave enters as a number: customers are cut into classes of equal size, and a
class has the mean normal score of its customers, of which weighted respondents get the customers'
total. Numbers leave less bias than as many classes would, since within a class response still rises
with what is classed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from satisfaction.core.errors import require
from satisfaction.core.moments import FloatArray

#: customers of every category of a dimension
Margin = Mapping[str, float]
CROSS = " x "
#: the class of customers of whom no behaviour is known
UNKNOWN = "unknown"
#: greatest relative miss of a margin with which weights count as right
TOLERANCE = 0.02
PLACES = 12  # digits of a factor after the point: what comes of it is the same on every engine


def normal_scores(people: Margin) -> dict[str, float]:
    """Give classes of customers numbers: the mean of the normal scores of those in a class.

    Parameters
    ----------
    people : mapping of str to float
        Customers of each class, which lie in the order of their names; UNKNOWN is none of them.

    Returns
    -------
    dict of str to float
        With a and b the shares of the customers below a class and up to it, the mean of the normal
        quantile between them, (phi(q(a)) - phi(q(b))) / (b - a); of a class without customers the
        quantile q(a). 0, the mean of all, for UNKNOWN. The customers' total is 0.

    References
    ----------
    Blom (1958), Statistical Estimates and Transformed Beta-Variables: normal scores.

    Examples
    --------
    >>> normal_scores({"1": 50, "2": 50})
    {'1': -0.7979, '2': 0.7979}
    """
    names = sorted(set(people) - {UNKNOWN})
    total = sum(people[name] for name in names)
    if not total > 0:
        return dict.fromkeys(people, 0.0)
    ends = np.cumsum([0.0, *(people[name] for name in names)]) / total
    least = 0.5 / total  # nobody lies beyond the first and the last customer
    quantiles = ndtri(np.clip(ends, least, 1 - least))
    density = np.exp(-(ndtri(ends) ** 2) / 2) / np.sqrt(2 * np.pi)
    width = np.diff(ends)
    with np.errstate(invalid="ignore"):
        scores = np.where(width > 0, -np.diff(density) / width, quantiles[:-1])
    found = dict(zip(names, scores.round(4).tolist(), strict=True))
    return {name: found.get(name, 0.0) for name in people}


class NoWeightsError(ValueError):
    """No positive weights meet the margins."""


def newton(
    design: FloatArray, x: FloatArray, goal: FloatArray, steps: int = 50
) -> tuple[FloatArray, int]:
    """Find factors exp(x' b) with which weighted totals of x are the goal (generalised raking).

    With x the dummies of several margins these are the factors that iterative proportional fitting
    finds, in a few steps instead of many sweeps.

    Parameters
    ----------
    design : (k,) array
        Sum of the design weights of each cell, above 0.
    x : (k, p) array
        What is known of a cell; columns may depend on each other.
    goal : (p,) array
        Totals of x over the customers.
    steps : int
        Most steps.

    Returns
    -------
    tuple of (k,) array and int
        Factor of each cell, and the steps taken.

    Raises
    ------
    NoWeightsError
        If the totals cannot be met, each to 1e-10 of itself or 1e-12 of the largest.

    References
    ----------
    Deming and Stephan (1940), On a least squares adjustment of a sampled frequency table, Annals of
    Mathematical Statistics 11. Deville, Särndal and Sautory (1993), Generalized raking procedures
    in survey sampling, JASA 88.
    """
    largest = float(np.abs(goal).max())
    # a margin of few customers is met as well as a large one
    enough = np.maximum(1e-10 * np.abs(goal), 1e-12 * largest)
    start = largest / float((x[:, np.argmax(goal)] * design).sum() or largest)
    place, factors = np.zeros(x.shape[1]), np.full(len(design), start)
    for step in range(steps + 1):
        weights = design * factors
        off = goal - x.T @ weights
        if (np.abs(off) <= enough).all():
            return factors, step
        move = np.linalg.lstsq((x * weights[:, None]).T @ x, off, rcond=None)[0]
        # no factor moves by more than e^2 at once
        place += move / max(1.0, float(np.abs(x @ move).max()) / 2)
        with np.errstate(over="ignore"):
            factors = start * np.exp(x @ place)
        if not np.isfinite(factors).all():
            break
    raise NoWeightsError("the margins cannot be met together")


def bounded(
    design: FloatArray,
    x: FloatArray,
    goal: FloatArray,
    limits: tuple[float, float],
    rounds: int = 10,
) -> tuple[FloatArray, int, NDArray[np.bool_]]:
    """Rake, hold factors beyond the limits at them, and rake the others on.

    Parameters
    ----------
    design, x, goal
        As in `newton`.
    limits : tuple of float
        Least and greatest factor, relative to the mean factor of all weights.
    rounds : int
        Most rounds.

    Returns
    -------
    tuple of (k,) array, int and (k,) array of bool
        Factors, steps, and which of them are held at a limit. Where the others cannot make up for
        these, the last factors that were found, cut at the limits.

    Raises
    ------
    NoWeightsError
        If the margins cannot be met even without limits.
    """
    factors, steps = newton(design, x, goal)
    mean = float((design * factors).sum() / design.sum())
    low, high = (limit * mean for limit in limits)
    held = np.zeros(len(design), bool)
    for _ in range(rounds):
        beyond = ~held & ((factors < low * (1 - 1e-12)) | (factors > high * (1 + 1e-12)))
        if not beyond.any():
            break
        held |= beyond
        factors = np.clip(factors, low, high)
        if held.all():
            break
        left = goal - x[held].T @ (design * factors)[held]
        try:
            factors[~held], more = newton(design[~held], x[~held], left)
        except NoWeightsError:
            break
        steps += more
    return np.clip(factors, low, high), steps, held


def dummies(codes: Iterable[Sequence[str]]) -> tuple[FloatArray, list[list[str]]]:
    """Write categories as columns of 0 and 1, one per category of every dimension.

    Parameters
    ----------
    codes : iterable of (k,) sequences of str
        Category of each cell, a sequence per dimension.

    Returns
    -------
    tuple of (k, p) array and list of lists of str
        The columns, and their names by dimension, in order.
    """
    names = [sorted(set(of_cells)) for of_cells in codes]
    columns = [
        np.array([[code == name for name in known] for code in of_cells], float)
        for of_cells, known in zip(codes, names, strict=True)
    ]
    return np.hstack(columns), names


def leverage(design: FloatArray, x: FloatArray) -> FloatArray:
    """Say how much of a cell's own answer the margins take over: q = x' (X' D X)^- x.

    A respondent with design weight d has the leverage h = d q; in a post-stratum of n alike it is
    1 / n.
    """
    inverse = np.linalg.pinv((x * design[:, None]).T @ x, hermitian=True)
    return np.asarray(np.einsum("ij,jk,ik->i", x, inverse, x), np.float64)


def ordered(segments: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Put the values of segment types that are bands of a number in order.

    Parameters
    ----------
    segments : DataFrame
        SEGMENTS of the method table, all text; bounds are missing where a band has no end.

    Returns
    -------
    dict of str to tuple of str
        Bands of each type that has any, the lowest first.
    """
    bands = segments[segments[["lower_bound", "upper_bound"]].notna().any(axis=1)]
    start = bands["lower_bound"].astype("float64").fillna(-np.inf)
    bands = bands.assign(start=start).sort_values("start", kind="stable")
    by_type = bands.groupby("segment_type")["segment_value"]
    return {str(of_type): tuple(values) for of_type, values in by_type}


def collapsed(
    population: Margin,
    answered: Margin,
    least: int,
    greatest_factor: float,
    order: Sequence[str] = (),
) -> dict[str, str]:
    """Join categories that have too few answers to stand for their customers.

    While a category has fewer than `least` answers, or each of them would stand for more than
    `greatest_factor` times as many customers as an answer does on average, the one with the fewest
    answers is joined to the category whose coverage rate is nearest: what biases a joined category
    is that its parts answer at different rates. Of bands in order only the next one on either side
    comes into question.

    Parameters
    ----------
    population, answered : mapping of str to float
        Customers, above 0, and respondents of each category.
    least : int
        Least respondents.
    greatest_factor : float
        Greatest factor.
    order : sequence of str
        Categories that are bands of a number, the lowest first.

    Returns
    -------
    dict of str to str
        For each category the name of what it is now in: its own, or those of its parts, joined by
        " + ". One name for all means that nothing is left of the dimension.
    """
    parts: dict[tuple[str, ...], tuple[float, float]] = {
        (name,): (population[name], answered.get(name, 0.0)) for name in sorted(population)
    }
    customers = sum(people for people, _ in parts.values())
    answers = sum(hits for _, hits in parts.values())
    places = {name: place for place, name in enumerate(order)}

    def is_thin(of_part: tuple[float, float]) -> bool:
        people, hits = of_part
        return hits < least or people * answers > greatest_factor * hits * customers

    while len(parts) > 1:
        thin = [names for names, of_part in parts.items() if is_thin(of_part)]
        if not thin:
            break
        first = min(thin, key=lambda names: (parts[names][1], names))
        people, hits = parts.pop(first)
        rate = hits / people
        nearest = min(
            _beside(first, list(parts), places),
            key=lambda n: (abs(parts[n][1] / parts[n][0] - rate), n),
        )
        more_people, more_hits = parts.pop(nearest)
        parts[tuple(sorted(first + nearest))] = (people + more_people, hits + more_hits)
    return {name: " + ".join(names) for names in parts for name in names}


Names = tuple[str, ...]


def _beside(one: Names, others: list[Names], places: Mapping[str, int]) -> list[Names]:
    """Return the next bands on either side of one; all others, where it is no band."""
    spans = {names: [places[name] for name in names if name in places] for names in (one, *others)}
    bands = [names for names in others if spans[names]]
    if not spans[one] or not bands:
        return others
    below = [names for names in bands if max(spans[names]) < min(spans[one])]
    above = [names for names in bands if min(spans[names]) > max(spans[one])]
    return [
        *sorted(below, key=lambda names: max(spans[names]))[-1:],
        *sorted(above, key=lambda names: min(spans[names]))[:1],
    ]


@dataclass(frozen=True)
class Method:
    """How a wave is weighted.

    Attributes
    ----------
    name : str
        given (design weights alone), post_strata or raking.
    dimensions : tuple of str
        What it is weighted by; "gender x region" is both crossed. Post-stratification crosses all.
    limits : tuple of float
        Least and greatest factor, relative to the mean.
    least : int
        Least respondents of a category.
    behaviours : tuple of str
        Columns of classes, in the order of their names, that count as numbers.
    orders : mapping of str to sequence of str
        Categories, in order, of the dimensions that are bands of a number.
    """

    name: str
    dimensions: tuple[str, ...] = ()
    limits: tuple[float, float] = (0.1, 8.0)
    least: int = 3
    behaviours: tuple[str, ...] = ()
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def margins(self) -> tuple[str, ...]:
        """Dimensions whose categories are counted, one by one."""
        if self.name == "given":
            return ()
        crossed = (CROSS.join(self.dimensions),) if self.dimensions else ()
        return crossed if self.name == "post_strata" else self.dimensions


class Found(NamedTuple):
    """Factors of the cells of a wave, and what was done to find them.

    Attributes
    ----------
    factors, leverages : (k,) array
        g, and q of `leverage`; factors are NaN in cells without respondents.
    categories : list of str
        JSON list of the categories that each cell was raked to, and of its normal scores; [] where
        it was not.
    status : str
        ok, trimmed, margins_missed, or no_margins, where there was nothing to rake to.
    steps : int
    largest_miss : float
        Greatest miss of a margin, relative to it.
    is_trimmed : (k,) array of bool
        Whether the factor is held at a limit.
    notes : list of str
        What was joined or left out.
    """

    factors: FloatArray
    leverages: FloatArray
    categories: list[str]
    status: str
    steps: int
    largest_miss: float
    is_trimmed: NDArray[np.bool_]
    notes: list[str]


@dataclass
class _Wave:
    """Cells of one wave, and its margins."""

    cells: pd.DataFrame
    margins: dict[str, Margin]
    method: Method
    notes: list[str] = field(default_factory=list)

    def codes(self, dimension: str) -> list[str]:
        return _codes(self.cells, dimension)


def _codes(cells: pd.DataFrame, dimension: str) -> list[str]:
    parts = [cells[name].astype(str) for name in dimension.split(CROSS)]
    return ["|".join(values) for values in zip(*parts, strict=True)]


def wave_weights(
    cells: pd.DataFrame, method: Method, margins: Mapping[str, Margin] | None = None
) -> Found:
    """Weight the respondents of one wave.

    Respondents of whose category no customers are known (anonymous ones, or an attribute that is
    not) stand for as great a share of the customers as they are of the respondents.

    Parameters
    ----------
    cells : DataFrame
        A column per dimension, n_population (customers), n_respondents and design (sum of their
        design weights).
    method : Method
    margins : mapping of str to mapping of str to float
        Customers by category of the dimensions whose customers are not to be counted from cells;
        a crossed category is written "F|north".

    Returns
    -------
    Found
        Factors have a mean of 1 over the respondents: sum of d g = n.
    """
    wave = _Wave(cells, dict(margins or {}), method)
    design = cells["design"].to_numpy(np.float64)
    answers = cells["n_respondents"].to_numpy(np.float64)
    has_answers = (design > 0) & (answers > 0)
    factors = np.where(has_answers, 1.0, np.nan)
    categories = ["[]"] * len(cells)
    leverages, is_trimmed = np.zeros(len(cells)), np.zeros(len(cells), bool)
    status, steps, largest_miss = "ok", 0, 0.0
    if "is_anonymous" in cells:
        has_name = ~cells["is_anonymous"].to_numpy(bool)
    else:
        has_name = np.ones(len(cells), bool)
    known, names = _categories(wave, answers * has_name)
    numbers = _numbers(wave)
    inside = has_answers & known & has_name
    if (names or numbers) and inside.any():
        factors, categories, leverages, is_trimmed, steps, largest_miss = _raked(
            wave, names, numbers, inside, factors
        )
        if largest_miss > TOLERANCE:
            status = "margins_missed"
        elif is_trimmed.any():
            status = "trimmed"
    elif method.name != "given":
        status = "no_margins"
    scale = answers[has_answers].sum() / (design * factors)[has_answers].sum()
    return Found(
        (factors * scale).round(PLACES),
        leverages,
        categories,
        status,
        steps,
        largest_miss,
        is_trimmed,
        wave.notes,
    )


def _categories(
    wave: _Wave, answers: FloatArray
) -> tuple[NDArray[np.bool_], dict[str, dict[str, str]]]:
    """Count customers by dimension, join thin categories, and say which cells have customers."""
    known, names = np.ones(len(wave.cells), bool), {}
    people = wave.cells["n_population"].to_numpy(np.float64)
    for dimension in wave.method.margins:
        codes = wave.codes(dimension)
        counted = _counted(codes, people)
        margin = {
            str(name): float(n) for name, n in wave.margins.get(dimension, counted).items() if n > 0
        }
        if not margin:
            wave.notes.append(f"{dimension}: no customers are known")
            continue
        wave.margins[dimension] = margin
        is_known = np.array([code in margin for code in codes])
        known &= is_known
        hits = _counted(codes, answers * is_known)
        order = wave.method.orders.get(dimension, ())
        joined = collapsed(margin, hits, wave.method.least, wave.method.limits[1], order)
        for name in sorted({new for old, new in joined.items() if new != old}):
            wave.notes.append(f"{dimension}: {name}")
        if len(set(joined.values())) > 1:
            names[dimension] = joined
    return known, names


def _numbers(wave: _Wave) -> Numbers:
    """Return the normal score of each cell by every behaviour, and the mean of the customers."""
    people, found = wave.cells["n_population"].to_numpy(np.float64), {}
    for behaviour in wave.method.behaviours:
        codes = wave.codes(behaviour)
        scores = normal_scores(_counted(codes, people))
        of_cells = np.array([scores[code] for code in codes])
        if not np.any(of_cells * people):
            wave.notes.append(f"{behaviour}: no customers are known")
            continue
        found[behaviour] = of_cells, float((of_cells * people).sum() / people.sum())
    return found


Numbers = dict[str, tuple[FloatArray, float]]


def _raked(
    wave: _Wave,
    names: dict[str, dict[str, str]],
    numbers: Numbers,
    inside: NDArray[np.bool_],
    factors: FloatArray,
) -> tuple[FloatArray, list[str], FloatArray, NDArray[np.bool_], int, float]:
    """Rake to as many dimensions as can be met, and then to numbers; the last are left out first.

    A number is left out, too, where more factors would be held at a limit than without it.
    """
    design = wave.cells["design"].to_numpy(np.float64)[inside]
    whole, best = float(design.sum()), None
    met = _Margins.of(wave, names, {}, inside)
    while names and best is None:
        try:
            best = bounded(design, met.x, met.goal * whole, wave.method.limits)
        except NoWeightsError:
            last = list(names)[-1]
            wave.notes.append(f"{last}: left out, since no weights meet all margins")
            del names[last]
            met = _Margins.of(wave, names, {}, inside)
    least_held = int(best[2].sum()) if best else 0
    while numbers:
        with_numbers = _Margins.of(wave, names, numbers, inside)
        try:
            found = bounded(design, with_numbers.x, with_numbers.goal * whole, wave.method.limits)
            if found[2].sum() <= least_held:
                best, met = found, with_numbers
                break
        except NoWeightsError:
            pass
        last = list(numbers)[-1]
        wave.notes.append(f"{last}: left out, since no weights within the limits meet all margins")
        del numbers[last]
    k = len(wave.cells)
    if best is None:
        return factors, ["[]"] * k, np.zeros(k), np.zeros(k, bool), 0, 0.0
    of_cells, steps, held = best
    miss = (met.x.T @ (design * of_cells) / whole - met.goal) / met.scale
    factors, categories = factors.copy(), np.full(k, "[]", dtype=object)
    factors[inside], categories[inside] = of_cells, met.cells
    leverages, is_trimmed = np.zeros(k), np.zeros(k, bool)
    leverages[inside], is_trimmed[inside] = leverage(design, met.x), held
    return factors, list(categories), leverages, is_trimmed, steps, float(np.abs(miss).max())


@dataclass(frozen=True)
class _Margins:
    """What the cells of a wave are raked to.

    Attributes
    ----------
    x : (k, p) array
    goal : (p,) array
        Means of x over the customers.
    scale : (p,) array
        What a miss is a part of: the share of a category, a standard deviation of a number.
    cells : list of str
        JSON list of the categories and numbers of each cell.
    """

    x: FloatArray
    goal: FloatArray
    scale: FloatArray
    cells: list[str]

    @classmethod
    def of(
        cls,
        wave: _Wave,
        names: Mapping[str, Mapping[str, str]],
        numbers: Numbers,
        inside: NDArray[np.bool_],
    ) -> _Margins:
        codes = [
            [joined[code] for code, here in zip(wave.codes(name), inside, strict=True) if here]
            for name, joined in names.items()
        ]
        x, columns = dummies(codes) if codes else (np.ones((int(inside.sum()), 1)), [])
        shares = [
            _shares(wave.margins[name], names[name], known)
            for name, known in zip(names, columns, strict=True)
        ]
        share = np.concatenate(shares) if shares else np.ones(1)
        scores = [of_cells[inside] for of_cells, _ in numbers.values()]
        return cls(
            np.column_stack([x, *scores]),
            np.append(share, [mean for _, mean in numbers.values()]),
            np.append(share, np.ones(len(numbers))),
            [
                json.dumps(cell, ensure_ascii=False)
                for cell in zip(*codes, *(column.tolist() for column in scores), strict=True)
            ],
        )


def _counted(codes: Sequence[str], numbers: FloatArray) -> dict[str, float]:
    sums = dict.fromkeys(codes, 0.0)
    for code, number in zip(codes, numbers, strict=True):
        sums[code] += float(number)
    return sums


def _shares(margin: Margin, joined: Mapping[str, str], categories: list[str]) -> FloatArray:
    sums = dict.fromkeys(categories, 0.0)
    for name, n in margin.items():
        # all respondents of a category may have another dimension of which no customers are known
        if joined[name] in sums:
            sums[joined[name]] += n
    return np.array(list(sums.values())) / sum(sums.values())


#: columns of the method table population_margins
MARGINS = ("survey_id", "dimension", "value", "n_customers", "share")
#: columns of the method table segments
SEGMENTS = ("segment_type", "segment_value", "lower_bound", "upper_bound")
ANY_SURVEY = "*"
COUNTS = ("n_population", "n_respondents", "design")
KEYS = ("survey_id", "is_anonymous")


def dimensions(written: Sequence[str] | str, cells: pd.DataFrame) -> tuple[str, ...]:
    """Read what waves are weighted by, of which cells have the columns.

    Parameters
    ----------
    written : sequence of str, or str
        The var weight_by, else segment_by.
    cells : DataFrame
        As of `weights`.
    """
    named = [written] if isinstance(written, str) else list(dict.fromkeys(written))
    return tuple(name for name in named if set(name.split(CROSS)) <= set(cells))


def known_margins(rows: pd.DataFrame, survey: str) -> dict[str, Margin]:
    """Read the margins of a wave from the method table; rows of its own win by dimension.

    Parameters
    ----------
    rows : DataFrame
        MARGINS, all text; n_customers or share.
    survey : str

    Returns
    -------
    dict of str to mapping of str to float
        Customers, or shares of them, by category of each dimension.
    """
    found: dict[str, Margin] = {}
    for wanted in (ANY_SURVEY, survey):
        for dimension, of_one in rows[rows["survey_id"] == wanted].groupby("dimension"):
            counts = of_one["n_customers"].fillna(of_one["share"])
            found[str(dimension)] = {
                str(value): float(n) for value, n in zip(of_one["value"], counts, strict=True)
            }
    return found


def weights(cells: pd.DataFrame, method: Method, margins: pd.DataFrame) -> pd.DataFrame:
    """Weight the respondents of every wave.

    Parameters
    ----------
    cells : DataFrame
        KEYS, a column per segment type and behaviour that waves are weighted by, and COUNTS.
        Anonymous respondents are never raked.
    method : Method
    margins : DataFrame
        The method table population_margins.

    Returns
    -------
    DataFrame
        The columns of cells and, of each of them, factor, leverage, weighting_cell and is_trimmed
        of `Found`; of its whole wave status, n_steps, largest_miss and notes.

    Raises
    ------
    SatisfactionError
        If margins are of a dimension that nobody is weighted by.
    """
    for dimension in sorted(set(margins["dimension"]) - {"stratum", *method.margins}):
        require(
            method.name == "given",
            "respondents are not weighted by it",
            f"Use stratum or {', '.join(method.margins) or 'none'}, or change the var weight_by",
            "population_margins",
            "dimension",
            dimension,
        )
    _require_known_values(cells, method, margins)
    types = [str(name) for name in cells if name not in (*KEYS, *COUNTS)]
    order = cells.sort_values([*KEYS, *types], ignore_index=True)
    parts = []
    for survey, of_wave in order.groupby("survey_id", sort=True):
        found = wave_weights(of_wave, method, known_margins(margins, str(survey)))
        parts.append(
            of_wave.assign(
                factor=found.factors,
                leverage=found.leverages,
                weighting_cell=found.categories,
                is_trimmed=found.is_trimmed,
                status=found.status,
                n_steps=found.steps,
                largest_miss=found.largest_miss,
                notes="; ".join(found.notes),
            )
        )
    none = dict.fromkeys((*_FOUND,))
    whole = pd.concat(parts) if parts else order.assign(**none)
    texts = dict.fromkeys(["survey_id", *types], "string")
    return whole[whole["n_respondents"] > 0].astype(texts | _FOUND)


def _require_known_values(cells: pd.DataFrame, method: Method, margins: pd.DataFrame) -> None:
    """Stop for a value that nobody has, where respondents have one that no customers have."""
    for dimension in method.margins:
        values = set(margins.loc[margins["dimension"] == dimension, "value"])
        codes = pd.Series(_codes(cells, dimension), index=cells.index, dtype=object)
        nobody = sorted(values - set(codes))
        missing = sorted(set(codes[(cells["n_respondents"] > 0) & ~cells["is_anonymous"]]) - values)
        missing = [value for value in missing if "unknown" not in value]
        require(
            not (nobody and missing),
            f"nobody has this value, and {', '.join(missing)}, which respondents have, has no row",
            "Correct the value",
            "population_margins",
            "value",
            f"{dimension} | {', '.join(nobody)}",
        )


_FOUND = {
    **{"factor": "float64", "leverage": "float64", "weighting_cell": "string"},
    **{"is_trimmed": "bool", "status": "string", "n_steps": "int64"},
    **{"largest_miss": "float64", "notes": "string"},
}
