"""Survival of relationships in every segment."""

from satisfaction.behaviour import survival
from satisfaction.core.frames import small


def model(dbt, session):
    """Fetch the counts by age, and draw the curves."""
    dbt.config(materialized="table")
    level = float(dbt.config.meta_get("confidence_level"))
    return survival.relationship_survival(small(dbt.ref("int_relationship_counts")), level)
