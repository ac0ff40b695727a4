"""Analytic hierarchy process (层次分析法): weights and consistency of judgement matrices.

A judgement matrix (判断矩阵) is a positive reciprocal array a of shape (n, n): a[i, j] says how
many times more node i matters than node j, a[j, i] = 1 / a[i, j]; NaN is a missing judgement.
Functions that take matrices of shape (..., n, n) treat each one alone. Weights sum to 1. The
sources are listed in full in docs/methods/weights/ahp.md.
"""

import unicodedata
from itertools import combinations
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from satisfaction.core.errors import check_option, require

Array = NDArray[np.float64]
Cells = NDArray[np.intp]
Priority = Literal["eigenvector", "geometric_mean"]
RandomIndex = Literal["alonso-lamata", "saaty", "saaty-2005"]

SCALE_MAX = 9.0  # Saaty's scale runs from 1/9 to 9
RANDOM_INDEX = {  # by n, from n = 1
    "alonso-lamata": (0.0, 0.0, 0.5247, 0.8816, 1.1086, 1.2479, 1.3417, 1.4057, 1.4499, 1.4854)
    + (1.5140, 1.5365, 1.5551, 1.5713, 1.5838),
    "saaty": (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
    + (1.51, 1.48, 1.56, 1.57, 1.59),
    "saaty-2005": (0.0, 0.0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49)
    + (1.52, 1.54, 1.56, 1.58, 1.59),
}
OR_EQUAL = "or set weight_source: equal"
_CHUNK = 2048  # matrices worked on at once: few enough for the processor's cache


def parse_judgement(value: Any, key: str | None = None) -> float:
    """Read one judgement on Saaty's scale: "3", "1/3" or 3.0, in full-width digits too.

    ``key`` names the row in the error. Raises SatisfactionError when the value is blank, not a
    number, zero, negative or off the scale from 1/9 to 9 (Saaty 1977).
    """
    text = unicodedata.normalize("NFKC", str(value)).strip()
    top, slash, bottom = text.partition("/")
    try:
        ratio = float(top) / float(bottom) if slash else float(top)
    except (ValueError, ZeroDivisionError):
        ratio = float("nan")
    # a little room, so that 1/9 written out with many decimals is on the scale
    right = 1 / SCALE_MAX - 1e-9 <= ratio <= SCALE_MAX + 1e-9
    what = f"{text!r} is not a judgement on Saaty's scale from 1/9 to 9"
    fix = "Write 1 to 9, or a fraction such as 1/3 when the right node matters more"
    require(right, what, fix, "ahp_judgements", "judgement", key)
    return ratio


def random_index(n: int, table: RandomIndex = "alonso-lamata") -> float:
    """Random index RI (平均随机一致性指标): the mean CI of random judgement matrices of size n.

    "alonso-lamata": simulated up to n = 15, their fit (1.7699 n - 4.3513) / (n - 1) beyond (Alonso
    and Lamata 2006); "saaty": his table, which ends at n = 15 (Saaty 1980); "saaty-2005": his later
    one (Saaty 2005, Theory and Applications of the Analytic Network Process, p. 31). 0 for n <= 2.
    Raises SatisfactionError for another table, or a matrix that is too large for Saaty's.
    """
    check_option("ahp_random_index", table, tuple(RANDOM_INDEX))
    if n <= len(RANDOM_INDEX[table]):
        return RANDOM_INDEX[table][n - 1]
    what = f"Saaty's random index ends at 15 nodes, this matrix has {n}"
    fix = "Split the parent node, or use alonso-lamata"
    require(table == "alonso-lamata", what, fix, "vars", "ahp_random_index")
    return (1.7699 * n - 4.3513) / (n - 1)


def eigenvector_weights(matrices: ArrayLike) -> tuple[Array, Array]:
    """Principal right eigenvector (特征向量法) and λmax of complete judgement matrices.

    Power iteration: it only adds and multiplies positive numbers, which keeps every weight exact to
    rounding, and runs through thousands of matrices at once (Saaty 1977, 2003).

    Parameters
    ----------
    matrices : array of shape (..., n, n)
        Raises SatisfactionError when a cell is missing, zero or negative.

    Returns
    -------
    weights, lambda_max : arrays of shapes (..., n) and (...)
    """
    stack = _positive(matrices)
    n = stack.shape[-1]
    flat = stack.reshape(-1, n, n)
    weights, lambda_max = np.empty((len(flat), n)), np.empty(len(flat))
    for start in range(0, len(flat), _CHUNK):
        part = slice(start, start + _CHUNK)
        # matrices last: the inner loops run along the many matrices, not along the few nodes
        block = np.ascontiguousarray(np.moveaxis(flat[part], 0, -1))
        found, lambda_max[part] = _power_iteration(block)
        weights[part] = found.T
    return weights.reshape(stack.shape[:-1]), lambda_max.reshape(stack.shape[:-2])


def _power_iteration(block: Array) -> tuple[Array, Array]:
    """Weights (n, m) and λmax (m,) of m matrices laid out as (n, n, m)."""
    power = block
    for _ in range(3):  # the eighth power converges eight times as fast
        power = np.einsum("ijm,jkm->ikm", power, power)
        power /= power.max(axis=(0, 1))
    weights = power.sum(axis=1)
    for _ in range(1000):
        before = weights / weights.sum(axis=0)
        weights = np.einsum("ijm,jm->im", power, np.einsum("ijm,jm->im", power, before))
        weights /= weights.sum(axis=0)
        if np.max(np.abs(weights / before - 1.0)) < 1e-14:
            break
    step = np.einsum("ijm,jm->im", block, weights)
    lambda_max = step.sum(axis=0)
    return step / lambda_max, np.maximum(lambda_max, len(block))


def geometric_mean_weights(matrices: ArrayLike) -> Array:
    """Row geometric means (几何平均法) of complete matrices (..., n, n), to (..., n).

    Source: Crawford and Williams 1985. Raises SatisfactionError as eigenvector_weights does.
    """
    means = np.exp(np.log(_positive(matrices)).mean(axis=-1))
    return np.asarray(means / means.sum(axis=-1, keepdims=True))


def least_squares_weights(matrix: ArrayLike) -> Array:
    """Logarithmic least squares weights (n,) of one matrix (n, n) whose judgements connect it.

    The row geometric mean when nothing is missing. The normal equations are the Laplacian of the
    graph of the known judgements (Bozóki, Fülöp and Rónyai 2010).
    """
    a = np.asarray(matrix, dtype=np.float64)
    known = ~np.isnan(a) & ~np.eye(len(a), dtype=bool)
    laplacian = np.diag(known.sum(axis=1)) - known.astype(np.float64)
    # the Laplacian is singular along the ones; adding 1/n to every cell sets the mean log to 0
    sums = np.log(np.where(known, a, 1.0)).sum(axis=1)
    weights = np.exp(np.linalg.solve(laplacian + 1.0 / len(a), sums))
    return np.asarray(weights / weights.sum())


def consistency(
    lambda_max: ArrayLike, n: int, table: RandomIndex = "alonso-lamata"
) -> tuple[Array, float, Array]:
    """Consistency index CI (一致性指标), RI, and consistency ratio CR (一致性比率) for size n.

    CI = (λmax - n) / (n - 1), CR = CI / RI, each of λmax's shape; 0 for n <= 2 (Saaty 1977).
    """
    ri = random_index(n, table)
    lam = np.asarray(lambda_max, dtype=np.float64)
    if n <= 2:
        return np.zeros_like(lam), ri, np.zeros_like(lam)
    ci = np.where(lam - n < 1e-12, 0.0, lam - n) / (n - 1)  # rounding is not inconsistency
    return ci, ri, ci / ri


def components(matrix: ArrayLike) -> list[list[int]]:
    """List the groups of nodes that known judgements connect, sorted."""
    known = ~np.isnan(np.asarray(matrix, dtype=np.float64))
    groups, left = [], set(range(len(known)))
    while left:
        group: set[int] = set()
        border = {min(left)}
        while border:
            group |= border
            border = {int(j) for i in border for j in np.flatnonzero(known[i])} - group
        groups.append(sorted(group))
        left -= group
    return groups


def complete(matrix: ArrayLike, names: list[str] | None = None, key: str | None = None) -> Array:
    """Fill the missing judgements so that λmax is as small as it can be.

    λmax is strictly convex in the logarithms of the missing cells when the known ones connect all
    nodes, so that the completion is unique (Bozóki, Fülöp and Rónyai 2010). Newton's method, from
    the least squares completion. Filled cells may lie outside 1/9 to 9.

    Raises SatisfactionError when the known judgements leave nodes unconnected; it names them, by
    ``names``, and the row, by ``key``.
    """
    a = np.array(matrix, dtype=np.float64)
    groups = [[names[i] if names else str(i) for i in group] for group in components(a)]
    what = "no judgement links " + " with ".join("{" + ", ".join(g) + "}" for g in groups)
    fix = f"Add a judgement that links {groups[0][0]} and {groups[-1][0]}, {OR_EQUAL}"
    require(len(groups) == 1, what, fix, "ahp_judgements", key=key)
    i, j = np.nonzero(np.triu(np.isnan(a)))
    if not len(i):
        return a
    logs = np.log(least_squares_weights(a))
    x = logs[i] - logs[j]
    for _ in range(100):
        value, gradient, hessian = _lambda_derivatives(_filled(a, i, j, x), i, j)
        step = np.linalg.solve(hessian, -gradient)
        gain = float(-gradient @ step)
        # far from the optimum a full step may overshoot; near it rounding would fool the test
        while gain > 1e-9 and _lambda(_filled(a, i, j, x + step)) > value - gain / 4:
            step, gain = step / 2, gain / 2
        x = x + step
        if np.abs(step).max() < 1e-12:
            break
    return _filled(a, i, j, x)


def _filled(a: Array, i: Cells, j: Cells, logs: Array) -> Array:
    """Put exp(logs) into the cells (i, j) and the reciprocals into (j, i)."""
    full = a.copy()
    full[i, j], full[j, i] = np.exp(logs), np.exp(-logs)
    return full


def _lambda(a: Array) -> float:
    return float(eigenvector_weights(a)[1])


def _lambda_derivatives(a: Array, i: Cells, j: Cells) -> tuple[float, Array, Array]:
    """λmax, its gradient (m,) and Hessian (m, m) in the logarithms of the cells (i, j)."""
    n, m = len(a), np.arange(len(i))
    (v, u), (lam, _) = eigenvector_weights(np.stack([a, a.T]))
    u = u / (u @ v)
    forth, back = u[i] * a[i, j] * v[j], u[j] * a[j, i] * v[i]
    # columns dA v and dAᵀu for each missing pair; the group inverse of λI - A joins them
    right, left = np.zeros((n, len(i))), np.zeros((n, len(i)))
    right[i, m], right[j, m] = a[i, j] * v[j], -a[j, i] * v[i]
    left[j, m], left[i, m] = u[i] * a[i, j], -u[j] * a[j, i]
    projector = np.outer(v, u)
    cross = left.T @ (np.linalg.inv(lam * np.eye(n) - a + projector) - projector) @ right
    return float(lam), forth - back, cross + cross.T + np.diag(forth + back)


def priorities(
    matrix: ArrayLike,
    method: Priority = "eigenvector",
    names: list[str] | None = None,
    key: str | None = None,
) -> tuple[Array, float]:
    """Weights (n,) and λmax of one matrix, completed first when judgements are missing.

    λmax is that of the matrix, or of its best completion, whichever method gives the weights.
    """
    check_option("ahp_priority", method, ("eigenvector", "geometric_mean"))
    weights, lambda_max = eigenvector_weights(complete(matrix, names, key))
    if method == "geometric_mean":
        weights = least_squares_weights(matrix)
    return weights, float(lambda_max)


def aggregate_judgements(matrices: ArrayLike, expert_weights: ArrayLike) -> Array:
    """Join experts' matrices (k, n, n) by the weighted geometric mean of each judgement (AIJ).

    In each cell the expert weights (k,) are renormalised over those who judged it; a cell that
    nobody with a positive weight judged is NaN (Aczél and Saaty 1983).
    """
    a = np.asarray(matrices, dtype=np.float64)
    share = np.asarray(expert_weights, dtype=np.float64)[:, None, None] * ~np.isnan(a)
    total = share.sum(axis=0)
    logs = (share * np.log(np.where(np.isnan(a), 1.0, a))).sum(axis=0)
    return np.where(total > 0, np.exp(logs / np.where(total > 0, total, 1.0)), np.nan)


def aggregate_priorities(weights: ArrayLike, expert_weights: ArrayLike) -> Array:
    """Join experts' weights (k, n) by their weighted geometric mean, normalised to 1 (AIP).

    Expert weights (k,) need not sum to 1 (Forman and Peniwati 1998).
    """
    share = np.asarray(expert_weights, dtype=np.float64)
    means = np.exp(share @ np.log(np.asarray(weights, dtype=np.float64)) / share.sum())
    return np.asarray(means / means.sum())


class Doubt(NamedTuple):
    """A judgement to look at again: its cell, what the weights suggest, and what that changes."""

    i: int
    j: int
    judgement: float
    exact_ratio: float  # w_i / w_j
    suggested_judgement: float  # exact_ratio on Saaty's scale
    disagreement: float  # how many times the judgement is off exact_ratio, from 1 up
    cr_if_changed: float  # CR if this judgement alone took suggested_judgement


def nearest_judgement(ratio: float) -> float:
    """Nearest value on Saaty's scale: the larger side rounded to a whole number, at most 9."""
    whole = min(float(np.floor(max(ratio, 1.0 / ratio) + 0.5)), SCALE_MAX)
    return whole if ratio >= 1 else 1.0 / whole


def review(
    matrix: ArrayLike, weights: ArrayLike, table: RandomIndex = "alonso-lamata"
) -> list[Doubt]:
    """Judgements of a matrix (n, n), those that disagree most with its weights (n,) first.

    A judgement that already is the scale's nearest value to w_i / w_j is left out. Nothing is
    changed: the experts decide (the comparison of a_ij with w_i / w_j: Saaty 2003).
    """
    a, w = np.asarray(matrix, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    doubts = []
    for i, j in combinations(range(len(a)), 2):
        exact = float(w[i] / w[j])
        suggested = nearest_judgement(exact)
        if np.isnan(a[i, j]) or np.isclose(a[i, j], suggested):
            continue
        changed = a.copy()
        changed[i, j], changed[j, i] = suggested, 1.0 / suggested
        cr = float(consistency(_lambda(complete(changed)), len(a), table)[2])
        off = float(max(a[i, j] / exact, exact / a[i, j]))
        doubts.append(Doubt(i, j, float(a[i, j]), exact, suggested, off, cr))
    # rounded, so that the last bits do not decide a tie; then the change that helps most
    return sorted(doubts, key=lambda d: (-round(d.disagreement, 9), round(d.cr_if_changed, 9)))


def consensus(weights: ArrayLike) -> float:
    """Goepel's consensus indicator S* (专家共识度) of experts' weights (k, n): 0 none, 1 full.

    S* = (exp(Hα - Hγ) - q) / (1 - q). Hα is the mean Shannon entropy of the experts' weights and Hγ
    that of their mean. q is the value when every expert prefers another node 9 times to all others:
    exp(entropy of 9 : 1 : … : 1) / n. Every expert counts once; below 0 is 0; NaN with fewer than
    two experts or nodes (Goepel 2013, with Hγ max = ln n as in AHP-OS, Goepel 2018).
    """
    w = np.asarray(weights, dtype=np.float64)
    if min(w.shape) < 2:
        return float("nan")
    extreme = np.ones(w.shape[1])
    extreme[0] = SCALE_MAX
    q = np.exp(_entropy(extreme / extreme.sum())) / len(extreme)
    overlap = np.exp(_entropy(w).mean() - _entropy(w.mean(axis=0)))
    return float(np.clip((overlap - q) / (1.0 - q), 0.0, 1.0))


def _entropy(weights: Array) -> Array:
    """Shannon entropy along the last axis, in nats."""
    return np.asarray(-(weights * np.log(weights)).sum(axis=-1))


def _positive(matrices: ArrayLike) -> Array:
    stack = np.asarray(matrices, dtype=np.float64)
    what = "a matrix has a cell that is missing, zero or negative"
    require(bool((stack > 0).all()), what, "Complete the matrix first", "ahp_judgements")
    return stack
