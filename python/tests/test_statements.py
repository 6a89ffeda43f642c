"""Parameters, errors, transactions, cursors, databases."""

import datetime
import math

import numpy as np
import pytest

import linal


@pytest.fixture
def table(db):
    db["t"] = {"id": [1, 2, 3], "name": ["a", "b", "c"]}
    return db


@pytest.mark.parametrize(
    "value",
    [1, -5, 2**62, 1.5, -1e300, "it's", "ü $1", True, False, None, datetime.date(2024, 2, 29),
     datetime.datetime(2024, 2, 29, 1, 2, 3, 4)],
)
def test_parameters_are_values(db, value):
    found = db.sql("SELECT $1 AS x", [value]).fetchone()[0]
    assert found == value and type(found) is type(value)
    assert db.sql("SELECT $x AS x", {"x": value}).fetchone()[0] == value


def test_parameters_of_other_kinds(table):
    assert math.isnan(table.sql("SELECT $1 AS x", [math.nan]).fetchone()[0])
    assert table.sql("SELECT $1 AS x", [math.inf]).fetchone()[0] == math.inf
    assert table.sql("SELECT name FROM t WHERE id > $1", [1]).fetchall() == [("b",), ("c",)]
    assert table.sql("SELECT id FROM t WHERE name = $n AND id = $i", {"n": "b", "i": 2}).fetchall() == [(2,)]
    assert table.sql("SELECT VEC_SUM($1) AS s", [np.arange(4.0)]).fetchone() == (6.0,)
    assert table.sql("SELECT DOT($1, $2) AS s", [[1.0, 2.0], [3.0, 4.0]]).fetchone() == (11.0,)
    assert table.sql("SELECT '$1' || $1 AS s", ["x"]).fetchone() == ("$1x",)
    assert table.sql("SELECT $1 AS s -- $2\n", ["x"]).fetchone() == ("x",)
    hostile = "'; DROP DATASET t; --"
    assert table.sql("SELECT $1 AS s", [hostile]).fetchone() == (hostile,)
    assert "t" in table


def test_parameters_of_python_that_have_no_literal(db):
    db.execute("CREATE TABLE t (b BLOB, t TIME, i INTERVAL)")
    values = (b"\x00\xffx", datetime.time(1, 2, 3, 4), datetime.timedelta(days=-1, seconds=5, microseconds=7))
    db.execute("INSERT INTO t VALUES ($1, $2, $3)", values)
    assert db.sql("SELECT * FROM t").fetchone() == values
    assert db.sql("SELECT $1 AS b, $2 AS t, $3 AS i", values).fetchone() == values
    assert db.sql("SELECT $1 AS b", [bytearray(b"ab")]).fetchone() == (b"ab",)
    with pytest.raises(linal.TypeError_):
        db.execute("LET x = $1", [b"ab"])


def test_parameters_of_numpy_and_tensors(table):
    table["v"] = [1.0, 2.0]
    assert table.sql("SELECT name FROM t WHERE id = $1", [np.int64(2)]).fetchall() == [("b",)]
    assert table.sql("SELECT $1 AS x, $2 AS y", (np.float64(1.5), np.bool_(True))).fetchone() == (1.5, True)
    assert table.sql("SELECT VEC_SUM($1) AS s", [table["v"]]).fetchone() == (3.0,)
    assert table.sql("SELECT VEC_SUM($v) AS s", {"v": table["v"] * 2}).fetchone() == (6.0,)


def test_the_same_text_with_other_parameters(table):
    """A text that was short is tried on the calling thread; the values of its next run may make it long."""
    table["n"] = {"x": np.arange(3000)}
    query = "SELECT COUNT(*) FROM n a JOIN n b ON a.x + b.x >= 0 WHERE a.x < $1 AND b.x < $1"
    for bound in [0, 1, 2, 3, 0, 1, 3000, 2, 1, 3000]:
        assert table.sql(query, [bound]).fetchone() == (bound * bound,)
    with linal.connect(timeout=0.2) as db:
        db["n"] = {"x": np.arange(20_000)}
        for _ in range(5):
            assert db.sql(query, [1]).fetchone() == (1,)
        with pytest.raises(linal.TimeoutError_):
            db.sql(query, [20_000])
        assert db.sql(query, [1]).fetchone() == (1,)


