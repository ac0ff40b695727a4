"""Experts and their pairwise judgements, as the AHP needs them (Saaty 1980)."""

from ..core.errors import SatisfactionError
from ..weights.ahp import parse_judgement
from ._base import (
    WEIGHT_TOLERANCE,
    Method,
    Problem,
    Problems,
    Row,
    grouped,
    key_of,
    listing,
    number,
    unknown,
)
from ._hierarchy import SATISFACTION, children

TABLE = "ahp_judgements"

#: 3 and 0.33 do not contradict each other: fractions may be rounded to two decimals.
ROUNDING = 0.05


def check_experts(method: Method) -> Problems:
    """Report expert weights that are negative or do not sum to 1."""
    weights = [number(row.get("weight")) for row in method.rows("ahp_experts")]
    for row in method.rows("ahp_experts"):
        weight = number(row.get("weight"))
        if weight is not None and weight < 0:
            problem = f"The weight {weight:g} is negative."
            fix = "Write a weight from 0 to 1; the weights of all experts sum to 1."
            yield Problem("ahp_experts", row.get("expert_id") or "?", "weight", problem, fix)
    known = [weight for weight in weights if weight is not None]
    if weights and None not in weights and abs(sum(known) - 1) > WEIGHT_TOLERANCE:
        problem = f"The weights of the experts sum to {sum(known):g}, not to 1."
        yield Problem("ahp_experts", "", "weight", problem, "Change the weights so that they do.")


def check_judgement_references(method: Method) -> Problems:
    """Report models, experts and nodes that do not exist, and pairs that are not two children."""
    models = sorted(method.values("ahp_hierarchy", "model"))
    experts = sorted(method.values("ahp_experts", "expert_id"))
    used = _models(method)
    for (model,), rows in grouped(method.rows(TABLE), "model").items():
        if model not in used:
            is_unread = model == SATISFACTION and not _needs_satisfaction(method)
            if models and not is_unread:
                yield unknown(TABLE, model, "model", model, models, "ahp_hierarchy")
            continue
        for (expert,) in grouped(rows, "expert_id"):
            if experts and expert not in experts:
                key = key_of(model, expert)
                yield unknown(TABLE, key, "expert_id", expert, experts, "ahp_experts")
        nodes = children(method, model)
        for (parent,), judged in grouped(rows, "parent_id").items():
            if parent not in nodes:
                key, known = key_of(model, parent), sorted(nodes)
                yield unknown(TABLE, key, "parent_id", parent, known, "ahp_hierarchy")
            else:
                yield from _pair_problems(model, parent, judged, nodes)


def _pair_problems(
    model: str, parent: str, rows: list[Row], nodes: dict[str, set[str]]
) -> Problems:
    for row in rows:
        if row.get("left_id") is not None and row.get("left_id") == row.get("right_id"):
            problem = f"The node {row['left_id']} is compared with itself."
            yield Problem(TABLE, _key(row), "right_id", problem, "Drop the row.")
        for column in ("left_id", "right_id"):
            node = row.get(column)
            if node is None or node in nodes[parent]:
                continue
            key = key_of(model, parent, node)
            if node not in nodes:
                yield unknown(TABLE, key, column, node, sorted(nodes[parent]), "ahp_hierarchy")
            else:
                problem = f"The node {node} is not a child of {parent}."
                fix = f"Compare children of {parent}: {listing(sorted(nodes[parent]))}."
                yield Problem(TABLE, key, column, problem, fix)


def check_judgement_values(method: Method) -> Problems:
    """Report judgements that are no number on the scale of 1/9 to 9."""
    fix = "Write how much more the left one matters: 1 to 9, or 1/9 to 1/2 where it matters less."
    for row in _rows(method):
        text = row.get("judgement")
        if text is not None and _ratio(text) is None:
            problem = f"The judgement '{text}' is not a number on the scale from 1/9 to 9."
            yield Problem(TABLE, _key(row), "judgement", problem, fix)


def check_contradictions(method: Method) -> Problems:
    """Report pairs judged in both directions with values that are not reciprocal."""
    values = {_pair(row): _ratio(row.get("judgement") or "") for row in _rows(method)}
    for row in _rows(method):
        forth = _pair(row)
        back = (*forth[:3], forth[4], forth[3])
        value, other = values.get(forth), values.get(back)
        if forth[3:] < back[3:] and value and other and abs(value * other - 1) > ROUNDING:
            left, right = forth[3:]
            problem = (
                f"Two judgements contradict each other: {left} over {right} is {value:g}, "
                f"but {right} over {left} is {other:g}."
            )
            fix = "Keep one of the two rows, or make one the reciprocal of the other."
            yield Problem(TABLE, _key(row), "judgement", problem, fix)


def check_judgements_suffice(method: Method) -> Problems:
    """Report parents that nobody judged, or whose children fall into groups never compared."""
    voices = {
        row.get("expert_id")
        for row in method.rows("ahp_experts")
        if number(row.get("weight")) != 0  # an expert of weight 0 says nothing
    }
    heard = [row for row in _rows(method) if row.get("expert_id") in voices]
    judged = grouped(heard, "model", "parent_id")
    lattice = {model: children(method, model) for model in _models(method)}
    forks = [
        (model, parent, under)
        for model, nodes in lattice.items()
        for parent, under in nodes.items()
        if len(under) > 1
    ]
    if forks and not method.rows("ahp_experts"):
        problem = "There are judgements, but ahp_experts, the table of those who judged, is empty."
        fix = "Add a row for each expert_id of ahp_judgements; their weights sum to 1."
        yield Problem("ahp_experts", "", "", problem, fix)
        return
    for model, parent, under in forks:
        pairs = grouped(judged.get((model, parent), []), "left_id", "right_id")
        edges = [pair for pair in pairs if set(pair) <= under and pair[0] != pair[1]]
        groups = _groups(under, edges)
        if not edges:
            problem = f"No expert judged the children of {parent} in model {model}."
        elif len(groups) > 1:
            shown = " and ".join(f"{{{', '.join(group)}}}" for group in groups)
            problem = f"Below {parent} nobody compared the groups {shown} with each other."
        else:
            continue
        fix = f"Add judgements with parent_id {parent} that join {listing(sorted(under))}."
        yield Problem(TABLE, key_of(model, parent), "parent_id", problem, fix)


def _needs_satisfaction(method: Method) -> bool:
    return method.weight_source == "ahp" and method.rates_satisfaction


def _models(method: Method) -> list[str]:
    """Models whose weights come from judgements: those that anybody judged, if they are needed."""
    models = method.values("ahp_hierarchy", "model") & method.values(TABLE, "model")
    return sorted(models if _needs_satisfaction(method) else models - {SATISFACTION})


def _rows(method: Method) -> list[Row]:
    used = _models(method)
    return [row for row in method.rows(TABLE) if row.get("model") in used]


def _pair(row: Row) -> tuple[str, ...]:
    return tuple(
        row.get(name) or "?" for name in ("model", "expert_id", "parent_id", "left_id", "right_id")
    )


def _key(row: Row) -> str:
    return key_of(*_pair(row))


def _ratio(text: str) -> float | None:
    try:
        return parse_judgement(text)
    except SatisfactionError:
        return None


def _groups(nodes: set[str], edges: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Find the connected groups of nodes, each sorted and all of them sorted."""
    group = {node: {node} for node in nodes}
    for left, right in edges:
        joined = group[left] | group[right]
        group |= dict.fromkeys(joined, joined)
    return sorted({tuple(sorted(members)) for members in group.values()})
