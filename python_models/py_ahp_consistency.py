"""Consistency of every matrix and of the total ranking."""

from satisfaction import hierarchy
from satisfaction.frames import one_blas_thread, small
from satisfaction.weights import judged_models


def model(dbt, session):
    """Read the method tables and solve every hierarchy that experts weigh."""
    dbt.config(materialized="table")
    one_blas_thread()
    tree = small(dbt.ref("method_ahp_hierarchy"))
    experts = small(dbt.ref("method_ahp_experts"))
    judgements = small(dbt.ref("method_ahp_judgements"))
    return hierarchy.consistency(
        tree,
        experts,
        judgements,
        models=judged_models(tree, judgements, dbt.config.meta_get("weight_source")),
        aggregation=dbt.config.meta_get("aggregation"),
        priority=dbt.config.meta_get("priority"),
        ri_table=dbt.config.meta_get("random_index"),
        cr_threshold=float(dbt.config.meta_get("cr_threshold")),
    )
