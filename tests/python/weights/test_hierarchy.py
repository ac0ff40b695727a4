"""From method tables to weights and consistency: published cases, brute force, and errors."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.core.errors import SatisfactionError
from satisfaction.weights import ahp, hierarchy

EDGES = ["model", "node_id", "parent_id"]
JUDGED = ["model", "expert_id", "parent_id", "left_id", "right_id", "judgement"]
RESULTS = {
    hierarchy.local_weights: {
        "model": "string", "parent_id": "string", "node_id": "string", "local_weight": "float64",
    },
    hierarchy.global_weights: {
        "model": "string", "node_id": "string", "depth": "int64", "is_leaf": "bool",
        "weight": "float64", "expert_weight_min": "float64", "expert_weight_max": "float64",
        "expert_weight_sd": "float64", "n_experts": "int64",
    },
    hierarchy.consistency: {
        "model": "string", "scope": "string", "expert_id": "string", "parent_id": "string",
        "n": "int64", "n_missing": "int64", "lambda_max": "float64", "ci": "float64",
        "ri": "float64", "ri_table": "string", "cr": "float64", "status": "string",
        "consensus": "float64",
    },
    hierarchy.review: {
        "model": "string", "expert_id": "string", "parent_id": "string", "left_id": "string",
        "right_id": "string", "judgement": "float64", "exact_ratio": "float64",
        "suggested_judgement": "float64", "disagreement": "float64", "cr": "float64",
        "cr_if_changed": "float64", "rank": "int64",
    },
}  # fmt: skip


def tables(edges, judgements, experts=None, model="m"):
    """Method tables from {parent: nodes} and {(expert, parent): {(left, right): judgement}}."""
    below = {node for nodes in edges.values() for node in nodes}
    nodes = [(model, parent, None) for parent in edges if parent not in below]
    nodes += [(model, node, parent) for parent, nodes in edges.items() for node in nodes]
    judged = [
        (model, expert, parent, left, right, value)
        for (expert, parent), pairs in judgements.items()
        for (left, right), value in pairs.items()
    ]
    if experts is None:
        names = sorted({expert for expert, _ in judgements})
        experts = {name: 1 / len(names) for name in names}
    return (
        pd.DataFrame(nodes, columns=EDGES),
        pd.DataFrame(experts.items(), columns=["expert_id", "weight"]),
        pd.DataFrame(judged, columns=JUDGED),
    )


def pairs(nodes, *rows):
    """Judgements of the upper triangle, row by row."""
    cells = [(left, right) for i, left in enumerate(nodes) for right in nodes[i + 1 :]]
    return dict(zip(cells, " ".join(rows).split(), strict=True))


def column(frame, name, key="node_id"):
    return dict(zip(frame[key], frame[name], strict=True))


def cities():
    """Saaty (2005), Theory and Applications of the Analytic Network Process: where to live."""
    criteria = ["culture", "family", "housing", "jobs", "transport"]
    places = ["bethesda", "boston", "pittsburgh", "santa_fe"]
    edges = {"goal": criteria} | {criterion: places for criterion in criteria}
    judged = {
        "goal": pairs(criteria, "1/5 3 1/2 5", "7 1 7", "1/4 3", "7"),
        "culture": pairs(places, "1/2 1 1/2", "2.5 1", "1/2.5"),
        "family": pairs(places, "2 1/3 4", "1/8 2", "9"),
        "housing": pairs(places, "5 1/2 2.5", "1/9 1/4", "7"),
        "jobs": pairs(places, "1/2 3 4", "6 8", "1"),
        "transport": pairs(places, "1.5 1/2 4", "1/3.5 2.5", "9"),
    }
    return tables(edges, {("saaty", parent): judgements for parent, judgements in judged.items()})


def test_cities():
    # weights as printed and as AHPy's tests have them: .229 .275 .385 .111
    result = hierarchy.global_weights(*cities())
    weights = column(result, "weight")
    expected = {"bethesda": 0.229, "boston": 0.275, "pittsburgh": 0.385, "santa_fe": 0.111}
    assert {city: round(weights[city], 3) for city in expected} == expected
    assert set(result.loc[result["is_leaf"], "node_id"]) == set(expected)
    assert column(result, "depth")["boston"] == 2 and column(result, "depth")["goal"] == 0
    # one expert: no spread to speak of, but its own weights are the group's
    assert (result["n_experts"] == 1).all() and result["expert_weight_sd"].isna().all()
    np.testing.assert_allclose(result["expert_weight_min"], result["weight"], rtol=1e-12)


def test_schools():
    # Saaty (1980): three schools under six criteria; school B wins with 0.38
    criteria = ["learning", "friends", "school_life", "vocational", "college", "music"]
    edges = {"goal": criteria} | {criterion: ["a", "b", "c"] for criterion in criteria}
    judged = [
        pairs(criteria, "4 3 1 3 4", "7 3 1/5 1", "1/5 1/5 1/6", "1 1/3", "3"),
        *[pairs("abc", text) for text in ("1/3 1/2 3", "1 1 1", "5 1 1/5", "9 7 1/5", "1/2 1 2")],
        pairs("abc", "6 4 1/3"),
    ]
    got = tables(edges, {("x", p): j for p, j in zip(edges, judged, strict=True)})
    weights = column(hierarchy.global_weights(*got), "weight")
    assert [round(weights[school], 2) for school in "abc"] == [0.37, 0.38, 0.25]
    assert [round(weights[criterion], 2) for criterion in criteria] == [
        0.32, 0.14, 0.03, 0.13, 0.24, 0.14,
    ]  # fmt: skip


def by_hand():
    """Two experts, three levels, a node with two parents on different levels, an only child."""
    edges = {"goal": ["a", "b", "c"], "a": ["x", "y"], "b": ["y", "z"], "c": ["only"]}
    edges |= {"z": ["p", "q"]}
    judged = {
        ("e1", "goal"): pairs("abc", "2 4 2"),
        ("e2", "goal"): pairs("abc", "1/2 1 2"),
        ("e1", "a"): pairs("xy", "3"),
        ("e2", "a"): pairs("xy", "1"),
        ("e1", "b"): pairs("yz", "1/4"),
        ("e2", "b"): pairs("yz", "1/4"),
        ("e1", "z"): pairs("pq", "1"),
        ("e2", "z"): pairs("pq", "1"),
    }
    return edges, tables(edges, judged, {"e1": 0.5, "e2": 0.5})


def test_weights_by_hand():
    _, frames = by_hand()
    local = hierarchy.local_weights(*frames).set_index(["parent_id", "node_id"])["local_weight"]
    # joined goal: ab 1, ac 2, bc 2, consistent; joined a: √3
    np.testing.assert_allclose(local["goal"][["a", "b", "c"]], [0.4, 0.4, 0.2])
    x = math.sqrt(3) / (1 + math.sqrt(3))
    np.testing.assert_allclose(local["a"][["x", "y"]], [x, 1 - x])
    assert local["c", "only"] == 1
    result = hierarchy.global_weights(*frames)
    weights, depth = column(result, "weight"), column(result, "depth")
    expected = {"x": 0.4 * x, "y": 0.4 * (1 - x) + 0.4 * 0.2, "z": 0.32, "p": 0.16, "only": 0.2}
    assert {node: weights[node] for node in expected} == pytest.approx(expected)
    assert (depth["goal"], depth["y"], depth["p"]) == (0, 2, 3)
    assert result.loc[result["is_leaf"], "weight"].sum() == pytest.approx(1)
    # the experts' own: e1 goal (4, 2, 1) / 7, a (¾, ¼); e2's goal is not consistent
    low, high = column(result, "expert_weight_min"), column(result, "expert_weight_max")
    e2 = ahp.eigenvector_weights([[1, 0.5, 1], [2, 1, 2], [1, 0.5, 1]])[0]
    own = [4 / 7 * 3 / 4, e2[0] / 2]
    assert (low["x"], high["x"]) == (pytest.approx(min(own)), pytest.approx(max(own)))
    assert column(result, "expert_weight_sd")["x"] == pytest.approx(np.std(own, ddof=1))
    assert (result["n_experts"] == 2).all()


def every_path(edges, local, node):
    """Brute force: walk all paths from the goal to the node."""
    parents = [parent for parent, nodes in edges.items() if node in nodes]
    if not parents:
        return 1.0
    return sum(every_path(edges, local, p) * local[p, node] for p in parents)


@st.composite
def random_tables(draw):
    """Random tables: layers of nodes with one or two parents each, complete judgements, experts."""
    edges, layer = {}, ["goal"]
    for depth in range(draw(st.integers(1, 3))):
        nodes = [f"n{depth}{k}" for k in range(draw(st.integers(len(layer), 4)))]
        for k, node in enumerate(nodes):
            above = {layer[k % len(layer)], draw(st.sampled_from(layer))}
            for parent in above:
                edges.setdefault(parent, []).append(node)
        layer = nodes
    scale = st.sampled_from(["1/9", "1/5", "1/3", "1", "2", "4", "7", "9"])
    judged = {
        (expert, parent): {
            (left, right): draw(scale) for i, left in enumerate(nodes) for right in nodes[i + 1 :]
        }
        for expert in ("e1", "e2", "e3")
        for parent, nodes in edges.items()
    }
    share = draw(st.floats(0.1, 0.8))
    return edges, tables(edges, judged, {"e1": share, "e2": 0.9 - share, "e3": 0.1})


@settings(max_examples=25, deadline=None)
@given(random_tables(), st.sampled_from(["aij", "aip"]), st.randoms(use_true_random=False))
def test_global_weights_are_sums_over_paths(case, aggregation, random):
    edges, frames = case
    options = {
        "aggregation": aggregation,
        "priority": random.choice(["eigenvector", "geometric_mean"]),
    }
    local = hierarchy.local_weights(*frames, **options)
    sums = local.groupby("parent_id")["local_weight"].sum()
    np.testing.assert_allclose(sums, 1.0)
    by_edge = local.set_index(["parent_id", "node_id"])["local_weight"].to_dict()
    result = hierarchy.global_weights(*frames, **options)
    for node, weight in column(result, "weight").items():
        assert weight == pytest.approx(every_path(edges, by_edge, node))
    assert result.loc[result["is_leaf"], "weight"].sum() == pytest.approx(1)
    # the order of rows does not matter, to the last bit
    shuffled = [frame.sample(frac=1, random_state=random.randrange(99)) for frame in frames]
    for function in RESULTS:
        pd.testing.assert_frame_equal(
            function(*frames, **options), function(*shuffled, **options), check_exact=True
        )


@settings(max_examples=25, deadline=None)
@given(random_tables())
def test_total_consistency_is_the_weighted_ratio(case):
    edges, frames = case
    weights = column(hierarchy.global_weights(*frames), "weight")
    result = hierarchy.consistency(*frames).set_index(["scope", "expert_id", "parent_id"])
    below = [parent for parent in edges if parent != "goal"] or ["goal"]
    group = result.loc["group"].loc["group"]
    ci = sum(weights[parent] * group["ci"][parent] for parent in below)
    ri = sum(weights[parent] * group["ri"][parent] for parent in below)
    total = result.loc["total", "group", "goal"]
    assert total["cr"] == pytest.approx(ci / ri if ri else 0)
    assert total["n"] == len({n for nodes in edges.values() for n in nodes} - edges.keys())
    assert math.isnan(total["lambda_max"])
    # an expert's total is what the group's would be if there were no other expert
    nodes, _, rows = frames
    if rows.empty:  # only children everywhere: nobody had anything to judge
        return
    alone = pd.DataFrame({"expert_id": ["e1"], "weight": [1]})
    own = hierarchy.consistency(nodes, alone, rows[rows["expert_id"] == "e1"])
    own = own.set_index(["scope", "expert_id", "parent_id"]).loc["total", "group", "goal"]
    pd.testing.assert_series_equal(result.loc["total", "e1", "goal"], own, check_names=False)


def one_parent(judged, nodes="abcd", experts=None):
    return tables({"goal": list(nodes)}, {(e, "goal"): j for e, j in judged.items()}, experts)


def test_consistency_rows():
    good = pairs("abcd", "2 4 8", "2 4", "2")
    bad = pairs("abcd", "9 1/9 9", "9 1/9", "9")
    partial = {("a", "b"): "2", ("c", "d"): "2"}
    frames = one_parent(
        {"e1": good, "e2": bad, "e3": partial}, experts={"e1": 0.6, "e2": 0.3, "e3": 0.1}
    )
    result = hierarchy.consistency(*frames).set_index(["scope", "expert_id"])
    first, second = result.loc["matrix", "e1"], result.loc["matrix", "e2"]
    assert (first["lambda_max"], first["cr"]) == (pytest.approx(4), 0)
    assert (first["status"], second["status"]) == ("consistent", "review")
    third = result.loc["matrix", "e3"]
    assert (third["n_missing"], third["status"]) == (4, "not_evaluable")
    assert third[["lambda_max", "ci", "cr"]].isna().all()
    # only the goal has children: the total is the goal's own
    group, total = result.loc["group", "group"], result.loc["total", "group"]
    assert (total["ci"], total["cr"]) == (pytest.approx(group["ci"]), pytest.approx(group["cr"]))
    assert ("total", "e3") not in result.index and ("total", "e1") in result.index
    assert 0 <= group["consensus"] < 1 and result["consensus"].count() == 1
    assert (result["ri_table"] == "alonso-lamata").all() and (result["ri"] == 0.8816).all()
    saaty = hierarchy.consistency(*frames, ri_table="saaty")
    assert (saaty["ri"] == 0.90).all() and (saaty["ri_table"] == "saaty").all()
    lenient = hierarchy.consistency(*frames, cr_threshold=99.0)
    assert set(lenient["status"]) == {"consistent", "not_evaluable"}
    # an expert who left cells out still counts where they judged, and not in the spread
    assert (hierarchy.global_weights(*frames)["n_experts"] == 2).all()


def test_review_rows_keep_the_expert_s_orientation():
    judged = pairs("abcd", "2 4 8", "2 4", "2") | {("a", "d"): "1/8"}
    (model, experts, rows) = one_parent({"e1": judged})
    flipped = rows.copy()
    flipped.loc[2, ["left_id", "right_id", "judgement"]] = ["d", "a", "8"]
    first = hierarchy.review(model, experts, rows)
    second = hierarchy.review(model, experts, flipped)
    # one expert with all the weight: the group has the same doubts
    assert list(first["expert_id"].unique()) == ["e1", "group"]
    top, same = first.iloc[0], second.iloc[0]
    assert (top["left_id"], top["right_id"], top["judgement"]) == ("a", "d", 0.125)
    assert (same["left_id"], same["right_id"], same["judgement"]) == ("d", "a", 8)
    assert same["exact_ratio"] == pytest.approx(1 / top["exact_ratio"])
    assert top["rank"] == 1 and top["cr_if_changed"] < top["cr"]
    assert first.groupby("expert_id").size().max() <= 3
    assert len(hierarchy.review(model, experts, rows, top=1)) == 2
    # nothing was changed: the review is advice
    assert set(hierarchy.consistency(model, experts, rows)["status"]) == {"review"}


def test_aip_leaves_out_experts_who_cannot_be_ranked():
    good = pairs("abcd", "2 4 8", "2 4", "2")
    frames = one_parent({"e1": good, "e2": {("a", "b"): "9"}}, experts={"e1": 0.5, "e2": 0.5})
    aip = hierarchy.local_weights(*frames, aggregation="aip")["local_weight"]
    np.testing.assert_allclose(aip, np.array([8, 4, 2, 1]) / 15)
    assert not np.allclose(hierarchy.local_weights(*frames)["local_weight"], aip)
    chain = one_parent({"e1": {("a", "b"): "2"}, "e2": {("b", "c"): "2"}}, nodes="abc")
    np.testing.assert_allclose(
        hierarchy.local_weights(*chain)["local_weight"], np.array([4, 2, 1]) / 7
    )
    silent = pairs("abc", "2 4", "2")  # an expert without any say does not help
    chain = one_parent(
        {"e1": {("a", "b"): "2"}, "e2": {("b", "c"): "2"}, "e3": silent},
        nodes="abc",
        experts={"e1": 0.5, "e2": 0.5, "e3": 0},
    )
    with pytest.raises(SatisfactionError, match="no expert's own judgements connect a, b, c"):
        hierarchy.local_weights(*chain, aggregation="aip")


def test_models_are_chosen_and_kept_apart():
    one = one_parent({"e1": pairs("ab", "3")}, nodes="ab")
    other = tables({"top": ["u", "v"]}, {}, {}, model="silent")
    frames = (pd.concat([one[0], other[0]]), one[1], one[2])
    result = hierarchy.local_weights(*frames, models=["m"])
    assert column(result, "local_weight") == pytest.approx({"a": 0.75, "b": 0.25})
    message = "model=silent, parent_id=top: no judgement links {u} with {v}. Add a judgement that"
    with pytest.raises(SatisfactionError, match=message):
        hierarchy.local_weights(*frames)
    with pytest.raises(SatisfactionError, match="'loyalty' is not an option. Use m or silent"):
        hierarchy.local_weights(*frames, models=["loyalty"])


@pytest.mark.parametrize("function", RESULTS)
def test_types_are_fixed(function):
    empty = function(*cities(), models=[])
    full = function(*cities(), cr_threshold=0.0)
    assert len(empty) == 0 and len(full) > 0
    for frame in (empty, full):
        assert frame.dtypes.astype(str).to_dict() == RESULTS[function]
    blank = [frame.iloc[:0] for frame in cities()]
    assert function(*blank).dtypes.astype(str).to_dict() == RESULTS[function]


def changed(edit):
    frames = list(cities())
    edit(*frames)
    return frames


ROW = "ahp_judgements.{}, model=.*, expert_id=.*, parent_id=.*, left_id=.*, right_id=.*: "
WRONG = {
    "unknown expert": ("judgements", "expert_id", "who", ROW.format("expert_id") + "'who' is unkn"),
    "unknown parent": ("judgements", "parent_id", "boston", ROW.format("parent_id") + "'boston'"),
    "unknown node": (
        "judgements",
        "left_id",
        "paris",
        ROW.format("left_id") + "'paris' is unknown",
    ),
    "not a sibling": ("judgements", "right_id", "boston", ROW.format("right_id") + "'boston'"),
    "itself": ("judgements", "right_id", "culture", ROW.format("right_id") + "'culture' is unkn"),
    "unknown model": ("judgements", "model", "mm", ROW.format("model") + "'mm' is unknown"),
    "zero": ("judgements", "judgement", "0", ROW.format("judgement") + "'0' is not a judgement"),
    "negative": ("judgements", "judgement", "-3", ROW.format("judgement") + "'-3' is not"),
    "off the scale": ("judgements", "judgement", "12", ROW.format("judgement") + "'12' is not"),
    "blank": ("judgements", "judgement", None, ROW.format("judgement") + "'' is not a judgement"),
    "weights": (
        "experts",
        "weight",
        0.9,
        r"ahp_experts.weight: 0.9 are not weights that sum to 1\.",
    ),
    "weight text": ("experts", "weight", "much", "ahp_experts.weight: much are not weights"),
    "reserved name": ("experts", "expert_id", "group", "ahp_experts.expert_id: listed.*: group. R"),
    "two goals": ("hierarchy", "parent_id", None, "ahp_hierarchy, model=m: there must be one goal"),
    "orphan": ("hierarchy", "parent_id", "moon", "ahp_hierarchy, model=m: moon, the parent of cul"),
    "cycle": ("hierarchy", "parent_id", "boston", "a cycle leads through boston, culture"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_tables(case):
    table, name, value, message = WRONG[case]
    frames = dict(zip(("hierarchy", "experts", "judgements"), cities(), strict=True))
    frame = frames[table].astype({name: object})
    frame.loc[frame.index[1 if table == "hierarchy" else 0], name] = value
    frames[table] = frame
    with pytest.raises(SatisfactionError, match=message) as error:
        hierarchy.local_weights(**frames)
    assert "\n" not in str(error.value) and error.value.fix


def test_contradictions_are_refused_and_repetitions_are_not():
    edges, experts, rows = one_parent({"e1": pairs("ab", "3")}, nodes="ab")
    again = pd.DataFrame([("m", "e1", "goal", "b", "a", "1/3")], columns=JUDGED)
    both = pd.concat([rows, again])
    assert hierarchy.local_weights(edges, experts, both)["local_weight"][0] == pytest.approx(0.75)
    both["judgement"] = "3"
    with pytest.raises(SatisfactionError, match="left_id=b, right_id=a: 3 contradicts 0.333"):
        hierarchy.local_weights(edges, experts, both)


def test_other_errors():
    edges, experts, rows = cities()
    with pytest.raises(SatisfactionError, match="ahp_judgements.left_id: the column is missing"):
        hierarchy.consistency(edges, experts, rows.drop(columns="left_id"))
    with pytest.raises(SatisfactionError, match="listed twice, or taken: saaty"):
        hierarchy.consistency(edges, pd.concat([experts, experts]), rows)
    with pytest.raises(SatisfactionError, match="vars.options: 'aggregate' is not an option"):
        hierarchy.consistency(edges, experts, rows, aggregate="aip")
    with pytest.raises(SatisfactionError, match="vars.ahp_aggregation: 'mean' is not an option"):
        hierarchy.consistency(edges, experts, rows, aggregation="mean")
    few = rows[rows["parent_id"] != "jobs"]
    with pytest.raises(
        SatisfactionError, match="parent_id=jobs: no judgement links {bethesda} with"
    ):
        hierarchy.consistency(edges, experts, few)
    apart = rows[(rows["left_id"] != "culture") | (rows["parent_id"] != "goal")]
    apart = apart[apart["right_id"] != "culture"]
    message = (
        "links {culture} with {family, housing, jobs, transport}. .* links culture and family, or"
    )
    with pytest.raises(SatisfactionError, match=message):
        hierarchy.consistency(edges, experts, apart)
