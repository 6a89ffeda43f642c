"""The `linal` program as an engine that runs many statements per process."""

from .answer import Answer
from .process import Linal, default_binary

__all__ = ["Answer", "Linal", "default_binary"]
