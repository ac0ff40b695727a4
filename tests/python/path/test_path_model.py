"""PLS path modelling: published figures, an independent implementation on rows, closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from satisfaction.core.errors import SatisfactionError
from satisfaction.path import path_model
from satisfaction.path.path_model import SCHEMES, Fit, Label, Model
from tests.python.conftest import ROOT

Array = NDArray[np.float64]

# --- published figures --------------------------------------------------------------------------

# The European index of a mobile phone provider: 250 customers, 24 items from 1 to 10. Data of
# Tenenhaus et al. (2005) as distributed with the R package semPLS (Monecke and Leisch 2012, Journal
# of Statistical Software 48 (3)); kept here as sums of items and of products of items.
SUMS = pd.read_csv(ROOT / "tests/python/path/ecsi_mobile_sums.csv", index_col="item")
N = 250
ITEMS = SUMS.index.to_list()


def block(prefix: str) -> list[str]:
    return [item for item in ITEMS if item.startswith(prefix)]


BLOCKS = {
    "image": block("IMAG"),
    "expectation": block("CUEX"),
    "quality": block("PERQ"),
    "value": block("PERV"),
    "satisfaction": block("CUSA"),
    "complaints": block("CUSCO"),
    "loyalty": block("CUSL"),
}
ECSI = Model(
    BLOCKS,
    [
        ("image", "expectation"),
        ("image", "satisfaction"),
        ("image", "loyalty"),
        ("expectation", "quality"),
        ("expectation", "value"),
        ("expectation", "satisfaction"),
        ("quality", "value"),
        ("quality", "satisfaction"),
        ("value", "satisfaction"),
        ("satisfaction", "complaints"),
        ("satisfaction", "loyalty"),
        ("complaints", "loyalty"),
    ],
)


def mobile(model: Model) -> tuple[Array, Array, Array]:
    """Correlations, means and standard deviations of the items of a model."""
    order = [ITEMS.index(item) for item in model.items]
    half = SUMS[ITEMS].to_numpy(float)
    product = np.where(np.isnan(half), half.T, half)[np.ix_(order, order)]
    means = SUMS["total"].to_numpy(float)[order] / N
    covariance = (product - N * np.outer(means, means)) / (N - 1)
    sds = np.sqrt(np.diag(covariance))
    return covariance / np.outer(sds, sds), means, sds


def figures_of(model: Model, scheme: str = "path") -> dict[Label, Array]:
    r, means, sds = mobile(model)
    scales = np.array([[1.0], [10.0]]).repeat(len(model.items), axis=1)
    return path_model.figures(path_model.fit(r, model, scheme), r, means, sds, scales, model)


# SmartPLS 2.0.M3 on these data, as published with semPLS: path coefficients in the order of links
PUBLISHED_PATHS = {
    "centroid": [
        *(0.50470564, 0.17883348, 0.19535971, 0.55724786, 0.05078755, 0.06442534),
        *(0.55721686, 0.51254524, 0.19181566, 0.52609731, 0.48347472, 0.07123241),
    ],
    "factorial": [
        *(0.50494314, 0.17859267, 0.19581962, 0.55675903, 0.05017810, 0.06494365),
        *(0.55776245, 0.51297470, 0.19144526, 0.52585655, 0.48305917, 0.07031057),
    ],
    "path": [
        *(0.50491393, 0.17873950, 0.19575534, 0.55674896, 0.04998839, 0.06252287),
        *(0.55830438, 0.51202394, 0.19476510, 0.52806625, 0.48547762, 0.06692607),
    ],
}
# weights of CUEX1-3, CUSA1-3, CUSL1-3
PUBLISHED_WEIGHTS = {
    "centroid": [
        *(0.52282271, 0.46806824, 0.44989729, 0.37718684, 0.38156707, 0.44105872),
        *(0.45046794, 0.13133992, 0.65948149),
    ],
    "factorial": [
        *(0.52090762, 0.47378907, 0.44585601, 0.37788083, 0.38247081, 0.43950908),
        *(0.45553653, 0.12559574, 0.65632685),
    ],
    "path": [
        *(0.52118068, 0.47367966, 0.44563424, 0.36486486, 0.38315604, 0.45096120),
        *(0.46066473, 0.11426953, 0.65431059),
    ],
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_published_paths_and_weights(scheme: str) -> None:
    found = figures_of(ECSI, scheme)
    paths = [found["path", *link, ""] for link in ECSI.links]
    np.testing.assert_allclose(paths, PUBLISHED_PATHS[scheme], atol=5e-8)
    blocks = ("expectation", "satisfaction", "loyalty")
    weights = [found["weight", name, item, ""] for name in blocks for item in BLOCKS[name]]
    np.testing.assert_allclose(weights, PUBLISHED_WEIGHTS[scheme], atol=5e-8)


def test_published_loadings_and_effects() -> None:
    """SmartPLS 2.0.M3 by the path weighting scheme, as published with semPLS."""
    found = figures_of(ECSI)
    loadings = [found["loading", "image", item, ""] for item in BLOCKS["image"]]
    np.testing.assert_allclose(
        loadings, [0.74520807, 0.59920038, 0.57635896, 0.76876167, 0.74445242], atol=5e-8
    )
    published = {
        ("image", "satisfaction"): 0.38972664,
        ("image", "loyalty"): 0.39873238,
        ("expectation", "loyalty"): 0.21763337,
        ("quality", "satisfaction"): 0.62076216,
        ("quality", "loyalty"): 0.32330474,
        ("satisfaction", "loyalty"): 0.52081902,
    }
    total = [found["total_effect", *pair, ""] for pair in published]
    np.testing.assert_allclose(total, list(published.values()), atol=5e-8)


def test_published_formative_block() -> None:
    """The R package seminr on these data: quality in mode B."""
    names = ("expectation", "quality", "loyalty", "image", "complaints")
    links = [(name, "loyalty") for name in ("expectation", "quality", "complaints")]
    model = Model(
        {name: BLOCKS[name] for name in names},
        [*links, ("image", "expectation")],
        frozenset({"quality"}),
    )
    found = figures_of(model)
    weights = [found["weight", "quality", item, ""] for item in BLOCKS["quality"]]
    np.testing.assert_allclose(
        weights,
        [
            *(0.407033650980277, 0.166397958325427, 0.38465728634974, 0.0740065406659367),
            *(0.0521512126128109, -0.0862475048715799, 0.247567714116287),
        ],
        atol=1e-6,
    )
    paths = [found["path", *link, ""] for link in model.links]
    np.testing.assert_allclose(
        paths,
        [0.124534792831633, 0.405693671851465, 0.176081956818542, 0.512876954138615],
        atol=1e-6,
    )
    assert ("ave", "quality", "quality", "") not in found  # of reflective blocks only


def test_published_figures_on_the_raw_metric() -> None:
    """The index of satisfaction and paths of the R package semPLS without scaling, centroid."""
    r, means, sds = mobile(ECSI)
    scales = np.array([[1.0], [10.0]]).repeat(len(ECSI.items), axis=1)
    fit = path_model.fit(r, ECSI, "centroid", variances=sds**2)
    found = path_model.figures(fit, r, means, sds, scales, ECSI)
    assert found["index", "satisfaction", "satisfaction", ""] == pytest.approx(71.248, abs=5e-4)
    for link, published in {
        ("image", "expectation"): 0.493,
        ("complaints", "loyalty"): 0.050,
        ("expectation", "satisfaction"): 0.037,
    }.items():
        assert found["path", *link, ""] == pytest.approx(published, abs=5e-4)
    # that much hangs on the metric: standardised it is 72.54
    standardised = figures_of(ECSI, "centroid")
    assert standardised["index", "satisfaction", "satisfaction", ""] == pytest.approx(72.5, abs=0.1)


def test_the_raw_metric_of_items_that_vary_alike_is_the_standardised_one() -> None:
    r, means, sds = mobile(ECSI)
    raw = path_model.fit(r, ECSI, variances=np.full(len(sds), 3.0))
    np.testing.assert_allclose(raw.weights, path_model.fit(r, ECSI).weights, atol=1e-7)


def test_published_reliability() -> None:
    """The R package seminr on these data, with four constructs."""
    names = ("image", "expectation", "value", "satisfaction")
    links = [(name, "satisfaction") for name in names[:3]]
    found = figures_of(Model({name: BLOCKS[name] for name in names}, links))
    published = {
        "composite_reliability": (
            *(0.818325774056256, 0.733177801505283, 0.917897281748515, 0.871457927643628),
        ),
        "ave": (0.477979834838268, 0.480507046633952, 0.84831067540365, 0.693363990925202),
    }
    for kind, values in published.items():
        ours = [found[kind, name, name, ""] for name in names]
        np.testing.assert_allclose(ours, values, atol=1e-8)
    r_squared = found["r_squared", "satisfaction", "satisfaction", ""]
    assert r_squared == pytest.approx(0.590603320426892, abs=1e-8)
    htmt = {frozenset(label[1:3]): value for label, value in found.items() if label[0] == "htmt"}
    for pair, value in (
        (("image", "expectation"), 0.88803042750925),
        (("image", "value"), 0.651659392487802),
        (("image", "satisfaction"), 0.910100923782741),
        (("expectation", "value"), 0.588628982316289),
        (("expectation", "satisfaction"), 0.865108193553153),
        (("value", "satisfaction"), 0.740808927759395),
    ):
        assert htmt[frozenset(pair)] == pytest.approx(value, abs=1e-12)


# --- an independent implementation: Wold's algorithm on rows, construct by construct -------------


def standard(x: Array) -> Array:
    return np.asarray((x - x.mean(axis=0)) / x.std(axis=0))


def regression(y: Array, x: Array) -> Array:
    return np.asarray(np.linalg.lstsq(x, y, rcond=None)[0])


def by_rows(x: dict[str, Array], model: Model, scheme: str) -> tuple[dict[str, Array], dict]:
    """Scores of every construct, and the path coefficients."""
    x = {name: standard(rows) for name, rows in x.items()}
    causes = {name: [a for a, b in model.links if b == name] for name in x}
    effects = {name: [b for a, b in model.links if a == name] for name in x}
    scores = {name: standard(rows.sum(axis=1)) for name, rows in x.items()}
    for _ in range(150):
        inside = {}
        for name, y in scores.items():
            z = np.zeros(len(y))
            for other in causes[name] + effects[name]:
                r = np.corrcoef(y, scores[other])[0, 1]
                z += {"centroid": np.sign(r), "factorial": r, "path": r}[scheme] * scores[other]
            if scheme == "path" and causes[name]:
                of_causes = np.column_stack([scores[other] for other in causes[name]])
                z = of_causes @ regression(y, of_causes)
                for other in effects[name]:
                    z += np.corrcoef(y, scores[other])[0, 1] * scores[other]
            inside[name] = z
        scores = {
            name: standard(
                rows @ regression(inside[name], rows)
                if name in model.formative
                else rows @ (rows.T @ inside[name])
            )
            for name, rows in x.items()
        }
    for name, y in scores.items():
        up = [np.corrcoef(column, y)[0, 1] for column in x[name].T]
        if sum(np.sign(up)) < 0:
            scores[name] = -y
    paths = {}
    for name in x:
        if causes[name]:
            of_causes = np.column_stack([scores[other] for other in causes[name]])
            found = regression(scores[name], of_causes)
            paths |= {(c, name): b for c, b in zip(causes[name], found, strict=True)}
    return scores, paths


SMALL = Model(
    {"a": ["a1", "a2", "a3"], "b": ["b1", "b2"], "c": ["c1", "c2", "c3"], "d": ["d1"]},
    [("a", "b"), ("a", "c"), ("b", "c"), ("c", "d"), ("a", "d")],
)


def simulated(seed: int, n: int = 150, backwards: tuple[str, ...] = ()) -> dict[str, Array]:
    """Rows of SMALL with some noise; the items of some blocks and the arrow b to c turned round."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    b = 0.5 * a + rng.normal(size=n)
    c = 0.6 * a - 0.5 * b + rng.normal(size=n)
    d = 0.7 * c + rng.normal(size=n)
    rows = {}
    for name, construct in {"a": a, "b": b, "c": c, "d": d}.items():
        m = len(SMALL.blocks[name])
        noise = rng.normal(size=(n, m)) * (0.5 + rng.random(m))
        way = -1 if name in backwards else 1
        rows[name] = way * construct[:, None] + noise
    return rows


