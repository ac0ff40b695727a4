"""The service-profit chain (服务利润链): from quality to satisfaction to loyalty to behaviour.

Every link is the correlation of two neighbouring stages over the respondents who have both. Where
each stage is explained by the one before it alone, this is the standardised slope, and the product
along the chain is what a standard deviation of quality does to its end.

References
----------
Heskett, Jones, Loveman, Sasser and Schlesinger (1994), Putting the service-profit chain to work,
Harvard Business Review 72 (2).
Wright (1934), The method of path coefficients, Annals of Mathematical Statistics 5 (3).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from satisfaction.core import moments
from satisfaction.core.moments import ESTIMATED, SEGMENT, TOO_FEW, Cell, FloatArray

# loyalty has two ends: those who left bring no revenue, so a link between them would be arithmetic
CHAINS = {
    "loyalty": ("quality", "satisfaction", "loyalty"),
    "kept": ("quality", "satisfaction", "loyalty", "kept"),
    "revenue_kept": ("quality", "satisfaction", "loyalty", "revenue_kept"),
}
LINKS = sorted({link for chain in CHAINS.values() for link in zip(chain, chain[1:], strict=False)})
LEAST = 4  # two always correlate fully, and three nearly
FIGURES = ["estimate", "standard_error", "estimate_low", "estimate_high"]
FIGURES += ["n_respondents", "n_effective"]


def effects(
    names: tuple[str, ...], r: FloatArray, n: FloatArray
) -> Iterator[tuple[tuple[str, str, str], FloatArray, FloatArray]]:
    """Read the links, their products and the correlations of the ends off correlation matrices.

    Parameters
    ----------
    names : tuple of str
        The p stages that anybody has.
    r : (..., p, p) array
        Correlations.
    n : (..., p, p) array
        Respondents with both stages.

    Yields
    ------
    tuple
        Effect (link, chain or total), from and to; the figures, (...); and the respondents, (...),
        of a chain those of its link with the fewest.
    """
    at = {name: i for i, name in enumerate(names)}

    def link(left: str, right: str) -> tuple[FloatArray, FloatArray]:
        return r[..., at[left], at[right]], n[..., at[left], at[right]]

    for left, right in LINKS:
        if left in at and right in at:
            yield ("link", left, right), *link(left, right)
    for end, chain in CHAINS.items():
        if all(name in at for name in chain):
            links = [link(left, right) for left, right in zip(chain, chain[1:], strict=False)]
            product = np.prod([figures for figures, _ in links], axis=0)
            yield ("chain", chain[0], end), product, np.min([counts for _, counts in links], axis=0)
            yield ("total", chain[0], end), *link(chain[0], end)


def service_profit_chain(
    pairs: pd.DataFrame,
    n_draws: int,
    confidence_level: float = 0.95,
    min_respondents: float = 0,
) -> pd.DataFrame:
    """Follow the chain in every segment of every wave.

    Parameters
    ----------
    pairs : DataFrame
        Sums over pairs of stages, as of `moments.cells`.
    n_draws : int
        Bootstrap draws; intervals are between percentiles.
    confidence_level : float
        Of the intervals.
    min_respondents : float
        Respondents below which nothing is drawn.

    Returns
    -------
    DataFrame
        One row per segment of a wave, effect, from_stage and to_stage, with FIGURES, -1 to 1.

        - link: the correlation of neighbouring stages;
        - chain: the product of the links from quality to to_stage;
        - total: the correlation of quality with to_stage, which the chain should come near to where
          quality acts through satisfaction and loyalty only.

        status is estimated, or too_few without an interval below min_respondents (effective ones).
        Correlations are as observed: gaps that contradict each other touch no single link.

        A stage that fewer than LEAST respondents have, or in which nobody differs, has no rows.
    """
    found = []
    for cell in moments.cells(pairs):
        few = cell.n_effective < min_respondents
        status, drawn = (TOO_FEW, 0) if few else (ESTIMATED, n_draws)
        found += [[*cell.key, *row, status] for row in _rows(cell, drawn, confidence_level)]
    grain = [*SEGMENT, "effect", "from_stage", "to_stage"]
    frame = pd.DataFrame(found, columns=[*grain, *FIGURES, "status"]).astype(
        dict.fromkeys([*grain, "status"], "string") | dict.fromkeys(FIGURES, "float64")
    )
    known = frame["estimate"].notna() & (frame["n_respondents"] >= LEAST)
    return frame[known].astype({"n_respondents": "int64"})


def _rows(cell: Cell, n_draws: int, confidence_level: float) -> Iterator[list[object]]:
    n = np.stack([cell.counts, cell.sums[0]])
    drawn = moments.correlations(cell.resampled(n_draws))
    spread = {key: draws for key, draws, _ in effects(cell.names, drawn, n)}
    for key, estimate, (count, effective) in effects(
        cell.names, moments.correlations(cell.sums), n
    ):
        draws = spread[key][np.isfinite(spread[key])]
        interval = moments.percentile_interval(draws, n_draws, effective, confidence_level)
        yield [*key, float(estimate), *map(float, interval), count, effective]
