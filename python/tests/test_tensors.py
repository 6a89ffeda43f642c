"""Tensors in and out: what they are, and whether they are copied."""

import ctypes

import numpy as np
import pyarrow as pa
import pytest

import linal

KEPT = ["float64", "float32", "int64", "bool", "complex64", "complex128"]
WIDENED = {"int8": "int64", "int16": "int64", "int32": "int64", "uint8": "int64", "uint16": "int64"} | {
    "uint32": "int64",
    "uint64": "int64",
    "float16": "float32",
}


def address(array):
    return array.__array_interface__["data"][0]


def frozen(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("dtype", KEPT)
@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (2, 3, 4), (0,), (3, 0)])
def test_arrays_come_back_as_they_went_in(db, dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    db["x"] = array
    tensor = db["x"]
    assert isinstance(tensor, linal.Tensor)
    assert tensor.shape == shape
    assert tensor.dtype == dtype and tensor.dtype == np.dtype(dtype)
    back = tensor.numpy()
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)
    assert not back.flags.writeable


@pytest.mark.parametrize("dtype,wide", WIDENED.items())
def test_other_numbers_are_widened(db, dtype, wide):
    array = np.array([0, 1, 100], dtype=dtype)
    db["x"] = array
    assert db["x"].dtype == wide
    np.testing.assert_array_equal(db["x"].numpy(), array.astype(wide))


def test_an_integer_beyond_64_bits_is_an_error(db):
    with pytest.raises(linal.ValueError_):
        db["x"] = np.array([2**63], dtype=np.uint64)
    with pytest.raises(linal.ValueError_):
        db["x"] = 2**63


@pytest.mark.parametrize("value", [np.array(["a"]), np.array([None]), np.array(["2020-01-01"], dtype="M8[D]"), object(), "text", b"text", ["a"], [np.array(["a"])]])
def test_what_is_no_number_is_a_type_error(db, value):
    with pytest.raises(linal.TypeError_):
        db["x"] = value
    assert "x" not in db


@pytest.mark.parametrize(
    "value,dtype,shape",
    [
        (1, "int64", ()),
        (1.5, "float64", ()),
        (True, "bool", ()),
        (1 + 2j, "complex128", ()),
        ([1, 2, 3], "int64", (3,)),
        ([1, 2.5], "float64", (2,)),
        ([[1, 2], [3, 4]], "int64", (2, 2)),
        ([True, False], "bool", (2,)),
        ([1, 1j], "complex128", (2,)),
        ((1.0, 2.0), "float64", (2,)),
        ([np.int64(3), np.float32(2)], "float64", (2,)),
        ([np.float32(3), np.float32(2)], "float32", (2,)),
        ([np.array([1.0, 2.0]), np.array([3.0, 4.0])], "float64", (2, 2)),
        ([[1, 2], np.array([3, 4])], "int64", (2, 2)),
        ([1.5, 2.5, 3.5], "float64", (3,)),
    ],
)
def test_numbers_and_lists(db, value, dtype, shape):
    db["x"] = value
    assert (db["x"].dtype, db["x"].shape) == (dtype, shape)
    np.testing.assert_array_equal(db["x"].numpy(), np.array(value))


@pytest.mark.parametrize("value", [[[1, 2], [3]], [1, [2]], [[1], 2], [np.ones(2), np.ones(3)], [1, np.ones(2)]])
def test_ragged_lists_are_an_error(db, value):
    with pytest.raises(linal.Error) as raised:
        db["x"] = value
    assert raised.value.code == "E0112"


def test_a_read_only_array_is_shared(db):
    array = frozen(np.arange(1000.0))
    db["x"] = array
    assert address(db["x"].numpy()) == address(array)


def test_a_writeable_array_is_copied(db):
    array = np.arange(10.0)
    db["x"] = array
    array[0] = 99
    assert db["x"].numpy()[0] == 0
    assert address(db["x"].numpy()) != address(array)


def test_a_writeable_array_can_be_shared(db):
    array = np.arange(10.0)
    db.share("x", array)
    assert address(db["x"].numpy()) == address(array)


