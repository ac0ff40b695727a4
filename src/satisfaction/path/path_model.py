"""The path model of the national satisfaction indices: PLS path modelling on correlation matrices.

Partial least squares path modelling needs the correlations of the items and nothing else, so no row
of a respondent is fetched. Every function works on stacks of matrices: R has the shape (..., p, p),
and every draw of a bootstrap is estimated at once.

A construct (latent variable) is measured by its block of items: the sum of w_i x_i, standardised.
Signs are never constrained. A construct and its negative fit equally well: the one is taken with
which more of its items go up than down.

References
----------
Wold (1982), Soft modeling: the basic design and some extensions, in: Systems under Indirect
Observation II: the algorithm.
Lohmoeller (1989), Latent Variable Path Modeling with Partial Least Squares: modes and schemes.
Tenenhaus, Esposito Vinzi, Chatelin and Lauro (2005), PLS path modeling, Computational Statistics
and Data Analysis 48 (1): communality, redundancy, goodness of fit, the index.
Fornell et al. (1996), The American Customer Satisfaction Index, Journal of Marketing 60 (4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from satisfaction.core.errors import check_option
from satisfaction.core.moments import LEAST_PIVOT, FloatArray, solve

SCALINGS = ("standardised", "raw")
SCHEMES = ("path", "factorial", "centroid")
WHOLE = "model"  # stands for the block where a figure is of the whole model
TOLERANCE = 1e-8  # of the weights of standardised items, from one iteration to the next
MOST_ITERATIONS = 300

Label = tuple[str, str, str, str]
"""kind, from_id, to_id, via"""


@dataclass(frozen=True)
class Model:
    """Which items measure which construct, and which construct acts on which.

    Attributes
    ----------
    blocks : mapping of str to sequence of str
        The items of every block.
    links : sequence of (str, str)
        From a block to one that it acts on; without a cycle.
    formative : collection of str
        Blocks in mode B: the items make the construct. All others are in mode A: they reflect it.
    """

    blocks: Mapping[str, Sequence[str]]
    links: Sequence[tuple[str, str]]
    formative: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The k blocks, causes before effects."""
        causes: dict[str, set[str]] = {block: set() for block in sorted(self.blocks)}
        for cause, effect in self.links:
            causes[effect].add(cause)
        return tuple(TopologicalSorter(causes).static_order())

    @cached_property
    def items(self) -> tuple[str, ...]:
        """The p items, block by block: the order of rows and columns of R."""
        return tuple(item for block in self.names for item in self.blocks[block])

    @cached_property
    def at(self) -> tuple[slice, ...]:
        """Where the items of each block stand."""
        ends = np.cumsum([0, *(len(self.blocks[block]) for block in self.names)]).tolist()
        return tuple(slice(*pair) for pair in zip(ends, ends[1:], strict=False))

    @cached_property
    def arrows(self) -> NDArray[np.bool_]:
        """Entry (i, j): whether block i acts on block j, (k, k); above the diagonal only."""
        arrows = np.zeros((len(self.names), len(self.names)), dtype=bool)
        for cause, effect in self.links:
            arrows[self.names.index(cause), self.names.index(effect)] = True
        return arrows

    def routes(self) -> Iterator[tuple[int, ...]]:
        """Every route over at least one block between."""
        open_routes: list[tuple[int, ...]] = [(i,) for i in range(len(self.names))]
        while open_routes:
            route = open_routes.pop(0)
            for after in np.flatnonzero(self.arrows[route[-1]]).tolist():
                if len(route) > 1:
                    yield (*route, after)
                open_routes.append((*route, after))


@dataclass(frozen=True)
class Fit:
    """What the algorithm found, for every matrix of the stack.

    Attributes
    ----------
    weights : (..., p) array
        w with var(Y) = 1, for standardised items. NaN where items of a formative block, or causes
        of a construct, are collinear, or the weights had not settled.
    cross_loadings : (..., p, k) array
        Correlations of items with constructs.
    correlations : (..., k, k) array
        Correlations of the constructs.
    paths : (..., k, k) array
        Entry (i, j): coefficient of construct i in the regression of construct j; 0 without a link.
    r_squared : (..., k) array
        Share of the variance of each construct that its causes explain, 0-1; NaN without any.
    """

    weights: FloatArray
    cross_loadings: FloatArray
    correlations: FloatArray
    paths: FloatArray
    r_squared: FloatArray


