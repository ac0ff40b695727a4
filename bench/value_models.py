"""BG/NBD and gamma-gamma on the summaries of a million customers.

``python bench/value_models.py [--customers 1000000]`` draws customers from known parameters (in a
process of its own) into target/bench/value_models, and prints the seconds and the highest memory of
the process that fits both models and predicts, counting of equal summaries in the engine included.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.case import ROOT  # noqa: E402
from satisfaction.core.frames import lazy  # noqa: E402
from satisfaction.value import purchase_values  # noqa: E402

PURCHASES = {"r": 0.5, "alpha": 8.0, "a": 0.8, "b": 2.5}
AMOUNTS = {"p": 6.0, "q": 4.0, "gamma": 16.0}
DAYS = 730
MEMORY = 2**20 if sys.platform != "darwin" else 2**30  # units of ru_maxrss in a GiB
Result = TypeVar("Result")


def simulate(path: Path, n: int) -> None:
    """Write summaries of n customers who began on any day of two years."""
    random = np.random.default_rng(1)
    rate = random.gamma(PURCHASES["r"], 1 / PURCHASES["alpha"], n) / 7
    leaving = random.beta(PURCHASES["a"], PURCHASES["b"], n)
    age = random.integers(0, DAYS + 1, n)
    x, last, day = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n)
    there = np.arange(n)
    while there.size:
        day[there] += random.exponential(1 / rate[there])
        there = there[day[there] < age[there]]
        x[there] += 1
        last[there] = day[there].round()
        there = there[random.random(there.size) >= leaving[there]]
    usual = random.gamma(AMOUNTS["q"], 1 / AMOUNTS["gamma"], n)
    mean = random.gamma(np.where(x > 0, AMOUNTS["p"] * x, 1.0)) / (usual * np.maximum(x, 1))
    frame = pd.DataFrame({"n_repeats": x, "days_to_last": last, "days_observed": age})
    frame["mean_repeat_amount"] = np.where(x > 0, mean.round(2), np.nan)
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.from_df(frame).write_parquet(str(path))


def timed(what: str, work: Callable[[], Result]) -> Result:
    """Do it, and print the seconds that it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what}: {wall:.1f} s, {cpu:.1f} CPU s")
    return done


def main() -> int:
    """Simulate, fit, predict, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--simulate", action="store_true")
    options = parser.parse_args()
    path = ROOT / "target" / "bench" / "value_models" / f"{options.customers}.parquet"
    if options.simulate:
        simulate(path, options.customers)
        return 0
    again = [sys.executable, __file__, "--simulate", "--customers", str(options.customers)]
    subprocess.run(again, check=True)
    summaries = lazy(duckdb.read_parquet(str(path)))
    fitted = timed(
        "both models fitted",
        lambda: purchase_values.fits(summaries, min_customers=30, max_correlation=0.2),
    )
    found = timed(
        "predictions",
        lambda: purchase_values.predictions(
            summaries, fitted, value_months=12, repeat_months=12, annual_discount=0.1
        ),
    )
    true = PURCHASES | AMOUNTS
    for row in fitted[fitted["parameter"].isin(list(true))].itertuples():
        print(f"{row.parameter}: {row.estimate:.4f} ± {row.standard_error:.4f}, ", end="")
        print(f"drawn from {true[str(row.parameter)]}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEMORY
    print(f"{options.customers} customers, {len(found)} distinct summaries, peak {peak:.2f} GiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
