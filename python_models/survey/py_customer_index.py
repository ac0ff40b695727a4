"""Satisfaction index of every customer and wave."""

from satisfaction.core.frames import lazy, small, to_build
from satisfaction.survey import index


def model(dbt, session):
    """Join each customer's factor scores with the weights; the engine does the work."""
    dbt.config(materialized="incremental")
    scales, weights = dbt.ref("int_factor_scales"), dbt.ref("py_satisfaction_weights")
    counts = lazy(dbt.ref("int_respondent_answers")).drop("version")
    versions = to_build(dbt.ref("int_survey_versions"), dbt, session)
    return (
        index.customer_index(
            counts.join(versions, on="survey_id", how="inner"),
            index.factors(small(scales), small(weights)),
            min_coverage=float(dbt.config.meta_get("min_weight_coverage")),
        )
        .select(*index.WAVE_CUSTOMER, *index.INDEXED, "version")
        .to_native()
    )