def fit(
    r: FloatArray,
    model: Model,
    scheme: str = "path",
    tolerance: float = TOLERANCE,
    variances: FloatArray | None = None,
) -> Fit:
    """Estimate the model from correlations.

    Parameters
    ----------
    r : (..., p, p) array
        Correlations of `model.items`.
    model : Model
    scheme : str
        How a construct looks at its neighbours while the weights are sought: centroid (the sign of
        the correlation), factorial (the correlation), path (regression on causes, correlation with
        effects).
    tolerance : float
        Weights have settled when none changes by more in an iteration.
    variances : (..., p) array or None
        Of the items, for the raw metric: in reflective blocks items then count by their covariance
        with what the neighbours say, as asked and not standardised, and those that vary more weigh
        more. The weights found are still those of standardised items.

    Raises
    ------
    SatisfactionError
        If the scheme is not known.
    """
    check_option("path_scheme", scheme, SCHEMES)
    shape, p = r.shape[:-2], r.shape[-1]
    stack = np.ascontiguousarray(r, dtype=float).reshape(-1, p, p)
    raw = None if variances is None else np.asarray(variances, dtype=float).reshape(-1, p)
    weights = _settled_weights(stack, model, scheme, tolerance, raw)
    correlations, cross = _constructs(stack, weights, model)
    own = _own(cross, model)
    sign = np.stack([_sign(own[:, at]) for at in model.at], axis=-1)
    weights *= np.repeat(sign, [at.stop - at.start for at in model.at], axis=-1)
    cross *= sign[:, None, :]
    correlations *= sign[:, :, None] * sign[:, None, :]
    paths, r_squared = _regressions(correlations, model)
    k = len(model.names)
    return Fit(
        weights.reshape(*shape, p),
        cross.reshape(*shape, p, k),
        correlations.reshape(*shape, k, k),
        paths.reshape(*shape, k, k),
        r_squared.reshape(*shape, k),
    )


def _settled_weights(
    r: FloatArray, model: Model, scheme: str, tolerance: float, variances: FloatArray | None
) -> FloatArray:
    """Weights (n, p) of Wold's iteration; NaN where they do not settle."""
    formative = [name in model.formative for name in model.names]
    weights = _standardised(r, np.ones(r.shape[:2]), model)
    found = np.full(weights.shape, np.nan)
    running = np.arange(len(r))
    if variances is None:
        variances = np.ones(weights.shape)
    for _ in range(MOST_ITERATIONS):
        correlations, cross = _constructs(r, weights, model)
        inner = _inner_weights(correlations, model, scheme)
        # covariances of the items with what the neighbours say of their construct
        outer = np.concatenate(
            [(cross[:, at, :] @ inner[:, :, j, None])[..., 0] for j, at in enumerate(model.at)],
            axis=-1,
        )
        for j, at in enumerate(model.at):
            if formative[j]:
                outer[:, at] = solve(r[:, at, at], outer[:, at])
            else:
                # one deviation for the covariance, one because the weight is of the item over it
                outer[:, at] *= variances[:, at]
        outer = _standardised(r, outer, model)
        # the sum of products never turns negative, so that signs do not swing to and fro
        change = np.abs(outer - weights).max(axis=-1)
        settled = change < tolerance
        found[running[settled]] = outer[settled]
        weights = outer
        going_on = change >= tolerance  # neither settled nor NaN
        if not going_on.all():
            r, weights, running = r[going_on], weights[going_on], running[going_on]
            variances = variances[going_on]
        if not len(running):
            break
    return found