def correlated(rows: dict[str, Array], model: Model) -> Array:
    return np.asarray(np.corrcoef(np.column_stack([rows[name] for name in model.names]).T))


@pytest.mark.parametrize("formative", [frozenset[str](), frozenset({"a"}), frozenset({"b", "c"})])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_same_as_on_rows(scheme: str, formative: frozenset[str]) -> None:
    model = replace(SMALL, formative=formative)
    for seed, backwards in ((1, ()), (2, ("b",)), (3, ("a", "d"))):
        rows = simulated(seed, backwards=backwards)
        fit = path_model.fit(correlated(rows, model), model, scheme)
        scores, paths = by_rows(rows, model, scheme)
        x = np.column_stack([standard(rows[name]) for name in model.names])
        for j, (name, at) in enumerate(zip(model.names, model.at, strict=True)):
            np.testing.assert_allclose(x[:, at] @ fit.weights[at], scores[name], atol=1e-6)
            np.testing.assert_allclose(
                fit.cross_loadings[:, j], x.T @ scores[name] / 150, atol=1e-6
            )
        for (cause, effect), value in paths.items():
            found = fit.paths[model.names.index(cause), model.names.index(effect)]
            assert found == pytest.approx(value, abs=1e-6)


def test_a_stack_is_its_matrices_one_by_one() -> None:
    stack = np.stack([correlated(simulated(seed), SMALL) for seed in range(6)])
    together = path_model.fit(stack.reshape(2, 3, 9, 9), SMALL)
    for i, r in enumerate(stack):
        alone = path_model.fit(r, SMALL)
        for name in Fit.__dataclass_fields__:
            both = getattr(together, name).reshape(6, *getattr(alone, name).shape)[i]
            np.testing.assert_allclose(both, getattr(alone, name), atol=1e-12)


