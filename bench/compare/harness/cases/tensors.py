"""Work over large tensors: element-wise, reductions, matrix products, graphs."""

from ..case import Case

LARGE = 10_000_000
SIDE = 4_000


# A result is bound while the previous one is still alive, so that the first two runs touch new pages: hence
# the five repeats.
def case(name, title, run, inputs, goals, repeat=5, batch=1):
    run = run if isinstance(run, list) else f"LET y = {run}"
    return Case(name, title, run, [], inputs, repeat, batch, goals=goals)


def element_wise():
    """Chains and functions over 10M elements. `copy` moves as many bytes as the fused chain has to."""
    inputs = {name: ("f32", (LARGE,)) for name in "abcde"}
    goals = {"numpy": 0.5, "numexpr": 0.6, "copy": 1.3}
    yield case("fused", "(a * b + c) / d - e, 10M f32", "(a * b + c) / d - e", inputs, goals)
    yield lazy()
    for function in ("exp", "log", "sin", "tanh"):
        for dtype in ("f32", "f64"):
            name = "w" if function == "log" else "x"
            run, inputs = f"{function.upper()}({name})", {name: (dtype, (LARGE,))}
            yield case(f"{function}/{dtype}", f"{function}, 10M {dtype}", run, inputs, {"numpy": 0.8})


# Each step uses the previous `y`; steps have the same text in LINAL, Python and numexpr, except for ABS.
STEPS = ("y * 1.01", "y + b", "abs(y)", "y - 0.25", "y * a") * 4


def lazy():
    """A graph of 20 steps, which runs when `y` is used."""
    names = ["a", *(f"s{i}" for i in range(1, len(STEPS) + 1))]
    steps = [f"LAZY LET {new} = {step.replace('y', old)}" for old, new, step in zip(names, names[1:], STEPS)]
    run = [*steps, f"LET y = {names[-1]}"]
    inputs = {name: ("f32", (LARGE,)) for name in "ab"}
    return case("lazy", "LAZY graph of 20 steps, 10M f32", run, inputs, {"numpy": 0.2})


def reductions():
    """All of 10M elements, and the axes of a square matrix."""
    forms = {"sum": "SUM(a)", "mean": "MEAN(a)", "stdev": "STDEV(a)", "min": "MIN(a)", "argmax": "ARGMAX(a)"}
    for dtype in ("f32", "f64"):
        one, two = {"a": (dtype, (LARGE,))}, {name: (dtype, (LARGE,)) for name in "ab"}
        for kind, run in forms.items():
            yield case(f"{kind}/{dtype}", f"{kind}, 10M {dtype}", run, one, {"numpy": 0.7})
        for kind, run in (("dot", "DOT a b"), ("cosine", "SIMILARITY a WITH b")):
            yield case(f"{kind}/{dtype}", f"{kind}, 10M {dtype}", run, two, {"numpy": 0.7})
    size, one = "4,000 x 4,000 f32", {"a": ("f32", (SIDE, SIDE))}
    two = one | {"b": ("f32", (SIDE, SIDE))}
    goals = {"numpy": 0.8}
    yield case("sum_axis_0", f"sum along axis 0, {size}", "SUM a AXIS 0", one, goals)
    yield case("sum_axis_1", f"sum along axis 1, {size}", "SUM a AXIS 1", one, goals)
    yield case("transpose_add", f"A' + B, {size}", "TRANSPOSE(a) + b", two, goals)
    yield case("strided_sum", f"sum of A[::2, ::3], {size}", "SUM(a[::2, ::3])", one, goals)


def products():
    """Matrix products, and a chain of them whose order matters."""
    goals = {"numpy": 1.0}
    for dtype in ("f32", "f64"):
        for n, repeat, batch in ((64, 10, 200), (100, 10, 50), (512, 10, 5), (1024, 10, 1), (2048, 5, 1)):
            inputs = {name: (dtype, (n, n)) for name in "ab"}
            yield case(f"matmul/{dtype}/{n}", f"matmul {n} {dtype}", "a @ b", inputs, goals, repeat, batch)
        inputs = {name: (dtype, (1024, 1024)) for name in "ab"}
        yield case(f"matmul_atb/{dtype}", f"A'B 1024 {dtype}", "TRANSPOSE(a) @ b", inputs, goals)
        yield case(f"matmul_abt/{dtype}", f"AB' 1024 {dtype}", "a @ TRANSPOSE(b)", inputs, goals)
    inputs = {"a": ("f64", (100_000, 384))}
    yield case("gram", "A'A of 100,000 x 384 f64", "TRANSPOSE(a) @ a", inputs, goals)
    shapes = {"a": (1500, 300), "b": (300, 1500), "c": (1500, 200), "d": (200, 100)}
    inputs = {name: ("f64", dims) for name, dims in shapes.items()}
    title = "ABCD of 1500 x 300 x 1500 x 200 x 100 f64"
    yield case("chain", title, "a @ b @ c @ d", inputs, {"numpy": 0.3})


CASES = [*element_wise(), *reductions(), *products()]
