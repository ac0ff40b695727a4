"""A survey case whose customers have two further attributes of twelve values each."""

from __future__ import annotations

from pathlib import Path

import duckdb
import yaml

from bench.extra_rows import link_case

TYPES = ("x_store", "x_plan")
# of unequal size, as segments are: the largest has 29 % of the customers, the smallest 4 %; one in
# fifty is blank
COLUMNS = """
    select
        *,
        case when hash(customer_id, 'no store') % 50 > 0
            then 'store ' || floor(12 * power(hash(customer_id, 'store') % 10000 / 1e4, 2)) end
            as store,
        case when hash(customer_id, 'no plan') % 50 > 0
            then 'plan ' || floor(12 * power(hash(customer_id, 'plan') % 10000 / 1e4, 2)) end
            as plan
    from read_parquet($customers)"""


def add_types(data: Path, folder: Path) -> None:
    """Make a folder with the rows of a case, its customers cut by two more segment types.

    Parameters
    ----------
    data
        A survey case.
    folder
        Where the other one is made.
    """
    link_case(data, folder)
    customers = folder / "customers.parquet"
    customers.unlink()  # it may be the other case's own file
    with duckdb.connect() as connection:
        source = {"customers": str(data / "customers.parquet")}
        connection.execute(f"create table customers as {COLUMNS}", source)
        target = str(customers).replace("'", "''")
        connection.execute(f"copy customers to '{target}'")
    own = folder / "vars.yml"
    settings = yaml.safe_load(own.read_text("utf-8"))
    own.unlink()
    settings["extra_columns"] = {"customers": {name[2:]: "text" for name in TYPES}}
    settings["segment_by"] = ["customer_type", "region", "gender", "age_band", *TYPES]
    own.write_text(yaml.safe_dump(settings), "utf-8")
