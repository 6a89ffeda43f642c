"""The options of the command."""

import argparse
import os
import pathlib

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]


def options():
    parser = argparse.ArgumentParser(prog="run.py", description="Compares linal with its peers; run.py has more.")
    parser.add_argument("--only", default="", help="chapters, names of cases, suites of queries, separated by commas")
    parser.add_argument("--all", action="store_true", help="all suites, the optional peers, and --scaling, too")
    parser.add_argument("--scale-1", action="store_true", help="TPC-H at scale factor 1, too")
    parser.add_argument("--scaling", action="store_true", help="time per element by size and threads, of linal alone")
    parser.add_argument("--most", type=int, default=8, help="the largest size of --scaling, as a power of ten")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--linal", type=pathlib.Path, default=ROOT / "target/release/linal-compare")
    parser.add_argument("--no-linal", action="store_true", help="the peers alone")
    parser.add_argument("--package", type=pathlib.Path, help="a wheel of the Python package, or a folder to import it from")
    parser.add_argument("--peers", action="store_true", help="Hyper, chDB and JAX, too, which are installed for it")
    parser.add_argument("--torch", action="append", default=[], help="a Python that has torch")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "target/compare")
    parser.add_argument("--gigabytes", type=float, default=5, help="the size of the directory that `open` opens")
    parser.add_argument("--limit", type=float, default=4, help="gigabytes of memory of the suite tpch-10-disk")
    parser.add_argument("--shrink", type=int, default=1, help="divide the sizes of the large cases, to try them out")
    parser.add_argument("--results", type=pathlib.Path, help="a file that results are kept in, those of earlier runs too")
    parser.add_argument("--write", type=pathlib.Path, help="write the page of the documentation")
    chosen = parser.parse_args()
    chosen.peers, chosen.scaling = chosen.peers or chosen.all, chosen.scaling or chosen.all
    chosen.names = set(filter(None, chosen.only.split(",")))
    chosen.data = chosen.data.resolve()
    return chosen
