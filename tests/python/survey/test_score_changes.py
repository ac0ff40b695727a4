"""Changes of verdicts between two waves: published intervals, properties, coverage."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from satisfaction.core.frames import small
from satisfaction.survey import score_changes, scores
from tests.python.conftest import on_duckdb

PLACE = {"segment_type": "total", "segment_value": "total"}
NPS = [*range(11)]


def levels(values: list[float], satisfied: float, question: str = "q") -> pd.DataFrame:
    """Return the levels of a question's scale as int_scale_levels has them."""
    n = len(values)
    return pd.DataFrame(
        {
            "question_id": question,
            "role": "overall",
            "level": range(1, n + 1),
            "value": np.array(values, float),
            "is_satisfied": [value >= satisfied for value in values],
            "is_top_2": [level > n - 2 for level in range(1, n + 1)],
            "is_bottom": [level == 1 for level in range(1, n + 1)],
            "is_promoter": [value >= 9 for value in values],
            "is_detractor": [value <= 6 for value in values],
        }
    )


def sums_of(given: pd.Series, wave: str, scale: pd.DataFrame, role: str) -> dict[str, object]:
    """Return the sums of one wave's levels as int_question_sums has them."""
    counts = np.bincount(given, minlength=len(scale) + 1)[1:]
    values = scale["value"].to_numpy()
    flags = ["satisfied", "top_2", "bottom"]
    counted = {f"n_{flag}": int(counts @ scale[f"is_{flag}"].to_numpy(int)) for flag in flags}
    return {
        "survey_id": wave,
        **PLACE,
        "question_id": "q",
        "role": role,
        "n_levels": len(scale),
        "value_min": values.min(),
        "value_max": values.max(),
        "n_satisfied_levels": int(scale["is_satisfied"].sum()),
        "n_respondents": len(given),
        "n_valid": len(given),
        "n_missing": 0,
        "n_not_understood": 0,
        **counted,
        "n_promoters": int(counts @ scale["is_promoter"].to_numpy(int)),
        "n_detractors": int(counts @ scale["is_detractor"].to_numpy(int)),
        "value_sum": float(counts @ values),
        "square_sum": float(counts @ values**2),
    }


Waves = tuple[pd.Series, pd.Series]


def changes(studies: list[Waves], scale: pd.DataFrame, role: str = "overall") -> pd.DataFrame:
    """Run the package's steps over levels by customer (the index of a series), two waves each."""
    pairs, sums, waves = [], [], []
    for number, given in enumerate(studies):
        before, now = given
        both = before.index.intersection(now.index)
        said = np.zeros((len(scale) + 1, len(scale) + 1), int)
        np.add.at(said, (now.loc[both].to_numpy(), before.loc[both].to_numpy()), 1)
        pairs += [
            (f"now {number}", *cell, said[cell]) for cell in zip(*np.nonzero(said), strict=True)
        ]
        for wave, answers in zip(("before", "now"), given, strict=True):
            sums.append(sums_of(answers, f"{wave} {number}", scale, role))
            previous = f"before {number}" if wave == "now" else None
            waves.append((f"{wave} {number}", previous, len(answers), 0))
    names = ["survey_id", "previous_survey_id", "n_respondents", "invited"]
    asked = on_duckdb(scale.assign(role=role))
    times = on_duckdb(pd.DataFrame(waves, columns=names))
    scored = scores.survey_scores(on_duckdb(pd.DataFrame(sums)), times, 5.0)
    twice = pd.DataFrame(pairs, columns=["survey_id", "level", "previous_level", "n_pairs"])
    joint = on_duckdb(twice.assign(**PLACE, question_id="q"))
    found = small(score_changes.score_changes(scored, joint, asked, times).to_native())
    return found[found["survey_id"].str.startswith("now")].set_index("measure")


def of_table(table: list[list[int]]) -> Waves:
    """Spread a paired 2x2 table over customers: rows are now, columns before; yes comes first."""
    cells = [(now, before) for now in (2, 1) for before in (2, 1)]
    counts = [n for row in table for n in row]
    rows = [cell for cell, n in zip(cells, counts, strict=True) for _ in range(n)]
    return pd.Series([before for _, before in rows]), pd.Series([now for now, _ in rows])


def test_published_paired_interval() -> None:
    """Complete response before and after consolidation (Cavo et al. 2012).

    Fagerland, Lydersen and Laake (2014), Recommended tests and confidence intervals for paired
    binomial proportions, Statistics in Medicine 33: Newcombe's square-and-add interval.
    """
    studies = [of_table([[59, 6], [16, 80]])]
    row = changes(studies, levels([0, 1], 1)).loc["satisfied_share"]
    assert row["score_change"] == pytest.approx(-6.21, abs=0.005)
    assert row["change_low"] == pytest.approx(-11.86, abs=0.005)
    assert row["change_high"] == pytest.approx(-0.46, abs=0.005)


