"""Factors with which respondents count as the customers of their wave are made up."""

from satisfaction.core.frames import method_table, small
from satisfaction.coverage import raking


def model(dbt, session):
    """Rake the cells of every wave; the engine counted them."""
    dbt.config(materialized="table")
    cells, rows = small(dbt.ref("int_weighting_cells")), dbt.ref("method_rows")
    method = raking.Method(
        str(dbt.config.meta_get("weighting")),
        raking.dimensions(dbt.config.meta_get("weight_by"), cells),
        (
            float(dbt.config.meta_get("weight_least")),
            float(dbt.config.meta_get("weight_greatest")),
        ),
        int(dbt.config.meta_get("weight_min_respondents")),
        tuple(dbt.config.meta_get("weight_by_behaviour")),
        raking.ordered(method_table(rows, "segments", *raking.SEGMENTS)),
    )
    margins = method_table(rows, "population_margins", *raking.MARGINS)
    return raking.weights(cells, method, margins)
