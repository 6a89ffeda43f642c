"""Frames in and out."""

import datetime
import decimal
import gc
import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import linal

ROWS = [(1, "a", 1.5), (2, "b", None), (3, None, 3.5)]
COLUMNS = {"id": [1, 2, 3], "name": ["a", "b", None], "x": [1.5, None, 3.5]}
FRAMES = {
    "dict": lambda: COLUMNS,
    "rows": lambda: [dict(zip(COLUMNS, row)) for row in ROWS],
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "polars": lambda: pl.DataFrame(COLUMNS),
    "lazy polars": lambda: pl.DataFrame(COLUMNS).lazy(),
    "pyarrow": lambda: pa.table(COLUMNS),
    "batch": lambda: pa.RecordBatch.from_pydict(COLUMNS),
    "reader": lambda: pa.table(COLUMNS).to_reader(),
    "duckdb": lambda: duckdb.sql("SELECT * FROM (VALUES (1, 'a', 1.5), (2, 'b', NULL), (3, NULL, 3.5)) t(id, name, x)"),
}


def address(array):
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_frames_become_datasets(db, frame):
    db["t"] = frame()
    assert isinstance(db["t"], linal.Dataset)
    assert db["t"].columns == ["id", "name", "x"]
    found = db.sql("SELECT * FROM t ORDER BY id").fetchall()
    assert [tuple(None if v != v else v for v in row) for row in found] == [
        tuple(float(v) if isinstance(v, decimal.Decimal) else v for v in row) for row in ROWS
    ]
    db.append("t", frame())
    assert len(db["t"]) == 6


def test_append_matches_names_and_is_one_commit(db):
    db["t"] = {"a": [1], "b": ["x"]}
    db.append("t", {"b": ["y"], "a": [2]})
    assert db["t"].fetchall() == [(1, "x"), (2, "y")]
    with pytest.raises(linal.NameError_):
        db.append("t", {"a": [3], "c": [1]})
    with pytest.raises(linal.Error):
        db.append("t", {"a": ["no number"], "b": ["z"]})
    assert len(db["t"]) == 2
    with pytest.raises(linal.NameError_):
        db.append("nosuch", {"a": [1]})


def test_columns_are_shared(db):
    numbers = np.arange(10000.0)
    table = pa.table({"x": numbers, "i": np.arange(10000)})
    db["t"] = table
    assert address(db["t"]["x"].numpy()) == table["x"].chunk(0).buffers()[1].address
    back = db["t"].arrow()
    assert back["i"].chunk(0).buffers()[1].address == table["i"].chunk(0).buffers()[1].address
    assert address(db["t"].numpy()["x"]) == address(db["t"]["x"].numpy())
    frame = pl.DataFrame({"x": numbers})
    db["p"] = frame
    assert address(db["p"]["x"].numpy()) == address(frame["x"].to_numpy())


def test_query_results_over_a_dataset_are_one_piece(db):
    table = pa.table({"x": np.arange(100000.0), "k": np.arange(100000)})
    db["t"] = table
    assert address(db.sql("SELECT x FROM t").numpy()["x"]) == table["x"].chunk(0).buffers()[1].address


def test_two_dimensional_arrays_are_vectors(db):
    vectors = np.arange(12.0).reshape(4, 3)
    vectors.flags.writeable = False
    db["t"] = {"id": np.arange(4), "v": vectors}
    assert db["t"].types == ["Int", "Vector(3, f64)"]
    assert address(db["t"]["v"].numpy()) == address(vectors)
    assert address(db["t"].numpy()["v"]) == address(vectors)
    assert db["t"]["v"].shape == (4, 3)
    rows = db["t"].fetchall()
    assert isinstance(rows[1][1], np.ndarray)
    np.testing.assert_array_equal(rows[1][1], [3.0, 4.0, 5.0])
    db["f"] = {"v": np.zeros((2, 3), dtype="float32"), "m": np.zeros((2, 2, 2)), "b": np.ones((2, 2), dtype=bool)}
    assert db["f"].types == ["Vector(3)", "Matrix(2, 2, f64)", "Vector(2, bool)"]
    assert db["f"].numpy()["m"].shape == (2, 2, 2)


