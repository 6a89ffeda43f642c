"""What is measured over a state that is made anew for each run: changes of tables, files that are not in memory, and
sessions that write at once."""

import threading
import time

from . import Own


class Anew(Own):
    """`run` is timed; it gets what `make` gives, and `end` gets it afterwards. There is no run to warm up."""

    def __init__(self, make, run, end=lambda state: None):
        self.make, self.run, self.end = make, run, end

    def measure(self, repeat, batch):
        answer, times = None, []
        for _ in range(repeat):
            state = self.make()
            start = time.perf_counter_ns()
            answer = self.run(state)
            times.append(time.perf_counter_ns() - start)
            self.end(state)
        return answer, times


class Sessions(Own):
    """`make` gives a list of functions, one a session; each is called with numbers, all sessions at once."""

    def __init__(self, make, end=lambda: None):
        self.make, self.end = make, end

    def measure(self, repeat, batch):
        sessions, times = self.make(), []
        for number in range(-1, repeat):
            # The first batch warms up.
            runs = 1 if number < 0 else batch
            first = (number + 1) * batch * len(sessions)
            spent = at_once([self.batch(run, first + at * runs, runs) for at, run in enumerate(sessions)])
            times += [spent / runs / len(sessions)] * (number >= 0)
        self.end()
        return None, times

    @staticmethod
    def batch(run, first, runs):
        return lambda: [run(number) for number in range(first, first + runs)]


def at_once(functions):
    """The nanoseconds in which all functions end, each in a thread; one alone runs in this thread."""
    if len(functions) == 1:
        start = time.perf_counter_ns()
        functions[0]()
        return time.perf_counter_ns() - start
    begin, failed = threading.Barrier(len(functions) + 1), []

    def body(function):
        begin.wait()
        try:
            function()
        except Exception as error:  # noqa: BLE001 - given on below
            failed.append(error)

    threads = [threading.Thread(target=body, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    begin.wait()
    start = time.perf_counter_ns()
    for thread in threads:
        thread.join()
    spent = time.perf_counter_ns() - start
    if failed:
        raise failed[0]
    return spent
