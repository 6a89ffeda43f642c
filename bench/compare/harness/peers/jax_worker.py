"""Runs statements of JAX for xla.py; needs jax and NumPy, and nothing of this package. The lines are those of torch_worker.py.

A statement that binds `y` becomes a function of its arrays, which is compiled in the run that warms up. JAX has no option for
its threads: the process is bound to as many cores.
"""

import json
import os
import sys
import timeit

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[1])])

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)


def compiled(statement):
    """The statement as a compiled function of its arrays by name."""

    def body(arrays):
        names = {"jnp": jnp, **arrays}
        exec(statement, names)
        return names["y"]

    return jax.jit(body)


def main():
    print(json.dumps(jax.__version__), flush=True)
    timer = None
    for line in sys.stdin:
        message = json.loads(line)
        if "statement" in message:
            timer = None
            run = compiled(message["statement"])
            arrays = {name: jnp.asarray(np.load(path)) for name, path in message["files"].items()}
            timer = timeit.Timer(lambda run=run, arrays=arrays: run(arrays).block_until_ready())
            timer.timeit(1)
            print("true", flush=True)
        else:
            batch = message["batch"]
            times = [timer.timeit(batch) * 1e9 / batch for _ in range(message["repeat"])]
            print(json.dumps(times), flush=True)


main()
