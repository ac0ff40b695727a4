"""Weights of the factors by every source and by every expert, to see what hangs on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack

import pandas as pd

from satisfaction.core import moments
from satisfaction.core.errors import SatisfactionError
from satisfaction.core.frames import LazyFrame
from satisfaction.drivers.drivers import explaining
from satisfaction.drivers.relative_importance import relative_weights
from satisfaction.weights import hierarchy, weights

COLUMNS = ["scenario_type", "scenario_id", "factor_id", "weight"]


def pooled_weights(pairs: pd.DataFrame) -> pd.DataFrame:
    """Derive weights from the sums over pairs of all waves together: `weights.derived_weights`.

    Parameters
    ----------
    pairs : DataFrame
        As of `moments.cells`.

    Returns
    -------
    DataFrame
        factor_id, weight; empty where the verdict explains nothing.
    """
    keys = [*moments.SEGMENT, "resample_group", "left_id", "right_id"]
    totals = pairs[pairs["segment_type"] == "total"].sort_values(keys)
    totals = totals.assign(survey_id="all waves")
    for cell in moments.cells(totals.groupby(keys, as_index=False).sum()):
        cell = explaining(cell)
        if cell.names:
            r = moments.correlations(cell.sums)
            weights.require_no_contradiction(r)
            shares = relative_weights(r[:-1, :-1], r[:-1, -1])
            weights.require_answers(shares.sum(), "derived")
            return pd.DataFrame({"factor_id": cell.names[:-1], "weight": shares / shares.sum()})
    return pd.DataFrame({"factor_id": [], "weight": []})


def weight_scenarios(
    tree: pd.DataFrame,
    experts: pd.DataFrame,
    judgements: pd.DataFrame,
    importance: pd.DataFrame,
    pairs: pd.DataFrame,
    scores: LazyFrame,
    **options: Unpack[hierarchy.Options],
) -> pd.DataFrame:
    """Weigh the factors by every source that has anything to go by, and as every single expert.

    Parameters
    ----------
    tree, experts, judgements : DataFrame
        The method tables ahp_hierarchy, ahp_experts, ahp_judgements.
    importance : DataFrame
        factor_id, mean_importance (0-1).
    pairs : DataFrame
        Sums over pairs of factors and the verdict, as of `moments.cells`.
    scores : LazyFrame
        factor_id, score; one row per customer, wave and factor.
    options
        aggregation, priority and ri_table of the AHP.

    Returns
    -------
    DataFrame
        scenario_type (source or expert), scenario_id (one of weights.SOURCES, or the expert),
        factor_id, weight; the weights of a scenario sum to 1. A source without data has no rows.
    """
    factors = weights.leaves_of(tree)
    asked = importance[importance["factor_id"].isin(factors)]
    method = (tree, experts, judgements)
    judged = weights.judged_models(tree, judgements, "ahp")
    options["models"] = [model for model in judged if model == "satisfaction"]
    sources: dict[str, Callable[[], pd.DataFrame]] = {
        "ahp": lambda: _leaves(hierarchy.global_weights(*method, **options)),
        "importance": lambda: weights.importance_weights(asked),
        "derived": lambda: pooled_weights(pairs),
        "entropy": lambda: weights.entropy_weights(scores),
        "equal": lambda: weights.equal_weights(factors),
    }
    found = [
        _if_any(source).assign(scenario_type="source", scenario_id=name)
        for name, source in sources.items()
    ]
    alone = _if_any(lambda: _leaves(hierarchy.expert_weights(*method, **options)))
    found.append(alone.rename(columns={"expert_id": "scenario_id"}).assign(scenario_type="expert"))
    frame = pd.concat([rows.reindex(columns=COLUMNS) for rows in found], ignore_index=True)
    types = dict.fromkeys(COLUMNS[:3], "string") | {"weight": "float64"}
    frame = frame[frame["factor_id"].isin(factors)].astype(types)
    return frame.sort_values(COLUMNS[:3], ignore_index=True)


def _if_any(source: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Ask a source; that it has nothing to go by is no error here, where another is in use."""
    try:
        return source()
    except SatisfactionError:
        return pd.DataFrame(columns=COLUMNS)


def _leaves(nodes: pd.DataFrame) -> pd.DataFrame:
    return nodes[nodes["is_leaf"]].rename(columns={"node_id": "factor_id"})
