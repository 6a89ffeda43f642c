"""A case and its goals."""

from dataclasses import dataclass, field

from .stores import Store


@dataclass
class Case:
    """Statements that linal runs and times, with the goals for them.

    The peers have their own version of it by its kind, the part of the name before the first `/`. A case of tensors names
    its `inputs`, each a dtype and dims; all engines read the same files, and `y` of linal and of NumPy must agree. Other
    cases have rows, which must agree with DuckDB's where `rows` is set, and with NumPy's `y` where `asks` makes one of them.
    """

    name: str
    title: str
    # None where linal is measured as a peer, in the process of the harness (peers/package.py).
    run: str | list | None
    setup: list = field(default_factory=list)
    inputs: dict = field(default_factory=dict)
    repeat: int = 5
    batch: int = 1
    rows: bool = False
    # Whether DuckDB runs the same text, over the tables of the case, or the table `t` of large.parquet where it has none.
    same_text: bool = False
    # What DuckDB runs over them where its text is another.
    duckdb_text: str | None = None
    asks: str | None = None
    tolerance: float | None = None
    # Tables of tables.py by name; `{name}` in `setup` and `run` is the path of a Parquet file.
    tables: dict = field(default_factory=dict)
    # The database directory that linal opens, and the peers' own file; None for databases in memory.
    store: Store | None = None
    # The first run is timed: each round is one run of a new process, in the peers one over what was prepared anew.
    cold: bool = False
    # The time has the opening of the directory in it, and the system has no page of its files in memory.
    opens: bool = False
    evicts: bool = False
    # Sessions that run the batch at once. The time is that of a statement of all of them together.
    sessions: int = 1
    # `{i}` in `run` is a number that grows.
    numbered: bool = False
    # Whether statements a second are noted.
    rate: bool = False
    # The greatest allowed ratio of linal's median to a peer's, by the peer's name; or to another case of linal's, by the
    # name of a case that stands before this one.
    goals: dict = field(default_factory=dict)
    # The greatest allowed median of linal, in seconds.
    at_most: float | None = None

    def __post_init__(self):
        if self.tolerance is None:
            self.tolerance = 1e-5 if any(dtype == "f32" for dtype, _ in self.inputs.values()) else 1e-9

    @property
    def has_source(self):
        """Whether the peers get a `Source` rather than the folder of rows or arrays."""
        return bool(self.tables or self.store or self.cold)

    @property
    def kind(self):
        return self.name.split("/")[0]

    def chosen(self, names):
        """Whether one of the names is its name or the start of it up to a `/`; no names choose all."""
        return not names or any(self.name == name or self.name.startswith(name + "/") for name in names)