# --- closed forms -------------------------------------------------------------------------------


def test_two_items_are_their_correlation() -> None:
    model = Model({"x": ["x1"], "y": ["y1"]}, [("x", "y")])
    for r in (0.3, -0.8):
        fit = path_model.fit(np.array([[1, r], [r, 1]]), model)
        assert fit.paths[0, 1] == pytest.approx(r)
        assert fit.r_squared[1] == pytest.approx(r * r)
        np.testing.assert_allclose(fit.weights, [1, 1])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_formative_block_with_one_outcome_is_a_regression(scheme: str) -> None:
    rows = np.random.default_rng(5).normal(size=(80, 4))
    rows[:, 3] += rows[:, :3] @ [1.0, -0.4, 0.2]
    r = np.corrcoef(rows.T)
    model = Model({"x": ["x1", "x2", "x3"], "y": ["y1"]}, [("x", "y")], frozenset({"x"}))
    fit = path_model.fit(r, model, scheme)
    beta = np.linalg.solve(r[:3, :3], r[:3, 3])
    assert fit.r_squared[1] == pytest.approx(beta @ r[:3, 3])
    np.testing.assert_allclose(fit.weights[:3] * fit.paths[0, 1], beta, atol=1e-7)


def test_two_formative_blocks_are_the_first_canonical_correlation() -> None:
    rows = np.random.default_rng(6).normal(size=(90, 5))
    rows[:, 3:] += rows[:, :2]
    r = np.corrcoef(rows.T)
    model = Model({"x": list("abc"), "y": list("de")}, [("x", "y")], frozenset({"x", "y"}))
    fit = path_model.fit(r, model)
    product = np.linalg.solve(r[:3, :3], r[:3, 3:]) @ np.linalg.solve(r[3:, 3:], r[3:, :3])
    assert fit.r_squared[1] == pytest.approx(np.linalg.eigvals(product).real.max(), abs=1e-8)


