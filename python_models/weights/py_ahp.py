"""Weights, consistency and judgements to look at again, of every hierarchy that experts weigh."""

from satisfaction.core.frames import method_table, one_blas_thread
from satisfaction.weights import hierarchy
from satisfaction.weights.weights import judged_models


def model(dbt, session):
    """Solve what the experts judged."""
    dbt.config(materialized="table")
    one_blas_thread()
    rows = dbt.ref("method_rows")
    tables = {name: method_table(rows, name, *hierarchy.TABLES[name]) for name in hierarchy.TABLES}
    source = dbt.config.meta_get("weight_source")
    return hierarchy.solutions(
        *tables.values(),
        models=judged_models(tables["ahp_hierarchy"], tables["ahp_judgements"], source),
        aggregation=dbt.config.meta_get("aggregation"),
        priority=dbt.config.meta_get("priority"),
        ri_table=dbt.config.meta_get("random_index"),
        cr_threshold=float(dbt.config.meta_get("cr_threshold")),
    )
