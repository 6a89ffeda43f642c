"""Test oracles: the answer of another engine, or an equivalent query to linal."""

from .dml import Dml
from .differential import Differential
from .materialised import Materialised
from .norec import NoRec
from .tlp import Tlp, TlpAggregate
from .pivot import Pivot

ORACLES = {"differential": Differential, "tlp": Tlp, "tlp-aggregate": TlpAggregate, "norec": NoRec, "pivot": Pivot, "materialised": Materialised, "change": Dml}

__all__ = ["ORACLES"]
