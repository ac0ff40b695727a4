"""Score of every factor of every customer and wave, and its contribution to the index."""

from satisfaction.core.frames import lazy, to_build
from satisfaction.survey import index


def model(dbt, session):
    """Score the level counts and split each customer's index among the factors."""
    dbt.config(materialized="incremental")
    versions = to_build(dbt.ref("int_survey_versions"), dbt, session)
    counts, scales = lazy(dbt.ref("int_factor_counts")), lazy(dbt.ref("int_factor_scales"))
    kept = [*index.WAVE_CUSTOMER, "factor_id", "n_valid", "n_missing", "score", "score_rescaled"]
    return (
        index.contributions(
            index.factor_scores(counts, scales).select(*kept),
            lazy(dbt.ref("py_satisfaction_weights")),
            lazy(dbt.ref("py_customer_index")),
            keys=index.WAVE_CUSTOMER,
        )
        .join(versions, on="survey_id", how="inner")
        .to_native()
    )
