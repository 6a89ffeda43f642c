"""The machine and the versions that affect times; neither names nor paths."""

import datetime
import importlib.metadata
import os
import pathlib
import platform
import re
import subprocess

PACKAGES = ("numpy", "numexpr", "duckdb", "polars", "linaldb")
INFO = pathlib.Path("/proc/cpuinfo")
MEMORY = pathlib.Path("/proc/meminfo")


def facts(root, threads, versions):
    """Names and values, in the order in which they are to be read."""
    yield "processor", processor()
    yield "cores", f"{os.cpu_count()}, of which {threads} were used"
    if MEMORY.exists():
        size = int(re.search(r"MemTotal:\s+(\d+)", MEMORY.read_text())[1]) / 2**20
        yield "memory", f"{size:.0f} GiB"
    yield "system", system()
    yield "linal", linal(root)
    for package in PACKAGES:
        yield package, importlib.metadata.version(package)
    for name, version in versions.items():
        yield name, version or "not measured"
    yield "Python", platform.python_version()
    yield "date", datetime.date.today().isoformat()


def processor():
    if not INFO.exists():
        return platform.processor() or platform.machine()
    text = INFO.read_text()
    model = re.search(r"model name\s*:\s*(.*)", text)
    flags = set(re.search(r"flags\s*:\s*(.*)|$", text)[0].split())
    numbers = [re.search(rf"{key}\s*:\s*(\d+)", text) for key in ("cpu family", "model")]
    where = ", ".join(f"{key} {number[1]}" for key, number in zip(("family", "model"), numbers) if number)
    vectors = [flag for flag in ("avx2", "avx512f") if flag in flags]
    return ", ".join(filter(None, [model[1] if model else platform.machine(), where, *vectors]))


def system():
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = ""
    return f"{name}, {platform.system()} {platform.release().split('-')[0]}".removeprefix(", ")


def linal(root):
    """The version of the workspace and the commit."""
    version = re.search(r'^version = "(.*)"', (root / "Cargo.toml").read_text(), re.MULTILINE)[1]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"{version} at {commit}" if commit else version
