"""Relations, variables of Python in queries, functions of Python, DB-API, plots, magics, the command line."""

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

import linal
import linal.dbapi

GLOBAL_FRAME = pl.DataFrame({"x": [7]})


@pytest.fixture
def table(db):
    db["t"] = {"id": [1, 2, 3, 4], "g": ["a", "b", "a", "b"], "x": [1, 2, 3, 4]}
    return db


def test_relations(table):
    relation = table.table("t").filter("x > 1").select("g", "x * 2 AS y").aggregate("g", "SUM(y) AS s").order("s DESC").limit(5)
    assert relation.fetchall() == [("b", 12), ("a", 6)]
    assert relation.columns == ["g", "s"] and len(table.table("t")) == 4
    assert table.table("t").order("x DESC").limit(2).filter("x < 4").fetchall() == [(3, "a", 3)]
    assert table.table("t").order("x DESC").select("x").limit(1).fetchall() == [(4,)]
    assert table.table("t").aggregate("", "COUNT(*) AS n").fetchall() == [(4,)]
    assert [row[0] for row in table.table("t").order("x DESC")] == [4, 3, 2, 1]
    assert table.table("t").limit(2).aggregate("", "SUM(x) AS s").fetchone() == (3,)
    assert table.table("t").select("g").distinct().order("g").fetchall() == [("a",), ("b",)]
    assert "t" in table.table("t").filter("x > 1").explain()
    assert table.table("t").filter("x > 1").pl().height == 3


def test_nothing_runs_before_a_value_is_asked_for(table):
    relation = table.table("later").filter("x > 1")
    table["later"] = {"x": [1, 2, 3]}
    assert relation.fetchall() == [(2,), (3,)]


def test_joins(table):
    table["u"] = {"id": [2, 3], "y": ["p", "q"]}
    assert table.table("t").join("u", on="id").select("id", "y").order("id").fetchall() == [(2, "p"), (3, "q")]
    joined = table.table("t").filter("x > 2").join(table.table("u"), on="id")
    assert [row[0] for row in joined.fetchall()] == [3]
    assert len(table.table("t").join("u", on="id", how="left")) == 4


@pytest.mark.parametrize("metric", ["cosine", "l2", "dot"])
def test_search(table, metric):
    random = np.random.default_rng(3)
    vectors, query = random.random((50, 4)), random.random(4)
    table["docs"] = {"id": np.arange(50), "lang": ["en", "de"] * 25, "v": vectors}
    distances = {
        "cosine": 1 - vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query),
        "l2": np.linalg.norm(vectors - query, axis=1),
        "dot": -vectors @ query,
    }[metric]
    found = table.table("docs").search("v", query, k=5, metric=metric, where="lang = 'en'")
    expected = [at for at in np.argsort(distances) if at % 2 == 0][:5]
    assert found.numpy()["id"].tolist() == expected
    np.testing.assert_allclose(found.numpy()["distance"], distances[expected], rtol=1e-9)
    with pytest.raises(linal.ValueError_):
        table.table("docs").search("v", query, metric="hamming")


def test_frames_and_arrays_stand_in_queries(table):
    df = pd.DataFrame({"id": [1, 2], "y": [10, 20]})
    arr = np.array([1.0, 2.0])
    arrow = pl.DataFrame({"z": [5]}).to_arrow()
    result = table.sql("SELECT * FROM t LIMIT 1")
    assert table.sql("SELECT SUM(y) FROM df").fetchone() == (30,)
    assert table.sql("SELECT t.x, df.y FROM t JOIN df ON t.id = df.id ORDER BY t.x").fetchall() == [(1, 10), (2, 20)]
    assert table.sql("SELECT VEC_SUM(arr) AS s").fetchone() == (3.0,)
    assert table.sql("SELECT z FROM arrow").fetchone() == (5,)
    assert table.sql("SELECT x FROM GLOBAL_FRAME").fetchone() == (7,)
    assert table.sql("SELECT id FROM result").fetchone() == (1,)
    table.execute("LET twice = arr * 2")
    assert table["twice"].tolist() == [2.0, 4.0]
    assert "df" not in table and "arr" not in table
    df = pd.DataFrame({"id": [1], "y": [99]})
    assert table.sql("SELECT SUM(y) FROM df").fetchone() == (99,)


