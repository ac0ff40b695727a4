"""What every contender reads and writes: the files of a case, and those that hold its results.

A contender is a file in contenders/ with `main`; it runs in a process of its own:
`python bench/contenders/<name>.py --data <case> --work <folder>`. It finds inputs.json in the work
folder, and leaves segments.parquet and factors.parquet there, and what it has measured itself in
timing.json.
"""

from __future__ import annotations

import argparse
import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds" / "method"
SEGMENT_TYPES = ("total", "customer_type", "region", "gender", "age_band")
BLANKS = " \t\r\n\u00a0\u3000\ufeff"


@dataclass(frozen=True)
class Case:
    """A survey case, and the folder that one run of one contender works in."""

    data: Path
    work: Path

    @property
    def files(self) -> dict[str, str]:
        """Return the files that a contender reads, by the names that queries give them."""
        return {
            "answers": str(self.data / "survey_answers" / "*.parquet"),
            "customers": str(self.data / "customers.parquet"),
            "surveys": str(self.data / "surveys.parquet"),
            "questions": str(self.data / "questions.csv"),
            "spellings": str(SEEDS / "survey" / "seed_scale_answers.csv"),
            "bands": str(SEEDS / "survey" / "seed_segments.csv"),
            "weights": str(self.work / "weights.parquet"),
        }

    @property
    def behaviour_files(self) -> dict[str, str]:
        """Return the same of a behaviour case; what no SQL can work out is given."""
        raw = {
            "subscriptions": "subscriptions",
            "shares": "competitor_shares",
            "assessments": "loyalty_assessments",
            "complaints": "complaints",
            "profiles": "customer_profiles",
            "answers": "survey_answers",
            "customers": "customers",
        }
        method = {
            "bands": "loyalty_bands",
            "classes": "loyalty_classes",
            "relations": "loyalty_relations",
            "types": "loyalty_factor_values",
        }
        loyalty = SEEDS / "loyalty"
        return {
            "transactions": str(self.data / "transactions" / "*.parquet"),
            **{name: str(self.data / f"{table}.parquet") for name, table in raw.items()},
            **{name: str(loyalty / f"seed_{table}.csv") for name, table in method.items()},
            **{name: str(self.work / f"{name}.parquet") for name in ("weights", "predictions")},
        }

    @property
    def first_future_day(self) -> str:
        """Return the first day that lies in the future of the case (YYYY-MM-DD)."""
        as_of: datetime.date = self.vars["as_of_date"]
        return (as_of + datetime.timedelta(days=1)).isoformat()

    @property
    def vars(self) -> dict[str, Any]:
        """Return the dbt vars of the case."""
        own = yaml.safe_load((self.data / "vars.yml").read_text("utf-8"))
        return {"raw_mode": "files", "raw_dir": str(self.data), **own}

    def note(self, **figures: Any) -> None:
        """Leave figures that the contender has measured itself beside its results."""
        (self.work / "timing.json").write_text(json.dumps(figures, default=str), "utf-8")


def from_command_line() -> Case:
    """Return the case that a contender's command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    return Case(options.data, options.work)
