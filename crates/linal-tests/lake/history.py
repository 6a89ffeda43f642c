"""A directory with a history: each kind of change, in a database and in two."""

from .kinds import BOOL, FLOAT, INT, INT32, TEXT, vector


def plain_dataset(directory):
    columns = [("id", INT), ("name", TEXT), ("x", FLOAT), ("ok", BOOL), ("n", INT32)]
    with directory.commit("CREATE DATASET t"):
        t = directory.create_dataset("t", columns)
    for row in ([1, "a", 0.1, True, 1], [2, None, float("nan"), None, None], [3, "it's \"q\"\n", float("inf"), False, -5]):
        with directory.commit("INSERT INTO t"):
            t.insert([row])
    with directory.commit("UPDATE t"):
        t.update([1], "name", "zwei")
    with directory.commit("DELETE FROM t"):
        t.remove([0])
    return t


def bulk_changes(directory, t):
    with directory.commit("IMPORT"):
        t.load([[i, f"row {i}", i / 7, i % 3 == 0, i % 100] for i in range(10, 2510)])
    with directory.commit("DELETE"):
        t.remove([50, 51, 2200])
    with directory.commit("UPDATE"):
        t.update([100, 101, 2400], "x", -0.0)
    with directory.commit("UPDATE again"):
        t.update([100], "x", 1e-310)
    with directory.commit("DELETE updated"):
        t.remove([101])


def schema_changes(directory, t):
    with directory.commit("ALTER ADD"):
        t.add_column("extra", INT, 7)
    with directory.commit("ALTER RENAME"):
        t.rename_column("name", "Title of it")
    with directory.commit("INSERT"):
        t.insert([[9001, "new", 2.5, True, 4, 8]])
    with directory.commit("ALTER DROP"):
        t.drop_column("ok")
    with directory.commit("ALTER ADD the name of before"):
        t.add_column("ok", TEXT)
    with directory.commit("ALTER TYPE"):
        t.widen_column("n", INT)
    with directory.commit("INSERT wide"):
        t.insert([[9002, None, None, 1 << 40, None, "text"]])
    with directory.commit("UPDATE old row"):
        t.update([5, 2000], "extra", lambda value: (value or 0) + 1)


def folding(directory, t):
    with directory.commit(None):
        t.fold()
    with directory.commit("DELETE folded"):
        t.remove([2000, 2001])
    with directory.commit("UPDATE folded"):
        t.update([2002], "Title of it", "after folding")


def vectors(directory):
    with directory.commit("CREATE DATASET docs"):
        docs = directory.create_dataset("docs", [("id", INT), ("v", vector(3))])
    with directory.commit("INSERT"):
        docs.insert([[1, [1.0, 2.0, 0.5]], [2, None]])
    with directory.commit("IMPORT"):
        docs.load([[i, [i, i + 0.25, -i]] for i in range(3, 400)] + [[400, None]])
    with directory.commit("UPDATE"):
        docs.update([10], "v", [0.0, float("nan"), float("-inf")])
    with directory.commit("ALTER"):
        docs.add_column("note", TEXT, "none")
    with directory.commit("DROP COLUMN"):
        docs.drop_column("v")
    with directory.commit("ADD COLUMN"):
        docs.add_column("w w", vector(2))
    with directory.commit("UPDATE w"):
        docs.update([0, 20], "w w", [4.0, 5.0])
    return docs


def databases(directory):
    with directory.commit("CREATE DATABASE other"):
        directory.create_database(1, "other")
    with directory.commit("CREATE DATASET other.t"):
        other = directory.create_dataset("t", [("k", TEXT)], database=1)
        other.insert([["in other"]])
    with directory.commit("CREATE DATABASE main"):
        directory.create_database(2, "main")
        directory.create_dataset("t", [("k", TEXT)], database=2).insert([["in main"]])
    with directory.commit("RENAME"):
        other.rename("renamed")
    with directory.commit("DROP"):
        other.drop()
    with directory.commit("RESTORE"):
        other.undrop()
    with directory.commit("two at once"):
        other.insert([["both"]])
        directory.datasets[1].insert([[9003, None, 1.5, 0, 0, "both"]])


def build(directory):
    t = plain_dataset(directory)
    bulk_changes(directory, t)
    schema_changes(directory, t)
    folding(directory, t)
    vectors(directory)
    databases(directory)
    return directory
