"""Scores of every question in every segment and wave, with their intervals and changes."""

from satisfaction.core.frames import lazy
from satisfaction.survey import score_changes, scores


def model(dbt, session):
    """Score the sums and compare the verdicts with the wave before; the engine does the work."""
    dbt.config(materialized="table")
    waves = lazy(dbt.ref("int_waves"))
    questions = lazy(dbt.ref("method_questions")).select("question_id", "role", "scale_id")
    levels = questions.join(lazy(dbt.ref("int_scale_levels")), on="scale_id", how="inner")
    found = scores.survey_scores(
        lazy(dbt.ref("int_question_sums")),
        waves,
        prior_respondents=float(dbt.config.meta_get("shrinkage_respondents")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
    pairs = lazy(dbt.ref("int_verdict_pairs"))
    return score_changes.score_changes(found, pairs, levels, waves).to_native()
