"""AHP weights of 100,000 judgement matrices (5 × 5) by the project, all at once."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.case import Case, from_command_line  # noqa: E402
from bench.matrices import judgement_matrices  # noqa: E402
from satisfaction.weights import ahp  # noqa: E402


def main(case: Case) -> None:
    """Weigh the matrices; the clock runs from arrays to weights."""
    matrices = judgement_matrices()
    started = time.perf_counter()
    weights, _ = ahp.eigenvector_weights(matrices)
    seconds = time.perf_counter() - started
    np.save(case.work / "weights.npy", weights)
    case.note(in_run=seconds, matrices=len(matrices))


if __name__ == "__main__":
    main(from_command_line())
