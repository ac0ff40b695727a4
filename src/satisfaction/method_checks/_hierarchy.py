"""The AHP hierarchy: one tree (or lattice) per model, whose leaves can be scored."""

from ._base import Method, Problem, Problems, Row, cycles, grouped, key_of, listing, unknown

TABLE = "ahp_hierarchy"
SATISFACTION = "satisfaction"
LOYALTY = "loyalty"


def children(method: Method, model: str) -> dict[str, set[str]]:
    """Nodes of a model with the children of each; a leaf has none."""
    rows = [row for row in method.rows(TABLE) if row.get("model") == model]
    nodes: dict[str, set[str]] = {node: set() for (node,) in grouped(rows, "node_id")}
    for node, parent in grouped(rows, "node_id", "parent_id"):
        if parent in nodes:
            nodes[parent].add(node)
    return nodes


def check_hierarchy(method: Method) -> Problems:
    """Report unknown parents, no root or several, cycles, nodes that no root reaches."""
    for (model,), rows in grouped(method.rows(TABLE), "model").items():
        below = children(method, model)
        edges = list(grouped(rows, "node_id", "parent_id"))
        for node, parent in edges:
            if parent not in below:
                key = key_of(model, node, parent)
                yield unknown(TABLE, key, "parent_id", parent, sorted(below), TABLE)
        roots = _roots(rows)
        if len(roots) != 1:
            many = f"has several roots: {listing(roots)}" if roots else "has no root"
            fix = "Leave parent_id blank in exactly one row of the model."
            yield Problem(TABLE, model, "parent_id", f"Model {model} {many}.", fix)
        in_cycles: set[str] = set()
        for path in cycles(below):
            in_cycles |= set(path)
            problem = f"Model {model} goes round in a circle: {' → '.join(path)}."
            fix = "Take one of these steps out, so that every path ends at the root."
            yield Problem(TABLE, key_of(model, path[0]), "parent_id", problem, fix)
        lost = {node for node, parent in edges if parent not in below} | in_cycles
        reached = _reached(below, roots) if roots else set(below)
        for node in sorted(set(below) - reached - lost):
            problem = f"The node {node} is an orphan: no path leads to it from {listing(roots)}."
            fix = "Correct the parent_id of the nodes above it."
            yield Problem(TABLE, key_of(model, node), "node_id", problem, fix)


def check_satisfaction_leaves(method: Method) -> Problems:
    """Report satisfaction leaves that are no factors, and rated factors that are no leaves."""
    below, factors = children(method, SATISFACTION), method.values("factors", "factor_id")
    if not (method.rates_satisfaction and method.rows(TABLE) and factors):
        return
    if not below:
        problem = "There are performance questions, but ahp_hierarchy has no model satisfaction."
        fix = "Add rows with model satisfaction, from the root down to the factors."
        yield Problem(TABLE, SATISFACTION, "model", problem, fix)
        return
    leaves = {node for node, under in below.items() if not under}
    inner = (set(below) - leaves) & factors
    for leaf in sorted(leaves - factors):
        key = key_of(SATISFACTION, leaf)
        yield unknown(TABLE, key, "node_id", leaf, sorted(factors - leaves), "factors")
    for node in sorted(inner):
        problem = f"The factor {node} has nodes below it, so its own answers would get no weight."
        fix = "Give the inner node a name that is not in factors, and hang the factor below it."
        yield Problem(TABLE, key_of(SATISFACTION, node), "node_id", problem, fix)
    rated = {factor for (factor,) in grouped(method.questions("performance"), "factor_id")}
    for factor in sorted((rated & factors) - leaves - inner):
        problem = f"Factor {factor} has performance questions but is not in the hierarchy."
        fix = f"Add {factor} below a node of model satisfaction, or it gets no weight."
        yield Problem(TABLE, key_of(SATISFACTION, factor), "node_id", problem, fix)


def check_loyalty_leaves(method: Method) -> Problems:
    """Report loyalty leaves without values, and factors with values that are no leaves."""
    below = children(method, LOYALTY)
    leaves = {node for node, under in below.items() if not under}
    factors = method.values("loyalty_factor_values", "factor_id")
    for leaf in sorted(leaves - factors):
        key, home = key_of(LOYALTY, leaf), "loyalty_factor_values"
        yield unknown(TABLE, key, "node_id", leaf, sorted(factors - leaves), home)
    if not below:
        return
    for factor in sorted(factors - leaves):
        problem = f"The loyalty factor {factor} is not a leaf of model loyalty: it gets no weight."
        fix = f"Add {factor} below a node of model loyalty, or drop its rows."
        yield Problem("loyalty_factor_values", factor, "factor_id", problem, fix)


def _roots(rows: list[Row]) -> list[str]:
    roots = (row.get("node_id") for row in rows if row.get("parent_id") is None)
    return sorted({node for node in roots if node is not None})


def _reached(below: dict[str, set[str]], roots: list[str]) -> set[str]:
    reached: set[str] = set()
    ahead = list(roots)
    while ahead:
        node = ahead.pop()
        if node not in reached:
            reached.add(node)
            ahead.extend(below[node])
    return reached