def test_variables_come_last(table):
    t = pd.DataFrame({"x": [100]})
    x = np.array([5.0])
    table["v"] = [1.0]
    v = np.array([50.0])
    assert table.sql("SELECT MAX(x) FROM t").fetchone() == (4,)
    assert table.sql("SELECT VEC_SUM(v) AS s").fetchone() == (1.0,)
    number = 5
    with pytest.raises(linal.NameError_):
        table.sql("SELECT number FROM t")
    assert len(t) == len(x) == len(v) == 1 and number


def test_variables_can_be_turned_off():
    df = pd.DataFrame({"x": [1]})
    with linal.connect(replacement_scans=False) as db, pytest.raises(linal.NameError_):
        db.sql("SELECT * FROM df")
    assert len(df) == 1


def test_functions(table):
    calls = []

    def double(x):
        calls.append(len(x))
        assert isinstance(x, np.ndarray)
        return x * 2

    table.register("double_it", double, inputs=["Float"], output="Float")
    assert table.sql("SELECT double_it(x) AS y FROM t ORDER BY id").fetchall() == [(2.0,), (4.0,), (6.0,), (8.0,)]
    assert max(calls) == 4
    table.execute("LET m = double_it([[1, 2], [3, 4]]) + 1")
    assert table["m"].tolist() == [[3.0, 5.0], [7.0, 9.0]]
    table.register("add_up", lambda a, b: a + b, inputs=["Int", "Float"], output="Float")
    assert table.sql("SELECT SUM(add_up(id, x)) FROM t").fetchone() == (20.0,)
    table.register("my_norm", lambda v: np.linalg.norm(v, axis=1), inputs=["Vector(2, f64)"], output="Float")
    assert table.sql("SELECT my_norm([3, 4]) AS n").fetchone() == (5.0,)
    table.register("upper_it", lambda s: [text.upper() for text in s], inputs=["String"], output="String")
    assert table.sql("SELECT upper_it(g) AS u FROM t WHERE id = 2").fetchone() == ("B",)
    table["n"] = {"x": [1.0, None, 3.0]}
    assert table.sql("SELECT double_it(x) AS y FROM n").fetchall() == [(2.0,), (None,), (6.0,)]
    assert table.cursor().sql("SELECT double_it(1) AS y").fetchone() == (2.0,)


def test_functions_that_fail(table):
    def fails(x):
        raise ValueError("too bad")

    table.register("fails", fails, inputs=["Float"], output="Float")
    table.register("short", lambda x: x[:1], inputs=["Float"], output="Float")
    with pytest.raises(linal.Error, match="too bad") as raised:
        table.sql("SELECT fails(x) FROM t")
    assert isinstance(raised.value.__cause__, ValueError)
    with pytest.raises(linal.Error, match="too bad"):
        table.execute("LET y = fails([1, 2])")
    with pytest.raises(linal.Error):
        table.sql("SELECT short(x) FROM t")
    with pytest.raises(linal.NameError_):
        table.register("sum", lambda x: x, inputs=["Float"], output="Float")
    with pytest.raises(linal.NameError_):
        table.register("g", lambda x: x, inputs=["Nosuch"], output="Float")
    with pytest.raises(linal.Error):
        table.sql("SELECT fails(1, 2) AS x")


def test_dbapi(tmp_path):
    assert (linal.dbapi.apilevel, linal.dbapi.threadsafety, linal.dbapi.paramstyle) == ("2.0", 2, "numeric")
    connection = linal.dbapi.connect(tmp_path / "db")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE t (id INT, name TEXT)")
    cursor.executemany("INSERT INTO t VALUES (:1, :2)", [(1, "a"), (2, "b"), (3, ":1")])
    assert cursor.rowcount == 3
    connection.rollback()
    assert cursor.execute("SELECT COUNT(*) FROM t").fetchone() == (0,)
    cursor.executemany("INSERT INTO t VALUES ($1, $2)", [(1, "a"), (2, "b")])
    connection.commit()
    cursor.execute("SELECT id, name FROM t WHERE id >= :1 ORDER BY id", [1])
    assert [column[0] for column in cursor.description] == ["id", "name"]
    assert cursor.description[0][1] == linal.dbapi.NUMBER and cursor.description[1][1] == linal.dbapi.STRING
    assert cursor.fetchmany() == [(1, "a")] and cursor.fetchone() == (2, "b") and cursor.fetchone() is None
    cursor.execute("SELECT ':1' AS s, [1, 2, 3][0:1] AS v, $1 AS x", [5])
    assert cursor.fetchone()[2] == 5
    for text in ["SELEC", "SELECT * FROM nosuch"]:
        with pytest.raises(linal.dbapi.ProgrammingError):
            cursor.execute(text)
    cursor.execute("DELETE FROM t")
    connection.close()
    with pytest.raises(linal.dbapi.InterfaceError):
        cursor.execute("SELECT 1")
    with linal.dbapi.connect(tmp_path / "db") as again:
        assert again.execute("SELECT COUNT(*) FROM t").fetchone() == (2,)


