"""From the AHP method tables to weights and consistency: pandas at the edge, NumPy inside.

The public functions take the tables ahp_hierarchy, ahp_experts and ahp_judgements, which may hold
several models, and the keywords of Options. Results do not depend on the order of rows. Each raises
SatisfactionError when a table is wrong, or when the judgements leave nodes of a parent unconnected.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal, NamedTuple, TypedDict, Unpack

import numpy as np
from pandas import DataFrame, concat, to_numeric

from satisfaction.core.errors import check_option, require
from satisfaction.weights import ahp

GROUP = "group"  # the joined experts, where an expert_id is expected
_KEY = ["model", "expert_id", "parent_id", "left_id", "right_id"]
#: columns that are read of each method table
TABLES = {
    "ahp_hierarchy": ("model", "node_id", "parent_id"),
    "ahp_experts": ("expert_id", "weight"),
    "ahp_judgements": (*_KEY, "judgement"),
}
_TYPES = {
    **dict.fromkeys([*_KEY, "node_id", "scope", "ri_table", "status"], "string"),
    **dict.fromkeys(["depth", "n", "n_missing", "n_experts", "rank"], "int64"),
    "is_leaf": "bool",
}


class Options(TypedDict, total=False):
    """Keywords of the public functions; the first value is the default."""

    models: Iterable[str] | None  # None: every model of ahp_hierarchy
    aggregation: Literal["aij", "aip"]  # join judgements, or priorities
    priority: ahp.Priority  # "eigenvector", "geometric_mean"
    ri_table: ahp.RandomIndex  # see ahp.RANDOM_INDEX
    cr_threshold: float  # 0.10: a CR above it has the status review
    top: int  # 3: judgements to review in one matrix


@dataclass(frozen=True)
class Hierarchy:
    """One model's nodes, without cycles; a node may have several parents (层次结构)."""

    model: str
    edges: tuple[tuple[str, str], ...]  # (parent, node)

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """Sorted nodes under each parent, from the goal (目标层) down."""
        order: TopologicalSorter[str] = TopologicalSorter()
        for parent, node in sorted(self.edges):
            order.add(node, parent)
        under = {p: sorted({n for q, n in self.edges if q == p}) for p in order.static_order()}
        return {parent: nodes for parent, nodes in under.items() if nodes}

    @cached_property
    def depths(self) -> dict[str, int]:
        """Steps from the goal to each node, along the longest path."""
        depths = dict.fromkeys(list(self.children)[:1], 0)
        for parent, nodes in self.children.items():
            depths |= {node: max(depths.get(node, 0), depths[parent] + 1) for node in nodes}
        return depths

    def spread(self, local: dict[str, ahp.Array]) -> dict[str, float]:
        """Global weights: the product of the local ones along each path, summed over the paths."""
        total = {node: float(depth == 0) for node, depth in self.depths.items()}
        for parent, nodes in self.children.items():
            for node, weight in zip(nodes, local[parent], strict=True):
                total[node] += total[parent] * float(weight)
        return total


class Matrix(NamedTuple):
    """A judgement matrix and its results, which are NaN where it does not connect the nodes."""

    judgements: ahp.Array
    weights: ahp.Array
    n: int
    n_missing: int
    lambda_max: float
    ci: float
    ri: float
    cr: float


class Solved(NamedTuple):
    """One model: matrices by parent, then by expert, and the group's local weights by parent."""

    tree: Hierarchy
    group: dict[str, Matrix]
    experts: dict[str, dict[str, Matrix]]
    local: dict[str, ahp.Array]
    stated: set[tuple[str, ...]]  # the keys of ahp_judgements: who is on the left

    def expert_locals(self) -> dict[str, dict[str, ahp.Array]]:
        """Local weights of each expert whose own judgements connect the nodes of every parent."""
        judged = {p: self.experts[p] for p, nodes in self.tree.children.items() if len(nodes) > 1}
        able = [{e for e, m in own.items() if not np.isnan(m.cr)} for own in judged.values()]
        only = {p: np.ones(1) for p in self.tree.children}
        experts = sorted(set.intersection(*able)) if able else []
        return {e: only | {p: own[e].weights for p, own in judged.items()} for e in experts}


