"""The page Data quality: every refused row is counted, thin cells are told, examples are few."""

from __future__ import annotations

from typing import Any

import pytest

from reports import labels
from reports.language import ENGLISH
from reports.marts import Marts
from reports.pages import quality, quality_answers
from reports.parts import Figure, Listing
from scripts.catalogue import business_terms
from tests.bi.conftest import Altered
from tests.python.conftest import Built


@pytest.fixture
def page(demo: Built) -> Any:
    """Return the page of the demo."""
    return quality.page(Marts(demo.target / "marts.duckdb"))


def part(page: Any, key: str) -> Any:
    """Return one part of the page."""
    return next(p for p in page.parts if getattr(p, "key", "") == key)


def test_every_refused_row_is_in_a_cell(page: Any, demo: Built) -> None:
    """The cells add up to the refused rows, and every reason and table has a name."""
    figure = part(page, "refused-rows")
    assert isinstance(figure, Figure)
    (total,) = demo.rows("select count(*) from rejected_rows")[0]
    assert figure.table.rejected_rows.sum() == total
    assert f"{total:,}" in page.cards[0].value
    used = {r for (r,) in demo.rows("select distinct reason from rejected_rows")}
    assert used <= set(labels.REASONS)
    assert {t for (t,) in demo.rows("select table_name from row_accounting")} <= set(labels.TABLES)


def test_reasons_are_those_of_the_accounting(demo: Built) -> None:
    """A new reason must get a name here: the accounting has a column for each."""
    columns = demo.rows(
        "select column_name from duckdb_columns() where table_name = 'row_accounting' "
        "and starts_with(column_name, 'rejected_') and column_name <> 'rejected_rows'"
    )
    assert {c.removeprefix("rejected_") for (c,) in columns} == set(labels.REASONS)


def test_the_greatest_cell_is_named(page: Any, demo: Built) -> None:
    """The title holds table, reason and number of the greatest cell."""
    table, reason, n = demo.rows(
        "select table_name, reason, count(*) as n from rejected_rows "
        "group by all order by n desc limit 1"
    )[0]
    title = part(page, "refused-rows").title(ENGLISH)
    assert labels.TABLES[table](ENGLISH) in title
    assert labels.REASONS[reason](ENGLISH).lower() in title
    assert f"{n:,} rows" in title


def test_thin_cells(page: Any, demo: Built) -> None:
    """Thin are the cells that the mart calls unreliable."""
    thin, cells = demo.rows(
        "select count(*) filter (where not is_reliable), count(*) from fct_segment_satisfaction"
    )[0]
    assert part(page, "thin-cells").title(ENGLISH).startswith(f"{thin} of {cells} cells")


def test_low_reliability_is_named(page: Any, demo: Built) -> None:
    """Named are the reliable groups of questions below the usual least, and no other."""
    title = part(page, "reliability").title(ENGLISH)
    groups = demo.rows(
        "select scope_id, value < 0.7 from fct_instrument_quality where measure = 'alpha' "
        "and segment_type = 'total' and scope_type = 'servqual' and is_reliable "
        "and survey_id = (select max(survey_id) from dim_waves)"
    )
    for scope, is_low in groups:
        assert (f"SERVQUAL · {labels.SERVQUAL[scope](ENGLISH)}" in title) == is_low


def test_examples_only_where_customers_may_be_named(page: Any, demo: Built) -> None:
    """At most two of each table and reason; none in a report that names nobody."""
    examples = part(page, "refused-examples")
    assert isinstance(examples, Listing)
    assert examples.table.groupby(["table_name", "reason"]).size().max() <= quality.EXAMPLES
    nameless = quality.page(Marts(demo.target / "marts.duckdb", names_customers=False))
    assert "refused-examples" not in [getattr(p, "key", "") for p in nameless.parts]


