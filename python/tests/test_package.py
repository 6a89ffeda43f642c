"""Docstrings, stubs, help."""

import doctest
import importlib
import inspect
import pkgutil
import pydoc
import subprocess
import sys

import pytest

import linal

MODULES = ["linal"] + [f"linal.{module.name}" for module in pkgutil.iter_modules(linal.__path__)]


@pytest.mark.parametrize("name", [name for name in MODULES if name not in ("linal._linal", "linal.__main__")])
def test_examples_of_docstrings(name):
    linal.default().close()
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def test_help_reads_as_a_page():
    page = pydoc.plain(pydoc.render_doc(linal))
    assert "Values in:" in page and "connect(" in page


PUBLIC = [(linal, name) for name in linal.__all__ if name not in ("dbapi", "load_ipython_extension")] + [
    (linal.dbapi, name)
    for name in ("Connection", "Cursor", "DateFromTicks", "TimeFromTicks", "TimestampFromTicks", "connect")
]


def public_members():
    for module, name in PUBLIC:
        value = getattr(module, name)
        yield f"{module.__name__}.{name}", value
        if not inspect.isclass(value):
            continue
        for member, function in vars(value).items():
            is_member = inspect.isfunction(function) or isinstance(function, (property, classmethod))
            if is_member and not member.startswith("_"):
                yield f"{module.__name__}.{name}.{member}", function


@pytest.mark.parametrize("name,value", list(public_members()), ids=lambda value: value if isinstance(value, str) else "")
def test_everything_public_has_a_docstring_with_an_example(name, value):
    page = inspect.getdoc(value) or ""
    assert ">>> " in page, page


CONFIGURATION = """
[mypy]
strict = true
[mypy-pandas.*,polars.*,pyarrow.*,matplotlib.*,IPython.*]
ignore_missing_imports = true
follow_imports = skip
"""


@pytest.fixture
def configuration(tmp_path):
    path = tmp_path / "mypy.ini"
    path.write_text(CONFIGURATION)
    return path


def test_types(configuration):
    check = [sys.executable, "-m", "mypy", "--config-file", str(configuration), "-p", "linal"]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_stubs(configuration):
    check = [sys.executable, "-m", "mypy.stubtest", "linal", "--mypy-config-file", str(configuration)]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
