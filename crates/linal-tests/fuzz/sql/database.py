"""Random databases: their columns, their rows, and the statements that create them in each dialect."""

import dataclasses
import math

from .values import NAMES, literal_text

TABLES = ("t", "u", "w", "orders", "cust")
COLUMNS = {
    "int": ("k", "n", "m"),
    "float": ("x", "y"),
    "text": ("g", "s"),
    "bool": ("b",),
    "date": ("d", "e"),
    "ts": ("ts", "seen"),
    "vec": ("v",),
}
INTS = (0, 1, 2, 3, 4, 5, -1, -2, 7, 10)
BIG_INTS = (9223372036854775807, -9223372036854775808, 9007199254740993, 9007199254740992, 0, -1)
# Quarters of small numbers, and larger ones whose sums are exact in any order.
FLOATS = (0.0, 0.5, 1.0, 1.25, -0.5, 2.0, 3.75, -2.25, 10.0)
EDGE_FLOATS = (math.nan, math.inf, -math.inf, -0.0, 35184372088832.0, -35184372088832.0)
TEXTS = ("a", "b", "c", "ab", "A", "", "x y")
EDGE_TEXTS = ("é", "日本", "it's", "a%b", "a_b", '"q"', "NULL", " a ", "1", "back\\slash", "tab\there", "😀", "{0}")
DATES = ("2024-01-31", "2024-02-29", "2024-03-01", "2023-12-31", "2024-01-01", "2024-07-15")
EDGE_DATES = ("0001-01-01", "9999-12-31", "1969-12-31", "1970-01-01", "1582-10-10", "1900-03-01", "2262-04-12", "1600-02-29")
TIMES = ("2024-01-31 12:00:00", "2024-02-29 23:59:59", "2024-03-01 00:00:00", "2024-01-31 06:30:00", "2023-12-31 18:00:00")
EDGE_TIMES = (
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "1969-12-31 23:59:59.5",
    "2262-04-12 00:00:00",
    "1677-09-20 12:00:00",
    "2024-01-31 12:00:00.000001",
)
VECTORS = ([1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [1.0, 2.0, 3.0], [0.5, -0.5, 0.25], [0.0, 0.0, 0.0])


@dataclasses.dataclass
class Table:
    """A table with `(name, type, nullable)` columns; the first is the key `id`."""

    name: str
    columns: list
    rows: list

    def setup(self, dialect, only=None):
        """The statements that create the table, with the columns that the dialect supports."""
        kept = [i for i, (_, type, _) in enumerate(self.columns) if NAMES[type][dialect]]
        if only is not None:
            kept = [i for i in kept if self.columns[i][0] in only or i == 0]
        parts = []
        for index in kept:
            name, type, nullable = self.columns[index]
            # SQLite stores NaN as NULL.
            strict = not nullable and dialect != "sqlite"
            parts.append(f"{name} {NAMES[type][dialect]}" + (" NOT NULL" if strict else ""))
        statements = [f"CREATE TABLE {self.name} ({', '.join(parts)})"]
        if self.rows:
            rows = (
                "(" + ", ".join(literal_text(self.columns[i][1], row[i], dialect) for i in kept) + ")"
                for row in self.rows
            )
            statements.append(f"INSERT INTO {self.name} VALUES {', '.join(rows)}")
        return statements


@dataclasses.dataclass
class Database:
    """The tables of some hundred queries. `has_edge_values` says that they contain values that SQLite treats differently."""

    tables: list
    has_edge_values: bool

    def setup(self, dialect):
        return [statement for table in self.tables for statement in table.setup(dialect)]

    def with_rows(self, index, rows):
        tables = list(self.tables)
        tables[index] = dataclasses.replace(tables[index], rows=rows)
        return Database(tables, self.has_edge_values)


def make_database(rng):
    has_edge_values = rng.random() < 0.6
    names = rng.sample(TABLES, rng.choice((2, 3, 3, 4)))
    return Database([make_table(rng, name, has_edge_values) for name in names], has_edge_values)


def make_table(rng, name, has_edge_values):
    columns = [("id", "int", False)]
    for type, pool in COLUMNS.items():
        for column in pool:
            if rng.random() < (0.75 if column == pool[0] else 0.4):
                columns.append((column, type, rng.random() < 0.75))
    # A dataset may have the name of a column.
    if rng.random() < 0.15:
        columns.append((rng.choice(TABLES), "int", True))
    count = rng.choice((0, 1, 2, 3, 5, 8, 8, 12, 12, 20))
    pools = {column: pool_of(rng, type, has_edge_values) for column, type, _ in columns}
    rows = []
    for id in range(1, count + 1):
        row = [id]
        for column, type, nullable in columns[1:]:
            empty = nullable and rng.random() < 0.2
            row.append(None if empty else rng.choice(pools[column]))
        rows.append(row)
    return Table(name, columns, rows)


def pool_of(rng, type, has_edge_values):
    """The values of one column: few, so that equal ones occur."""
    common = {"int": INTS, "float": FLOATS, "text": TEXTS, "bool": (True, False), "date": DATES, "ts": TIMES, "vec": VECTORS}
    edges = {"float": EDGE_FLOATS, "text": EDGE_TEXTS, "date": EDGE_DATES, "ts": EDGE_TIMES}
    values = rng.sample(common[type], rng.randint(2, len(common[type])))
    if has_edge_values and type in edges and rng.random() < 0.6:
        values += rng.sample(edges[type], rng.randint(1, 4))
    return values
