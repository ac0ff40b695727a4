"""Scores of every question where respondents are weighted, with their intervals and changes."""

from satisfaction.core.frames import lazy, segment_types
from satisfaction.survey import weighted_scores


def model(dbt, session):
    """Score the sums by weighting cell, wave by wave."""
    dbt.config(materialized="table")
    questions = lazy(dbt.ref("method_questions")).select("question_id", "scale_id")
    return weighted_scores.weighted_scores(
        lazy(dbt.ref("int_weighted_answer_sums")),
        lazy(dbt.ref("int_weights")),
        lazy(dbt.ref("int_weighted_verdict_pairs")),
        questions.join(lazy(dbt.ref("int_scale_levels")), on="scale_id", how="inner"),
        lazy(dbt.ref("py_survey_scores")),
        lazy(dbt.ref("int_waves")),
        segment_types(lazy(dbt.ref("int_respondent_segments"))),
        prior_respondents=float(dbt.config.meta_get("shrinkage_respondents")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
