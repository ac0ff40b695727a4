"""The recipes of CONTRIBUTING, performed on a copy: what they name is all it takes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scripts import catalogue
from tests.python.conftest import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
DBT = Path(sys.executable).with_name("dbt")
#: what a recipe may change; the rest of the project is linked
CHANGED = ("models", "macros", "seeds", "src", "docs")


@dataclass(frozen=True)
class Copy:
    """A copy of the project, in which only what a recipe names is changed."""

    home: Path
    recipe: str

    def path(self, name: str) -> Path:
        """Return a file that the recipe names: by its path, its name, or with … in its name."""
        said = re.findall(r"`([\w/….<>*-]+\.\w+)`", self.recipe)
        patterns = [re.sub("…|<[^>]*>", "*", text) for text in said]
        assert any(Path(name).match(pattern) for pattern in patterns), (name, said)
        return self.home / name

    def insert(self, name: str, before: str, text: str) -> None:
        """Write a text into a file, before another one that stands there once."""
        path = self.path(name)
        old = path.read_text("utf-8")
        assert old.count(before) == 1, (name, before, old.count(before))
        path.write_text(old.replace(before, text + before), "utf-8")

    def build(self, *models: str) -> None:
        """Build models, and ask their tests."""
        ours = ("DBT_", "SATISFACTION_")
        env = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        env |= {"PYTHONPATH": str(self.home / "src"), "NO_COLOR": "1"}
        env |= {"SATISFACTION_DUCKDB": str(self.home / "copy.duckdb")}
        command = [str(DBT), "--quiet", "build", "--target", "ci", "--profiles-dir", "."]
        command += ["--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
        command += ["--select", *models]
        done = subprocess.run(
            command,
            cwd=self.home,
            env=env,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home / "copy.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()


@pytest.fixture
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Copy:
    """Copy the project, for the recipe whose heading the test's marker names."""
    for path in ROOT.iterdir():
        if path.name in CHANGED:
            shutil.copytree(path, tmp_path / path.name)
        elif path.name not in ("examples", "target", "logs", ".venv", ".git"):
            (tmp_path / path.name).symlink_to(path)
    (recipe,) = re.findall(rf"^## {request.param}\n(.*?)(?=^## )", PAGE, flags=re.S | re.M)
    return Copy(tmp_path, recipe)


@pytest.mark.parametrize("copy", ["Add a mart"], indirect=True)
def test_a_mart_is_added(copy: Copy) -> None:
    """A mart of the channels of a wave: SQL, YAML, labels."""
    copy.path("models/marts/survey/fct_wave_channels.sql").write_text(
        "select\n"
        "    survey_id,\n"
        "    coalesce(channel, 'unknown') as channel,\n"
        "    cast(count(*) as bigint) as n_responses\n"
        "from {{ ref('stg_responses') }}\n"
        "group by survey_id, coalesce(channel, 'unknown')\n",
        "utf-8",
    )
    yml = copy.home / "models/marts/survey/_survey.yml"
    neighbour = re.search(r"^    config: \{enabled: .*\n", yml.read_text("utf-8"), flags=re.M)
    assert neighbour is not None
    yml.write_text(
        yml.read_text("utf-8").rstrip()
        + "\n\n  - name: fct_wave_channels\n"
        + "    description: How the responses of a wave came in.\n"
        + neighbour[0]
        + "    data_tests:\n"
        + "      - keys:\n"
        + "          arguments:\n"
        + "            columns: [survey_id, channel]\n"
        + "            refers_to: [{columns: [survey_id], to: ref('dim_waves')}]\n"
        + "    columns:\n"
        + "      - {name: survey_id, data_type: string, description: Survey (wave).}\n"
        + "      - {name: channel, data_type: string, description: How it was answered.}\n"
        + "      - {name: n_responses, data_type: bigint, description: Responses.}\n",
        "utf-8",
    )
    terms = copy.path("docs/business_terms.csv")
    head, *lines = terms.read_text("utf-8").splitlines()
    lines.append("fct_wave_channels,调查渠道,Channels of a wave")
    terms.write_text("\n".join([head, *sorted(lines)]) + "\n", "utf-8")

    copy.build("+fct_wave_channels", "+dim_waves")
    counted = "select sum(n_responses) from fct_wave_channels"
    assert copy.rows(counted) == copy.rows("select sum(n_responses) from dim_waves")
    manifest = json.loads((copy.home / "target" / "manifest.json").read_text("utf-8"))
    (mart,) = [m for m in catalogue.marts(manifest) if m.name == "fct_wave_channels"]
    assert (mart.folder, mart.grain) == ("survey", ("survey_id", "channel"))
    known = catalogue.business_terms(terms)
    assert {mart.name, *mart.columns} - known.keys() == set()