VIEWS = {
    "transposed": lambda m: m.T,
    "sliced": lambda m: m[1:3, 2:5],
    "stepped": lambda m: m[::2, ::3],
    "reversed": lambda m: m[::-1, ::-1],
    "column": lambda m: m[:, 2],
    "fortran": lambda m: np.asfortranarray(m),
    "broadcast": lambda m: np.broadcast_to(m[0], (3, 6)),
    "diagonal": lambda m: m.diagonal(),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_views_keep_memory_and_strides(db, view):
    array = view(frozen(np.arange(24.0).reshape(4, 6)))
    array = array if not array.flags.writeable else frozen(array)
    db["x"] = array
    back = db["x"].numpy()
    assert (address(back), back.strides) == (address(array), array.strides)
    np.testing.assert_array_equal(back, array)
    db.execute("LET s = x + 1")
    np.testing.assert_array_equal(db["s"].numpy(), array + 1)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_copies_of_views_are_their_elements(db, view):
    array = view(np.arange(24.0).reshape(4, 6))
    db["x"] = array
    np.testing.assert_array_equal(db["x"].numpy(), array)


def test_a_copy_without_gaps_keeps_its_strides(db):
    array = np.asfortranarray(np.arange(24.0).reshape(4, 6))
    db["x"] = array
    assert db["x"].numpy().strides == array.strides


def test_unaligned_and_foreign_byte_order(db):
    raw = np.frombuffer(b"\0" + np.arange(4.0).tobytes(), dtype=np.uint8)[1:]
    db["x"] = raw.view(np.float64)
    np.testing.assert_array_equal(db["x"].numpy(), np.arange(4.0))
    db["y"] = np.arange(4.0).astype(np.dtype("float64").newbyteorder(">"))
    np.testing.assert_array_equal(db["y"].numpy(), np.arange(4.0))


def test_random_views(db):
    random = np.random.default_rng(1)
    for _ in range(300):
        shape = tuple(random.integers(1, 5, random.integers(1, 4)))
        dtype = random.choice(KEPT + list(WIDENED))
        whole = (random.random(shape) * 100).astype(dtype)
        if random.random() < 0.5:
            whole = whole.transpose(random.permutation(len(shape)))
        index = tuple(
            slice(None, None, int(random.choice([1, 2, -1, -2]))) for _ in range(whole.ndim)
        )
        array = whole[index]
        if random.random() < 0.5:
            array = frozen(array)
        db["x"] = array
        np.testing.assert_array_equal(db["x"].numpy(), array)
        db.execute("LET y = x")
        np.testing.assert_array_equal(db["y"].numpy(), array)


def test_results_are_lent_without_a_copy(db):
    db.execute("LET x = RANDOM [1000, 100] SEED 1\nLET t = TRANSPOSE x\nLET s = x[10:20, ::2]")
    x, t, s = (db[name].numpy() for name in "xts")
    assert address(t) == address(x) and t.strides == x.strides[::-1]
    assert address(s) == address(x) + 10 * x.strides[0]
    assert s.strides == (x.strides[0], 2 * x.strides[1])
    np.testing.assert_array_equal(s, x[10:20, ::2])
    assert db["x"].numpy(copy=True).flags.writeable


def test_asarray_dlpack_and_buffers(db):
    db["x"] = [[1.0, 2.0], [3.0, 4.0]]
    tensor = db["x"]
    assert address(np.asarray(tensor)) == address(tensor.numpy())
    assert np.asarray(tensor, dtype="float32").dtype == np.float32
    imported = np.from_dlpack(tensor)
    assert address(imported) == address(tensor.numpy())
    np.testing.assert_array_equal(imported, tensor.numpy())
    view = memoryview(tensor._array)
    assert view.readonly and view.shape == (2, 2) and view.format == "d"
    with pytest.raises((BufferError, TypeError)):
        (ctypes.c_char * 32).from_buffer(tensor._array)


class Dlpack:
    """An array that has nothing but DLPack."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


@pytest.mark.parametrize("dtype", KEPT + list(WIDENED))
def test_dlpack_in(db, dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype).T
    db["x"] = Dlpack(array)
    np.testing.assert_array_equal(db["x"].numpy(), array)
    array[0] = 99 if dtype != "bool" else True
    assert not np.array_equal(db["x"].numpy(), array) or dtype == "bool"
    db["y"] = Dlpack(frozen(array))
    assert (address(db["y"].numpy()) == address(array)) == (dtype in KEPT)
    shared = np.asfortranarray(array)
    db.share("z", Dlpack(shared))
    assert (address(db["z"].numpy()) == address(shared)) == (dtype in KEPT)


def test_dlpack_capsules_that_nobody_takes_are_freed(db):
    db["x"] = np.arange(1000.0)
    for version in (None, (1, 0)):
        for _ in range(100):
            db["x"].__dlpack__(max_version=version)


def test_arrow_in_is_shared(db):
    array = pa.array(np.arange(100.0))
    db["x"] = array
    assert address(db["x"].numpy()) == array.buffers()[1].address
    db["y"] = array.slice(10, 5)
    assert address(db["y"].numpy()) == array.buffers()[1].address + 80
    vectors = pa.FixedSizeListArray.from_arrays(array, 4)
    db["v"] = vectors
    assert db["v"].shape == (25, 4) and address(db["v"].numpy()) == array.buffers()[1].address
    with pytest.raises(linal.TypeError_):
        db["z"] = pa.array([1, None])


def test_series(db):
    import pandas as pd
    import polars as pl

    db["p"] = pl.Series([1.0, 2.0])
    db["q"] = pd.Series([1, 2], dtype="int32")
    assert db["p"].tolist() == [1.0, 2.0]
    assert (db["q"].tolist(), db["q"].dtype) == ([1, 2], "int64")


def test_one_element(db):
    db["x"] = [[3.5]]
    tensor = db["x"]
    assert (tensor.item(), float(tensor), int(tensor), bool(tensor), len(tensor)) == (3.5, 3.5, 3, True, 1)
    db["y"] = [1, 2]
    with pytest.raises(linal.ShapeError):
        db["y"].item()
    with pytest.raises(ValueError):
        bool(db["y"])
    with pytest.raises(TypeError):
        db["z"] = 1.0
        len(db["z"])


def test_indices_are_those_of_numpy(db):
    array = np.arange(24.0).reshape(2, 3, 4)
    db["x"] = array
    tensor = db["x"]
    for key in [0, -1, (0, 1), (1, 2, 3), np.s_[:, 1], np.s_[..., 0], np.s_[::-1, None], [0, 1], array > 5, np.s_[5:9]]:
        expected, found = array[key], tensor[key]
        if isinstance(expected, np.ndarray):
            assert isinstance(found, linal.Tensor)
            np.testing.assert_array_equal(found.numpy(), expected)
        else:
            assert found == expected and isinstance(found, float)
    assert address(tensor[1].numpy()) == address(tensor.numpy()) + 96
    with pytest.raises(IndexError):
        tensor[5]
    np.testing.assert_array_equal(tensor[tensor > 5].numpy(), array[array > 5])


def test_arithmetic_is_lazy_and_that_of_numpy(db):
    random = np.random.default_rng(2)
    a, b = random.random((3, 3)), random.random((3, 3))
    db["a"], db["b"] = a, b
    x, y = db["a"], db["b"]
    cases = [
        (x + y, a + b), (x - 1, a - 1), (2 - x, 2 - a), (x * y / 3, a * b / 3), (x @ y + 1, a @ b + 1),
        (-x, -a), (abs(x - 1), abs(a - 1)), (x**2, a**2), (2**x, 2**a), (x > y, a > b), (x == x, a == a),
        (~(x > y), ~(a > b)), ((x > 0.5) & (y > 0.5), (a > 0.5) & (b > 0.5)), (x + b, a + b), (b + x, b + a),
        ((a > 0.5) | (y > 0.5), (a > 0.5) | (b > 0.5)), ((a > 0.5) & (y > 0.5), (a > 0.5) & (b > 0.5)),
        ((x > 0.5) ^ (y > 0.5), (a > 0.5) ^ (b > 0.5)), ((x > 0.5) ^ True, (a > 0.5) ^ True), (a @ y, a @ b),
        (x.T, a.T), (x.sum(), a.sum()), (x.mean(axis=0), a.mean(axis=0)), (x.max(axis=-1), a.max(axis=-1)),
        (x.reshape(9), a.reshape(9)), (x % 0.3, a % 0.3), (x + [1.0, 2.0, 3.0], a + [1.0, 2.0, 3.0]),
    ]
    for lazy, expected in cases:
        assert isinstance(lazy, linal.Tensor) and lazy.shape == expected.shape
        np.testing.assert_allclose(lazy.numpy(), expected, rtol=1e-12)
    graph = x @ y + 1
    assert not graph._array.is_computed
    graph.numpy()
    assert graph._array.is_computed
    assert address(graph.numpy()) == address(graph.numpy())


def test_numbers_give_way_to_the_dtype(db):
    db["x"] = np.ones(3, dtype="float32")
    assert (db["x"] * 2.5).dtype == "float32"
    assert (db["x"] * 2).dtype == "float32"
    assert (db["x"] * np.ones(3)).dtype == "float64"


def test_a_mistake_in_an_expression_is_found_at_once(db):
    db["a"], db["b"] = np.ones((2, 3)), np.ones((4, 5))
    with pytest.raises(linal.ShapeError):
        db["a"] @ db["b"]
    with pytest.raises(linal.ShapeError):
        db["a"] + db["b"]
    with pytest.raises(TypeError):
        db["a"] + "text"


def test_a_long_chain_is_one_graph(db):
    db["x"] = 1.0
    tensor = db["x"]
    for _ in range(3000):
        tensor = tensor + 1
    assert tensor.item() == 3001.0


def test_a_lazy_tensor_can_have_a_name(db):
    db["a"] = [1.0, 2.0]
    db["b"] = db["a"] * 2
    assert db["b"].tolist() == [2.0, 4.0]
    assert db.sql("SELECT VEC_SUM(b)").fetchone() == (6.0,)


def test_display(db):
    db["m"] = [[1.5, 2.0], [3.0, 4.0]]
    assert "float64" in repr(db["m"]) and "[2, 2]" in repr(db["m"]) and "1.5" in repr(db["m"])
    db["long"] = np.arange(100000.0)
    assert len(repr(db["long"])) < 5000
    assert "<table" in db["m"]._repr_html_() and "<svg" in db["long"]._repr_html_()
    assert "<td>1.5</td>" in db["m"]._repr_html_()


def test_lineage(db):
    db.execute("VECTOR v = [1, 2]\nLET w = v * 2")
    assert "v * 2" in str(db["w"].lineage())
    assert "f64" in str((db["w"] + 1).lineage())
