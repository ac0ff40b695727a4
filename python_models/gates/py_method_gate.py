"""What is wrong in the method tables: one row per problem, none when all is well."""

import json

import pandas as pd

from satisfaction.core.frames import small
from satisfaction.method_checks import method_problems


def model(dbt, session):
    """Check the method tables; the hook of the model turns the rows into one message."""
    dbt.config(materialized="table")
    rows = small(dbt.ref("method_rows"))
    tables = {
        name: pd.DataFrame([json.loads(text) for text in group["row_json"]])
        for name, group in rows.groupby("table_name")
    }
    return method_problems(
        tables,
        weight_source=dbt.config.meta_get("weight_source"),
        own=set(rows.loc[rows["is_own"].astype(bool), "table_name"]),
    )