@pytest.mark.parametrize("copy", ["Add a raw table"], indirect=True)
def test_a_raw_table_is_added(copy: Copy) -> None:
    """Visits of customers: three rows that count, one without a key and one of another year."""
    contract = copy.path("models/base/_raw_behaviour.yml")
    contract.write_text(
        contract.read_text("utf-8").rstrip()
        + "\n\n      - name: visits\n"
        + "        description: One row per visit.\n"
        + "        columns:\n"
        + "          - {name: visit_id, data_type: string, description: Visit., "
        + "config: {meta: {key: true}}}\n"
        + "          - {name: customer_id, data_type: string, description: Who., "
        + "config: {meta: {required: true, is_id: true}}}\n"
        + "          - {name: visited_on, data_type: date, description: When., "
        + "config: {meta: {required: true, event: true}}}\n",
        "utf-8",
    )
    copy.insert("macros/contract/base_table.sql", "'competitor_shares', 'loyalty", "'visits', ")
    copy.insert(
        "macros/behaviour/facts.sql",
        "        ('stg_customer_profiles',",
        "        ('stg_visits', 'visited_on', 'visited_on', 'false'),\n",
    )
    for name, text in {
        "models/base/base_visits.sql": "{{ dbt_satisfaction.base_table('visits') }}\n",
        "models/staging/stg_visits.sql": "{{ dbt_satisfaction.accepted_rows('visits') }}\n",
        "seeds/raw/raw_visits.csv": "visit_id,customer_id,visited_on\n"
        "V1,C0001,2025-03-01\nV2,C0002,2025-03-01\nV3,NEW,2025-12-30\n"
        ",C0003,2025-03-01\nV5,C0003,2999-01-01\n",
    }.items():
        copy.path(name).write_text(text, "utf-8")
    switch = "    config: {enabled: \"{{ 'behaviour' in var('areas') }}\", tags: behaviour}\n"
    columns = "".join(
        f"      - {{name: {name}, description: Of the visit.}}\n"
        for name in ("visit_id", "customer_id", "visited_on")
    )
    for name, model, more in [
        ("models/base/_base_behaviour.yml", "base_visits", ""),
        (
            "models/staging/_staging.yml",
            "stg_visits",
            "    data_tests:\n      - keys: {arguments: {columns: [visit_id]}}\n",
        ),
    ]:
        path = copy.path(name)
        said = f"\n\n  - name: {model}\n    description: Visits.\n{switch}{more}    columns:\n"
        path.write_text(path.read_text("utf-8").rstrip() + said + columns, "utf-8")
    seeds = copy.path("seeds/raw/_raw.yml")
    seeds.write_text(
        seeds.read_text("utf-8").rstrip()
        + "\n\n  - name: raw_visits\n    description: Visits.\n"
        + "    config:\n      enabled: \"{{ var('raw_mode') == 'demo' }}\"\n"
        + "      column_types: {visit_id: text, customer_id: text, visited_on: text}\n",
        "utf-8",
    )

    copy.build("+row_accounting", "+customer_links", "+int_customer_versions")
    counted = "select raw_rows, accepted_rows, rejected_rows from row_accounting"
    assert copy.rows(f"{counted} where table_name = 'visits'") == [(5, 3, 2)]
    refused = "select reason from rejected_rows where table_name = 'visits' order by 1"
    assert copy.rows(refused) == [("in_future",), ("missing_key",)]
    links = "select n_customers, n_in_customers from customer_links where table_name = 'visits'"
    assert copy.rows(links) == [(3, 2)]
    known = "select first_seen_on from int_customer_versions where customer_id = 'NEW'"
    assert copy.rows(known) == [(date(2025, 12, 30),)]


@pytest.mark.parametrize("copy", ["Add a ladder rule"], indirect=True)
def test_a_metric_of_the_ladder_is_added(copy: Copy) -> None:
    """Purchases in a month become a metric, and a rule uses it."""
    copy.insert(
        "models/intermediate/behaviour/int_month_metrics.sql",
        "    cast(services_added as double) as services_added,\n",
        "    cast(n_purchases as double) as purchases_in_month,\n",
    )
    copy.insert(
        "seeds/method/ladder/_ladder.yml",
        "purchase_change, revenue_change,",
        "purchases_in_month, ",
    )
    rules = copy.home / "seeds/method/ladder/seed_ladder_rules.csv"
    assert "seed_ladder_rules.csv" in copy.recipe
    rule = (
        "busy_month,purchases_in_month,>=,4,,,,1,busy,monthly,,true,忙月,Busy month,买了四次,Four"
    )
    rules.write_text(rules.read_text("utf-8").rstrip() + f"\n{rule}\n", "utf-8")

    copy.build("+fct_loyalty_ladder_events", "+fct_loyalty_ladder", "fct_customer_loyalty")
    events = "from fct_loyalty_ladder_events where rule_id = 'busy_month'"
    ((n, least),) = copy.rows(f"select count(*), min(evidence) {events}")
    assert n > 0 and least >= 4
    busy = "from int_month_metrics where n_purchases >= 4 and customer_status != 'left'"
    assert copy.rows(f"select count(*) {busy}") == [(n,)]
