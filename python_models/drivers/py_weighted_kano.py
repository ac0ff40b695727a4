"""Kano category of every item where respondents are weighted."""

from satisfaction.core.frames import lazy
from satisfaction.drivers import weighted_kano


def model(dbt, session):
    """Categorise the sums by weighting cell, wave by wave."""
    dbt.config(materialized="table")
    return weighted_kano.weighted_kano(
        lazy(dbt.ref("int_weighted_kano_sums")),
        lazy(dbt.ref("int_weights")),
        float(dbt.config.meta_get("confidence_level")),
    )