def _standardised(r: FloatArray, weights: FloatArray, model: Model) -> FloatArray:
    """Scale the weights (n, p) so that every construct has the variance 1."""
    scaled = np.empty(weights.shape)
    for at in model.at:
        w = weights[:, at]
        variance = (w * (r[:, at, at] @ w[..., None])[..., 0]).sum(axis=-1)
        scaled[:, at] = w / np.sqrt(np.where(variance > 0, variance, np.nan))[:, None]
    return scaled


def _constructs(r: FloatArray, weights: FloatArray, model: Model) -> tuple[FloatArray, FloatArray]:
    """Correlations of the constructs (n, k, k), and of the items with them (n, p, k)."""
    spread = np.zeros((*weights.shape, len(model.names)))
    for j, at in enumerate(model.at):
        spread[:, at, j] = weights[:, at]
    cross = r @ spread
    return spread.swapaxes(-1, -2) @ cross, cross


def _own(cross: FloatArray, model: Model) -> FloatArray:
    """Correlations of the items with their own construct, (..., p)."""
    return np.concatenate([cross[..., at, j] for j, at in enumerate(model.at)], axis=-1)


def _sign(loadings: FloatArray) -> FloatArray:
    """-1 where more of the loadings (n, m) are negative, of equals where their sum is; else 1."""
    return np.where(np.sign(loadings).sum(axis=-1) + loadings.mean(axis=-1) < 0, -1.0, 1.0)


def _inner_weights(correlations: FloatArray, model: Model, scheme: str) -> FloatArray:
    """Entry (i, j): how much construct i counts in what the neighbours say of construct j."""
    linked = model.arrows | model.arrows.T
    if scheme == "centroid":
        return np.where(linked, np.sign(correlations), 0.0)
    if scheme == "factorial":
        return np.where(linked, correlations, 0.0)
    causes, _ = _regressions(correlations, model)
    return np.asarray(causes + np.where(model.arrows.T, correlations, 0.0))


def _regressions(correlations: FloatArray, model: Model) -> tuple[FloatArray, FloatArray]:
    """Regress every construct on its causes: coefficients (n, k, k) and R squared (n, k)."""
    paths = np.zeros(correlations.shape)
    r_squared = np.full(correlations.shape[:-1], np.nan)
    for j in range(len(model.names)):
        causes = np.flatnonzero(model.arrows[:, j])
        if len(causes):
            shared = correlations[:, causes, j]
            paths[:, causes, j] = solve(correlations[:, causes[:, None], causes], shared)
            # never below 0 but for rounding
            r_squared[:, j] = np.maximum((paths[:, causes, j] * shared).sum(axis=-1), 0.0)
    return paths, r_squared


def total_effects(paths: FloatArray) -> FloatArray:
    """Sum over all routes of the products of their paths: P + P^2 + ..., (..., k, k)."""
    total = step = paths
    for _ in range(paths.shape[-1] - 2):
        step = step @ paths
        total = total + step
    return total


