"""What cannot be known is asked once: at the terminal, or by lines of import.yml."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from satisfaction.core.errors import SatisfactionError

Path = tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """A point that is not sure.

    Attributes
    ----------
    path : tuple of str
        Its place in import.yml.
    asks : str
        The question, with what speaks for what.
    choices : tuple of (value, str)
        What may be answered, each with what it means.
    default : value or None
        What is taken where nobody answers; None: it must be answered.
    is_order : bool
        The answer is the choices in an order, from the worst to the best.
    also : tuple of path
        Other places in import.yml that get the same answer.
    """

    path: Path
    asks: str
    choices: tuple[tuple[Any, str], ...]
    default: Any = None
    is_order: bool = False
    also: tuple[Path, ...] = ()

    @property
    def values(self) -> list[Any]:
        """What may be answered."""
        return [value for value, _ in self.choices]

    def accepts(self, value: Any) -> bool:
        """Whether this is an answer."""
        if self.is_order:
            return isinstance(value, list) and sorted(map(str, value)) == sorted(
                map(str, self.values)
            )
        return str(value) in map(str, self.values)

    def lines(self) -> str:
        """Return the lines of import.yml that answer it by the default, else by the first."""
        value = self.default if self.default is not None else self.values
        if self.default is None and not self.is_order:
            value = self.values[0]
        tree: dict[str, Any] = {}
        for path in (self.path, *self.also):
            place = tree
            for name in path[:-1]:
                place = place.setdefault(name, {})
            place[path[-1]] = value
        text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=1000)
        others = ", ".join(str(other) for other in self.values if str(other) != str(value))
        note = f"  # or {others}" if others and not self.is_order else ""
        if self.default is None:
            note = f"  # {' or '.join(map(str, self.values))}: nothing is taken unasked"
            note = "  # put them from the worst to the best" if self.is_order else note
        return text.rstrip("\n") + note


class StopError(SatisfactionError):
    """An import that stops before anything is written; the message may have several lines."""

    def __init__(self, text: str) -> None:
        super().__init__("stopped", table="import", fix="See above")
        self.args = (text,)


@dataclass
class Decisions:
    """Where answers come from.

    Attributes
    ----------
    given : mapping
        Lines of import.yml, and flags over them.
    mode : {"ask", "defaults", "none"}
        At a terminal; with --yes; neither.
    is_strict : bool
        Whether a default is no answer.
    open : list of Point
        What is not answered.
    taken : list of (Point, value)
        What was settled by its default, or asked.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    mode: Literal["ask", "defaults", "none"] = "defaults"
    is_strict: bool = False
    open: list[Point] = field(default_factory=list)
    taken: list[tuple[Point, Any]] = field(default_factory=list)
    say: Callable[[str], None] = print
    read: Callable[[str], str] = input

    def get(self, *path: str) -> Any:
        """Return a line of import.yml; None where there is none."""
        place: Any = self.given
        for name in path:
            if not isinstance(place, Mapping) or name not in place:
                return None
            place = place[name]
        return place

    def settle(self, point: Point) -> Any:
        """Return the answer to a point: what is given, asked, or taken by default."""
        for path in (point.path, *point.also):
            value = self.get(*path)
            if value is not None:
                return self._checked(point, path, value)
        if self.is_strict or (self.mode == "none"):
            self.open.append(point)
            return point.default
        if self.mode == "ask":
            value = self._asked(point)
            self.taken.append((point, value))
            return value
        if point.default is None:
            self.open.append(point)
            return None
        self.taken.append((point, point.default))
        return point.default

    @staticmethod
    def _checked(point: Point, path: Path, value: Any) -> Any:
        if not point.accepts(value):
            raise SatisfactionError(
                f"{value!r} is not one of them",
                table="import.yml",
                column=".".join(path),
                fix="Use " + ("all of " if point.is_order else "one of ") + _listed(point.values),
            )
        if point.is_order:
            return value
        return next(one for one in point.values if str(one) == str(value))

    def _asked(self, point: Point) -> Any:
        """Ask at the terminal until there is an answer."""
        self.say("")
        self.say(point.asks)
        for i, (_, label) in enumerate(point.choices, 1):
            self.say(f"  {i}  {label}")
        if point.is_order:
            return self._asked_order(point)
        known = point.values.index(point.default) + 1 if point.default is not None else None
        shown = f" [{known}]" if known else ""
        while True:
            text = self._line(f"Number{shown}: ").strip()
            if not text and known:
                return point.default
            if text.isdecimal() and 1 <= int(text) <= len(point.choices):
                return point.values[int(text) - 1]
            if text in map(str, point.values):
                return next(value for value in point.values if str(value) == text)
            self.say(f"Give a number from 1 to {len(point.choices)}.")

    def _asked_order(self, point: Point) -> list[Any]:
        numbers = [str(i) for i in range(1, len(point.choices) + 1)]
        default = point.default
        shown = ""
        if default is not None:
            shown = f" [{' '.join(str(point.values.index(value) + 1) for value in default)}]"
        while True:
            text = self._line(f"From the worst to the best{shown}: ").replace(",", " ").split()
            if not text and default is not None:
                return list(default)
            if sorted(text) == sorted(numbers):
                return [point.values[int(i) - 1] for i in text]
            self.say(f"Give each of the numbers 1 to {len(numbers)} once.")

    def _line(self, prompt: str) -> str:
        try:
            return self.read(prompt)
        except EOFError:
            raise StopError("No more answers come: nothing was written.") from None

    def finish(self, command: str) -> None:
        """Stop where points are open, all told at once, each with its lines.

        Raises
        ------
        StopError
        """
        if not self.open:
            return
        n = len(self.open)
        head = "One point is open" if n == 1 else f"{n} points are open"
        texts = [f"{point.asks}\n{point.lines()}" for point in self.open]
        fix = f"Fix: put the lines that are right into {command}, and import again."
        if not self.is_strict and all(point.default is not None for point in self.open):
            fix += " --yes (ARGS=--yes) takes the defaults shown here."
        raise StopError("\n\n".join([f"{head}; nothing was written.", *texts, fix]))


def is_terminal() -> bool:
    """Whether somebody sits at the keyboard."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(map(str, values))
