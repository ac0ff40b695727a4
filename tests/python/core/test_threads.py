"""Small matrices are multiplied on one thread."""

from __future__ import annotations

from threadpoolctl import threadpool_info

from satisfaction.core.frames import one_blas_thread


def test_linear_algebra_keeps_to_one_thread():
    one_blas_thread()
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert pools and {pool["num_threads"] for pool in pools} == {1}