def test_two_reflective_blocks_are_the_first_singular_vectors() -> None:
    rows = np.random.default_rng(7).normal(size=(90, 5)) + np.arange(90)[:, None] / 40
    r = np.corrcoef(rows.T)
    model = Model({"x": list("abc"), "y": list("de")}, [("x", "y")])
    fit = path_model.fit(r, model, "centroid")
    left, _, right = np.linalg.svd(r[:3, 3:])
    for weights, vector in ((fit.weights[:3], left[:, 0]), (fit.weights[3:], right[0])):
        np.testing.assert_allclose(
            weights / np.linalg.norm(weights), vector * np.sign(vector[0]), atol=1e-7
        )


def test_effects_by_hand() -> None:
    """Single items make the constructs, so that every path is a regression of items."""
    links = [("q", "v"), ("q", "s"), ("v", "s"), ("s", "l")]
    model = Model({name: [name] for name in "qvsl"}, links)
    # q to v 0.5; s = 0.4 q + 0.2 v; l = 0.6 s
    qs, vs = 0.4 + 0.2 * 0.5, 0.4 * 0.5 + 0.2
    r = np.array(
        [
            [1, 0.5, qs, 0.6 * qs],
            [0.5, 1, vs, 0.6 * vs],
            [qs, vs, 1, 0.6],
            [0.6 * qs, 0.6 * vs, 0.6, 1],
        ]
    )
    found = path_model.figures(
        path_model.fit(r, model), r, np.ones(4), np.ones(4), np.array([[0.0] * 4, [1.0] * 4]), model
    )
    assert found["total_effect", "q", "l", ""] == pytest.approx(0.6 * (0.4 + 0.2 * 0.5))
    assert found["indirect_effect", "q", "l", ""] == pytest.approx(0.6 * (0.4 + 0.2 * 0.5))
    assert found["indirect_effect", "q", "s", ""] == pytest.approx(0.2 * 0.5)
    assert found["mediation", "q", "l", "s"] == pytest.approx(0.4 * 0.6)
    assert found["mediation", "q", "l", "v > s"] == pytest.approx(0.5 * 0.2 * 0.6)
    assert ("indirect_effect", "q", "v", "") not in found
    explained = [0.25, 0.4 * qs + 0.2 * vs, 0.36]
    assert found["gof", "model", "model", ""] == pytest.approx(np.sqrt(np.mean(explained)))


