"""Kano category of every item in every segment and wave."""

from satisfaction.core.frames import lazy
from satisfaction.drivers import kano


def model(dbt, session):
    """Categorise the pairs; the engine does the work."""
    dbt.config(materialized="table")
    counts = kano.category_counts(lazy(dbt.ref("int_kano_counts")))
    return kano.kano(counts, float(dbt.config.meta_get("confidence_level"))).to_native()
