"""Who is forgotten: their ids, their tokens, and the words by which they would be found again."""

from __future__ import annotations

import hashlib
import re
import secrets
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.cases import CaseError

#: what the contract trims (macros/dialect/typing.sql)
BLANKS = " \t\r\n\u00a0\u3000\ufeff"
#: groups that the bootstrap resamples (macros/survey/moments.sql)
GROUPS = 200
LOTS = 16**7
DRAWS = 4_000_000
#: shorter words stand in too many texts to be looked for in them
SHORTEST, SHORTEST_NUMBER, SHORTEST_CHINESE = 4, 7, 2
#: what a spreadsheet made of an id: several people may share it (macros/dialect/typing.sql)
DAMAGED = re.compile(r"##.*|[0-9]([.,][0-9]+[eE][+-]?|[eE][+])[0-9]+", re.DOTALL)


@dataclass
class Person:
    """Somebody who is to be forgotten.

    Attributes
    ----------
    id : str
        As the contract types it: without blanks around it.
    token : str
        What stands in its place; empty where the rows are deleted.
    names : list of str
        All names that raw rows give the person, in their order.
    shared : set of str
        Those of the names that others bear too.
    surveys : dict of str to set of str
        By folder, the waves that hold answers of the person.
    """

    id: str
    token: str = ""
    names: list[str] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)
    surveys: dict[str, set[str]] = field(default_factory=dict)

    def name_token(self, name: str) -> str:
        """Return what stands in the place of a name.

        Several names of one person stay several, in their order: it decides between two versions
        of a row that are equal else.
        """
        several = len(self.names) > 1
        return f"{self.token}-{self.names.index(name) + 1}" if several else self.token

    @property
    def words(self) -> list[str]:
        """Return what would give the person away within a text."""
        own = [name for name in self.names if name not in self.shared]
        return [word for word in (self.id, *own) if is_telling(word)]


def is_telling(word: str) -> bool:
    """Tell whether a word can be looked for in texts: 7 stands in most of them.

    Examples
    --------
    >>> [is_telling(word) for word in ("C0002", "7", "2025", "李伟", "Li")]
    [True, False, False, True, False]
    """
    if word.isdigit():
        return len(word) >= SHORTEST_NUMBER
    chinese = len(re.findall("[\u3400-\u9fff]", word))
    return len(word) >= SHORTEST or chinese >= SHORTEST_CHINESE


def pattern_of(words: Iterable[str]) -> str:
    """Return a pattern of whole words: C0002 is no part of C00021.

    DuckDB reads it, and Python with `re.ASCII`: Chinese is written without blanks.

    Examples
    --------
    >>> found = re.compile(pattern_of(["C0002"]), re.ASCII).search
    >>> [bool(found(text)) for text in ("by C0002.", "客户C0002说", "C00021", "xC0002")]
    [True, True, False, False]
    """
    found = []
    for word in sorted(set(words), key=len, reverse=True):
        before = r"\b" if re.match("[0-9A-Za-z_]", word) else ""
        after = r"\b" if re.search("[0-9A-Za-z_]$", word) else ""
        found.append(before + re.escape(word) + after)
    return "|".join(found)


def plain_id(text: str) -> str:
    """Return an id as customer_links compares it, without zeros, capitals and dashes."""
    return re.sub("[-_ ]", "", text.lower()).lstrip("0")


def read_ids(customer: str, listed: str) -> list[str]:
    """Return the ids that a command names: one, or those of a file, one a line.

    Raises
    ------
    CaseError
        If none is named, both are, or the file cannot be read.
    """
    if bool(customer) == bool(listed):
        raise CaseError(
            "CUSTOMER: name who is to be forgotten.\n"
            "Fix: make forget CUSTOMER=C0002 DATA=folder, or CUSTOMERS=file with an id a line."
        )
    texts = [customer]
    if listed:
        try:
            texts = Path(listed).read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise CaseError(f"{listed}: not UTF-8.\nFix: save it again as UTF-8.") from error
        except OSError as error:
            says = f"CUSTOMERS={listed}: cannot be read ({error.strerror})"
            raise CaseError(f"{says}.\nFix: name a file with an id a line.") from error
    ids = list(dict.fromkeys(filter(None, (text.strip(BLANKS) for text in texts))))
    if ids[:1] == ["customer_id"]:  # the heading of a table with one column
        ids = ids[1:]
    if not ids:
        raise CaseError(f"CUSTOMERS={listed}: no id in it.\nFix: write an id a line.")
    for name in ids:
        if DAMAGED.fullmatch(name):
            raise CaseError(
                f"customer_id {name}: a spreadsheet has made this of an id, perhaps of several "
                "people's; such rows are refused.\nFix: write the ids as they were into the table."
            )
    return ids


def lot(text: str) -> int:
    """Return the lot of a text (macros/dialect/hash.sql)."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:7], 16)


def random_token() -> str:
    """Return a new token: 64 bits by chance."""
    return f"forgotten-{secrets.token_hex(8)}"


def random_number(digits: int) -> str:
    """Return a new token of digits, for a column of numbers; its first digit is 1."""
    return str(10 ** (digits - 1) + secrets.randbelow(10 ** (digits - 1)))


def draw(
    name: str, peers: Sequence[int] = (), made: Callable[[], str] = random_token
) -> tuple[str, bool]:
    """Draw a token until it does to every figure what the id does.

    It falls into the same group of the bootstrap, and between the same lots of those with whom the
    customer shares a place of the call list. That is all that it has in common with the id.

    Parameters
    ----------
    name
        The id.
    peers
        The lots of the others in that place.
    made
        Makes a token by chance.

    Returns
    -------
    tuple of str and bool
        The token, and whether it keeps its place among its peers.
    """
    old, others = lot(name), sorted(peers)
    place = bisect_left(others, old)
    low = others[place - 1] if place else -1
    high = others[place] if place < len(others) else LOTS
    spare = ""
    for _ in range(DRAWS):
        token = made()
        new = lot(token)
        if new % GROUPS != old % GROUPS:
            continue
        if low < new < high:
            return token, True
        spare = spare or token
    return spare or made(), False


def give_tokens(
    people: Sequence[Person], ties: Mapping[str, set[str]], made: Callable[[], str]
) -> list[str]:
    """Give each person a token; return the ids whose place among equals of the call list moves.

    Parameters
    ----------
    people
        Who is anonymised.
    ties
        By id, who shares its place of the call list.
    made
        Makes a token by chance.
    """
    moved: list[str] = []
    tokens: dict[str, str] = {}
    for person in people:
        peers = [lot(tokens.get(other, other)) for other in ties.get(person.id, set())]
        person.token, keeps = draw(person.id, peers, made)
        tokens[person.id] = person.token
        if not keeps:
            moved.append(person.id)
    return moved
