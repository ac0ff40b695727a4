"""Reads the published marts: the only thing the report looks at."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from reports.language import with_all
from satisfaction.disclosure.cells import SHOWN, STATUS
from scripts.cases import read_yaml
from scripts.catalogue import quote
from scripts.publish import text

ROOT = Path(__file__).resolve().parents[1]
#: folders of marts that no case lacks
ALWAYS = ("customers", "accounting")
#: vars that ask for marts of their own
ASKING = ("weighting", "segment_pairs")
#: a wave is called by its month; by its id too where two fall into one month, or it has no date
WAVES = """create temp view waves as
select survey_id, wave_number, wave_date, concat_ws(' ', strftime(wave_date, '%Y-%m'),
    case when wave_date is null
        or count(*) over (partition by strftime(wave_date, '%Y-%m')) > 1 then survey_id end) as wave
from dim_waves"""


def marts_off(published: set[str], is_whole: bool = True) -> dict[str, dict[str, str]]:
    """Return the marts that this case has not, each with the types of its columns.

    An area is off where none of its marts is published; some marts are there where a var asks for
    them. Those that are in every case are not looked at: without them the file is of another
    version, and the first query says so. Of what may be passed on any mart may be missing.
    """
    found: dict[str, dict[str, str]] = {}
    for folder in sorted((ROOT / "models" / "marts").iterdir()):
        there = published & {path.stem for path in folder.glob("*.sql")}
        if is_whole and folder.name in ALWAYS:
            continue
        for path in folder.glob("_*.yml"):
            for model in read_yaml(path)["models"]:
                enabled = str(model["config"].get("enabled"))
                is_asked_for = any(f"var('{name}')" in enabled for name in ASKING)
                may_lack = is_asked_for or not there or not is_whole
                if model["name"] not in published and may_lack:
                    found[model["name"]] = {c["name"]: c["data_type"] for c in model["columns"]}
    return found


class Marts:
    """The published marts of one case, opened read-only.

    A mart that this case has not, since its area is off, is not among them: it is read as one
    without rows. So is one that is not passed on, where the file is what may be; there pages see
    the cells that are shown, and `withheld` lists the segments that are not.

    Parameters
    ----------
    path
        The published DuckDB file: of all marts, or of what may be passed on.
    names_customers
        Whether the report may name single customers: pages look here before they do.
    """

    def __init__(self, path: Path, names_customers: bool = True) -> None:
        self.names_customers = names_customers
        self.connection = duckdb.connect(str(path), read_only=True)
        ((here,),) = self.connection.execute("select current_database()").fetchall()
        known = f"select table_name from duckdb_tables() where database_name = {text(here)}"
        self.published = {name for (name,) in self.connection.execute(known).fetchall()}
        shown = known.replace("duckdb_tables", "duckdb_columns") + " and column_name = ?"
        judged = [name for (name,) in self.connection.execute(shown, [STATUS]).fetchall()]
        self.is_shared = bool(judged)
        for mart in judged:
            self.connection.execute(
                f"create temp view {mart} as select * exclude ({STATUS}) "
                f"from {quote(here)}.main.{mart} where {STATUS} = '{SHOWN}'"
            )
        self.all_cells = f"{quote(here)}.main.fct_segment_satisfaction"
        for mart, columns in marts_off(self.published, not judged).items():
            typed = ", ".join(f"null::{type} as {quote(n)}" for n, type in columns.items())
            self.connection.execute(f"create temp view {mart} as select {typed} where false")
        self.connection.execute(WAVES)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def frame(self, sql: str, *parameters: Any) -> pd.DataFrame:
        """Return the rows of a query over marts, aggregated to what is drawn."""
        return with_all(self.connection.execute(sql, list(parameters)).df())

    def rows(self, sql: str, *parameters: Any) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and rows of a query as they are: null is None, whole numbers stay."""
        found = self.connection.execute(sql, list(parameters))
        return [column[0] for column in found.description or ()], found.fetchall()

    def one(self, sql: str, *parameters: Any) -> pd.Series | None:
        """Return the first row of a query, none where it has no rows."""
        frame = self.frame(sql, *parameters)
        return None if frame.empty else frame.iloc[0]

    def value(self, sql: str, *parameters: Any) -> Any:
        """Return the first value of a query, None where it has no rows."""
        row = self.connection.execute(sql, list(parameters)).fetchone()
        return None if row is None else row[0]

    @property
    def newest_wave(self) -> Any:
        """The survey_id of the newest wave with an index; None without a survey."""
        return self.value(
            """select survey_id from fct_segment_satisfaction
            where segment_type = 'total' order by wave_number desc limit 1"""
        )

    @cached_property
    def asked(self) -> set[str]:
        """The roles of the questions that anybody answered."""
        scored = "from fct_survey_scores where score is not null and role is not null"
        return set(self.frame(f"select distinct role {scored}").role)

    @property
    def asks_no_factor(self) -> bool:
        """Whether there are answers, and none of them says how a factor performs."""
        return bool(self.asked) and "performance" not in self.asked

    @property
    def newest_month(self) -> Any:
        """The newest month of the loyalty marts; None without behaviour."""
        return self.value("select max(month_start) from fct_segment_loyalty")

    @cached_property
    def least_reliable(self) -> float:
        """The fewest customers that a mart calls reliable; infinite where nothing is.

        The measure for counts that a page adds up itself.
        """
        least = self.value(
            """select min(n) from (
                select n_indexed_customers as n from fct_segment_loyalty where is_reliable
                union all
                select n_respondents from fct_segment_satisfaction where is_reliable
            )"""
        )
        return float("inf") if least is None else float(least)
