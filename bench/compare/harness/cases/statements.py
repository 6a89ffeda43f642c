"""Single short statements, which measure the overhead of the engine, and views, which copy nothing."""

from ..case import Case


def add(dtype, n, title, repeat, batch, **asked):
    run = "LET y = ADD a b"
    inputs = {"a": (dtype, (n,)), "b": (dtype, (n,))}
    return Case(f"add/{dtype}/{n}", f"add, {title} {dtype}", run, [], inputs, repeat, batch, **asked)


def view(form, n, dims, text):
    title = f"{form} of {dims[0]:,} x {dims[1]:,} f64"
    inputs = {"a": ("f64", dims)}
    return Case(f"{form}/{n}", title, f"LET y = {text}", [], inputs, 10, 2_000, at_most=100e-9)


CASES = []
for dtype in ("f32", "f64"):
    goals = {"numpy": 0.8, "linaldb": 0.05}
    CASES += [
        add(dtype, 128, "128", repeat=10, batch=2_000, at_most=250e-9, goals=goals),
        add(dtype, 4096, "4,096", repeat=10, batch=500, goals={"numpy": 1.0}),
        add(dtype, 100_000, "100,000", repeat=10, batch=50, goals={"numpy": 0.9}),
        add(dtype, 10_000_000, "10M", repeat=5, batch=1, goals={"numpy": 0.7}),
    ]
for n, rows, columns in (("1k", 25, 40), ("10M", 2_500, 4_000)):
    CASES += [
        view("reshape", n, (rows, columns), f"RESHAPE a TO [{columns}, {rows}]"),
        view("transpose", n, (rows, columns), "TRANSPOSE a"),
        view("slice", n, (rows, columns), "a[5:20, 3]"),
    ]