def test_executemany(table):
    assert table.executemany("INSERT INTO t VALUES ($1, $2)", [(at, "n") for at in range(10, 20)]).message is not None
    assert len(table["t"]) == 13
    table.executemany("INSERT INTO t VALUES ($id, $name)", ({"id": at, "name": "m"} for at in range(20, 23)))
    assert len(table["t"]) == 16
    assert table.executemany("INSERT INTO t VALUES ($1, $2)", []).message == "no parameters"
    with pytest.raises(linal.Error):
        table.executemany("INSERT INTO t VALUES ($1, $2)", [(1, "a"), ("no number", "b"), (2, "c")])
    assert len(table["t"]) == 16 and not table._core.in_transaction()
    assert table.executemany("SELECT $1 AS x", [[1], [2]]).fetchall() == [(2,)]


def test_scripts_run_again(db):
    for step in range(3):
        db.execute(f"LET a = {step}\nLET b = a + 1; LET c = b + 1")
        assert db["c"].item() == step + 2
        db.execute("LET d = c + 1;\n-- a note")
        assert db["d"].item() == step + 3


def test_wrong_parameters(table):
    with pytest.raises(linal.Error):
        table.sql("SELECT $2 AS s", [1])
    with pytest.raises(linal.Error):
        table.sql("SELECT $x AS s", {"y": 1})
    with pytest.raises(linal.TypeError_):
        table.sql("SELECT $1 AS s", "text")
    with pytest.raises(linal.Error):
        table.sql("SELECT $1 AS s", [object()])


def test_mistakes_that_the_package_notices_have_codes(table):
    mistakes = [
        lambda: table.sql("SELECT $1", "text"),
        lambda: linal.connect(timeout="soon"),
        lambda: table.sql("SELECT name FROM t").tensor(),
        lambda: table.table("t").search("v", [1.0], metric="nosuch"),
        lambda: table.sql("SELECT name FROM t").plot(),
        lambda: linal.dbapi.connect().cursor().fetchone(),
    ]
    for mistake in mistakes:
        with pytest.raises(linal.Error) as raised:
            mistake()
        assert raised.value.code and raised.value.name, raised.value


CODES = [
    ("SELEC 1", linal.SyntaxError_),
    ("SELECT * FROM nosuch", linal.NameError_),
    ("SHOW nosuch", linal.NameError_),
    ("SHOW [1, 2, 3] + [1, 2]", linal.ShapeError),
    ("SHOW [1, 2] AND TRUE", linal.TypeError_),
    ("SELECT 9223372036854775807 + 1", linal.ValueError_),
    ("SHOW READ_NPY('nosuch.npy')", linal.FileError),
    ("SET memory_limit = '10MB'; LET a = RANDOM [20000000] SEED 1", linal.MemoryLimitError),
    ("DATASET d COLUMNS (id: Int); INSERT INTO d VALUES (NULL)", linal.dbapi.IntegrityError),
    ("CREATE TABLE d (id INT CHECK (id > 0)); INSERT INTO d VALUES (0)", linal.dbapi.IntegrityError),
    ("CREATE TABLE d (id INT PRIMARY KEY, x INT PRIMARY KEY)", linal.dbapi.ProgrammingError),
    ("DATASET d COLUMNS (id: Int); SELECT CORR(DISTINCT id, id) FROM d", linal.NotSupportedError),
]


@pytest.mark.parametrize("text,kind", CODES, ids=[text[:40] for text, _ in CODES])
def test_errors(db, text, kind):
    with pytest.raises(kind) as raised:
        db.execute(text)
    assert isinstance(raised.value, linal.Error) and isinstance(raised.value, linal.dbapi.Error)
    assert raised.value.code[0] == "E" and raised.value.code in str(raised.value)
    assert db.execute("LET x = 1 + 1").message is not None


