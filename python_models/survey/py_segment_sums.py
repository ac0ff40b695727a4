"""Sums over the respondents of every segment and wave, for its interval and its change."""

from satisfaction.core.frames import lazy, segment_types, to_build
from satisfaction.survey import design, index


def model(dbt, session):
    """Square and add up the influences; the engine does the work."""
    dbt.config(materialized="incremental")
    versions = to_build(dbt.ref("int_survey_versions"), dbt, session)
    kinds = segment_types(lazy(dbt.ref("int_respondent_segments")), is_crossed=True)
    waves = lazy(dbt.ref("int_waves")).join(versions, on="survey_id", how="inner")
    is_weighted = dbt.config.meta_get("weighting") != "none"
    add_up = design.design_sums if is_weighted else index.segment_sums
    sums = add_up(lazy(dbt.ref("py_influence")).drop("version"), waves, kinds)
    return sums.join(versions, on="survey_id", how="inner").to_native()
