"""Cases of answers alone, of transactions alone, and the smallest: nothing of another area."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from reports import pages
from reports.marts import Marts
from scripts import areas
from tests.python.conftest import ROOT, Built, run_build

SETS = {
    "answers": ["customers", "surveys", "survey_forgotten", "survey_answers", "survey_wide"],
    "transactions": ["customers", "transactions", "subscriptions", "complaints"],
}
#: marts that hold what an area that is off would have added
OTHERWISE = {"dim_customers", "fct_factor_weights", "build_log", "row_accounting"}
OTHERWISE |= {"rejected_rows", "customer_links", "dim_customer_attributes"}

#: marts that the vars weighting and segment_pairs ask for
ASKED_FOR = {"fct_respondent_weights", "fct_wave_weighting", "fct_segment_pairs"}


def marts_of(chosen: list[str]) -> set[str]:
    """Return the marts of areas, and those that are always there."""
    folders = [*chosen, "customers", "accounting"]
    found = {path.stem for area in folders for path in (ROOT / "models/marts" / area).glob("*.sql")}
    return found - ASKED_FOR


def published(built: Built) -> set[str]:
    """Return the names of the marts that a build has published."""
    return {name for (name,) in built.rows("select table_name from information_schema.tables")}


def differing(built: Built, demo: Built, names: set[str]) -> list[str]:
    """Return the marts whose rows are not those of the demo."""
    found = []
    with duckdb.connect(str(built.target / "marts.duckdb"), read_only=True) as con:
        con.execute(f"attach '{demo.target / 'marts.duckdb'}' as demo (read_only)")
        for name in sorted(names):
            columns = con.execute(f"describe {name}").fetchall()
            shown = ", ".join(
                f'round("{column}", 9)' if type_ == "DOUBLE" else f'"{column}"'
                for column, type_, *_ in columns
            )
            here, there = (
                Counter(con.execute(f"select {shown} from {home}.main.{name}").fetchall())
                for home in ("marts", "demo")
            )
            if here != there:
                found.append(name)
    return found


@pytest.fixture(scope="module", params=SETS)
def part(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build a case of some of the demo's raw tables, as a user would."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "data").mkdir()
    for table in SETS[request.param]:
        shutil.copy(ROOT / f"seeds/raw/raw_{table}.csv", folder / "data" / f"{table}.csv")
    return run_build(
        *(folder / "target", "--data", str(folder / "data")),
        report=True,
    )


def test_a_part_has_its_own_marts_and_no_others(part: Built, demo: Built) -> None:
    assert part.code == 0, part.err
    chosen = areas.derived({"raw_mode": "files", "raw_dir": str(part.target.parent / "data")})
    assert chosen is not None
    assert ("loyalty" in chosen) != ("survey" in chosen)
    assert part.out.startswith(f"areas: {', '.join(chosen)} (off: ")
    assert published(part) == marts_of(chosen)
    if "survey" in chosen:  # a class of loyalty has an answer behind it, an index has no purchase
        # but waits are those of complaints, and customers of a wave are known by what they buy
        others = {"fct_instrument_quality", "fct_survey_coverage", "fct_nonresponse_bias"}
        same = published(part) - OTHERWISE - others
        assert differing(part, demo, same) == []
    assert (part.target / "report.html").is_file()
    with closing(Marts(part.target / "marts.duckdb")) as marts:
        shown = {page.key for page in pages.of(marts)} - {"overview", "weights", "quality"}
    assert shown == ({"satisfaction"} if "survey" in chosen else {"loyalty", "customers"})


def test_the_smallest_case_is_small(demo: Built, tmp_path: Path) -> None:
    chosen = ["weights", "survey"]
    small = run_build(tmp_path / "target", areas=chosen)
    assert small.code == 0, small.err
    assert published(small) == marts_of(chosen)
    models = [n for n in small.manifest()["nodes"].values() if n["resource_type"] == "model"]
    assert len(models) <= 80
    assert differing(small, demo, published(small) - OTHERWISE) == []
    # what no area has looked at is not known, and not 0
    told = "count(n_open_complaints), count(loyalty_index), count(expected_value), count(is_active)"
    assert small.rows(f"select {told} from dim_customers") == [(0, 0, 0, 0)]
