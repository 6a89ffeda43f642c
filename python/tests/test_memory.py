"""What crosses the border without a copy takes no memory: addresses are those of tests beside this one; here the bytes are counted.

Each case runs in a process of its own, whose peak of resident memory the kernel knows. It sees the memory of NumPy, Arrow and
the engine alike, which tracemalloc and the pool of the engine do not.
"""

import pathlib
import subprocess
import sys
import textwrap

import pytest

PEAK = pathlib.Path("/proc/self/clear_refs")
MEGABYTES = 200
"""Of each value that crosses the border."""

START = """
import gc, linal, numpy as np, pyarrow as pa, polars as pl
db = linal.connect()
COUNT = {bytes} // 8
def frozen(array):
    array.flags.writeable = False
    return array
def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1000
def begin():
    gc.collect()
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    global before
    before = status("VmRSS")
# What is loaded at the first use does not count.
db["warm"] = pa.table({{"x": [1.0], "s": ["a"]}})
db["warm"].numpy(), db.sql("SELECT x FROM warm").arrow(), db["warm"].pl(), (db["warm"]["x"] + 1).numpy()
"""

END = """
print(status("VmHWM") - before)
"""

SHARED = {
    "NumPy in": ("array = frozen(np.ones(COUNT))", "db['x'] = array; tensor = db['x']"),
    "NumPy in, transposed": ("array = frozen(np.ones((5000, COUNT // 5000)))", "db['x'] = array.T; tensor = db['x']"),
    "NumPy in, sliced": ("array = frozen(np.ones((5000, COUNT // 5000)))", "db['x'] = array[::2, 10:]; tensor = db['x']"),
    "shared on a promise": ("array = np.ones(COUNT)", "db.share('x', array); tensor = db['x']"),
    "NumPy out": ("db.execute(f'LET x = ONES [{COUNT}]')", "array = db['x'].numpy(); other = np.asarray(db['x'])"),
    "NumPy out, transposed and sliced": (
        "db.execute(f'LET x = ONES [5000, {COUNT // 5000}]')",
        "array = db['x'].T.numpy(); other = db['x'][::2, 10:].numpy()",
    ),
    "DLPack in": ("array = frozen(np.ones(COUNT))", "db['x'] = type('D', (), {'__dlpack__': lambda self, **o: array.__dlpack__(**o), '__dlpack_device__': lambda self: (1, 0)})()"),
    "DLPack out": ("db.execute(f'LET x = ONES [{COUNT}]')", "array = np.from_dlpack(db['x'])"),
    "Arrow array in": ("array = pa.array(np.ones(COUNT))", "db['x'] = array; tensor = db['x']"),
    "Arrow table in": ("table = pa.table({'x': np.ones(COUNT)})", "db['t'] = table; found = len(db['t'])"),
    "Polars in": ("frame = pl.DataFrame({'x': np.ones(COUNT)})", "db['t'] = frame; found = len(db['t'])"),
    "a dict of arrays in": ("array = frozen(np.ones(COUNT))", "db['t'] = {'x': array}"),
    "vectors in": ("array = frozen(np.ones((COUNT // 100, 100)))", "db['t'] = {'v': array}"),
    "a column out": ("db['t'] = pa.table({'x': np.ones(COUNT)})", "array = db['t']['x'].numpy(); all = db['t'].numpy()"),
    "vectors out": ("db['t'] = {'v': frozen(np.ones((COUNT // 100, 100)))}", "array = db['t'].numpy()['v']"),
    "Arrow out": ("db['t'] = pa.table({'x': np.ones(COUNT)})", "table = db['t'].arrow()"),
    "Polars out": ("db['t'] = pa.table({'x': np.ones(COUNT)})", "frame = db['t'].pl()"),
    "a query out": ("db['t'] = pa.table({'x': np.ones(COUNT)})", "array = db.sql('SELECT x FROM t').numpy()['x']"),
    "a query as Arrow": ("db['t'] = pa.table({'x': np.ones(COUNT)})", "table = db.sql('SELECT x FROM t').arrow()"),
    "numbers with NULL out": (
        "db['t'] = pa.table({'x': pa.array(np.ones(COUNT), mask=np.arange(COUNT) % 1000 == 0)})",
        "array = db['t'].numpy()['x']",
    ),
    "times out": ("db['t'] = {'x': np.arange(COUNT).view('M8[us]')}", "array = db['t'].numpy()['x']"),
}
COPIED = {
    "a writeable array": ("array = np.ones(COUNT)", "db['x'] = array"),
    "a copy out": ("db.execute(f'LET x = ONES [{COUNT}]')", "array = db['x'].numpy(copy=True)"),
    "an expression": ("db.execute(f'LET x = ONES [{COUNT}]')", "array = (db['x'] + 1).numpy()"),
}


def grown(prepare, action):
    """By how many megabytes the peak of the process grows with an action."""
    start = START.format(bytes=MEGABYTES * 10**6)
    script = "\n".join([textwrap.dedent(start), prepare, "begin()", action, END])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


needs_peak = pytest.mark.skipif(not PEAK.exists(), reason="the kernel does not tell the peak of a process")


@needs_peak
@pytest.mark.parametrize("prepare,action", SHARED.values(), ids=SHARED)
def test_nothing_is_copied(prepare, action):
    assert grown(prepare, action) < MEGABYTES / 2


@needs_peak
@pytest.mark.parametrize("prepare,action", COPIED.values(), ids=COPIED)
def test_a_copy_is_seen(prepare, action):
    """Otherwise the test above could not fail."""
    assert grown(prepare, action) > MEGABYTES * 0.9
