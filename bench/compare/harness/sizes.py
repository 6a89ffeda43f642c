"""How large the tables of a run are."""


class Sizes:
    """All sizes divided by a number, to try the harness out."""

    def __init__(self, shrink=1, gigabytes=5.0):
        self.shrink, self.gigabytes = shrink, gigabytes

    def rows(self, count, least=1_000):
        return max(count // self.shrink, least)

    def store_bytes(self):
        return self.gigabytes * 1e9 / self.shrink


def text(count):
    """A number as titles have it: 10M, 200k, 101."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size and count % size == 0:
            return f"{count // size}{unit}"
    return f"{count:,}"
