"""Consistency of service between the units of every kind, in every wave."""

from satisfaction.core.frames import small
from satisfaction.quality import consistency


def model(dbt, session):
    """Part the variance of the units' sums."""
    dbt.config(materialized="table")
    level = float(dbt.config.meta_get("confidence_level"))
    return consistency.service_consistency(small(dbt.ref("int_unit_sums")), level)
