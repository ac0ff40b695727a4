"""What the benchmark is to show, and the figure that decides it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.results import Results

Figure = Callable[[Results], list[float]]


@dataclass(frozen=True)
class Target:
    """One target.

    Attributes
    ----------
    text, size, unit : str
        As the report shows it.
    limit : float
        The figure's bound.
    figure : callable
        Returns the figure of every round, none where it was not measured.
    at_least : bool
        Whether the bound is the least or the most.
    """

    text: str
    size: str
    limit: float
    figure: Figure
    at_least: bool = False
    unit: str = ""

    def holds(self, value: float) -> bool:
        """Say whether a figure reaches the target."""
        return value >= self.limit if self.at_least else value <= self.limit


def _ratio(size: str, top: str, bottom: str, figure: str = "wall") -> Figure:
    return lambda results: results.ratios(size, top, bottom, figure)


def _values(size: str, name: str, figure: str) -> Figure:
    return lambda results: results.values(size, name, figure)


def targets(size: str = "100m") -> list[Target]:
    """Return the targets in the order in which they were set."""
    at_most = "{} ≤ {:g}".format
    ratios = [
        ("pipeline / its compiled SQL, in-run", 1.15, "pipeline", "compiled", "in-run"),
        ("pipeline / its compiled SQL, wall", 1.4, "pipeline", "compiled", "wall"),
        ("pipeline / hand-written query, wall", 0.75, "pipeline", "handwritten", "wall"),
    ]
    growth = [
        ("time per row, all rows / a tenth", "pipeline", "tenth"),
        ("time per row, a tenth / a hundredth", "tenth", "hundredth"),
    ]
    later = [
        ("incremental run after a new wave / full refresh", 0.15, "full_new_wave"),
        ("incremental run after a new wave / best full build", 0.30, "pipeline"),
    ]
    by_hand = ("loyalty", "handwritten_loyalty")
    work = [
        ("pipeline / its compiled SQL, CPU", 2, "1m", "pipeline", "compiled"),
        ("pipeline / its compiled SQL, CPU", 1.3, "10m", "pipeline", "compiled"),
        ("six segment types / four, CPU", 2, "10m", "six_types", "pipeline"),
        ("weighted respondents / unweighted, CPU", 1.25, "10m", "weighted", "pipeline"),
        ("weighted respondents / unweighted, CPU", 1.25, size, "weighted", "pipeline"),
        ("loyalty branch / hand-written script, CPU", 1.5, "10m", *by_hand),
        ("loyalty branch / hand-written script, CPU", 1.5, size, *by_hand),
    ]
    return [
        *[Target(at_most(t, n), size, n, _ratio(size, a, b, f)) for t, n, a, b, f in ratios],
        Target("polars / pipeline ≥ 2", size, 2, _ratio(size, "polars", "pipeline"), True),
        Target("pandas / pipeline ≥ 8", "10m", 8, _ratio("10m", "pandas", "pipeline"), True),
        Target("peak memory ≤ 5 GB", size, 5, _values(size, "pipeline", "peak"), unit="GB"),
        Target(
            "finishes within DuckDB's limit of 2 GB",
            size,
            float("inf"),
            _values(size, "memory_2gb", "wall"),
            unit="s",
        ),
        *[Target(at_most(t, 1), size, 1, _ratio(size, a, b, "per row")) for t, a, b in growth],
        *[
            Target(at_most(t, n), size, n, _ratio(size, "incremental_new_wave", b))
            for t, n, b in later
        ],
        Target(
            "Python index models / the same in SQL ≤ 1.3",
            size,
            1.3,
            _ratio(size, "index_python", "index_sql", "in-run"),
        ),
        Target(
            "AHPy / project, per matrix ≥ 100",
            size,
            100,
            _ratio(size, "weights_ahpy", "weights_project", "per matrix"),
            True,
        ),
        *[
            Target(at_most(f"{text} / at 53a139d, CPU", n), "1m", n, _ratio("1m", a, b, "cpu"))
            for text, n, a, b in (
                ("`make build` of the demo, warm", 0.65, "demo", "demo_base"),
                ("`make report` of the demo", 0.4, "report", "report_base"),
            )
        ],
        *[Target(at_most(t, n), own, n, _ratio(own, a, b, "cpu")) for t, n, own, a, b in work],
        Target("loyalty branch ≤ 60 s", size, 60, _values(size, "loyalty", "wall"), unit="s"),
        Target("loyalty branch ≤ 6 GB", size, 6, _values(size, "loyalty", "peak"), unit="GB"),
    ]
