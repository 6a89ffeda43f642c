"""A new database for each test."""

import pytest

import linal


@pytest.fixture
def db():
    with linal.connect() as connection:
        yield connection
