"""What is passed on gives no small cell away: an audit of written files by linear programming."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from scripts import shared
from tests.python.disclosure import random_marts
from tests.python.disclosure.audit import worked_out

LEAST = 5
CASES = 500
#: in one case of so many two kinds of segment are crossed
CROSSED = 8
RESPONDENTS = ["fct_segment_satisfaction", "fct_segment_factor_satisfaction", "fct_survey_coverage"]


class Cases:
    """Random cases as they were written, as they are, and what can be worked out of them."""

    def __init__(self, path: Path) -> None:
        made = [
            random_marts.marts_of(random_marts.people(seed, is_crossed=seed % CROSSED == 0))
            for seed in range(CASES)
        ]
        self.whole = {
            name: pd.concat([case[name] for case in made], ignore_index=True) for name in made[0]
        }
        with duckdb.connect() as con:
            con.execute("attach ':memory:' as published")
            con.execute(f"attach '{path}' as shared")
            random_marts.put(con, self.whole)
            shared.write(con, random_marts.manifest(), random_marts.described(), LEAST)
        with duckdb.connect(str(path), read_only=True) as con:
            self.shared = {name: con.execute(f"from {name}").df() for name in self.whole}
        respondents = self.shared["fct_survey_coverage"]
        for name in RESPONDENTS:  # what one mart shows of a count is known of it in all
            respondents = filled(respondents, self.shared[name], "n_respondents")
        coverage, whole = self.shared["fct_survey_coverage"], self.whole["fct_survey_coverage"]
        self.hidden = [
            *worked_out(respondents, whole, "n_respondents"),
            *worked_out(coverage, whole, "n_population"),
        ]


def filled(rows: pd.DataFrame, other: pd.DataFrame, column: str) -> pd.DataFrame:
    """Take over what another mart shows of the same count."""
    keys = list(random_marts.GRAIN)
    told = other.loc[other.cell_status == "shown", [*keys, column]].rename(columns={column: "n"})
    both = rows.merge(told.drop_duplicates(keys), on=keys, how="left")
    is_new = (both.cell_status == "suppressed") & both.n.notna()
    both.loc[is_new, "cell_status"] = "shown"
    both[column] = both[column].astype(float).where(~is_new, both.n)
    return both.drop(columns="n")


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    return Cases(tmp_path_factory.mktemp("cases") / "shared.duckdb")


def of_segments(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of segments, without the total and without crossings."""
    kinds = rows.segment_type
    return rows[(kinds != "total") & ~kinds.str.contains(" x ")]


def test_cells_have_thirty_people_on_average(cases: Cases) -> None:
    cells = of_segments(cases.whole["fct_survey_coverage"]).n_respondents
    assert 27 < cells.mean() < 33
    assert 0.05 < (cells < LEAST).mean() < 0.3
    waves = cases.whole["fct_survey_coverage"].survey_id
    assert waves.str.split(" wave").str[0].nunique() == CASES


def test_no_count_that_is_withheld_is_known(cases: Cases) -> None:
    found = [hidden for hidden in cases.hidden if hidden.count > 0]
    # of a kind of segment of which nothing is published, totals and margins alone say something
    told = [hidden for hidden in found if not hidden.is_all_of_its_kind]
    assert len(told) > 2000
    assert [hidden for hidden in told if hidden.is_known(LEAST)] == []
    # those of few people, and without crossings all, have room on both sides
    narrow = [hidden for hidden in told if not hidden.is_wide(LEAST)]
    assert [h for h in narrow if h.count < LEAST or " x " not in h.place[1]] == []


def test_a_kind_of_segment_is_not_known_by_its_total(cases: Cases) -> None:
    found = [hidden for hidden in cases.hidden if hidden.count > 0]
    whole = [h for h in found if h.is_all_of_its_kind and " x " not in h.place[1]]
    assert len(whole) > 100
    assert [hidden for hidden in whole if hidden.is_known(LEAST)] == []


def test_small_cells_are_withheld_in_every_mart(cases: Cases) -> None:
    for name, rows in cases.shared.items():
        shown = rows[rows.cell_status == "shown"]
        for column in random_marts.RULES[name]["people"]:
            assert not shown[column].between(1, LEAST - 1).any(), (name, column)
        figures = [c for c in rows if c not in (*random_marts.GRAIN, "factor_id", "cell_status")]
        withheld = rows.loc[rows.cell_status == "suppressed", figures]
        assert len(withheld) > 1000
        assert withheld.isna().all(axis=None), name


def test_the_joined_row_is_what_its_cells_are_together(cases: Cases) -> None:
    shared_, whole = (
        of_segments(rows["fct_segment_factor_satisfaction"]) for rows in (cases.shared, cases.whole)
    )
    keys = ["survey_id", "segment_type"]
    names = [*keys, "segment_value"]
    hidden = whole.merge(shared_.loc[shared_.cell_status == "suppressed", names], on=names)
    hidden["points"] = hidden.factor_score * hidden.n_valid
    counts = [column for column in hidden if column.startswith("n_")]
    levels = [column for column in counts if column.startswith("n_level_")]
    sums = hidden.groupby(keys)[[*counts, "points"]].sum()
    joined = shared_[shared_.cell_status == "joined"].set_index(keys)
    assert len(joined) > 300
    sums = sums.loc[joined.index]
    assert (joined.n_respondents > LEAST).all()
    assert (joined[counts].astype(float) == sums[counts]).all(axis=None)
    assert joined.factor_score.to_numpy() == pytest.approx(sums.points / sums.n_valid)
    # not all of them gave the same answer
    assert (joined[levels].max(axis=1) < joined.n_valid).all()


def test_little_is_lost(cases: Cases) -> None:
    cells = of_segments(cases.shared["fct_segment_satisfaction"])
    counts = cells.cell_status.value_counts()
    lost = counts["suppressed"] / (counts["suppressed"] + counts["shown"])
    small = of_segments(cases.whole["fct_survey_coverage"]).n_respondents < LEAST
    assert small.mean() < lost < 0.6