def test_thin_cells_of_every_mart(page: Any, demo: Built) -> None:
    """Of each mart of segments the newest wave or month, without the total."""
    figure = part(page, "thin-marts")
    found = dict(zip(figure.table.mart_en, figure.table.n_thin, strict=True))
    drivers, loyalty = (
        demo.rows(
            f"select count(*) from {mart} where not is_reliable and segment_type <> 'total' "
            f"and {newest}"
        )[0][0]
        for mart, newest in (
            ("fct_drivers", "survey_id = '2025q4'"),
            ("fct_segment_loyalty", "month_start = '2025-12-01' and n_indexed_customers > 0"),
        )
    )
    assert (found["Satisfaction drivers"], found["Segment loyalty"]) == (drivers, loyalty)
    assert {*quality_answers.OF_WAVES, *quality_answers.OF_MONTHS} <= set(business_terms())


def test_careless_answers(page: Any, shown: Marts, altered: Altered) -> None:
    """The title holds the newest reliable share; what cannot be told is said, not drawn."""
    figure = part(page, "careless-answers")
    for flag, name in (
        ("is_straight_liner", "Ticked one box all the way"),
        ("is_speeder", "Rushed through it"),
    ):
        n, of = shown.rows(
            f"select count(*) filter (where {flag}), count({flag}) "
            "from fct_respondent_quality where survey_id = '2025q4'"
        )[1][0]
        assert f"{name}: {100 * n / of:.1f} %".lower() in figure.title(ENGLISH).lower()
    assert len(figure.panels) == 2
    assert "Cannot be told" not in figure.note(ENGLISH)
    few = "update fct_instrument_quality set is_reliable = false where measure = 'speeder_share'"
    figure = part(quality.page(altered(few)), "careless-answers")
    assert len(figure.panels) == 1
    assert "Rushed" not in figure.title(ENGLISH)
    assert "Cannot be told: rushed through it" in figure.note(ENGLISH)


def test_channels_beyond_chance(altered: Altered) -> None:
    """A channel is named where its interval excludes nought, and rests on enough answers."""
    alike = "update fct_instrument_quality set value = 1, low = -4, high = 6 "
    alike += "where measure = 'mode_effect'"
    title = part(quality.page(altered(alike)), "channels").title(ENGLISH)
    assert title == "No channel differs beyond chance"
    shift = (
        "update fct_instrument_quality set value = 9, low = 4, high = 14, is_reliable = {} "
        "where measure = 'mode_effect' and scope_id = '{}'"
    )
    shifted = [shift.format("true", "phone"), shift.format("false", "email")]
    changed = quality.page(altered(alike, *shifted))
    assert part(changed, "channels").title(ENGLISH).endswith("Phone +9.0 points")


def test_a_low_alpha_is_within_chance_or_beyond(altered: Altered) -> None:
    """Below the usual least is one thing, an interval wholly below it another."""
    good = "update fct_instrument_quality set value = 0.8, low = 0.7, high = 0.9 "
    good += "where measure = 'alpha'"
    title = part(quality.page(altered(good)), "reliability").title(ENGLISH)
    assert title == "Every group of questions reaches 0.7"
    low = (
        "update fct_instrument_quality set value = {}, low = 0.3, high = {} "
        "where measure = 'alpha' and scope_id = '{}'"
    )
    unsure = low.format(0.6, 0.8, "reliability")
    title = part(quality.page(altered(good, unsure)), "reliability").title(ENGLISH)
    assert title.startswith("Reliability below 0.7, within chance: SERVQUAL · Reliability")
    changed = altered(good, unsure, low.format(0.4, 0.5, "assurance"))
    title = part(quality.page(changed), "reliability").title(ENGLISH)
    assert title.startswith("Reliability below 0.7: SERVQUAL · Assurance; ")


def test_who_was_forgotten_is_counted_where_waves_are_read(page: Any, altered: Altered) -> None:
    """The demo says that people of its first waves are gone; nobody gone, nothing said."""
    listing = part(page, "forgotten")
    assert listing.title(ENGLISH).endswith("0 anonymised, 4 deleted")
    assert listing.table[["n_anonymised", "n_deleted"]].values.tolist() == [[0, 2], [0, 1], [0, 1]]
    nobody = altered("update dim_waves set n_deleted = 0")
    assert not [p for p in quality.page(nobody).parts if getattr(p, "key", "") == "forgotten"]
