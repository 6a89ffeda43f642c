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


def test_wrong_parameters(table):
    with pytest.raises(linal.Error):
        table.sql("SELECT $2 AS s", [1])
    with pytest.raises(linal.Error):
        table.sql("SELECT $x AS s", {"y": 1})
    with pytest.raises(linal.TypeError_):
        table.sql("SELECT $1 AS s", "text")
    with pytest.raises(linal.Error):
        table.sql("SELECT $1 AS s", [object()])


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