def test_index_by_hand() -> None:
    """Weights 0.6 and 0.3 of items with standard deviations 2 and 1: equal unscaled weights."""
    weights, sds = np.array([0.6, 0.3]), np.array([2.0, 1.0])
    means, low, high = np.array([8.0, 6.0]), np.array([1.0, 1.0]), np.array([10.0, 10.0])
    found = path_model.index(weights, means, sds, low, high)
    assert found == pytest.approx(100 * (0.3 * 8 + 0.3 * 6 - 0.6 * 1) / (9 * 0.6))
    # items on other scales: the share of the way each mean has gone, by unscaled weight and width
    mixed = path_model.index(weights, np.array([5.0, 3.0]), sds, low * 0, np.array([10.0, 4.0]))
    assert mixed == pytest.approx(100 * (0.3 * 5 + 0.3 * 3) / (0.3 * 10 + 0.3 * 4))
    assert np.isnan(path_model.index(np.array([1.0, -1.0]), means, sds / sds, low, high))


# --- properties ---------------------------------------------------------------------------------

PAIRS = ("correlation", "htmt")  # without a direction


def test_the_order_of_items_and_links_does_not_matter() -> None:
    shuffled = Model(
        {name: items[::-1] for name, items in reversed(ECSI.blocks.items())}, ECSI.links[::-1]
    )
    first, second = figures_of(ECSI), figures_of(shuffled)
    assert first.keys() - second.keys() <= {label for label in first if label[0] in PAIRS}
    for label, value in first.items():
        kind, one, other, via = label
        twin = second.get(label, second.get((kind, other, one, via)))
        assert twin == pytest.approx(value, abs=1e-7), label


