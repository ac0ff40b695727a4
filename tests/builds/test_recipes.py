"""The recipes of CONTRIBUTING, performed on a copy: what they name is all it takes."""

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
import pytest

from scripts import catalogue
from tests.python.conftest import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
DBT = Path(sys.executable).with_name("dbt")
#: what a recipe may change; the rest of the project is linked
CHANGED = ("models", "seeds", "src", "docs")


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


@pytest.mark.parametrize("copy", ["Add a ladder rule"], indirect=True)
def test_a_metric_of_the_ladder_is_added(copy: Copy) -> None:
    """Purchases in a month become a metric, and a rule uses it."""
    copy.insert(
        "models/intermediate/behaviour/int_month_metrics.sql",
        "    cast(services_added as double) as services_added,\n",
        "    cast(n_purchases as double) as purchases_in_month,\n",
    )
    copy.insert(
        "src/satisfaction/method_checks/_ladder.py",
        '    "purchase_change",\n',
        '    "purchases_in_month",\n',
    )
    rules = copy.home / "seeds/method/seed_ladder_rules.csv"
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