def read_hierarchies(frame: DataFrame) -> dict[str, Hierarchy]:
    """Read ahp_hierarchy, one Hierarchy per model; refuses orphans, cycles and several goals."""
    rows = _rows(frame, "ahp_hierarchy")
    trees = {}
    for model in sorted({row[0] for row in rows}):
        nodes = {node for m, node, _ in rows if m == model}
        edges = sorted({(parent, node) for m, node, parent in rows if m == model and parent})
        goals = sorted({node for m, node, parent in rows if m == model and not parent})
        wrong = [f"{p}, the parent of {n}, is not a node" for p, n in edges if p not in nodes]
        if len(goals) != 1 or not edges:
            wrong.append(f"there must be one goal with nodes under it, not {goals}")
        trees[model] = Hierarchy(model, tuple(edges))
        try:
            list(trees[model].children)
        except CycleError as error:
            wrong.append("a cycle leads through " + ", ".join(sorted(set(error.args[1]))))
        fix = "Give every node but the goal a parent that lies above it"
        require(not wrong, "; ".join(wrong), fix, "ahp_hierarchy", key=f"{model=!s}")
    return trees


def read_experts(frame: DataFrame) -> dict[str, float]:
    """Read ahp_experts; refuses a name listed twice and weights that do not sum to 1."""
    rows = _rows(frame, "ahp_experts")
    shares = {expert: float(to_numeric(weight, errors="coerce")) for expert, weight in rows}
    names = [GROUP, *(expert for expert, _ in rows)]
    what = "listed twice, or taken: " + ", ".join(sorted({n for n in names if names.count(n) > 1}))
    require(len(shares | {GROUP: 0}) == len(names), what, "Rename it", "ahp_experts", "expert_id")
    fair = abs(sum(shares.values()) - 1.0) < 1e-6 and min(shares.values()) >= 0
    what = f"{', '.join(weight for _, weight in rows)} are not weights that sum to 1"
    require(fair or not rows, what, "Make them sum to 1, none below 0", "ahp_experts", "weight")
    return shares


def read_judgements(
    frame: DataFrame, trees: dict[str, Hierarchy], experts: list[str]
) -> tuple[dict[tuple[str, str], ahp.Array], set[tuple[str, ...]]]:
    """Read ahp_judgements into matrices (k, n, n), one per expert, by model and parent.

    Also returns the keys of the rows, which tell the node an expert put on the left.
    """
    cells, stated = {}, set()
    for model, tree in trees.items():
        for parent, nodes in tree.children.items():
            empty = np.where(np.eye(len(nodes)) > 0, 1.0, np.nan)
            cells[model, parent] = np.tile(empty, (len(experts), 1, 1))
    for *place, text in _rows(frame, "ahp_judgements"):
        model, expert, parent, left, right = place
        key = ", ".join(f"{column}={name}" for column, name in zip(_KEY, place, strict=True))
        parents = trees[model].children if model in trees else {}
        nodes = parents.get(parent, [])
        known = (list(trees), experts, list(parents), nodes, [n for n in nodes if n != left])
        for column, name, names in zip(_KEY, place, known, strict=True):
            fix = f"Use one of {', '.join(names)}"
            require(name in names, f"{name!r} is unknown here", fix, "ahp_judgements", column, key)
        ratio, matrix = ahp.parse_judgement(text, key), cells[model, parent][experts.index(expert)]
        i, j = nodes.index(left), nodes.index(right)
        first = bool(np.isnan(matrix[i, j]))
        what = f"{text} contradicts {matrix[i, j]:g}, judged before"
        agreed = first or bool(np.isclose(matrix[i, j], ratio))
        require(agreed, what, "Keep one of the two", "ahp_judgements", "judgement", key)
        matrix[i, j], matrix[j, i] = ratio, 1.0 / ratio
        stated |= {tuple(place)} if first else set()
    return cells, stated


