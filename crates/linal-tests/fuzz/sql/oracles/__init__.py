""""""Test oracles: the answer of another engine, or an equivalent query to linal."""

from .changed import Changed
from .differential import Differential
from .materialised import Materialised
from .noref import NoRec
from .partitioned import Partitioned, PartitionedAggregate
from .pivoted import Pivoted

ORACLES = {"differential": Differential, "tlp": Partitioned, "tlp-aggregate": PartitionedAggregate, "norec": NoRec, "pivot": Pivoted, "materialised": Materialised, "change": Changed}

__all__ = ["ORACLES"]