def index(
    weights: FloatArray, means: FloatArray, sds: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Index of one construct, 0-100.

    Parameters
    ----------
    weights, means, sds : (..., m) arrays
        Of the items of its block: weights of the standardised items, and what these were.
    low, high : (m,) arrays
        Ends of their scales.

    Returns
    -------
    (...) array
        With u = w / sd, the weights of the items as they were asked:
        100 (sum u mean - sum u low) / sum u (high - low). On one scale for all items this is the
        published 100 (sum u mean - low sum u) / ((high - low) sum u). Negative weights may take it
        beyond 0 and 100; NaN where the weights cancel out.
    """
    unscaled = weights / sds
    width = (unscaled * (high - low)).sum(axis=-1)
    width = np.where(np.abs(width) > LEAST_PIVOT, width, np.nan)
    return np.asarray(100 * (unscaled * (means - low)).sum(axis=-1) / width)


def figures(
    fit: Fit,
    r: FloatArray,
    means: FloatArray,
    sds: FloatArray,
    scales: FloatArray,
    model: Model,
) -> dict[Label, FloatArray]:
    """Everything that is published of a fitted model.

    Parameters
    ----------
    fit : Fit
    r : (..., p, p) array
        What it was fitted to.
    means, sds : (..., p) arrays
        Of the items.
    scales : (2, p) array
        Lowest and highest value of each item's scale.
    model : Model

    Returns
    -------
    dict of Label to (...) array
        See docs/methods/path/path-model.md for every kind.
    """
    found: dict[Label, FloatArray] = {}
    loadings = _own(fit.cross_loadings, model)
    communalities = loadings**2
    endogenous = np.asarray(model.arrows.any(axis=0))
    for j, (block, at) in enumerate(zip(model.names, model.at, strict=True)):
        for i, item in enumerate(model.items[at], start=at.start):
            found["weight", block, item, ""] = fit.weights[..., i]
            found["loading", block, item, ""] = loadings[..., i]
            found["communality", block, item, ""] = communalities[..., i]
        mean_communality = communalities[..., at].mean(axis=-1)
        found["communality", block, block, ""] = mean_communality
        if endogenous[j]:
            found["r_squared", block, block, ""] = fit.r_squared[..., j]
            found["redundancy", block, block, ""] = fit.r_squared[..., j] * mean_communality
        found["index", block, block, ""] = index(
            fit.weights[..., at], means[..., at], sds[..., at], *scales[:, at]
        )
    found |= _reliability(r, loadings, model) | _effects(fit, model)
    several = [at for at in model.at if at.stop - at.start > 1] or list(model.at)
    shared = np.concatenate([communalities[..., at] for at in several], axis=-1).mean(axis=-1)
    explained = fit.r_squared[..., endogenous].mean(axis=-1)
    found["gof", WHOLE, WHOLE, ""] = np.sqrt(shared * explained)
    return found


def _reliability(r: FloatArray, loadings: FloatArray, model: Model) -> dict[Label, FloatArray]:
    """How well the items of reflective blocks hang together, and how far blocks stand apart."""
    found: dict[Label, FloatArray] = {}
    within: dict[int, FloatArray] = {}
    for j, (block, at) in enumerate(zip(model.names, model.at, strict=True)):
        m = at.stop - at.start
        if block in model.formative or m < 2:
            continue
        pairs = np.triu_indices(m, 1)
        own, inside = loadings[..., at], r[..., at, at][..., pairs[0], pairs[1]]
        mean = inside.mean(axis=-1)
        common = own.sum(axis=-1) ** 2
        found["standardised_alpha", block, block, ""] = m * mean / (1 + (m - 1) * mean)
        found["composite_reliability", block, block, ""] = common / (
            common + (1 - own**2).sum(axis=-1)
        )
        found["ave", block, block, ""] = (own**2).mean(axis=-1)
        within[j] = np.abs(inside).mean(axis=-1)
    for i, j in combinations(within, 2):
        between = np.abs(r[..., model.at[i], model.at[j]]).mean(axis=(-1, -2))
        found["htmt", model.names[i], model.names[j], ""] = between / np.sqrt(within[i] * within[j])
    return found


def _effects(fit: Fit, model: Model) -> dict[Label, FloatArray]:
    """Correlations, paths, total and indirect effects, and the effect along every route."""
    found: dict[Label, FloatArray] = {}
    names, total = model.names, total_effects(fit.paths)
    reached = total_effects(model.arrows.astype(float))
    for i, j in combinations(range(len(names)), 2):
        found["correlation", names[i], names[j], ""] = fit.correlations[..., i, j]
        if model.arrows[i, j]:
            found["path", names[i], names[j], ""] = fit.paths[..., i, j]
        if reached[i, j] > 0:
            found["total_effect", names[i], names[j], ""] = total[..., i, j]
    for route in model.routes():
        first, *between, last = (names[block] for block in route)
        along = np.prod([fit.paths[..., a, b] for a, b in zip(route, route[1:], strict=False)], 0)
        found["mediation", first, last, " > ".join(between)] = along
        through = found.get(("indirect_effect", first, last, ""), 0.0)
        found["indirect_effect", first, last, ""] = through + along
    return found