def solve(
    hierarchy: DataFrame, experts: DataFrame, judgements: DataFrame, **options: Unpack[Options]
) -> list[Solved]:
    """Compute every matrix and weight of the chosen models, sorted by model."""
    for option in options:
        check_option("options", option, tuple(Options.__annotations__))
    aggregation, models = options.get("aggregation", "aij"), options.get("models")
    check_option("ahp_aggregation", aggregation, ("aij", "aip"))
    trees, shares = read_hierarchies(hierarchy), read_experts(experts)
    cells, stated = read_judgements(judgements, trees, list(shares))
    solved = []
    for model in sorted(set(trees if models is None else models)):
        check_option("models", model, tuple(trees))
        found = Solved(trees[model], {}, {}, {}, stated)
        for parent, names in trees[model].children.items():
            key, stack = f"{model=!s}, parent_id={parent}", cells[model, parent]
            # an only child needs no judgement
            one = len(names) == 1
            joined = np.ones((1, 1)) if one else ahp.aggregate_judgements(stack, [*shares.values()])
            found.group[parent] = _matrix(joined, names, key, options)
            found.experts[parent] = {
                expert: _matrix(matrix, names, key, options, strict=False)
                for expert, matrix in zip(shares, stack, strict=True)
                if np.isfinite(matrix).sum() > len(names)
            }
            found.local[parent] = found.group[parent].weights
            if aggregation == "aip" and not one:
                found.local[parent] = _joined(found.experts[parent], shares, names, key)
        solved.append(found)
    return solved


def _matrix(
    a: ahp.Array, names: list[str], key: str, options: Options, strict: bool = True
) -> Matrix:
    """Solve one matrix; one that does not connect the nodes is an error only if strict."""
    weights, lambda_max = np.full(len(a), np.nan), np.nan
    if strict or len(ahp.components(a)) == 1:
        method = options.get("priority", "eigenvector")
        weights, lambda_max = ahp.priorities(a, method, names, key)
    table = options.get("ri_table", "alonso-lamata")
    ci, ri, cr = ahp.consistency(lambda_max, len(a), table)
    missing = int(np.isnan(a).sum()) // 2
    return Matrix(a, weights, len(a), missing, lambda_max, float(ci), ri, float(cr))


def _joined(
    own: dict[str, Matrix], shares: dict[str, float], names: list[str], key: str
) -> ahp.Array:
    """AIP over the experts whose own judgements connect the nodes."""
    usable = [expert for expert in own if shares[expert] > 0 and not np.isnan(own[expert].cr)]
    what = f"no expert's own judgements connect {', '.join(names)}"
    fix = "Let one expert judge enough pairs, or set ahp_aggregation: aij"
    require(bool(usable), what, fix, "ahp_judgements", key=key)
    return ahp.aggregate_priorities([own[e].weights for e in usable], [shares[e] for e in usable])


def solutions(
    hierarchy: DataFrame, experts: DataFrame, judgements: DataFrame, **options: Unpack[Options]
) -> DataFrame:
    """Everything that the judgements say, in one table.

    Columns: kind (local, global, consistency or review), and those of local_weights,
    global_weights, consistency and review, null in the rows of another kind.
    """
    solved = solve(hierarchy, experts, judgements, **options)
    tables = {
        "local": _local_weights(solved),
        "global": _global_weights(solved),
        "consistency": _consistency(solved, options),
        "review": _review(solved, options),
    }
    frame = concat(tables, names=["kind"]).reset_index("kind").reset_index(drop=True)
    nullable = {"int64": "Int64", "bool": "boolean"}
    types = {column: nullable.get(kind, kind) for column, kind in _TYPES.items()}
    return frame.astype({column: types[column] for column in frame.columns if column in types})


