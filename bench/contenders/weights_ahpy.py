"""The same weights by AHPy, one matrix after the other: a sample of them, scaled per matrix."""

from __future__ import annotations

import sys
import time
from itertools import combinations
from pathlib import Path

import ahpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.case import Case, from_command_line  # noqa: E402
from bench.matrices import NODES, judgement_matrices  # noqa: E402

SAMPLE = 1_000
NAMES = [f"n{i}" for i in range(NODES)]


def main(case: Case) -> None:
    """Weigh the first matrices; building AHPy's dictionaries does not count, nor does its CR."""
    comparisons = [
        {(NAMES[i], NAMES[j]): float(matrix[i, j]) for i, j in combinations(range(NODES), 2)}
        for matrix in judgement_matrices()[:SAMPLE]
    ]
    started = time.perf_counter()
    compared = [ahpy.Compare("c", pairs, precision=14, cr=False) for pairs in comparisons]
    seconds = time.perf_counter() - started
    weights = [[one.local_weights[name] for name in NAMES] for one in compared]
    np.save(case.work / "weights.npy", np.array(weights))
    case.note(in_run=seconds, matrices=len(comparisons))


if __name__ == "__main__":
    main(from_command_line())
