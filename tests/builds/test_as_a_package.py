"""examples/as-a-package: a dbt project installs this one, and builds in one go from nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests.python.conftest import ROOT

EXAMPLE = ROOT / "examples" / "as-a-package"
DBT = Path(sys.executable).with_name("dbt")
WORDS = {"bad": 1, "not great": 2, "ok": 3, "like it": 4, "love it": 5}
# by hand: product against each other, geometric mean of both experts: √4·1, √1·4, √4·4, √2·8
ITEMS = {"item_01": 0.4, "item_02": 0.2, "item_03": 0.2, "item_04": 0.1, "item_05": 0.1}
# the package's many generic tests are tests of the package; its integrity checks run here too
QUICK = ["--exclude", "package:dbt_satisfaction,test_type:generic"]
QUICK += ["--exclude-resource-type", "unit_test"]


@dataclass(frozen=True)
class Shop:
    """A copy of the example, in a folder that looks like the repository."""

    home: Path

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        ours = ("DBT_", "SATISFACTION_", "SHOP_")
        env = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        return subprocess.run(
            list(map(str, command)),
            cwd=self.home,
            env=env | {"NO_COLOR": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )

    def dbt(self, *arguments: str) -> str:
        """Run dbt, which must end well and warn of nothing."""
        done = self.run(DBT, *arguments)
        assert done.returncode == 0 and "WARN" not in done.stdout.replace("WARN=0", ""), done.stdout
        return done.stdout

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home / "target" / "shop.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()

    def seed(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.home / "seeds" / "warehouse" / f"{name}.csv")

    def indices(self) -> dict[tuple[str, str], float]:
        """Index per wave and store, from the seeds alone: 100·ΣC_i·D_i over pooled answers."""
        sheets = self.seed("survey_sheets").merge(self.seed("crm_contacts"), on="contact_no")
        levels = sheets[list(ITEMS)].apply(lambda answers: answers.map(WORDS))
        return {
            group: sum(w * 20 * levels.loc[rows, item].mean() for item, w in ITEMS.items())
            for group, rows in sheets.groupby(["wave", "home_store"]).groups.items()
        }

    def published_indices(self) -> dict[tuple[str, str], float]:
        found = self.rows(
            "select survey_id, segment_value, satisfaction_index "
            "from main_satisfaction.fct_segment_satisfaction where segment_type = 'x_store'"
        )
        return {(wave, store): index for wave, store, index in found}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Build a copy of the example from nothing, with what its page says."""
    repository = tmp_path_factory.mktemp("repository")
    for path in ROOT.iterdir():
        if path.name not in ("examples", "target", "logs", ".venv", ".git"):
            (repository / path.name).symlink_to(path)
    shop = Shop(repository / "examples" / "as-a-package")
    written = shutil.ignore_patterns("target", "logs", "dbt_packages")
    shutil.copytree(EXAMPLE, shop.home, ignore=written)
    # a model that is called as one of the package is
    same_name = shop.home / "models" / "input" / "stg_customers.sql"
    same_name.write_text("select 'of the shop' as told_from", "utf-8")
    shop.dbt("deps")
    shop.dbt("build", *QUICK)
    return shop


def test_the_index_is_the_one_by_hand(shop: Shop):
    assert shop.published_indices() == pytest.approx(shop.indices(), abs=1e-9)


def test_the_mart_of_the_shop_joins_both(shop: Shop):
    orders = shop.seed("crm_orders").merge(shop.seed("crm_contacts"), on="contact_no")
    paid = orders[(orders["state"] == "paid") & (orders["home_store"] == "SH2")]
    last_day = shop.seed("survey_sheets").query("wave == '2025-autumn'")["handed_in"].max()[:10]
    year = paid[
        (paid["placed_at"].str[:10] <= last_day)
        & (paid["placed_at"].str[:10] > last_day.replace("2025", "2024"))
    ]
    indices = shop.indices()
    index = indices["2025-autumn", "SH2"]
    assert shop.rows(
        "select manager, satisfaction_index, index_change, revenue_12_months, is_on_watch "
        "from main.fct_store_watchlist where survey_id = '2025-autumn' and store_code = 'SH2'"
    ) == [
        (
            "陈洁",
            pytest.approx(index),
            pytest.approx(index - indices["2025-spring", "SH2"]),
            year["net_cents"].sum() / 100,
            True,
        )
    ]


def test_the_page_shows_what_comes_out(shop: Shop):
    page = (EXAMPLE / "README.md").read_text("utf-8")
    shown = re.search(r"```text\n(survey .+?)```", page, re.DOTALL)
    assert shown
    expected = [line.split() for line in shown[1].splitlines()[1:]]
    found = shop.rows(
        "select survey_id, store_code, format('{:.1f}', satisfaction_index), "
        "coalesce(format('{:+.1f}', index_change), '–'), weakest_factor, "
        "format('{:,.0f}', revenue_12_months), if(is_on_watch, 'yes', 'no') "
        "from main.fct_store_watchlist order by is_on_watch desc, survey_id desc, store_code"
    )
    assert [list(row) for row in found] == expected


