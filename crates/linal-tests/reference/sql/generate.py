"""Writes crates/linal-tests/slt from the topics; see README.md beside this file."""

import argparse
import importlib
import pathlib
import pkgutil
import sys

import topics
from script import Mistake, Script

ROOT = pathlib.Path(__file__).resolve().parents[2] / "slt"


def builders():
    """The files to write: `path -> (title, function)`, from the `FILES` of all topics."""
    found = {}
    for module in sorted(pkgutil.iter_modules(topics.__path__), key=lambda module: module.name):
        for path, build in importlib.import_module(f"topics.{module.name}").FILES.items():
            if path in found:
                sys.exit(f"{path} is written twice")
            found[path] = build
    return found


def make(path, build):
    """The content of a file, with the number of its records."""
    script = Script(build.__doc__ or path)
    try:
        build(script)
    except Mistake as mistake:
        script.mistakes.append(str(mistake))
    if script.mistakes:
        raise SystemExit(f"{path}:\n" + "\n".join(script.mistakes))
    return script.content(), script.count


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("prefix", nargs="*", help="paths to write, such as scalar/cast; all without one")
    arguments.add_argument("--check", action="store_true", help="write nothing, fail if a file would change")
    options = arguments.parse_args()
    total, stale = 0, []
    for path, build in builders().items():
        if options.prefix and not any(path.startswith(prefix) for prefix in options.prefix):
            continue
        content, count = make(path, build)
        total += count
        print(f"{count:5} {path}")
        target = ROOT / f"{path}.slt"
        if options.check:
            if not target.exists() or target.read_text() != content:
                stale.append(path)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    print(f"{total:5} records")
    if stale:
        sys.exit("not as the generator writes them: " + ", ".join(stale))


if __name__ == "__main__":
    main()
