"""Memory, threads and Ctrl-C."""

import gc
import os
import pathlib
import platform
import random
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import numpy as np
import pyarrow as pa
import pytest

import linal


def test_arrays_outlive_everything():
    db = linal.connect()
    db.execute("LET x = RANDOM [1000] SEED 1")
    db["t"] = {"v": np.ones((100, 4))}
    expected = db["x"].numpy(copy=True)
    x, v, table, rows = db["x"].numpy(), db["t"]["v"].numpy(), db["t"].arrow(), db["t"].numpy()["v"]
    row = db["t"].fetchone()[0]
    db.close()
    del db
    gc.collect()
    linal.connect().execute("LET y = RANDOM [1000] SEED 2\nLET z = y * 2")
    np.testing.assert_array_equal(x, expected)
    assert v.sum() == rows.sum() == 400 and row.tolist() == [1, 1, 1, 1] and table.num_rows == 100


def test_a_name_that_changes_leaves_arrays_alone(db):
    db.execute("LET x = RANDOM [100000] SEED 1")
    first = db["x"].numpy()
    expected = first.copy()
    for _ in range(20):
        db.execute("LET x = x + 1")
    np.testing.assert_array_equal(first, expected)


def test_shared_arrays_are_given_back(db):
    class Array(np.ndarray):
        pass

    array = np.arange(1000.0).view(Array)
    array.flags.writeable = False
    gone = weakref.ref(array)
    db["x"] = array
    db.execute("LET y = x[::2]")
    del array
    gc.collect()
    assert gone() is not None
    del db["x"]
    gc.collect()
    assert gone() is not None and db["y"].numpy()[1] == 2.0
    del db["y"]
    db.sql("SELECT 1").fetchall()
    gc.collect()
    assert gone() is None


def test_random_borrows_and_drops():
    """Arrays, tensors, tables and connections, held and dropped in any order, keep their elements."""
    chance = random.Random(5)
    held, db = [], linal.connect()
    db.execute("LET x = ARANGE 0, 64")
    for step in range(10_000):
        action = chance.randrange(9)
        value = float(step)
        if action == 0:
            array = np.full(chance.randrange(1, 300), value)
            array.flags.writeable = chance.random() < 0.5
            db["a"] = array
            held.append((db["a"].numpy(), value))
        elif action == 1:
            db["a"] = np.full((4, 8), value)
            held.append(((db["a"] + 0).T.numpy(), value))
        elif action == 2:
            db["t"] = {"x": np.full(16, value), "v": np.full((16, 2), value)}
            held.append((db["t"]["v"].numpy(), value))
        elif action == 3:
            db["t"] = pa.table({"x": np.full(16, value)})
            held.append((db["t"].arrow()["x"].to_numpy(), value))
        elif action == 4 and "t" in db:
            found = db["t"]["x"].numpy()
            held.append((found, float(found[0])))
        elif action == 5 and step % 50 == 0:
            db.close()
            db = linal.connect()
        elif action == 6 and held:
            array, expected = held[chance.randrange(len(held))]
            db["b"] = array
            held.append((np.from_dlpack(db["b"]), expected))
        elif action == 7:
            db.execute(f"LET c = ONES [{chance.randrange(1, 300)}] * {value}")
            held.append((db["c"][::-1].numpy(), value))
        while len(held) > 40:
            array, expected = held.pop(chance.randrange(len(held)))
            assert (array == expected).all()
    for array, expected in held:
        assert (array == expected).all()


POISONED = {"MALLOC_PERTURB_": "165", "PYTHONMALLOC": "malloc", "PYTHONPATH": os.pathsep.join([str(pathlib.Path(__file__).parent), os.environ.get("PYTHONPATH", "")])}
"""glibc fills memory that is freed with another byte, so that whoever still reads it sees no element."""

