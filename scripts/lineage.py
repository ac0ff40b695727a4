"""Where the columns of the marts come from, column by column, read off the SQL that dbt compiled.

A column comes from the columns that its value is computed from. Columns that only decide which
rows are taken (joins, filters, groups) are not among them. A Python model is opaque: each of its
columns comes, at most, from all columns of the tables that it reads. What lies behind one is known
by table, not by column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

from satisfaction.method_checks._declared import shapes
from satisfaction.weights import hierarchy
from scripts.catalogue import CatalogueError

DIALECT = "duckdb"
# a fingerprint of what the figures of a survey rest on: it decides what is computed, not its value
FINGERPRINT = "version"
# the rows of all method tables, from which a model reads those of one
METHOD_ROWS = "method_rows"
# longest constant or count that is shown as it stands in the SQL
SHOWN = 60


@dataclass(frozen=True, order=True)
class Place:
    """A column of a table, or a whole table where the column is empty."""

    table: str
    column: str = ""

    def __str__(self) -> str:
        """Write it as SQL does."""
        return f"{self.table}.{self.column}" if self.column else self.table


@dataclass(frozen=True)
class Origin:
    """What a column is made from, one step back; without places: a constant or a count of rows."""

    places: tuple[Place, ...]
    made_here: tuple[str, ...] = ()


@dataclass
class Trace:
    """Everything that a column comes from, back to the raw tables and the method tables.

    Attributes
    ----------
    columns
        Columns of them that it is computed from by SQL alone.
    opaque
        The first models on the way back that cannot be looked into.
    tables_behind
        Raw tables and method tables that those may read.
    made_here
        Constants and counts of rows, each with the model whose SQL has it.
    """

    columns: set[Place] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    tables_behind: set[str] = field(default_factory=set)
    made_here: set[Place] = field(default_factory=set)


class Lineage:
    """The steps between all columns of a project.

    Parameters
    ----------
    manifest, catalog
        What `dbt docs generate` wrote: the compiled SQL, and the columns that the tables have.

    Raises
    ------
    CatalogueError
        If the SQL of a model gives other columns than its table has.
    """

    def __init__(self, manifest: Mapping[str, Any], catalog: Mapping[str, Any]) -> None:
        self.raw_tables = {source["name"] for source in manifest["sources"].values()}
        self.parents: dict[str, tuple[str, ...]] = {}
        self.opaque: set[str] = set()
        self.origins: dict[str, dict[str, Origin]] = {}
        self._roots: dict[str, frozenset[str]] = {}
        entries = {**catalog["nodes"], **catalog["sources"]}
        nodes = {**manifest["nodes"], **manifest["sources"]}
        self._names = {
            (entry["metadata"]["schema"], entry["metadata"]["name"]): name_of(nodes[unique_id])
            for unique_id, entry in entries.items()
        }
        for unique_id, node in manifest["nodes"].items():
            if node["resource_type"] == "model":
                parents = {name_of(nodes[at]): at for at in node["depends_on"]["nodes"]}
                names = {*parents}
                if node["language"] == "python" and METHOD_ROWS in names:
                    names = names - {METHOD_ROWS} | method_tables_of(node["raw_code"])
                self.parents[name_of(node)] = tuple(sorted(names))
                # an incremental model reads itself too
                read = [entries[at] for at in (*parents.values(), unique_id) if at in entries]
                self._add(node, entries[unique_id], read)

    def _add(
        self, node: Mapping[str, Any], entry: Mapping[str, Any], read: Iterable[Mapping[str, Any]]
    ) -> None:
        """Add the steps of one model, which reads these entries of the catalog."""
        name = name_of(node)
        built = [column["name"] for column in entry["columns"].values()]
        schema: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
        for table in read:
            schema[table["metadata"]["schema"]][table["metadata"]["name"]] = {
                column["name"]: column["type"] for column in table["columns"].values()
            }
        steps = steps_of(node, schema)
        if not steps:
            self.opaque.add(name)
            whole = Origin(tuple(Place(parent) for parent in self.parents[name]))
            self.origins[name] = dict.fromkeys(built, whole)
        elif set(steps) == set(built):
            self.origins[name] = {column: self._origin(name, steps[column]) for column in built}
        else:
            raise CatalogueError(
                f"{name}: the SQL gives other columns than the table has: "
                f"{', '.join(sorted(set(steps) ^ set(built)))}.\nFix: make build, then make docs."
            )

    def _origin(self, model: str, column: Node) -> Origin:
        """Read the ends of the way through one query."""
        places, made_here = set(), set()
        for node in column.walk():
            if node.downstream:
                continue
            if isinstance(node.expression, exp.Table):
                table = (node.expression.db, node.expression.name)
                place = Place(
                    self._names.get(table, table[1]), node.name.rsplit(".", 1)[-1].strip('"')
                )
                if place.table != model:  # what an incremental model holds already
                    places.add(place)
            else:
                text = node.expression.unalias().sql(dialect=DIALECT)
                made_here.add(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")
        return Origin(tuple(sorted(places)), () if places else tuple(sorted(made_here)))

    def is_root(self, table: str) -> bool:
        """Whether a table is one that dbt does not build: a raw table or a method table."""
        return table not in self.origins

    def before(self, place: Place) -> tuple[Place, ...]:
        """Go one step back: from a column to what it is made from, from a table to its columns."""
        if self.is_root(place.table):
            return ()
        columns = self.origins[place.table]
        if place.column:
            return columns[place.column].places
        return tuple(Place(place.table, column) for column in columns if column != FINGERPRINT)

    def trace(self, table: str, column: str) -> Trace:
        """Follow a column back to its roots."""
        trace = Trace()
        for place in self._way_back(Place(table, column)):
            if self.is_root(place.table):
                trace.columns.add(place)
            elif place.table in self.opaque:
                trace.opaque.add(place.table)
                trace.tables_behind |= self._behind(place)
            else:
                made_here = self.origins[place.table][place.column].made_here
                trace.made_here |= {Place(place.table, text) for text in made_here}
        return trace

    def _way_back(self, start: Place, through_opaque: bool = False) -> Iterator[Place]:
        """Walk back from a column to the roots; into opaque models, or through them too."""
        todo, seen = [start], set()
        while todo:
            place = todo.pop()
            if place in seen:
                continue
            seen.add(place)
            yield place
            if through_opaque or place.table not in self.opaque:
                todo += self.before(place)

    def _behind(self, place: Place) -> frozenset[str]:
        """Return the raw tables and method tables behind a column of an opaque model."""
        if place.table not in self._roots:  # the same for all of its columns
            way = self._way_back(place, through_opaque=True)
            roots = frozenset(found.table for found in way if self.is_root(found.table))
            self._roots[place.table] = roots
        return self._roots[place.table]


def steps_of(
    node: Mapping[str, Any], schema: dict[str, dict[str, dict[str, str]]]
) -> dict[str, Node]:
    """Read the SQL of a model; a Python model, and SQL that sqlglot does not know, has no steps."""
    if node["language"] == "python":
        return {}
    try:
        query, read = reads_as_tables(parse_one(node["compiled_code"], dialect=DIALECT))
        known = schema | {node["schema"]: schema.get(node["schema"], {}) | read}
        return lineage(None, query, known, dialect=DIALECT, trim_selects=False)
    except SqlglotError:
        return {}


def method_tables_of(code: str) -> set[str]:
    """Return the method tables that a Python model takes out of the rows of all of them."""
    named = {name for name in shapes() if f'"{name}"' in code}
    return named | ({*hierarchy.TABLES} if " in hierarchy.TABLES" in code else set())


def name_of(node: Mapping[str, Any]) -> str:
    """Return the name by which people know a table; that of a seed is the table it stands for."""
    name = str(node.get("alias") or node["name"])
    return name.split("_", 1)[1] if node["resource_type"] == "seed" else name


def reads_as_tables(query: exp.Expr) -> tuple[exp.Expr, dict[str, dict[str, str]]]:
    """Replace what reads a file, or a method table from the rows of all, by a table of its name.

    Files are read_csv('…/customers.csv', …), rows those of the macro method_table.

    Returns
    -------
    (sqlglot.exp.Expr, dict)
        The query, and the columns of these tables as far as the query tells them.
    """
    columns: dict[str, dict[str, str]] = {}

    def replaced(node: exp.Expr) -> exp.Expr:
        reader = node.this if isinstance(node, exp.Table) else None
        rows = node.find(exp.Table) if isinstance(node, exp.Subquery) else None
        if isinstance(reader, (exp.ReadCSV, exp.ReadParquet)):
            name = Path(next(reader.find_all(exp.Literal)).name).stem
            fields = [field.name for field in reader.find_all(exp.PropertyEQ)]
        elif rows is not None and node.alias == "written" and rows.name == METHOD_ROWS:
            name = node.this.args["where"].find(exp.Literal).name
            fields = [field.alias for field in node.this.selects]
        else:
            return node
        columns.setdefault(name, {}).update(dict.fromkeys(fields, "VARCHAR"))
        return exp.alias_(exp.to_table(name), node.alias or name, table=True)

    return query.transform(replaced), columns