def test_the_place_of_an_error(db):
    with pytest.raises(linal.Error) as raised:
        db.execute("VECTOR v = [1, 2]\nLET w = v * 2\nLET x = nosuch + 1")
    error = raised.value
    assert (error.code, error.line, error.column) == ("E0304", 3, 9)
    assert "^" in str(error) and "LET x = nosuch + 1" in str(error)
    assert db["w"].tolist() == [2.0, 4.0]
    with pytest.raises(linal.Error) as raised:
        db["values"] = [1.0]
        db.sql("SHOW valuess")
    assert "values" in raised.value.help
    with pytest.raises(linal.Error) as raised:
        db.sql("SELECT $1 + nosuch AS x", ["a long text"])
    assert raised.value.column == 13


def test_timeouts():
    with linal.connect(timeout=0.2) as db:
        with pytest.raises(linal.TimeoutError_) as raised:
            db.sql("SELECT SUM(a.value * b.value) FROM ROWS(ARANGE(0, 300000)) a CROSS JOIN ROWS(ARANGE(0, 300000)) b")
        assert isinstance(raised.value, TimeoutError)
        assert db.sql("SELECT 1").fetchone() == (1,)


def test_options():
    with linal.connect(memory_limit="50MB", threads=1, timeout="10s") as db:
        with pytest.raises(linal.MemoryLimitError):
            db.execute("LET a = RANDOM [20000000] SEED 1")
    for options in [{"memory_limit": "lots"}, {"timeout": "soon"}, {"memory_limit": -1}]:
        with pytest.raises(linal.ValueError_):
            linal.connect(**options)


def test_transactions(table):
    with table.transaction():
        table.execute("DELETE FROM t WHERE id = 1")
        assert len(table["t"]) == 2
        assert len(table.cursor()["t"]) == 3
    assert len(table["t"]) == 2
    with pytest.raises(RuntimeError):
        with table.transaction():
            table["u"] = {"x": [1]}
            table.append("t", {"id": [9], "name": ["z"]})
            raise RuntimeError
    assert len(table["t"]) == 2 and "u" not in table


def test_conflicts(table):
    other = table.cursor()
    with pytest.raises(linal.ConflictError):
        with table.transaction():
            table.execute("UPDATE t SET name = 'x' WHERE id = 1")
            other.execute("UPDATE t SET name = 'y' WHERE id = 1")
    assert table.sql("SELECT name FROM t WHERE id = 1").fetchone() == ("y",)
    assert not table._core.in_transaction()


def test_closing(tmp_path):
    path = tmp_path / "my.linal"
    with linal.connect(path) as db:
        db["t"] = {"x": np.arange(5.0)}
        cursor = db.cursor()
        assert len(cursor["t"]) == 5
        kept = db["t"]["x"].numpy()
        tensor = db["t"]["x"]
        reader = linal.connect(path, read_only=True)
        assert len(reader["t"]) == 5
        with pytest.raises(linal.FileError):
            reader["u"] = {"x": [1]}
        reader.close()
    with pytest.raises(linal.dbapi.InterfaceError):
        db.sql("SELECT 1")
    with pytest.raises(linal.dbapi.InterfaceError):
        cursor.sql("SELECT 1")
    db.close()
    assert kept.tolist() == [0, 1, 2, 3, 4]
    assert (tensor + 1).tolist() == [1, 2, 3, 4, 5]
    with linal.connect(str(path)) as db:
        assert db.sql("SELECT SUM(x) FROM t").fetchone() == (10.0,)
        db.append("t", {"x": [10.0]})
    with linal.connect(path) as db:
        assert db["t"]["x"].tolist() == [0, 1, 2, 3, 4, 10]


def test_default_connection():
    linal.execute("LET answer = 6 * 7")
    assert linal.default()["answer"].item() == 42
    assert linal.sql("SELECT 1 AS x").fetchone() == (1,)