def test_columns_of_every_kind(db):
    day, moment = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 30, 15, 250)
    columns = {
        "b": [True, None],
        "i": [1, None],
        "f": [1.5, None],
        "s": ["é", None],
        "d": [day, None],
        "t": [moment, None],
        "n": [decimal.Decimal("1.25"), None],
        "v": [[1.0, 2.0], [3.0, 4.0]],
        "all": [None, None],
    }
    db["t"] = columns
    first, second = db["t"].fetchall()
    assert first[:7] == (True, 1, 1.5, "é", day, moment, decimal.Decimal("1.25"))
    np.testing.assert_array_equal(first[7], [1.0, 2.0])
    assert second[:7] == (None,) * 7 and first[8] is None
    arrays = db["t"].numpy()
    assert arrays["d"][0] == np.datetime64("2024-02-29") and np.isnat(arrays["t"][1])
    assert np.ma.is_masked(arrays["i"]) and arrays["i"].dtype == np.int64
    db["q"] = {"t": np.array(["2024-02-29T12:00", "NaT"], dtype="M8[ns]"), "o": np.array(["x", None], dtype=object)}
    assert db["q"].fetchall() == [(datetime.datetime(2024, 2, 29, 12), "x"), (None, None)]


def test_columns_of_other_lengths_are_an_error(db):
    with pytest.raises(linal.Error):
        db["t"] = {"a": [1, 2], "b": [1]}
    with pytest.raises(linal.Error):
        db["t"] = {"a": 1}
    with pytest.raises(linal.Error):
        db["t"] = {"a": [1, "x"]}
    assert "t" not in db


def test_pandas_index_and_types(db):
    frame = pd.DataFrame({"x": [1, 2]}, index=["a", "b"])
    frame["c"] = pd.Categorical(["u", "v"])
    frame["when"] = pd.to_datetime(["2024-01-01", "2024-01-02"]).values
    db["t"] = frame
    assert db["t"].columns == ["x", "c", "when"]
    assert db["t"].fetchone() == (1, "u", datetime.datetime(2024, 1, 1))


@pytest.fixture
def filled(db):
    db["t"] = COLUMNS
    return db


def test_results(filled):
    result = filled.sql("SELECT * FROM t ORDER BY id")
    assert isinstance(result, linal.Result)
    assert (result.columns, result.types) == (["id", "name", "x"], ["Int", "String", "Float"])
    assert (len(result), result.shape) == (3, (3, 3))
    assert result.fetchone() == ROWS[0]
    assert result.fetchmany(1) == ROWS[1:2]
    assert result.fetchall() == ROWS[2:]
    assert result.fetchone() is None and result.fetchall() == []
    assert list(filled.sql("SELECT * FROM t ORDER BY id")) == ROWS
    assert list(filled["t"]) == ROWS and len(filled["t"]) == 3


def test_results_as_frames(filled):
    result = filled.sql("SELECT * FROM t ORDER BY id")
    table = result.arrow()
    assert isinstance(table, pa.Table) and table.to_pylist() == [dict(zip(COLUMNS, row)) for row in ROWS]
    assert table.schema.field("name").type == pa.string()
    assert result.pl().rows() == ROWS
    frame = result.df()
    assert list(frame.columns) == ["id", "name", "x"] and frame["id"].tolist() == [1, 2, 3]
    arrays = result.numpy()
    assert arrays["id"].tolist() == [1, 2, 3] and arrays["name"].tolist() == ["a", "b", None]


