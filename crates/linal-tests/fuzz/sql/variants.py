"""The variants in which linal runs a script; the answers are the same in all."""

import dataclasses
import subprocess


@dataclasses.dataclass(frozen=True)
class Variant:
    """Options of the program, settings of the session, and whether each query runs twice."""

    name: str
    options: tuple = ()
    settings: tuple = ()
    again: bool = False


VARIANTS = (
    Variant("default"),
    Variant("asked twice", again=True),
    Variant("one thread", ("--threads", "1")),
    Variant("batches of 7", ("--threads", "1"), ("SET batch_size = 7",)),
    Variant("two partitions", ("--threads", "2", "--partition-above", "0"), again=True),
    Variant("two partitions of single rows", ("--threads", "2", "--partition-above", "0"), ("SET batch_size = 1",)),
)


def usable(binary):
    """The variants whose options the program has."""
    return [variant for variant in VARIANTS if not variant.options or has_options(binary, variant.options)]


def has_options(binary, options):
    probe = subprocess.run([binary, *options, "-c", "SELECT 1"], capture_output=True)
    return probe.returncode == 0