def local_weights(
    hierarchy: DataFrame, experts: DataFrame, judgements: DataFrame, **options: Unpack[Options]
) -> DataFrame:
    """Weight of each node under each parent (层次单排序), 0-1, summing to 1 under a parent.

    Columns: model, parent_id, node_id, local_weight.
    """
    return _local_weights(solve(hierarchy, experts, judgements, **options))


def _local_weights(solved: list[Solved]) -> DataFrame:
    rows = [
        (found.tree.model, parent, node, weight)
        for found in solved
        for parent, nodes in found.tree.children.items()
        for node, weight in zip(nodes, found.local[parent], strict=True)
    ]
    return _frame(rows, ["model", "parent_id", "node_id", "local_weight"])


def global_weights(
    hierarchy: DataFrame, experts: DataFrame, judgements: DataFrame, **options: Unpack[Options]
) -> DataFrame:
    """Weight of each node in the goal (层次总排序), 0-1; the leaves sum to 1.

    Columns: model, node_id, depth (longest path from the goal), is_leaf, weight; and over the
    n_experts whose own judgements give every weight: expert_weight_min, expert_weight_max,
    expert_weight_sd (sample standard deviation, every expert counting once).
    """
    return _global_weights(solve(hierarchy, experts, judgements, **options))


def _global_weights(solved: list[Solved]) -> DataFrame:
    rows = []
    for found in solved:
        tree, each = found.tree, [found.tree.spread(x) for x in found.expert_locals().values()]
        for node, weight in tree.spread(found.local).items():
            own = [weights[node] for weights in each] or [np.nan]
            sd = np.std(own, ddof=1) if len(own) > 1 else np.nan
            place = (tree.model, node, tree.depths[node], node not in tree.children, weight)
            rows.append((*place, min(own), max(own), sd, len(each)))
    spread = ["expert_weight_min", "expert_weight_max", "expert_weight_sd", "n_experts"]
    return _frame(rows, ["model", "node_id", "depth", "is_leaf", "weight", *spread])


def expert_weights(
    hierarchy: DataFrame, experts: DataFrame, judgements: DataFrame, **options: Unpack[Options]
) -> DataFrame:
    """Weight of each node in the goal by each expert who judged enough alone, 0-1.

    Columns: model, expert_id, node_id, is_leaf, weight.
    """
    rows = [
        (found.tree.model, expert, node, node not in found.tree.children, weight)
        for found in solve(hierarchy, experts, judgements, **options)
        for expert, local in found.expert_locals().items()
        for node, weight in found.tree.spread(local).items()
    ]
    return _frame(rows, ["model", "expert_id", "node_id", "is_leaf", "weight"])


def consistency(
    hierarchy: DataFrame, experts: DataFrame, judgements: DataFrame, **options: Unpack[Options]
) -> DataFrame:
    """Consistency of each expert's matrix, of the group's, and of the total ranking.

    Columns: model, scope (matrix, group, total), expert_id ("group": joined), parent_id, n,
    n_missing, lambda_max, ci, ri, ri_table, cr, status, consensus (group rows: Goepel's S*, 0-1).
    Total: CR = ΣW_b CI_b / ΣW_b RI_b over the parents b below the goal, or the goal's own if there
    are none; parent_id is the goal, n counts the leaves. status: consistent, review (CR above the
    threshold), not_evaluable (an expert's own judgements do not connect the nodes).
    """
    return _consistency(solve(hierarchy, experts, judgements, **options), options)


