"""Judgement matrices such as experts give: a ratio of hidden weights, blurred, on Saaty's scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NODES = 5
MATRICES = 100_000
SCALE = np.array([1 / k for k in range(9, 1, -1)] + [float(k) for k in range(1, 10)])


def judgement_matrices(count: int = MATRICES, seed: int = 1) -> NDArray[np.float64]:
    """Return an array (count, 5, 5) of reciprocal matrices with judgements from 1/9 to 9."""
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.full(NODES, 2.0), size=count)
    ratios = weights[:, :, None] / weights[:, None, :]
    blurred = ratios * np.exp(random.normal(0.0, 0.35, size=ratios.shape))
    nearest = np.abs(np.log(SCALE) - np.log(blurred)[..., None]).argmin(axis=-1)
    upper = np.triu(SCALE[nearest], 1)
    lower = np.tril(1 / np.where(upper > 0, upper, 1).transpose(0, 2, 1), -1)
    matrices: NDArray[np.float64] = upper + lower + np.eye(NODES)
    return matrices