def test_other_libraries_take_results(filled):
    r = filled.sql("SELECT * FROM t ORDER BY id")
    assert pl.DataFrame(r).rows() == ROWS
    assert duckdb.sql("SELECT SUM(id) FROM r").fetchall() == [(6,)]
    frame = pd.DataFrame(filled.sql("SELECT * FROM t ORDER BY id"))
    assert list(frame.columns) == ["id", "name", "x"] and frame["id"].tolist() == [1, 2, 3]
    assert pa.table(filled["t"]).num_rows == 3
    assert pl.DataFrame(filled["t"]).shape == (3, 3)


def test_result_tensors(filled):
    matrix = filled.sql("SELECT id, name, id * 2 AS twice FROM t ORDER BY id").tensor()
    assert matrix.shape == (3, 2)
    np.testing.assert_array_equal(matrix.numpy(), [[1, 2], [2, 4], [3, 6]])
    with pytest.raises(linal.Error):
        filled.sql("SELECT name FROM t").tensor()
    with pytest.raises(linal.Error):
        filled.sql("SELECT x FROM t").tensor()


def test_displays(filled, capsys):
    filled.sql("SELECT * FROM t").show()
    assert "name" in capsys.readouterr().out
    assert "name" in repr(filled["t"]) and "name" in repr(filled.sql("SELECT * FROM t"))
    html = filled["t"]._repr_html_()
    assert "<small>Int</small>" in html and "3 rows × 3 columns" in html and "<i>NULL</i>" in html
    filled["u"] = {"x": ["<b>"]}
    assert "&lt;b&gt;" in filled["u"]._repr_html_()
    assert "1,000,000 rows" in filled.sql("SELECT * FROM ROWS(ARANGE(0, 1000000))")._repr_html_()


def test_what_statements_say(db):
    assert "created dataset t" in repr(db.execute("DATASET t COLUMNS (x: Int)"))
    assert db.execute("LET x = 1").fetchall() == []
    assert db.execute("SHOW [1, 2]").fetchone()[0].tolist() == [1.0, 2.0]
    assert db.execute('SHOW "text"').fetchone() == ("text",)
    assert db.execute("VECTOR v = [1, 2, 3]\nLET w = v * 2\nSHOW w").fetchone()[0].tolist() == [2, 4, 6]


def test_names(db):
    db["x"], db["t"] = [1.0, 2.0], {"a": [1]}
    assert db.tensors() == {"x": "f64 [2]"}
    assert list(db.datasets()) == ["t"]
    assert "x" in db and "t" in db and "T" in db and "y" not in db and 3 not in db
    with pytest.raises(KeyError, match="`x`"):
        db["xx"]
    with pytest.raises(linal.NameError_):
        db["nosuch"]
    del db["x"], db["t"]
    assert "x" not in db and "t" not in db
    with pytest.raises(KeyError):
        del db["x"]
    db["x"] = [1.0]
    db["x"] = {"a": [1]}
    assert isinstance(db["x"], linal.Dataset)


def test_odd_names(db):
    db["odd `name`"] = {"a column": [1, 2]}
    assert db["odd `name`"]["a column"].tolist() == [1, 2]
    assert len(db["odd `name`"]) == 2
    db.append("odd `name`", {"a column": [3]})
    assert len(db["odd `name`"]) == 3
    del db["odd `name`"]
    db["odd tensor"] = 1.0
    assert db["odd tensor"].item() == 1.0


MANY = "SELECT a.row AS x, b.value * 2 AS y FROM ROWS(ARANGE(0, {})) a CROSS JOIN ROWS(ARANGE(0, 1000)) b"


def test_a_stream_is_read_once_and_not_held(db):
    result = db.sql(MANY.format(5000))
    assert result._rows.known_count() is None
    first = result.fetchone()
    assert len(first) == 2
    del result
    count = 0
    for row in db.sql(MANY.format(300)):
        count += 1
    assert count == 300000 and len(row) == 2


