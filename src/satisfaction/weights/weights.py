"""Weights of the satisfaction factors when no expert is asked, and the choice between sources.

The sums over respondents are taken by the engine behind a narwhals frame; what is fetched is one
row of moments, never the answers.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import narwhals as nw
import numpy as np
import pandas as pd

from satisfaction.core.errors import SatisfactionError, check_option, require
from satisfaction.core.expressions import exact_sum
from satisfaction.core.frames import LazyFrame
from satisfaction.core.moments import LEAST_SPREAD, FloatArray, contradictory
from satisfaction.drivers.relative_importance import relative_weights

SOURCES = ("ahp", "importance", "derived", "entropy", "equal")
# typed, so that no rows keep their types in the engine
_NODE = {"model": "string", "node_id": "string"}


def entropy_weights(scores: LazyFrame) -> pd.DataFrame:
    """Weigh factors by how much they tell customers apart (entropy weight method, 熵权法).

    With p_k = y_k / sum y over the n customers who answered a factor, its entropy is
    e = -sum p ln p / ln n and its weight (1 - e) / sum (1 - e).

    Parameters
    ----------
    scores : LazyFrame
        factor_id, score (share of the scale's maximum, >= 0); one row per customer, wave, factor.

    Returns
    -------
    DataFrame
        factor_id, weight; factors that all customers rate alike get 0, and where all are so,
        equal weights.

    References
    ----------
    Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal.
    """
    score = nw.col("score")
    positive = nw.when(score > 0).then(score * score.log()).otherwise(0.0)
    sums = (
        scores.group_by("factor_id")
        .agg(
            nw.len().alias("n"),
            exact_sum(score, 24).alias("total"),
            exact_sum(positive, 24).alias("total_log"),
        )
        .collect("pandas")
        .to_native()
        .sort_values("factor_id", ignore_index=True)
    )
    require_answers(len(sums), "entropy")
    known = sums[(sums["n"] > 1) & (sums["total"] > 0)]
    total = known["total"].to_numpy(float)
    entropy = (np.log(total) - known["total_log"].to_numpy(float) / total) / np.log(
        known["n"].to_numpy(float)
    )
    spread = np.clip(1.0 - entropy, 0.0, None)
    spread[spread <= LEAST_SPREAD] = 0.0
    if not spread.any():
        spread = np.ones_like(spread)
    return pd.DataFrame({"factor_id": known["factor_id"], "weight": spread / spread.sum()})


def derived_weights(scores: LazyFrame, outcomes: LazyFrame) -> pd.DataFrame:
    """Weigh factors by their share in explaining the overall verdict (relative weights).

    Parameters
    ----------
    scores : LazyFrame
        survey_id, customer_id, factor_id, score.
    outcomes : LazyFrame
        survey_id, customer_id, outcome (a number; rows without one are left out).

    Returns
    -------
    DataFrame
        factor_id, weight; sums to 1. A factor that all rate alike explains nothing and gets 0.

    Raises
    ------
    SatisfactionError
        If the overall verdict or every factor is the same for all, two factors were never rated by
        the same customers, or pairs that different customers rated contradict each other.
    """
    factors = sorted(scores.select("factor_id").unique().collect("pandas").to_native()["factor_id"])
    require_answers(len(factors), "derived")
    names = [f"y{i}" for i in range(len(factors))]
    wide = (
        scores.join(
            outcomes.filter(~nw.col("outcome").is_null()),
            on=["survey_id", "customer_id"],
            how="inner",
        )
        .group_by("survey_id", "customer_id", "outcome")
        .agg(
            *[
                nw.when(nw.col("factor_id") == factor).then(nw.col("score")).max().alias(name)
                for factor, name in zip(factors, names, strict=True)
            ]
        )
    )
    correlations = pairwise_correlations(wide, [*names, "outcome"])
    varies = np.isfinite(np.diag(correlations))
    used = correlations[np.ix_(varies, varies)]
    shares = np.zeros(len(factors))
    require_no_contradiction(used)
    if varies[-1] and np.isfinite(used).all():
        shares[varies[:-1]] = relative_weights(used[:-1, :-1], used[:-1, -1])
    if shares.sum() <= 0:
        raise SatisfactionError(
            "the overall verdict or the factors do not vary together, or two factors were never "
            "rated by the same customers, so no weights can be derived",
            table="survey_answers",
            column="answer",
            fix="Set the var weight_source to ahp, importance, entropy or equal",
        )
    return pd.DataFrame({"factor_id": factors, "weight": shares / shares.sum()})


def require_no_contradiction(r: FloatArray) -> None:
    """Raise SatisfactionError where correlations (p, p) contradict each other."""
    require(
        not contradictory(r),
        "pairs of factors were rated by different customers, and their correlations contradict "
        "each other, so no weights can be derived",
        "Ask the same customers about all factors, or set the var weight_source to ahp, "
        "importance, entropy or equal",
        "survey_answers",
        "answer",
    )


def pairwise_correlations(rows: LazyFrame, names: list[str]) -> FloatArray:
    """Correlate columns, each pair over the rows that have both values.

    Parameters
    ----------
    rows : LazyFrame
        Numeric columns, nulls allowed.
    names : list of str
        The p columns.

    Returns
    -------
    (p, p) array
        NaN where a column does not vary or two columns are never known together.
    """
    pairs = list(combinations_with_replacement(range(len(names)), 2))
    sums = []
    for i, j in pairs:
        a, b = nw.col(names[i]), nw.col(names[j])
        both = ~(a.is_null() | b.is_null())
        terms = {"n": a * 0 + 1, "a": a, "b": b, "aa": a * a, "bb": b * b, "ab": a * b}
        for kind, value in terms.items():
            sums.append(exact_sum(nw.when(both).then(value), 18).alias(f"{kind}_{i}_{j}"))
    moments = rows.select(*sums).collect("pandas").to_native().iloc[0]
    correlations = np.full((len(names), len(names)), np.nan)
    for i, j in pairs:
        n, a, b, aa, bb, ab = (moments[f"{k}_{i}_{j}"] for k in ("n", "a", "b", "aa", "bb", "ab"))
        spread_a, spread_b = n * aa - a * a, n * bb - b * b
        if spread_a > LEAST_SPREAD * n * aa and spread_b > LEAST_SPREAD * n * bb:
            shared = (n * ab - a * b) / np.sqrt(spread_a * spread_b)
            correlations[i, j] = correlations[j, i] = shared
    return correlations


def importance_weights(importance: pd.DataFrame) -> pd.DataFrame:
    """Weigh factors by their mean stated importance.

    Parameters
    ----------
    importance : DataFrame
        factor_id, mean_importance (0-1, from the lowest to the highest level of the scale).

    Returns
    -------
    DataFrame
        factor_id, weight; sums to 1.

    Raises
    ------
    SatisfactionError
        If there are no answers, or every factor is at the lowest level of importance.
    """
    stated = importance.sort_values("factor_id", ignore_index=True)
    mean = stated["mean_importance"].to_numpy(float)
    require_answers(mean.sum(), "importance")
    return pd.DataFrame({"factor_id": stated["factor_id"], "weight": mean / mean.sum()})


def leaves_of(hierarchy: pd.DataFrame, model: str = "satisfaction") -> list[str]:
    """Names of the factors that a model weighs: the leaves of its hierarchy."""
    nodes = hierarchy[hierarchy["model"] == model]
    return sorted(set(nodes["node_id"]) - set(nodes["parent_id"].dropna()))


def equal_weights(factors: list[str]) -> pd.DataFrame:
    """Weigh factors alike: factor_id, weight."""
    return pd.DataFrame({"factor_id": factors, "weight": 1 / max(len(factors), 1)})


def require_answers(evidence: float, source: str) -> None:
    """Raise SatisfactionError where the answers hold nothing to take weights from."""
    require(
        evidence > 0,
        f"no answers give factors a weight, but the weights are to come from them ({source})",
        "Set the var weight_source to ahp or equal",
        "survey_answers",
        "answer",
    )


def node_weights(
    hierarchy: pd.DataFrame, leaf_weights: pd.DataFrame, model: str = "satisfaction"
) -> pd.DataFrame:
    """Give every node of a hierarchy the weight of the leaves below it.

    Parameters
    ----------
    hierarchy : DataFrame
        model, node_id, parent_id.
    leaf_weights : DataFrame
        factor_id, weight; leaves that are not in it weigh 0.
    model : str
        The hierarchy to fill.

    Returns
    -------
    DataFrame
        model, node_id, weight; the root weighs 1.
    """
    edges = hierarchy[hierarchy["model"] == model]
    children = {
        parent: sorted(set(group["node_id"])) for parent, group in edges.groupby("parent_id")
    }
    known = dict(zip(leaf_weights["factor_id"], leaf_weights["weight"], strict=True))

    def leaves(node: str) -> set[str]:
        below = children.get(node)
        return {node} if not below else set().union(*(leaves(child) for child in below))

    nodes = sorted(set(edges["node_id"]))
    weights = [sum(known.get(leaf, 0.0) for leaf in sorted(leaves(node))) for node in nodes]
    return pd.DataFrame({"model": model, "node_id": nodes, "weight": weights}).astype(
        {"model": "object", "node_id": "object", "weight": "float64"}
    )


def factor_weights(
    source: str,
    hierarchy: pd.DataFrame,
    ahp: pd.DataFrame,
    importance: pd.DataFrame,
    scores: LazyFrame,
    outcomes: LazyFrame,
) -> pd.DataFrame:
    """Weights of every node of the hierarchy of satisfaction, from the chosen source.

    Parameters
    ----------
    source : {"ahp", "importance", "derived", "entropy", "equal"}
        Where the weights of the factors are to come from; as `judged_weights` for AHP.
    hierarchy, ahp, importance : DataFrame
        model, node_id, parent_id; model, node_id, weight; factor_id, mean_importance.
    scores, outcomes : LazyFrame
        As of `derived_weights`; read only by the sources that need them.

    Returns
    -------
    DataFrame
        model, node_id, weight (0-1), weight_source, weight_source_asked.

    Raises
    ------
    SatisfactionError
        If the source is unknown, or the answers cannot feed it.
    """
    check_option("weight_source", source, SOURCES)
    own = hierarchy[hierarchy["model"] == "satisfaction"]
    if source == "ahp" or own.empty:
        return judged_weights(own, ahp)
    factors = leaves_of(own, "satisfaction")
    leaves = _leaf_weights(source, factors, importance, scores, outcomes)
    return _typed([_sourced(node_weights(own, leaves, "satisfaction"), source, source)])


def judged_weights(hierarchy: pd.DataFrame, ahp: pd.DataFrame) -> pd.DataFrame:
    """Weights of every node of every hierarchy by AHP; equal ones where nobody judged.

    Parameters
    ----------
    hierarchy, ahp : DataFrame
        model, node_id, parent_id; model, node_id, weight.

    Returns
    -------
    DataFrame
        As of `factor_weights`.
    """
    found = []
    for model in sorted(set(hierarchy["model"])):
        nodes = ahp.loc[ahp["model"] == model, ["model", "node_id", "weight"]]
        if nodes.empty:
            leaves = equal_weights(leaves_of(hierarchy, model))
            found.append(_sourced(node_weights(hierarchy, leaves, model), "equal", "ahp"))
        else:
            found.append(_sourced(nodes, "ahp", "ahp"))
    return _typed(found)


def named_factors(weights: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """Tell the nodes that are factors.

    Parameters
    ----------
    weights : DataFrame
        As of `factor_weights`.
    factors : DataFrame
        factor_id of the factors that the method tables know.

    Returns
    -------
    DataFrame
        The columns of weights and factor_id: the node's name, null where it is no factor.
    """
    is_factor = weights["node_id"].isin(set(factors["factor_id"]))
    return weights.assign(factor_id=weights["node_id"].where(is_factor).astype("string"))


def _sourced(nodes: pd.DataFrame, used: str, asked: str) -> pd.DataFrame:
    return nodes.assign(weight_source=used, weight_source_asked=asked)


def _typed(found: list[pd.DataFrame]) -> pd.DataFrame:
    """Put hierarchies together; without any the columns have their types all the same."""
    columns = [*_NODE, "weight", "weight_source", "weight_source_asked"]
    chosen = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    return chosen.astype({name: "string" for name in columns} | {"weight": "float64"})


def _leaf_weights(
    source: str,
    factors: list[str],
    importance: pd.DataFrame,
    scores: LazyFrame,
    outcomes: LazyFrame,
) -> pd.DataFrame:
    """Ask one source for the weights of the leaves."""
    if source == "importance":
        # a factor that the hierarchy lacks may be asked about, but has no place in the index
        return importance_weights(importance[importance["factor_id"].isin(factors)])
    if source == "derived":
        return derived_weights(scores, outcomes)
    if source == "entropy":
        return entropy_weights(scores)
    return equal_weights(factors)


def judged_models(hierarchy: pd.DataFrame, judgements: pd.DataFrame, source: str) -> list[str]:
    """Names of the hierarchies that experts weigh.

    These are those with judgements, but satisfaction only if source is ahp.
    """
    models = sorted(set(hierarchy["model"]) & set(judgements["model"]))
    return [model for model in models if source == "ahp" or model != "satisfaction"]