def _consistency(solved: list[Solved], options: Options) -> DataFrame:
    rows: list[tuple[Any, ...]] = []
    for found in solved:
        model, goal = found.tree.model, next(iter(found.tree.children))
        for parent, group in found.group.items():
            own = found.experts[parent]
            rows += [(model, "matrix", e, parent, *m[2:], np.nan) for e, m in own.items()]
            agreed = ahp.consensus([m.weights for m in own.values() if not np.isnan(m.cr)])
            rows.append((model, "group", GROUP, parent, *group[2:], agreed))
        for expert, local in ({GROUP: found.local} | found.expert_locals()).items():
            every = {p: found.experts[p].get(expert, m) for p, m in found.group.items()}
            rows.append((model, "total", expert, goal, *_total(found.tree, local, every), np.nan))
    head = ["model", "scope", "expert_id", "parent_id", "n", "n_missing", "lambda_max", "ci", "ri"]
    frame = DataFrame(rows, columns=[*head, "cr", "consensus"])
    cr, frame["ri_table"] = frame["cr"], options.get("ri_table", "alonso-lamata")
    known = np.where(cr > options.get("cr_threshold", 0.10), "review", "consistent")
    frame["status"] = np.where(cr.isna(), "not_evaluable", known)
    return _frame(frame, [*head, "ri_table", "cr", "status", "consensus"])


def _total(
    tree: Hierarchy, local: dict[str, ahp.Array], matrices: dict[str, Matrix]
) -> tuple[float, ...]:
    """Leaves, missing pairs, λmax (none), CI, RI and CR of the total ranking."""
    weights = tree.spread(local)
    below = [p for p in matrices if tree.depths[p] > 0] or list(matrices)
    ci = float(sum(weights[p] * matrices[p].ci for p in below))
    ri = float(sum(weights[p] * matrices[p].ri for p in below))
    missing = sum(m.n_missing for m in matrices.values())
    return len(weights) - len(tree.children), missing, np.nan, ci, ri, ci / ri if ri > 0 else 0.0


def review(
    hierarchy: DataFrame, experts: DataFrame, judgements: DataFrame, **options: Unpack[Options]
) -> DataFrame:
    """List the judgements that disagree most, for each matrix with CR above the threshold.

    Columns: model, expert_id, parent_id, left_id, right_id (as the expert put them), judgement,
    exact_ratio (what the weights say), suggested_judgement (that on Saaty's scale), disagreement
    (times off exact_ratio), cr, cr_if_changed (by this suggestion alone), rank (1 first).
    """
    return _review(solve(hierarchy, experts, judgements, **options), options)


def _review(solved: list[Solved], options: Options) -> DataFrame:
    rows = []
    table, limit = options.get("ri_table", "alonso-lamata"), options.get("cr_threshold", 0.10)
    for found in solved:
        for parent, names in found.tree.children.items():
            for expert, m in {GROUP: found.group[parent], **found.experts[parent]}.items():
                doubts = ahp.review(m.judgements, m.weights, table) if m.cr > limit else []
                for rank, d in enumerate(doubts[: options.get("top", 3)], start=1):
                    place, left, right = (found.tree.model, expert, parent), names[d.i], names[d.j]
                    values = [d.judgement, d.exact_ratio, d.suggested_judgement]
                    if (*place, right, left) in found.stated:
                        left, right, values = right, left, [1.0 / value for value in values]
                    effect = (d.disagreement, m.cr, d.cr_if_changed, rank)
                    rows.append((*place, left, right, *values, *effect))
    figures = ["judgement", "exact_ratio", "suggested_judgement", "disagreement", "cr"]
    return _frame(rows, [*_KEY, *figures, "cr_if_changed", "rank"])


def _rows(frame: DataFrame, table: str) -> list[tuple[str, ...]]:
    """Return the rows of a method table as stripped text, sorted; a blank is an empty string."""
    columns = list(TABLES[table])
    for column in columns:
        require(column in frame.columns, "the column is missing", "Add it", table, column)
    text = frame[columns].astype("string").fillna("")
    return sorted(tuple(cell.strip() for cell in row) for row in text.itertuples(index=False))


def _frame(rows: DataFrame | Sequence[tuple[Any, ...]], columns: list[str]) -> DataFrame:
    """Build a sorted frame whose types are the same when it is empty."""
    frame = DataFrame(rows, columns=columns).astype({c: _TYPES.get(c, "float64") for c in columns})
    keys = ["model", "scope", "parent_id", "expert_id", "rank", "node_id"]
    return frame.sort_values([c for c in keys if c in columns], ignore_index=True)