def test_memory_does_not_grow_with_the_rows():
    """In a process of its own, whose peak is known."""
    script = f"""
import resource, linal
db = linal.connect()
query = {MANY!r}
peaks = []
for rows in (100, 3000, 20000):
    count = 0
    result = db.sql(query.format(rows))
    while rows := result._rows.fetch_batch():
        count += len(rows)
        if count > 1500000:
            result._rows.skip(10**9)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
assert peaks[2] - peaks[0] < 250, peaks
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_another_statement_keeps_the_rows_of_an_open_query(db):
    result = db.sql(MANY.format(3000))
    first = result.fetchone()
    assert db.execute("LET after = 1").message is not None
    assert result.fetchone() != first
    assert 1 + 1 + len(result) == 3000000


def test_an_unread_stream_does_not_block_closing(db):
    result = db.sql(MANY.format(3000))
    db.close()
    assert len(result.fetchone()) == 2


def test_rows_are_the_same_however_they_are_fetched(db):
    """More rows than are made at a time, of each type that has a loop of its own, and of some that have none."""
    count = 1500
    base = datetime.datetime(2024, 1, 1)
    columns = {
        "i": [None if at % 7 == 0 else at - 700 for at in range(count)],
        "f": [None if at % 5 == 0 else at / 4 for at in range(count)],
        "r": pa.array([at / 4 for at in range(count)], pa.float32()),
        "b": [None if at % 3 == 0 else at % 2 == 0 for at in range(count)],
        "s": [None if at % 11 == 0 else "é" * (at % 40) for at in range(count)],
        "few": [["red", "green", "a colour with a long name"][at % 3] for at in range(count)],
        "d": [None if at % 13 == 0 else (base + datetime.timedelta(days=at % 50)).date() for at in range(count)],
        "t": [base + datetime.timedelta(seconds=at) for at in range(count)],
        "n": [decimal.Decimal(at) / 100 for at in range(count)],
    }
    db["t"] = columns
    expected = list(zip(*(column.to_pylist() if isinstance(column, pa.Array) else column for column in columns.values())))
    assert db["t"].fetchall() == expected
    assert list(db["t"]) == expected
    result = db.sql("SELECT * FROM t")
    assert [result.fetchone() for _ in range(3)] == expected[:3]
    assert result.fetchmany(600) == expected[3:603]
    assert (len(result), result.shape) == (count - 603, (count - 603, len(columns)))
    assert result.arrow().num_rows == count - 603
    assert result.fetchall() == expected[603:] and result.fetchone() is None
    # A name of its own: what is lent shows the rows that are left.
    rest = db.sql("SELECT i FROM t")
    rest.fetchone()
    assert db.sql("SELECT COUNT(*) FROM rest").fetchone() == (count - 1,)


def test_rows_and_the_collector_of_cycles(db):
    db["t"] = {"x": list(range(2000)), "l": [[1] * (at % 3) for at in range(2000)]}
    plain, lists = db.sql("SELECT x FROM t").fetchall(), db.sql("SELECT l FROM t").fetchall()
    assert gc.isenabled()
    # Numbers are in no cycle; a list may be.
    assert not any(gc.is_tracked(row) for row in plain) and all(gc.is_tracked(row) for row in lists)
    gc.disable()
    try:
        db.sql("SELECT x FROM t").fetchall()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_date_beyond_those_of_python_is_an_error(db):
    db["t"] = pa.table({"d": pa.array([0, 10_000_000], pa.int32()).cast(pa.date32())})
    assert db["t"].fetchone() == (datetime.date(1970, 1, 1),)
    with pytest.raises(Exception, match="out of range"):
        db["t"].fetchall()


@pytest.mark.parametrize("unit,kind", [("D", "Date"), ("M", "Date"), ("s", "Timestamp"), ("ms", "Timestamp"), ("us", "Timestamp"), ("ns", "Timestamp"), ("h", "Timestamp")])
def test_times_of_numpy(db, unit, kind):
    times = np.array(["2024-02-01", "NaT", "1969-12-01"], dtype=f"M8[{unit}]")
    db["t"] = {"t": times}
    assert db["t"].types == [kind]
    back = db["t"].numpy()["t"]
    assert back.dtype == ("M8[D]" if kind == "Date" else "M8[us]")
    np.testing.assert_array_equal(back, times.astype(back.dtype))


def test_nanoseconds_that_count_are_kept(db):
    times = np.array([1, 2], dtype="M8[ns]")
    db["t"] = {"t": times}
    assert db["t"].arrow()["t"].cast(pa.int64()).to_pylist() == [1, 2]
    back = db["t"].numpy()["t"]
    assert back.dtype == times.dtype
    np.testing.assert_array_equal(back, times)


def test_columns_with_null_as_arrays(db):
    db["t"] = {"i": [1, None, 3], "f": [None, 2.5, 3.5], "b": [True, False, None], "s": ["a", None, "c"], "l": [[1], None, [2, 3]]}
    arrays = db["t"].numpy()
    for name, dtype, mask in [("i", "int64", [0, 1, 0]), ("f", "float64", [1, 0, 0]), ("b", "bool", [0, 0, 1])]:
        assert arrays[name].dtype == dtype and arrays[name].mask.tolist() == [bool(gone) for gone in mask]
    assert arrays["i"].filled(0).tolist() == [1, 0, 3] and arrays["f"].sum() == 6.0
    assert arrays["s"].tolist() == ["a", None, "c"] and arrays["s"].dtype == object
    assert len(arrays["l"]) == 3 and arrays["l"][1] is None and list(arrays["l"][2]) == [2, 3]


def test_lists_of_one_type_and_of_several(db):
    class Text(str):
        pass

    db["t"] = {
        "text": ["a", None, Text("c")],
        "mixed": [1, 2.5, None],
        "floats": [1.5, 2, None],
        "big": [2**62, None, -(2**63)],
        "truth": [True, None, False],
    }
    assert db["t"].types == ["String", "Float", "Float", "Int", "Bool"]
    assert [row[0] for row in db["t"].fetchall()] == ["a", None, "c"]
    assert [row[3] for row in db["t"].fetchall()] == [2**62, None, -(2**63)]
    with pytest.raises(linal.ValueError_):
        db["u"] = {"big": [1, 2**63]}
    with pytest.raises(UnicodeEncodeError):
        db["u"] = {"text": ["\ud800"]}


def test_texts_within_other_values_go_out(db):
    row = db.sql("SELECT ['a', 'b'] AS l, {'x': 'c', 'n': ['d']} AS s")
    assert row.arrow().to_pylist() == [{"l": ["a", "b"], "s": {"x": "c", "n": ["d"]}}]
    assert [list(value) for value in row.df()["l"]] == [["a", "b"]] and row.pl()["l"].to_list() == [["a", "b"]]
    assert row.fetchone() == (["a", "b"], {"x": "c", "n": ["d"]})


def test_an_unknown_column_is_a_key_error(db):
    db["t"] = {"price": [1.0]}
    with pytest.raises(KeyError, match="`price`") as raised:
        db.sql("SELECT price FROM t")["prize"]
    assert isinstance(raised.value, linal.NameError_) and raised.value.code == "E0603"


def test_displays_in_notebooks(db):
    db["t"] = {"s": ["a long text\n" * 20, None], "v": [[1.0] * 8, [2.0] * 8], "x": [0.1 + 0.2, float("nan")]}
    html = db["t"]._repr_html_()
    assert "title='a long text\n" in html and "…</td>" in html and "↵" in html
    assert "[1, 1, 1, 1, …]" in html and "<td>0.3</td>" in html and "<td>nan</td>" in html
    assert html.count("class='text'") == 2 * 3
    # The least and the greatest number of a pixel are shown, so that one peak in many is.
    peak = np.zeros(100_000)
    peak[54_321] = 1.0
    db["peak"] = peak
    assert ",1.0 " in db["peak"]._repr_html_()