def test_method_tables_of_the_shop_take_effect(shop: Shop):
    own = "select distinct table_name from main_satisfaction.method_rows where is_own"
    project = (EXAMPLE / "dbt_project.yml").read_text("utf-8")
    named = re.search(r"method_models:\n((?: {6}\w.+\n)+)", project)
    assert named
    assert {name for (name,) in shop.rows(own)} == set(re.findall(r"^ +(\w+):", named[1], re.M))
    assert shop.rows(
        "select label_zh from main_satisfaction.dim_segments "
        "where segment_type = 'x_store' order by value_order"
    ) == [("北京朝阳店",), ("成都锦江店",), ("上海徐汇店",)]
    # of the spellings of the tool's own, all but one that is no level
    assert shop.rows("select record_key, offending_value from main_satisfaction.rejected_rows") == [
        ("S0011 | product | 2025-spring", "lovely wood")
    ]


def test_the_demo_of_the_package_stays_out(shop: Shop):
    assert shop.rows("select count(*) from duckdb_tables() where table_name like 'raw_%'") == [(0,)]
    assert shop.rows("select count(*) from main_satisfaction.dim_customers") == [(48,)]


def test_a_model_of_the_same_name_is_another_one(shop: Shop):
    assert shop.rows("from main.stg_customers") == [("of the shop",)]
    assert shop.rows("select count(*) from main_satisfaction.stg_customers") == [(48,)]


def test_marts_are_published_with_those_of_the_shop(shop: Shop):
    """Once the checks that the build left out have passed; until then there is no trace of them."""
    script = shop.home / "dbt_packages" / "dbt_satisfaction" / "scripts" / "publish.py"
    places = ["--target-path", "target", "--build-file", "target/shop.duckdb"]
    done = shop.run(sys.executable, script, *places)
    assert done.returncode == 1 and "more has not passed since" in done.stderr
    assert not list((shop.home / "target").glob("marts*"))
    shop.dbt("test", "--exclude-resource-type", "unit_test")
    done = shop.run(sys.executable, script, *places)
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(shop.home / "target" / "marts.duckdb"), read_only=True) as con:
        names = con.execute("select table_name from duckdb_tables()").fetchall()
    assert {("fct_store_watchlist",), ("fct_segment_satisfaction",), ("dim_waves",)} <= {*names}


def test_the_next_build_takes_in_what_came_since(shop: Shop):
    """In a package, too, only the surveys that changed are computed anew."""
    before = shop.indices()
    with (shop.home / "seeds" / "warehouse" / "survey_sheets.csv").open("a") as sheets:
        sheets.write("S9999,2025-autumn,K-001,2025-10-25 10:00,mail,bad,bad,bad,bad,bad,bad,0\n")
    part = ["--select", "+fct_store_watchlist", "--indirect-selection", "buildable"]
    shop.dbt("build", *part, *QUICK)
    assert before != shop.indices()
    assert shop.published_indices() == pytest.approx(shop.indices(), abs=1e-9)


def test_a_project_switches_areas_by_a_var(shop: Shop):
    project = shop.home / "dbt_project.yml"
    text = project.read_text("utf-8")
    switched = text.replace(
        "    raw_mode: tables\n", "    raw_mode: tables\n    areas: [weights, survey]\n"
    )
    project.write_text(switched, "utf-8")
    try:
        names = ("--quiet", "--resource-type", "model", "--output", "name")
        listed = set(shop.dbt("ls", *names, "--target-path", "target/areas").split())
    finally:
        project.write_text(text, "utf-8")
    assert {"fct_segment_satisfaction", "fct_store_watchlist", "dim_customers"} <= listed
    ours = [name for name in listed if not name.startswith("shop_")]
    assert [name for name in ours if "loyalty" in name or "transactions" in name] == []


def test_edges_are_dbts_own(shop: Shop):
    """What the package reads of the shop is built before it because dbt knows that it is read."""
    manifest = json.loads((shop.home / "target" / "manifest.json").read_text("utf-8"))
    read = {
        name
        for node in manifest["nodes"].values()
        if node["package_name"] == "dbt_satisfaction"
        for name in node["depends_on"].get("nodes", [])
        if ".shop." in name
    }
    assert {name.split(".")[-1] for name in read} == {
        "shop_customers",
        "shop_surveys",
        "shop_survey_sheets",
        "shop_transactions",
        "shop_complaints",
        "shop_questions",
        "shop_factors",
        "shop_hierarchy",
        "shop_experts",
        "shop_judgements",
        "shop_scale_answers",
        "shop_segments",
    }


def test_a_model_that_is_not_built_is_named(shop: Shop):
    """An optional table that is absent is an empty one; a model that is named must be there."""
    with duckdb.connect(str(shop.home / "target" / "shop.duckdb")) as con:
        con.execute("drop view main.shop_complaints")
    done = shop.run(DBT, "run", "--select", "base_complaints")
    assert done.returncode != 0
    assert (
        "var raw_models: complaints is to be read from shop_complaints, which is not built: "
        'there is no "shop"."main"."shop_complaints". Run dbt build, or select +shop_complaints'
    ) in done.stdout
