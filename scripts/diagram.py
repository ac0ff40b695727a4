"""An entity diagram of the marts of a folder: dimensions in the middle, facts on both sides.

Boxes show keys only. What they refer to comes from the keys tests, so that a line stands for
something that every build checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scripts.catalogue import Mart

BOX, GAP, MARGIN, BETWEEN = 262, 130, 34, 18  # widths, and the space between two boxes
HEAD, ROW = 42, 19  # heights
COLOURS = ("#1f6feb", "#c2410c", "#15803d", "#7e22ce", "#b45309", "#0e7490", "#be123c")


@dataclass(frozen=True)
class Box:
    """A mart at its place; `rows` are its key columns and those that refer to others."""

    mart: Mart
    rows: tuple[str, ...]
    x: float
    y: float
    colour: str

    @property
    def height(self) -> float:
        """Height with all rows."""
        return HEAD + ROW * len(self.rows) + 6

    def row_y(self, columns: Sequence[str]) -> float:
        """Return the middle of some rows."""
        places = [self.rows.index(column) for column in columns if column in self.rows]
        return self.y + HEAD + ROW * (sum(places) / len(places) + 0.5)


@dataclass(frozen=True)
class Line:
    """A reference: the marts at its ends and its way."""

    start: str
    end: str
    path: str
    colour: str


@dataclass(frozen=True)
class Diagram:
    """What a page draws."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw(marts: Sequence[Mart], folder: str) -> Diagram:
    """Lay out the marts of a folder, and those of other folders that they refer to.

    Parameters
    ----------
    marts
        All marts of the project.
    folder
        The folder whose marts are drawn.
    """
    mine = [mart for mart in marts if mart.folder == folder]
    named = {reference.to for mart in mine for reference in mart.references}
    # the middle: what these refer to, of other folders or without references of its own
    hubs = [m for m in marts if m.name in named and (m.folder != folder or not m.references)]
    hubs.sort(key=lambda hub: -sum(hub.name in targets(mart) for mart in mine))
    colours = {hub.name: COLOURS[i % len(COLOURS)] for i, hub in enumerate(hubs)}
    left, right = sides(families([mart for mart in mine if mart not in hubs]))
    columns = [left, hubs, right]
    height = max(sum(size(mart) + BETWEEN for mart in column) for column in columns) + BETWEEN
    boxes: dict[str, Box] = {}
    for number, column in enumerate(columns):
        x = MARGIN + number * (BOX + GAP)
        spare = height - sum(size(mart) for mart in column)
        # the few in the middle are spread over the height, the others follow each other
        space = spare / (len(column) + 1) if column is hubs else BETWEEN
        y = space
        for mart in column:
            boxes[mart.name] = Box(mart, rows_of(mart), x, y, colours.get(mart.name, "#475569"))
            y += size(mart) + space
    width = 2 * MARGIN + 3 * BOX + 2 * GAP
    return Diagram(width, height, tuple(boxes.values()), tuple(lines(boxes, folder)))


def targets(mart: Mart) -> set[str]:
    """Return the marts that a mart refers to."""
    return {reference.to for reference in mart.references}


def rows_of(mart: Mart) -> tuple[str, ...]:
    """Return the columns of a box."""
    referring = (column for reference in mart.references for column in reference.columns)
    return tuple(dict.fromkeys((*mart.grain, *referring)))


def size(mart: Mart) -> float:
    """Return the height of a mart's box."""
    return Box(mart, rows_of(mart), 0, 0, "").height


def families(facts: Sequence[Mart]) -> list[list[Mart]]:
    """Put facts under the fact that they refer to; like families follow each other."""
    names = {fact.name: fact for fact in facts}
    children: dict[str, list[Mart]] = {}
    roots = []
    for fact in facts:
        parents = [name for name in sorted(targets(fact)) if name in names]
        children.setdefault(parents[0], []).append(fact) if parents else roots.append(fact)

    def family(fact: Mart) -> Iterator[Mart]:
        yield fact
        for child in children.get(fact.name, []):
            yield from family(child)

    roots.sort(key=lambda fact: (not fact.references, sorted(targets(fact)), fact.name))
    return [list(family(fact)) for fact in roots]


def sides(groups: Sequence[list[Mart]]) -> tuple[list[Mart], list[Mart]]:
    """Share families out to the left and the right, always to the side that is shorter."""
    left: list[Mart] = []
    right: list[Mart] = []
    for group in groups:
        shorter = left if sum(map(size, left)) <= sum(map(size, right)) else right
        shorter += group
    return left, right


def lines(boxes: dict[str, Box], folder: str) -> Iterator[Line]:
    """Draw the references of the folder's marts."""
    for box in (box for box in boxes.values() if box.mart.folder == folder):
        for reference in box.mart.references:
            end = boxes.get(reference.to)
            if end is None:
                continue
            y1, y2 = box.row_y(reference.columns), end.row_y(reference.columns)
            if end.x == box.x:  # a fact and its parent: around the outside
                outer = box.x < MARGIN + BOX
                x1, bend = (box.x, -24) if outer else (box.x + BOX, 24)
                path = f"M{x1},{y1:.0f} C{x1 + bend},{y1:.0f} {x1 + bend},{y2:.0f} {x1},{y2:.0f}"
            else:
                to_right = end.x > box.x
                x1, x2 = (box.x + BOX, end.x) if to_right else (box.x, end.x + BOX)
                half = (x1 + x2) / 2
                path = f"M{x1},{y1:.0f} C{half},{y1:.0f} {half},{y2:.0f} {x2},{y2:.0f}"
            yield Line(box.mart.name, reference.to, path, end.colour)
