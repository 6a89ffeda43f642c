"""The peers: each has `prepare(case, folder)`, which loads the data and gives back what to run (None where the peer
cannot), and `measure`."""

import time


class Peer:
    """What all peers share."""

    name = "?"

    def prepare(self, case, folder):
        """Something to call for a case, or None."""
        method = getattr(self, case, None)
        return method(folder) if method else None

    def measure(self, run, repeat):
        """The answer, and the times of `repeat` runs after one that warms up."""
        answer, times = run(), []
        for _ in range(repeat):
            start = time.perf_counter_ns()
            run()
            times.append(time.perf_counter_ns() - start)
        return answer, times
