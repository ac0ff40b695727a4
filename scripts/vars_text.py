"""Read dbt vars from YAML text: mappings, lists, texts, numbers, true, false and null, no more.

Nothing that a text can hold stops a program here, or fills its memory: size, depth and what aliases
would expand to are bounded while the text is read, before anything is built of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import yaml

LETTERS = 100_000
DEPTH = 40
VALUES = 10_000
DIGITS = 18
# a text counts as a value for every so many letters
LINE = 20
SHOWN = 60
TAG = "tag:yaml.org,2002:"
CONSTRUCTOR = yaml.constructor.SafeConstructor()
NOT_KNOWN = "Write mappings, lists, texts, numbers, true, false and null only"
WRONG = {
    "str": ("holds NUL or half a letter", "Remove it"),
    "timestamp": ("is not a date or time that exists", "Correct it, as YYYY-MM-DD"),
    "bool": ("is not true or false", "Write true or false"),
    "number": ("is not a number that a var can hold", "Correct it, or quote it to make it text"),
}


class VarsError(Exception):
    """A text that holds no vars.

    Parameters
    ----------
    what : str
        What is wrong, without a full stop.
    fix : str
        What to do, without a full stop.
    mark : yaml.Mark, optional
        Where it is.
    """

    def __init__(self, what: str, fix: str, mark: Any = None) -> None:
        self.what, self.fix, self.mark = what, fix, mark
        self.line = mark.line + 1 if mark else None
        super().__init__(f"{what}.\nFix: {fix}.")

    def of(self, name: object) -> VarsError:
        """Return the same error of a value that has a name."""
        return VarsError(f"{shown(name)}: {self.what}", self.fix, self.mark)


def shown(value: object) -> str:
    """Return a value as a message shows it: on one line, and not longer than a line."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(value))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def read(text: str) -> Any:
    """Return what a YAML text holds; None where it is empty.

    Raises
    ------
    VarsError
        If it is no YAML, or holds what no var can be.
    """
    if len(text) > LETTERS:
        raise VarsError(f"longer than {LETTERS:,} letters", "Name tables and columns only")
    try:
        bounded(yaml.parse(text, Loader=yaml.SafeLoader))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return None if node is None else value_of(node)
    except yaml.MarkedYAMLError as error:
        says = shown(error.problem or error.context)
        mark = error.problem_mark or error.context_mark
        raise VarsError(f"not valid YAML: {says}", "Write name: value, one a line", mark) from error
    except yaml.reader.ReaderError as error:
        says = f"not valid YAML: a control character (code {ord_of(error.character)})"
        raise VarsError(says, "Remove it") from error
    except ValueError as error:  # PyYAML makes a letter of \U00110000
        raise VarsError(f"not valid YAML: {shown(error)}", "Remove that letter") from error


def ord_of(character: Any) -> int:
    """Return the code of a letter that YAML refuses."""
    return character if isinstance(character, int) else ord(character)


def bounded(events: Iterator[Any]) -> None:
    """Refuse a text that is too deep, or holds too much once its aliases are expanded."""
    sizes: dict[str, int] = {}
    whole = 0
    # of every mapping or list that is not closed yet: its anchor and the values before it
    within: list[tuple[str | None, int]] = []
    for event in events:
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == name for name, _ in within):
                says = f"&{shown(anchor)} holds itself (*{shown(anchor)})"
                raise VarsError(says, "Write the value itself", event.start_mark)
            whole += sizes.get(anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            sizes[anchor or ""] = size = 1 + len(event.value) // LINE
            whole += size
        elif isinstance(event, yaml.CollectionStartEvent):
            within.append((anchor, whole))
            whole += 1
            if len(within) > DEPTH:
                says = f"more than {DEPTH} mappings or lists, one within the other"
                raise VarsError(says, "Write it with fewer", event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            name, before = within.pop()
            if name:
                sizes[name] = whole - before
        if whole > VALUES:
            says = f"more than {VALUES:,} values, counting those that * repeats"
            raise VarsError(says, "Write fewer", event.start_mark)


def value_of(node: yaml.Node) -> Any:
    """Return the value of a node.

    Raises
    ------
    VarsError
        If it is of a kind that no var can be, or a name stands twice in a mapping.
    """
    if isinstance(node, yaml.MappingNode) and node.tag == TAG + "map":
        return mapping_of(node)
    if isinstance(node, yaml.SequenceNode) and node.tag == TAG + "seq":
        return [value_of(item) for item in node.value]
    if isinstance(node, yaml.ScalarNode):
        return scalar_of(node)
    raise VarsError(f"a var cannot hold {shown(kind(node))}", NOT_KNOWN, node.start_mark)


def kind(node: yaml.Node) -> str:
    """Return the tag of a node as it is written."""
    return f"!!{node.tag.removeprefix(TAG)}" if node.tag.startswith(TAG) else str(node.tag)


def mapping_of(node: yaml.MappingNode) -> dict[Any, Any]:
    """Return the mapping of a node, each of whose names stands there once."""
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise VarsError("a list or a mapping cannot be a name", NOT_KNOWN, key.start_mark)
        name, line = str(key.value), key.start_mark.line + 1
        if name in lines and key.tag != TAG + "merge":
            others = f" and on line {line}" if line != lines[name] else ""
            says = f"{shown(name)} is there twice, on line {lines[name]}{others}"
            raise VarsError(says, "Keep one of them", key.start_mark)
        lines[name] = line
    # <<: *other; what stands here itself comes after it, and so has the last word
    CONSTRUCTOR.flatten_mapping(node)
    found = {}
    for key, value in node.value:
        name = scalar_of(key)
        try:
            found[name] = value_of(value)
        except VarsError as error:
            raise error.of(name) from error
    return found


def scalar_of(node: yaml.ScalarNode) -> Any:
    """Return the value of a node that holds one: a day and a time are texts."""
    name, text = node.tag.removeprefix(TAG), node.value
    try:
        if name in ("str", "value", "merge"):
            text.encode()  # "\uD800" is half a letter
            if "\0" in text:
                raise ValueError
            return text
        if name == "int" and sum(letter.isalnum() for letter in text) > DIGITS:
            raise ValueError
        if name in ("int", "float", "bool", "null", "timestamp"):
            value = CONSTRUCTOR.yaml_constructors[node.tag](CONSTRUCTOR, node)
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError
            return str(value) if name == "timestamp" else value
    except (ValueError, LookupError, OverflowError, AttributeError) as error:
        says, fix = WRONG.get(name, WRONG["number"])
        raise VarsError(f"{shown(text)} {says}", fix, node.start_mark) from error
    raise VarsError(f"a var cannot hold {shown(kind(node))}", NOT_KNOWN, node.start_mark)
