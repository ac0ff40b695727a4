"""The path model: every construct is measured, and arrows lead from causes to effects."""

from ._base import Method, Problem, Problems, cycles, grouped, key_of, unknown

BLOCKS, ITEMS, LINKS = "path_blocks", "path_items", "path_links"


def check_path_references(method: Method) -> Problems:
    """Report questions and constructs that do not exist."""
    blocks = sorted(method.values(BLOCKS, "block_id"))
    for row in method.rows(ITEMS):
        question, block = row.get("question_id") or "?", row.get("block_id")
        if block and block not in blocks:
            yield unknown(ITEMS, question, "block_id", block, blocks, BLOCKS)
    for row in method.rows(LINKS):
        key = key_of(row.get("from_block"), row.get("to_block"))
        for column in ("from_block", "to_block"):
            block = row.get(column)
            if block and block not in blocks:
                yield unknown(LINKS, key, column, block, blocks, BLOCKS)
    if ITEMS not in method.own:
        return  # the shipped model: what the questionnaire does not ask is left out of it
    questions = sorted(method.values("questions", "question_id"))
    for question in sorted(method.values(ITEMS, "question_id")):
        if questions and question not in questions:
            yield unknown(ITEMS, question, "question_id", question, questions, "questions")


def check_path_blocks(method: Method) -> Problems:
    """Report constructs without a question, and those without an arrow."""
    measured = method.values(ITEMS, "block_id")
    linked = method.values(LINKS, "from_block") | method.values(LINKS, "to_block")
    for block in sorted(method.values(BLOCKS, "block_id")):
        if block not in measured:
            problem = f"The construct {block} is empty: no question measures it."
            fix = f"Add rows for {block} to {ITEMS}, or drop it from {BLOCKS} and {LINKS}."
            yield Problem(BLOCKS, block, "block_id", problem, fix)
        if block not in linked:
            problem = f"The construct {block} has no arrow, so that nothing says what it means."
            fix = f"Add a row with {block} to {LINKS}, or drop it from {BLOCKS} and {ITEMS}."
            yield Problem(BLOCKS, block, "block_id", problem, fix)


def check_path_links(method: Method) -> Problems:
    """Report arrows that lead back to where they came from."""
    effects: dict[str, set[str]] = {}
    for cause, effect in grouped(method.rows(LINKS), "from_block", "to_block"):
        effects.setdefault(cause, set()).add(effect)
        effects.setdefault(effect, set())
    for path in cycles(effects):
        problem = f"The path model goes round in a circle: {' → '.join(path)}."
        fix = "Take one of these arrows out: causes must come before effects."
        yield Problem(LINKS, key_of(*path[:2]), "to_block", problem, fix)
