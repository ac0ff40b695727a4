"""Scores of every question in every segment and wave, with their intervals."""

from satisfaction import scores
from satisfaction.frames import lazy


def model(dbt, session):
    """Score the sums; the engine does the work."""
    dbt.config(materialized="table")
    return scores.survey_scores(
        lazy(dbt.ref("int_question_sums")),
        lazy(dbt.ref("int_waves")),
        prior_respondents=float(dbt.config.meta_get("shrinkage_respondents")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    ).to_native()