def test_published_interval_of_different_people() -> None:
    """56 of 70 and 48 of 80 people: Newcombe (1998), Statistics in Medicine 17, 873, example a."""
    now = pd.Series([2] * 56 + [1] * 14, index=range(1000, 1070))
    before = pd.Series([2] * 48 + [1] * 32, index=range(80))
    row = changes([(before, now)], levels([0, 1], 1)).loc["satisfied_share"]
    assert row["change_low"] == pytest.approx(5.24, abs=0.005)
    assert row["change_high"] == pytest.approx(33.39, abs=0.005)


def test_who_says_the_same_twice_has_no_change() -> None:
    """The same people with the same answers: the interval closes on 0 as they agree fully."""
    said = pd.Series([1, 2, 3, 4, 5] * 12)
    found = changes([(said, said)], levels([1, 2, 3, 4, 5], 3))
    for measure in ("satisfied_share", "top_2_box", "mean"):
        row = found.loc[measure]
        assert row["score_change"] == 0
        # Wilson's ends lie unevenly around the share: what is left is their skewness
        assert abs(row["change_high"] - row["change_low"]) < 0.3 * (
            row["score_high"] - row["score_low"]
        )


def test_all_satisfied_twice_is_not_certain() -> None:
    """Ten of ten in both waves: no change is seen, and ten people prove no more than that."""
    said = pd.Series([5] * 10)
    row = changes([(said, said)], levels([1, 2, 3, 4, 5], 3)).loc["satisfied_share"]
    assert row["score_change"] == 0
    assert row["change_low"] < -20
    assert row["change_high"] > 20


def test_only_verdicts_are_compared() -> None:
    """What people said twice is known of verdicts: a factor's question has no change."""
    said = pd.Series([1, 2, 3, 4, 5] * 12)
    found = changes([(said, said)], levels([1, 2, 3, 4, 5], 3), role="performance")
    assert found["score_change"].isna().all()
    found = changes([(said, said)], levels([1, 2, 3, 4, 5], 3))
    assert found.loc["item_nonresponse":"item_nonresponse", "score_change"].isna().all()


CUTS = np.array([-2.2, -1.9, -1.6, -1.3, -1.0, -0.7, -0.4, 0.0, 0.5, 1.2])
SHIFT = 0.3


def share_above(mean: float, level: int) -> float:
    """Return the share of customers above a level whose opinion is normal with this mean."""
    return 1 - NormalDist(mean, 1).cdf(CUTS[level - 1])


def draw(rng: np.random.Generator, n: int, overlap: float) -> Waves:
    """Draw two waves of n customers, some of them the same, whose opinions correlate 0.6."""
    first, same = int(n * (1 - overlap)), rng.normal(size=2 * n)
    old, new = (sqrt(0.6) * same + sqrt(0.4) * rng.normal(size=2 * n) for _ in range(2))
    later = 1 + np.searchsorted(CUTS, new[first : first + n] + SHIFT)
    return (
        pd.Series(1 + np.searchsorted(CUTS, old[:n]), index=range(n)),
        pd.Series(later, index=range(first, first + n)),
    )


def test_coverage() -> None:
    """95 % intervals hold the true change of NPS and of a share: 93 to 97 % of them over all
    settings, and in each no less than three standard errors of the count explain."""
    rng, rounds, held = np.random.default_rng(18), 400, {}
    above = {level: share_above(SHIFT, level) - share_above(0, level) for level in (7, 9)}
    truth = {"satisfied_share": 100 * above[7], "nps": 100 * (above[9] + above[7])}
    for n in (40, 150):
        for overlap in (0.0, 0.6, 1.0):
            studies = [draw(rng, n, overlap) for _ in range(rounds)]
            for role, measure in (("overall", "satisfied_share"), ("recommend", "nps")):
                found = changes(studies, levels(list(NPS), 7), role).loc[[measure]]
                low, high = found["change_low"], found["change_high"]
                holds = low.le(truth[measure]) & high.ge(truth[measure])
                assert len(holds) == rounds
                held[n, overlap, measure] = holds.mean()
    assert 0.93 <= np.mean(list(held.values())) <= 0.97
    assert min(held.values()) >= 0.95 - 3 * sqrt(0.95 * 0.05 / rounds), held
