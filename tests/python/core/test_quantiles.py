"""Student's quantiles: printed tables, and that Python and SQL have the same."""

from __future__ import annotations

import duckdb
import narwhals as nw
import pandas as pd
import pytest

from satisfaction.core.quantiles import t_expression, t_value, z_value
from scripts.without_dbt import Project
from tests.python.conftest import on_duckdb

LEVELS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
DEGREES = [*range(1, 41), 60, 120, 1000, 10**7]


def test_printed_tables() -> None:
    """Fisher and Yates (1963), Statistical Tables, table III."""
    for degrees, wanted in {1: 12.706, 4: 2.776, 9: 2.262, 30: 2.042, 120: 1.980}.items():
        assert t_value(0.95, degrees) == pytest.approx(wanted, abs=5e-4)
    assert t_value(0.99, 10) == pytest.approx(3.169, abs=5e-4)
    assert z_value(0.95) == pytest.approx(1.959964)


@pytest.mark.parametrize("level", LEVELS)
def test_engines_have_the_same(level: float) -> None:
    frame = pd.DataFrame({"freedom": [*DEGREES, 0, None]}, dtype="Int64")
    rows = on_duckdb(frame).select("freedom", t=t_expression(level, nw.col("freedom")))
    found = {k: t for k, t in rows.collect().rows() if k}
    assert found == pytest.approx({k: t_value(level, k) for k in DEGREES}, rel=3e-6)
    with duckdb.connect() as con:
        sql = Project({"confidence_level": level}, con).call("t_value", "freedom")
        con.register("rows", frame)
        of_sql = dict(con.sql(f"select freedom, {sql} from rows where freedom > 0").fetchall())
        assert con.sql(f"select {sql} from (select 0 as freedom)").fetchall() == [(None,)]
    assert of_sql == pytest.approx(found, rel=1e-9)
