"""Weights of the loyalty factors, from AHP."""

from satisfaction.core.frames import lazy, method_table, small
from satisfaction.weights import hierarchy, weights


def model(dbt, session):
    """Weigh every hierarchy but that of satisfaction; all alike where nobody judged."""
    dbt.config(materialized="table")
    rows = dbt.ref("method_rows")
    tree = method_table(rows, "ahp_hierarchy", *hierarchy.TABLES["ahp_hierarchy"])
    ahp = small(lazy(dbt.ref("py_ahp")).filter(kind="global").to_native())
    found = weights.judged_weights(tree[tree["model"] != "satisfaction"], ahp)
    return weights.named_factors(found, method_table(rows, "loyalty_factor_values", "factor_id"))