def test_plots(table):
    figure = table.sql("SELECT x, id * 2 AS y FROM t").plot(x="x", y="y", kind="scatter")
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")
    for kind in ["line", "bar", "hist", "heatmap"]:
        assert table.sql("SELECT x, id FROM t").plot(kind=kind).axes
    table["m"] = np.random.default_rng(4).random((20, 30))
    table["s"] = np.sin(np.arange(1000.0))
    assert table["m"].plot().axes and table["s"].plot().axes[0].get_ylabel() == "s"
    assert table["s"].plot(kind="spectrogram").axes[0].get_xlabel() == "time (s)"
    assert table["s"].plot(kind="hist").axes
    with pytest.raises(linal.ValueError_):
        table["m"].plot(kind="spectrogram")
    with pytest.raises(linal.ValueError_):
        table.sql("SELECT x FROM t").plot(x="nosuch")


def test_magics():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        shell.run_cell("import linal, numpy as np\ndb = linal.connect()\nframe = np.array([1.0, 2.0])")
        shell.run_line_magic("load_ext", "linal")
        assert shell.run_line_magic("linal", "SELECT 1 AS one").fetchone() == (1,)
        shell.run_cell_magic("linal", "db --out r", "VECTOR v = [1, 2]\nSELECT VEC_SUM(v) + VEC_SUM(frame) AS s")
        assert shell.user_ns["r"].fetchone() == (6.0,)
        assert "v" in shell.user_ns["db"]
        outcome = shell.run_cell("%linal SELECT nosuch FROM nothing")
        assert outcome.error_in_exec is not None
    finally:
        InteractiveShell.clear_instance()


def test_command_line(tmp_path):
    script = tmp_path / "a.lnl"
    script.write_text("VECTOR v = [3, 4]\nSHOW L2_NORM v\n")
    run = [sys.executable, "-m", "linal"]
    done = subprocess.run([*run, "run", str(script), "--format", "csv"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.rstrip().endswith("5.0")
    failed = subprocess.run([*run, "-c", "SHOW nosuch"], capture_output=True, text=True)
    assert failed.returncode == 1 and "E0304" in failed.stderr
    assert subprocess.run([*run, "--nosuch"], capture_output=True).returncode == 2


def test_variables_that_statements_take_over_or_change(table):
    arr = np.array([1.0, 2.0])
    df = pd.DataFrame({"id": [1, 2]})
    table.execute("LET arr = arr * 2")
    table.sql("SELECT 1")
    assert table["arr"].tolist() == [2.0, 4.0]
    for text in ["INSERT INTO df VALUES (5)", "DELETE FROM df", "UPDATE df SET id = 1"]:
        with pytest.raises(linal.Error) as caught:
            table.execute(text)
        assert caught.value.code == "E0408", text
    assert len(df) == 2 and len(arr) == 2


def test_executemany_is_one_commit_or_none():
    connection = linal.dbapi.connect(autocommit=True)
    connection.execute("CREATE TABLE t (a INT)")
    with pytest.raises(linal.Error):
        connection.cursor().executemany("INSERT INTO t VALUES (:1)", [[1], ["a"]])
    assert connection.execute("SELECT COUNT(*) FROM t").fetchone() == (0,)
    other = linal.dbapi.connect()
    other.execute("CREATE TABLE t (a INT)")
    other.execute("-- a note\nINSERT INTO t VALUES (1)")
    other.rollback()
    assert other.execute("SELECT COUNT(*) FROM t").fetchone() == (0,)
