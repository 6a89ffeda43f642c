"""Databases on disk: linal's directories and DuckDB's files with the same rows, built once; or new ones for a round."""

import contextlib
import pathlib
import shutil
import tempfile
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Store:
    """A database by the statements that build it. `{name}` in them is the path of a table's file."""

    name: str
    linal: tuple = ()
    duckdb: tuple = ()
    tables: dict = field(default_factory=dict, hash=False)

    def paths(self, home):
        return {name: str(table.path(home)) for name, table in self.tables.items()}

    def linal_directory(self, home, linal):
        """linal's directory, which is built if it is missing."""
        directory = home / "stores" / f"{self.name}.linal"
        if built(directory):
            return directory
        files = self.paths(home)
        setup = [filled(statement, files) for statement in self.linal]
        (answer,) = linal.run([{"name": self.name, "run": "CHECKPOINT", "setup": setup, "cold": True}], home, directory)
        if "error" in answer:
            raise NotBuilt(answer["error"])
        mark(directory)
        return directory

    def duckdb_file(self, home):
        """DuckDB's file, which is built if it is missing."""
        import duckdb

        path = home / "stores" / f"{self.name}.duckdb"
        if built(path):
            return path
        files = self.paths(home)
        with duckdb.connect(str(path)) as database:
            for statement in self.duckdb:
                database.execute(filled(statement, files))
            database.execute("CHECKPOINT")
        mark(path)
        return path


class NotBuilt(Exception):
    """Why linal cannot build a directory."""


# A database that each round makes anew.
NEW = Store("new")


def filled(statement, files):
    """A statement with the paths of tables. Other braces stay as they are."""
    for name, path in files.items():
        statement = statement.replace("{" + name + "}", str(path))
    return statement


def built(path):
    """Whether it was finished; what was not is removed."""
    if done(path).exists():
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return False


def mark(path):
    done(path).touch()


def done(path):
    return path.with_name(path.name + ".done")


@contextlib.contextmanager
def new_folder(home):
    """An empty folder on the disk of the data, which is removed at the end."""
    parent = home / "stores"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as folder:
        yield pathlib.Path(folder)
