"""Runs statements of PyTorch for pytorch.py; needs torch and NumPy, and nothing of this package.

The first line that it writes is torch's version. Then it answers each line of JSON by one: to a statement with the files of
its arrays, `true` after a run that warms up; to a number of repeats and a batch, the nanoseconds of a run in each.
"""

import json
import sys
import timeit

import numpy as np
import torch


def main():
    torch.set_num_threads(int(sys.argv[1]))
    print(json.dumps(torch.__version__), flush=True)
    timer = None
    with torch.inference_mode():
        for line in sys.stdin:
            message = json.loads(line)
            if "statement" in message:
                timer = None
                arrays = {name: torch.from_numpy(np.load(path)) for name, path in message["files"].items()}
                timer = timeit.Timer(message["statement"], globals={"torch": torch, **arrays})
                timer.timeit(1)
                print("true", flush=True)
            else:
                batch = message["batch"]
                times = [timer.timeit(batch) * 1e9 / batch for _ in range(message["repeat"])]
                print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
