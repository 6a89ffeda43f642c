"""Tensors: values of the engine, and expressions over them that are evaluated when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from . import _linal
from ._numpy import numpy

if TYPE_CHECKING:
    from ._connection import Connection
    from ._result import Result


class DType(str):
    """The name of a dtype, as NumPy has it; equal to that of the language, too.

    >>> DType("float64") == "float64", DType("float64") == "f64"
    (True, True)
    """

    __slots__ = ()

    @property
    def short(self) -> str:
        """The name in the language.

        >>> DType("complex64").short
        'c64'
        """
        return _SHORT.get(str(self), str(self))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return str.__eq__(self, other) or self.short == str(other)
        name = getattr(other, "name", None)
        if isinstance(other, type):
            name = other.__name__
        return str.__eq__(self, name) if isinstance(name, str) else False

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


_SHORT = {
    "bool": "bool",
    "int64": "i64",
    "float32": "f32",
    "float64": "f64",
    "complex64": "c64",
    "complex128": "c128",
}


def _binary(expression: str) -> Callable[[Tensor, Any], Tensor]:
    def operation(self: Tensor, other: Any) -> Tensor:
        return self._with(other, expression)

    return operation


def _reflected(expression: str) -> Callable[[Tensor, Any], Tensor]:
    swapped = expression.replace("a", "\0").replace("b", "a").replace("\0", "b")
    return _binary(swapped)


class Tensor:
    """A tensor of the engine, as ``db["x"]`` gives it.

    Arithmetic is the engine's and lazy: a chain of operations becomes one graph, which runs when its elements are
    asked for. NumPy sees the engine's memory, read-only and without a copy.

    >>> import linal
    >>> db = linal.connect()
    >>> db["a"] = [[1.0, 2.0], [3.0, 4.0]]
    >>> a = db["a"]
    >>> (a @ a + 1).numpy()
    array([[ 8., 11.],
           [16., 23.]])
    """

    __slots__ = ("__weakref__", "_array", "_db", "_name")

    # NumPy leaves operators between an array and a tensor to the tensor.
    __array_priority__ = 1000

    def __init__(self, array: _linal.Array, db: Connection | None = None, name: str | None = None) -> None:
        self._array = array
        self._db = db
        self._name = name

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes; known before the tensor is evaluated.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1, 2, 3], [4, 5, 6]]
        >>> (db["m"] @ db["m"].T).shape
        (2, 2)
        """
        return tuple(self._array.shape)

    @property
    def dtype(self) -> DType:
        """The dtype, by NumPy's name.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> db["m"].dtype
        'float64'
        """
        return DType(self._array.dtype)

    @property
    def ndim(self) -> int:
        """The number of axes.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> db["m"].ndim
        2
        """
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> db["m"].size
        4
        """
        count = 1
        for axis in self.shape:
            count *= axis
        return count

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from an element to the next one, for each axis.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> db["m"].strides, db["m"].T.strides
        ((16, 8), (8, 16))
        """
        return tuple(self._array.strides)

    @property
    def T(self) -> Tensor:
        """The axes in reverse order; a view.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1, 2, 3], [4, 5, 6]]
        >>> db["m"].T.shape
        (3, 2)
        """
        return self._apply("TRANSPOSE(a)") if self.ndim > 1 else self

    def numpy(self, copy: bool = False) -> Any:
        """A read-only NumPy array over the engine's memory, or a writeable copy.

        >>> import linal
        >>> db = linal.connect()
        >>> db["v"] = [1.0, 2.0]
        >>> db["v"].numpy()
        array([1., 2.])
        >>> db["v"].numpy().flags.writeable, db["v"].numpy(copy=True).flags.writeable
        (False, True)
        """
        module = numpy("Tensor.numpy()")
        return module.array(self._array) if copy else module.asarray(self._array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        module = numpy("an array")
        view = module.asarray(self._array)
        if dtype is not None and view.dtype != module.dtype(dtype):
            if copy is False:
                raise ValueError(f"a {self.dtype} tensor is no {dtype} array without a copy")
            return view.astype(dtype)
        return view.copy() if copy else view

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self._array.__array_interface__

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        return self._array.__dlpack__(
            stream=stream, max_version=max_version, dl_device=dl_device, copy=copy
        )

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()

    def item(self) -> Any:
        """The only element as a number.

        >>> import linal
        >>> db = linal.connect()
        >>> db["v"] = [3.0, 4.0]
        >>> db["v"].sum().item()
        7.0
        """
        return self._array.item()

    def tolist(self) -> Any:
        """The elements as nested lists of numbers.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> db["m"].tolist()
        [[1.0, 2.0], [3.0, 4.0]]
        """
        return self.numpy().tolist()

    def lineage(self) -> Result:
        """How the value came about: the steps from its inputs, as ``SHOW LINEAGE`` has them.

        >>> import linal
        >>> db = linal.connect()
        >>> _ = db.execute("VECTOR v = [1, 2]\\nLET w = v * 2")
        >>> "v * 2" in str(db["w"].lineage())
        True
        """
        from ._frames import columns
        from ._result import Result

        if self._db is not None and self._name is not None:
            return self._db.execute(f"SHOW LINEAGE {quoted(self._name)}")
        text = f"TENSOR {self.dtype.short} {list(self.shape)}"
        return Result(columns({"name": [None], "text": [text]}), self._db)

    def sum(self, axis: int | None = None) -> Tensor:
        """The sum of all elements, or along an axis.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> db["m"].sum().item(), db["m"].sum(axis=0).tolist()
        (10.0, [4.0, 6.0])
        """
        return self._reduced("SUM", axis)

    def mean(self, axis: int | None = None) -> Tensor:
        """The mean of all elements, or along an axis.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> db["m"].mean().item(), db["m"].mean(axis=0).tolist()
        (2.5, [2.0, 3.0])
        """
        return self._reduced("MEAN", axis)

    def min(self, axis: int | None = None) -> Tensor:
        """The smallest element, of all or along an axis.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> db["m"].min().item(), db["m"].min(axis=0).tolist()
        (1.0, [1.0, 2.0])
        """
        return self._reduced("MIN", axis)

    def max(self, axis: int | None = None) -> Tensor:
        """The largest element, of all or along an axis.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> db["m"].max().item(), db["m"].max(axis=0).tolist()
        (4.0, [3.0, 4.0])
        """
        return self._reduced("MAX", axis)

    def reshape(self, *shape: int) -> Tensor:
        """The same elements in another shape; one axis may be -1.

        >>> import linal
        >>> db = linal.connect()
        >>> db["v"] = [1, 2, 3, 4]
        >>> db["v"].reshape(2, 2).shape
        (2, 2)
        """
        dims = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return self._apply(f"RESHAPE a TO [{', '.join(str(int(dim)) for dim in dims)}]")

    def plot(self, kind: str | None = None, **options: Any) -> Any:
        """A figure by matplotlib: a line, a heat map of a matrix; ``kind`` is ``line``, ``heatmap``, ``hist`` or
        ``spectrogram``.

        >>> import linal
        >>> db = linal.connect()
        >>> db["m"] = [[1.0, 2.0], [3.0, 4.0]]
        >>> figure = db["m"].plot()
        >>> figure.axes[0].get_ylabel()
        'row'
        """
        from ._plot import plot_tensor

        return plot_tensor(self, kind, **options)

    def _reduced(self, function: str, axis: int | None) -> Tensor:
        if axis is None:
            return self._apply(f"{function} a")
        return self._apply(f"{function} a AXIS {axis if axis >= 0 else axis + self.ndim}")

    def _apply(self, expression: str, *operands: _linal.Array) -> Tensor:
        return Tensor(self._array.apply(expression, *operands), self._db)

    def _with(self, other: Any, expression: str) -> Tensor:
        if isinstance(other, Tensor):
            return self._apply(expression, other._array)
        literal = _literal(other)
        if literal is not None:
            # A literal gives way to the dtype of the tensor, as a number of Python does in NumPy.
            return self._apply(expression.replace("b", literal))
        if isinstance(other, (str, bytes, dict)) or other is None:
            return NotImplemented  # type: ignore[no-any-return]
        return self._apply(expression, self._array.array(other))

    __add__ = _binary("a + b")
    __radd__ = _reflected("a + b")
    __sub__ = _binary("a - b")
    __rsub__ = _reflected("a - b")
    __mul__ = _binary("a * b")
    __rmul__ = _reflected("a * b")
    __truediv__ = _binary("a / b")
    __rtruediv__ = _reflected("a / b")
    __mod__ = _binary("a % b")
    __rmod__ = _reflected("a % b")
    __pow__ = _binary("a ^ b")
    __rpow__ = _reflected("a ^ b")
    __matmul__ = _binary("a @ b")
    __rmatmul__ = _reflected("a @ b")
    __lt__ = _binary("a < b")
    __le__ = _binary("a <= b")
    __gt__ = _binary("a > b")
    __ge__ = _binary("a >= b")
    __and__ = _binary("a AND b")
    __rand__ = _reflected("a AND b")
    __or__ = _binary("a OR b")
    __ror__ = _reflected("a OR b")
    __xor__ = _binary("(a AND NOT b) OR (b AND NOT a)")
    __rxor__ = __xor__
    __eq__ = _binary("a = b")  # type: ignore[assignment]
    __ne__ = _binary("a != b")  # type: ignore[assignment]
    __hash__ = object.__hash__

    def __neg__(self) -> Tensor:
        return self._apply("-a")

    def __pos__(self) -> Tensor:
        return self

    def __abs__(self) -> Tensor:
        return self._apply("ABS(a)")

    def __invert__(self) -> Tensor:
        return self._apply("NOT a")

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Tensor):
            key = key.numpy()
        elif isinstance(key, tuple):
            key = tuple(part.numpy() if isinstance(part, Tensor) else part for part in key)
        module = numpy("an index of a tensor")
        found = self.numpy()[key]
        if not isinstance(found, module.ndarray):
            return found.item()
        # What NumPy has made is a view of the engine's memory, or nobody else's.
        return Tensor(self._array.array(found, True), self._db)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor without axes has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[at] for at in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        return bool((self.numpy() == value).any())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        value = self.item()
        if not isinstance(value, int):
            raise TypeError(f"a {self.dtype} is no index")
        return value

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError("the truth of a tensor with several elements is ambiguous")
        return bool(self.item())

    def __repr__(self) -> str:
        head = f"Tensor {self.dtype} {list(self.shape)}"
        return f"{head}\n{self._array.text().rstrip()}"

    def _repr_html_(self) -> str:
        from ._display import tensor_html

        return tensor_html(self)


def quoted(name: str) -> str:
    """A name as the language writes any name."""
    return "`" + name.replace("`", "``") + "`"


def _literal(value: Any) -> str | None:
    """A number of Python as a literal of the language; None for anything else."""
    if type(value) is bool:
        return "TRUE" if value else "FALSE"
    if type(value) is int:
        return f"({value})"
    if type(value) is float and value == value and abs(value) != float("inf"):
        return f"({value!r})"
    return None
