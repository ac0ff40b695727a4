"""Random surveys through the real models, held against an oracle in plain Python."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.faults import oracle
from tests.faults.drawing import Pack, draw
from tests.faults.oracle import Figure, Figures
from tests.faults.trials import PromiseError
from tests.python.engine import Engine

#: surveys that lie in one data folder and are built at once: a trial
PER_PACK = 100
#: the columns that identify a row of each mart
GRAINS = {
    "dim_waves": ["survey_id"],
    "fct_customer_satisfaction": ["survey_id", "customer_id"],
    "fct_segment_satisfaction": ["survey_id", "segment_type", "segment_value"],
    "fct_segment_factor_satisfaction": [
        *("survey_id", "segment_type", "segment_value", "factor_id"),
    ],
    "fct_survey_scores": [
        *("survey_id", "segment_type", "segment_value", "measure", "question_id"),
    ],
}
SHOWN = 5


class Surveys:
    """Builds packs of surveys, one after the other, in a folder of its own."""

    def __init__(self) -> None:
        self.home = TemporaryDirectory(prefix="faults-")
        self.engine = Engine(Path(self.home.name))

    def close(self) -> None:
        """Remove the folder."""
        self.home.cleanup()

    def trial(self, seed: int, surveys: int) -> str:
        """Build a pack and compare every figure; return what was compared.

        Parameters
        ----------
        seed
            Of the pack.
        surveys
            How many surveys are in it.

        Raises
        ------
        PromiseError
            If the build stops, or a figure is another one than the oracle's.
        """
        pack = draw(seed, surveys)
        self.engine.lay(pack.files())
        marts = [f"+{name}" for name in (*GRAINS, "rejected_rows")]
        if said := self.engine.run(*marts, **pack.options()):
            raise PromiseError(f"the build stopped: {said[0]}")
        answers, refused = oracle.settled(pack.rows(), pack.method)
        expected = oracle.figures(answers, pack.method, pack.segments, pack.invited)
        found = {mart: self.rows(mart, expected[mart]) for mart in GRAINS}
        wrong = [*self.wrong_refusals(refused), *declared_only(pack, found)]
        for mart in GRAINS:
            wrong += differences(mart, expected[mart], found[mart])
        if wrong:
            more = f"; {len(wrong)} differences" if len(wrong) > SHOWN else ""
            raise PromiseError("; ".join(wrong[:SHOWN]) + more)
        compared = sum(len(row) for rows in expected.values() for row in rows.values())
        return (
            f"{surveys} surveys, {len(answers)} answers, {refused.total()} refused, "
            f"{compared} figures"
        )

    def rows(self, mart: str, expected: Figures) -> Figures:
        """Read a mart: the columns that the oracle knows, by key."""
        columns = list(next(iter(expected.values()), {}))
        grain = GRAINS[mart]
        # what is refused is held against the oracle by itself
        scored = " where measure != 'not_understood'" if "measure" in grain else ""
        rows = self.engine.rows(f"select {', '.join([*grain, *columns])} from {mart}{scored}")
        size = len(grain)
        return {row[:size]: dict(zip(columns, row[size:], strict=True)) for row in rows}

    def wrong_refusals(self, expected: oracle.Refused) -> Iterator[str]:
        """Say which answers are refused and should not be, or the other way round."""
        sql = (
            "select record_key, reason from rejected_rows "
            "where table_name in ('survey_answers', 'survey_wide')"
        )
        found: Counter[tuple[Any, ...]] = Counter(self.engine.rows(sql))
        for key in (expected - found).keys() | (found - expected).keys():
            yield f"rejected_rows {key}: {found[key]} instead of {expected[key]}"


def declared_only(pack: Pack, found: dict[str, Figures]) -> Iterator[str]:
    """Take out surveys that are declared and not answered; say where they have figures."""
    waves = found["dim_waves"]
    for survey in pack.invited:
        if waves.get((survey,), {}).get("n_responses") == 0:
            if any(waves[survey,].values()):
                yield f"dim_waves {survey}: figures without answers"
            del waves[survey,]


def differences(mart: str, expected: Figures, found: Figures) -> Iterator[str]:
    """Say what differs, row by row."""
    for key in sorted(expected.keys() ^ found.keys()):
        yield f"{mart} {key} is {'missing' if key in expected else 'not expected'}"
    for key in sorted(expected.keys() & found.keys()):
        for column, figure in expected[key].items():
            if not is_same(figure, found[key][column]):
                yield f"{mart}.{column} {key}: {found[key][column]} instead of {figure}"


def is_same(expected: Figure, found: Figure) -> bool:
    """Compare two figures: counts exactly, floats to a billionth."""
    if expected is None or found is None:
        return expected is found
    if isinstance(expected, int):
        return expected == found
    return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-9)
