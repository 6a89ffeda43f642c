"""The page of the book: its blocks run, one after the other."""

import os
import pathlib
import re

import pytest

import linal

ROOT = pathlib.Path(os.environ.get("LINAL_CHECKOUT", pathlib.Path(__file__).parents[2]))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page):
    return BLOCK.findall((ROOT / page).read_text())


@pytest.mark.parametrize("page,least", [("docs/src/python.md", 12), ("python/README.md", 1), ("README.md", 1)])
def test_blocks(page, least):
    found = blocks(page)
    assert len(found) >= least
    source, names = "\n\n".join(found), {"__name__": "book"}
    exec(compile(source, page, "exec"), names)
    assert linal is not None


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks(path):
    import nbclient
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    data = os.environ.get("LINAL_GW", str(ROOT.parent / "shared" / "data" / "gw"))
    if "gravitational" in path.stem and not os.path.isdir(data):
        pytest.skip("the strain is not there")
    for cell in notebook.cells:
        assert not cell.get("outputs"), "a notebook is committed without outputs"
    os.environ["LINAL_GW"] = data
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}})
    client.execute()
