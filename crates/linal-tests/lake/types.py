"""Each type of `every_kind`, in Parquet and inline."""

from .connect import attach
from .every_kind import samples
from .kinds import INT


def written(directory):
    for number, sample in enumerate(samples()):
        with directory.commit("CREATE"):
            stored = directory.create_dataset(f"stored{number}", [("v", sample.kind)])
            stored.load([[value] for value in sample.values] + [[None]])
            if sample.inline is not None:
                inline = directory.create_dataset(f"inline{number}", [("v", sample.kind)])
                inline.insert([[value] for value in sample.inline_values()] + [[None]])


def differences(connection, table, sample):
    """The text of the values, and the rows that a filter for each of them finds."""
    found = [row[0] for row in connection.execute(f"SELECT CAST(v AS VARCHAR) FROM {table} ORDER BY rowid").fetchall()]
    if found != sample.shown + [None]:
        yield f"{sample.name} in {table} is {found}, expected {sample.shown}"
        return
    data_type = connection.execute(f"SELECT typeof(v) FROM {table} LIMIT 1").fetchone()[0]
    for text in set(sample.shown):
        query = f"SELECT count(*) FROM {table} WHERE v = CAST(? AS {data_type})"
        if connection.execute(query, [text]).fetchone()[0] != sample.shown.count(text):
            yield f"{sample.name} in {table}: WHERE v = {text} finds other rows"


def every_type(new_directory):
    directory = new_directory()
    written(directory)
    connection = attach(directory.root)
    for number, sample in enumerate(samples()):
        suffix = "__storage" if sample.kind.cast else ""
        for name in ("stored", "inline") if sample.inline is not None else ("stored",):
            yield from differences(connection, f"db.{name}{number}{suffix}", sample)


def casts(new_directory):
    """The types that views give back."""
    directory = new_directory()
    written(directory)
    connection = attach(directory.root)
    expected = {
        "duration s": ("INTERVAL", "00:00:01"),
        "interval": ("INTERVAL", "1 month 2 days 00:00:00.000003"),
        "vector": ("FLOAT[3]", "[1.0, 2.5, -0.0]"),
        "matrix": ("DOUBLE[3][2]", "[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]"),
        "tensor": ("BIGINT[2][2][2]", "[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]"),
    }
    for number, sample in enumerate(samples()):
        if sample.kind.cast:
            for name in ("stored", "inline"):
                found = connection.execute(f"SELECT typeof(v), CAST(v AS VARCHAR) FROM db.{name}{number} LIMIT 1").fetchone()
                if found != expected[sample.name]:
                    yield f"{sample.name} is {found}, expected {expected[sample.name]}"


def defaults(new_directory):
    """Rows that were written before a column with a default was added, in a segment and inline."""
    directory = new_directory()
    for number, sample in enumerate(samples()):
        with directory.commit("CREATE"):
            dataset = directory.create_dataset(f"t{number}", [("id", INT)])
            dataset.load([[1]])
            dataset.insert([[2]])
        with directory.commit("ALTER"):
            dataset.add_column("v", sample.kind, sample.values[0], sample.shown[0])
    connection = attach(directory.root)
    for number, sample in enumerate(samples()):
        suffix = "__storage" if sample.kind.cast else ""
        query = f"SELECT CAST(v AS VARCHAR) FROM db.t{number}{suffix} ORDER BY rowid"
        found = [row[0] for row in connection.execute(query).fetchall()]
        if found != [sample.shown[0]] * 2:
            yield f"{sample.name}: {found}, expected {sample.shown[0]}"


CASES = (every_type, casts, defaults)
