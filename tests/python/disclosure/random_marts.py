"""Random marts by segment: people with attributes, counted in every way that the marts count."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd

from scripts.catalogue import Mart

GRAIN = ("survey_id", "segment_type", "segment_value")
RULES: dict[str, dict[str, Any]] = {
    "fct_segment_satisfaction": {"people": ["n_respondents"]},
    "fct_survey_coverage": {"people": ["n_population", "n_respondents"]},
    "fct_segment_factor_satisfaction": {
        "people": ["n_respondents"],
        "levels": "n_level_",
        "means": {"factor_score": "n_valid", "factor_score_0_100": "n_valid"},
    },
}
LEVELS = 5


def people(seed: int, is_crossed: bool) -> pd.DataFrame:
    """Return the customers of some waves with their segments: cells of 30 people on average.

    Segments differ much in size. Most customers are in every wave, and answer in most of them.
    Waves and kinds of segment are called by the seed, so that many cases go into one file.
    """
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 5 if is_crossed else 8, rng.integers(2, 4))
    kinds = {f"kind_{seed}_{number}": int(size) for number, size in enumerate(sizes)}
    n = int(30 * np.mean([*kinds.values()]) / 0.8)
    panel = pd.DataFrame(
        {
            kind: [f"{kind}_{v}" for v in rng.choice(size, n, p=rng.dirichlet(np.full(size, 1.5)))]
            for kind, size in kinds.items()
        }
    )
    if is_crossed:
        first, second = list(kinds)[:2]
        panel[f"{first} x {second}"] = panel[first] + "|" + panel[second]
    panel["total"] = "total"
    waves = []
    for wave in range(int(rng.integers(1, 4))):
        there = panel[rng.random(n) < 0.95].assign(survey_id=f"case {seed} wave {wave}")
        there["has_answered"] = rng.random(len(there)) < 0.8
        there["level"] = np.minimum(LEVELS, 1 + rng.poisson(2.2, len(there)))
        waves.append(there)
    return pd.concat(waves, ignore_index=True)


def marts_of(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Count people as the marts do."""
    kinds = [name for name in rows if name.startswith("kind_")]
    long = pd.concat(
        [
            rows.assign(segment_type=kind, segment_value=rows[kind]).drop(columns=[*kinds, "total"])
            for kind in [*kinds, "total"]
        ]
    )
    keys = [*GRAIN]
    answered = long[long.has_answered]
    sizes = answered.groupby(keys).agg(n_respondents=("level", "size"), mean=("level", "mean"))
    index = (sizes["mean"] * 100 / LEVELS).rename("satisfaction_index")
    satisfaction = pd.concat([sizes.n_respondents, index], axis=1).reset_index()
    satisfaction["satisfaction_index_0_100"] = satisfaction.satisfaction_index
    satisfaction["index_change"] = satisfaction.groupby(keys[1:]).satisfaction_index.diff()
    population = long.groupby(keys).agg(n_population=("level", "size"))
    coverage = population.join(sizes.n_respondents).fillna({"n_respondents": 0}).reset_index()
    coverage["n_respondents"] = coverage.n_respondents.astype("int64")
    levels = pd.crosstab([answered[key] for key in keys], answered.level)
    levels = levels.reindex(columns=range(1, LEVELS + 1), fill_value=0).add_prefix("n_level_")
    factors = levels.reset_index().assign(factor_id="f", weight=1.0)
    factors["n_respondents"] = factors["n_valid"] = levels.sum(axis=1).to_numpy()
    factors["factor_score"] = factors["factor_score_0_100"] = factors["contribution"] = (
        satisfaction.satisfaction_index.to_numpy()
    )
    return {
        "fct_segment_satisfaction": satisfaction,
        "fct_survey_coverage": coverage,
        "fct_segment_factor_satisfaction": factors,
    }


def manifest() -> dict[str, Any]:
    """Return as much of a manifest as says how these marts are passed on."""
    return {
        "nodes": {
            f"model.dbt_satisfaction.{name}": {
                "resource_type": "model",
                "path": f"marts/survey/{name}.sql",
                "name": name,
                "config": {"meta": {"shared": rule}},
            }
            for name, rule in RULES.items()
        }
    }


def described() -> list[Mart]:
    """Return the marts as the catalogue describes them."""
    return [
        Mart(
            unique_id=name,
            name=name,
            relation=name,
            folder="survey",
            description="",
            grain=(*GRAIN, "factor_id") if "factor" in name else GRAIN,
            columns={},
            references=(),
            is_contracted=True,
        )
        for name in RULES
    ]


def put(con: duckdb.DuckDBPyConnection, marts: dict[str, pd.DataFrame]) -> None:
    """Put marts where those that were just published lie."""
    for name, frame in marts.items():
        con.register("frame", frame)
        con.execute(f"create or replace table published.main.{name} as select * from frame")
        con.unregister("frame")
