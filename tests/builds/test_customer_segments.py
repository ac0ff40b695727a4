"""Segments that only behaviour knows: every respondent as of the month before its wave."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date

import pytest

from tests.shared import Built, run_dbt

EARNED = ["ladder_level", "loyalty_class", "tenure_band"]
TYPES = ["region", *EARNED, "contribution_band"]
OF_RESPONDENTS = "from int_respondent_segments"
MODELS = "int_customer_segments int_respondent_segments int_month_segments dim_segments"


@pytest.fixture(scope="module")
def cut(demo: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Cut the demo's respondents in another way; the rest of its build stays as it is."""
    home = tmp_path_factory.mktemp("segments")
    for name in ("satisfaction.duckdb", "marts.duckdb", "partial_parse.msgpack"):
        shutil.copy(demo.target / name, home)
    done = run_dbt(home, f"run --select {MODELS}", segment_by=TYPES)
    yield Built(done.returncode, done.stdout, done.stderr, home)
    shutil.rmtree(home)


def month_before(day: date) -> date:
    """Return the first day of the month before."""
    return date(day.year - (day.month == 1), (day.month + 10) % 12 + 1, 1)


def test_respondents_are_cut_by_the_month_before_their_wave(cut: Built) -> None:
    """Each is looked up in the marts of customers, with no join of the project."""
    assert cut.code == 0, cut.out + cut.err
    asked = "customer_id, month_start, customer_status, ladder_level, loyalty_class, tenure_months"
    months = {
        (customer, month): known
        for customer, month, *known in cut.rows(f"select {asked} from fct_customer_loyalty")
    }
    since = dict(cut.rows("select customer_id, related_since from dim_customers"))
    behaving = {customer for (customer, _), (status, *_) in months.items() if status != "unknown"}
    waves = dict(cut.build_rows("select survey_id, starts_on from int_waves"))
    found = cut.build_rows(f"select survey_id, customer_id, {', '.join(EARNED)} {OF_RESPONDENTS}")
    seen = set()
    for survey, customer, *told in found:
        at = customer, month_before(waves[survey])
        status, level, loyalty, tenure = months.get(at, ("unknown", None, None, None))
        if customer in behaving and since[customer] >= waves[survey].replace(day=1):
            tenure = 0
        level = "left" if status == "left" else level and str(level)
        loyalty = "left" if status == "left" else loyalty
        assert told == [value or "unknown" for value in (level, loyalty, band(tenure))]
        seen.add(tuple(told))
    assert len(seen) > 20


def band(months: int | None) -> str | None:
    """Return the shipped band of a tenure."""
    if months is None:
        return None
    return "new" if months < 12 else "established" if months < 36 else "long_standing"


def test_what_customers_earn_cuts_respondents_alone(cut: Built) -> None:
    """A month of loyalty cut by its own level would say what it was asked."""
    kinds = {kind for (kind,) in cut.build_rows("select segment_type from int_month_segments")}
    assert kinds == {"region", "total"}


def test_levels_and_classes_are_labelled_by_their_own_tables(cut: Built) -> None:
    labels = {
        (kind, value): (zh, en)
        for kind, value, zh, en in cut.build_rows(
            "select segment_type, segment_value, label_zh, label_en from dim_segments"
        )
    }
    assert labels["ladder_level", "1"] == ("濒临流失", "About to leave")
    assert labels["loyalty_class", "at_risk"] == ("高风险", "At risk")
    assert labels["tenure_band", "new"] == ("新客户（不满一年）", "New (first year)")
    assert labels["contribution_band", "high"] == ("高贡献", "High")