FREED = """
import ctypes, gc, linal
db = linal.connect()
db.execute("LET x = RANDOM [5000] SEED 1")
array = db["x"].numpy()
address, elements = array.ctypes.data, array.tobytes()
if FREE:
    del array, db["x"]
    db.close()
    del db
    gc.collect()
print(ctypes.string_at(address, len(elements)) == elements)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator does not poison memory")
def test_random_borrows_and_drops_with_poisoned_memory():
    def run(script):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=os.environ | POISONED, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    # What is freed is seen to be; what is held is not freed.
    assert run("FREE = True" + FREED) == "False" and run("FREE = False" + FREED) == "True"
    tests = "import test_lifetimes as tests; tests.test_arrays_outlive_everything(); tests.test_random_borrows_and_drops()"
    assert run(f"{tests}; print('done')") == "done"


def test_threads_on_cursors():
    db = linal.connect()
    db["t"] = {"id": np.arange(1000), "x": np.arange(1000.0)}
    failures = []

    def work(number):
        try:
            cursor = db.cursor()
            cursor["v"] = np.full(10, float(number))
            for step in range(1000):
                if step % 3 == 0:
                    assert cursor.sql("SELECT SUM(x) FROM t WHERE id < $1", [step]).fetchone()[0] in (
                        None,
                        step * (step - 1) / 2,
                    )
                elif step % 3 == 1:
                    cursor.execute(f"LET w = v + {step}")
                    assert cursor["w"].numpy()[0] == number + step
                else:
                    assert cursor.sql("SELECT VEC_SUM(v) AS s").fetchone() == (10.0 * number,)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_threads_on_one_connection():
    db = linal.connect()
    db["v"] = np.arange(100.0)
    failures = []

    def work(number):
        try:
            for _ in range(200):
                assert db.sql("SELECT VEC_SUM(v) AS s").fetchone() == (4950.0,)
                assert (db["v"] * number).sum().item() == 4950.0 * number
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_the_interpreter_is_released(db):
    ticks, done = [0], threading.Event()

    def count():
        while not done.is_set():
            ticks[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    db.sql("SELECT SUM(a.value) FROM ROWS(ARANGE(0, 3000)) a CROSS JOIN ROWS(ARANGE(0, 3000)) b").fetchall()
    done.set()
    thread.join()
    assert ticks[0] > 3


SLOW = [
    "SELECT SUM(a.value * b.value) FROM ROWS(ARANGE(0, 300000)) a CROSS JOIN ROWS(ARANGE(0, 300000)) b",
    "LET m = RANDOM [3000, 3000] SEED 1\nLET p = m @ m @ m @ m @ m @ m @ m",
]


@pytest.mark.parametrize("statement", SLOW)
def test_ctrl_c(statement):
    """In a process of its own, which tells how long after the signal each of three statements has ended. 100 ms are promised; the
    best one counts and may take longer, since the work of other processes and of a debug build is in the time."""
    script = textwrap.dedent(
        f"""
        import os, signal, threading, time, linal
        db = linal.connect()
        def interrupt():
            time.sleep(1.0)
            sent.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)
        before = signal.getsignal(signal.SIGINT)
        for _ in range(3):
            sent = []
            thread = threading.Thread(target=interrupt)
            thread.start()
            try:
                db.execute({statement!r}).fetchall()
                print("no interrupt")
            except KeyboardInterrupt:
                print("interrupted", time.perf_counter() - sent[0])
            thread.join()
        assert signal.getsignal(signal.SIGINT) is before
        print(db.sql("SELECT 1 + 1 AS two").fetchone())
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    *interrupts, last = done.stdout.splitlines() or [""]
    assert [line.split()[0] for line in interrupts] == ["interrupted"] * 3 and last == "(2,)", done.stdout + done.stderr
    assert min(float(line.split()[1]) for line in interrupts) < 0.3, done.stdout


def test_a_fetch_of_many_rows_can_be_stopped():
    script = textwrap.dedent(
        """
        import os, signal, threading, time, linal
        db = linal.connect()
        result = db.sql("SELECT a.value AS x, b.value AS y FROM ROWS(ARANGE(0, 5000)) a CROSS JOIN ROWS(ARANGE(0, 5000)) b")
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            result.fetchall()
            print("no interrupt")
        except KeyboardInterrupt:
            print("interrupted")
        print(db.sql("SELECT 1 + 1 AS two").fetchone())
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["interrupted", "(2,)"], done.stdout + done.stderr


def test_shutdown_with_everything_alive():
    script = textwrap.dedent(
        """
        import linal, numpy as np
        db = linal.connect()
        db["x"] = np.arange(10.0)
        keep = [db["x"].numpy(), db["x"] + 1, db.sql("SELECT a.value FROM ROWS(ARANGE(0, 3000)) a CROSS JOIN ROWS(ARANGE(0, 3000)) b"), db.cursor()]
        array = np.arange(5.0); array.flags.writeable = False
        db["y"] = array
        db.register("f", lambda x: x, inputs=["Float"], output="Float")
        print(db.sql("SELECT f(1) AS x").fetchone())
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "(1.0,)", "")


def test_import_needs_no_numpy():
    script = "import sys; sys.modules['numpy'] = None\nimport linal\nprint(linal.sql('SELECT 1 AS x').fetchone())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "(1,)", done.stderr
    script = "import sys; sys.modules['numpy'] = None\nimport linal\nlinal.sql('SELECT 1 AS x').numpy()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "pip install numpy" in done.stderr