def test_turned_items_turn_signs_only() -> None:
    """An item asked the other way round has the opposite weight and nothing else changes."""
    r, _, _ = mobile(ECSI)
    plain = path_model.fit(r, ECSI)
    turn = np.ones(len(ECSI.items))
    turn[ECSI.items.index("PERQ3")] = -1
    found = path_model.fit(r * np.outer(turn, turn), ECSI)
    np.testing.assert_allclose(found.weights, plain.weights * turn, atol=1e-7)
    np.testing.assert_allclose(found.paths, plain.paths, atol=1e-7)
    # a whole construct turned: its signs come back, and so do those of the paths
    turn[:] = 1
    turn[ECSI.at[ECSI.names.index("quality")]] = -1
    found = path_model.fit(r * np.outer(turn, turn), ECSI)
    np.testing.assert_allclose(found.weights, plain.weights, atol=1e-7)
    path = (ECSI.names.index("quality"), ECSI.names.index("satisfaction"))
    assert found.paths[path] == pytest.approx(-plain.paths[path])


def test_bounds() -> None:
    for seed in range(20):
        for formative in (frozenset[str](), frozenset({"a", "c"})):
            model = replace(SMALL, formative=formative)
            r = correlated(simulated(seed, n=20), model)
            fit = path_model.fit(r, model)
            variances = [fit.weights[at] @ r[at, at] @ fit.weights[at] for at in model.at]
            np.testing.assert_allclose(variances, 1)
            np.testing.assert_allclose(np.diag(fit.correlations), 1)
            assert (np.abs(fit.cross_loadings) <= 1 + 1e-12).all()
            explained = fit.r_squared[1:]
            assert ((explained >= 0) & (explained <= 1)).all() and np.isnan(fit.r_squared[0])
            scales = np.array([[1.0] * 9, [5.0] * 9])
            found = path_model.figures(fit, r, np.full(9, 3.0), np.ones(9), scales, model)
            for name in model.names:
                assert found["index", name, name, ""] == pytest.approx(50)
            for (kind, one, other, _), value in found.items():
                if kind == "total_effect":
                    direct = found.get(("path", one, other, ""), 0.0)
                    through = found.get(("indirect_effect", one, other, ""), 0.0)
                    assert value == pytest.approx(direct + through)


def test_more_items_up_than_down() -> None:
    for seed in range(10):
        fit = path_model.fit(correlated(simulated(seed, backwards=("a", "c")), SMALL), SMALL)
        for j, at in enumerate(SMALL.at):
            assert np.sign(fit.cross_loadings[at, j]).sum() >= 0


def test_what_cannot_be_estimated_is_nan() -> None:
    model = replace(SMALL, formative=frozenset({"a"}))
    rows = simulated(1)
    rows["a"][:, 2] = rows["a"][:, 0] + rows["a"][:, 1]  # collinear items of a formative block
    good = correlated(simulated(2), model)
    found = path_model.fit(np.stack([correlated(rows, model), good]), model)
    assert np.isnan(found.weights[0]).all() and np.isnan(found.paths[0, 0, 1])
    assert np.isfinite(found.weights[1]).all()
    constant = good.copy()
    constant[3, :] = constant[:, 3] = np.nan
    assert np.isnan(path_model.fit(constant, model).weights).all()


def test_unknown_scheme() -> None:
    with pytest.raises(SatisfactionError, match="'pca' is not an option"):
        path_model.fit(np.eye(9), SMALL, "pca")
