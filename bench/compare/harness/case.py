"""A case and its goals."""

from dataclasses import dataclass, field


@dataclass
class Case:
    """Statements that linal runs and times, with the goals for them.

    The peers have their own version of it by its kind, the part of the name before the first `/`. A case of tensors names
    its `inputs`, each a dtype and dims; all engines read the same files, and `y` of linal and of NumPy must agree. Other
    cases have rows, which must agree with DuckDB's where `rows` is set, and with NumPy's `y` where `asks` makes one of them.
    """

    name: str
    title: str
    run: str | list
    setup: list = field(default_factory=list)
    inputs: dict = field(default_factory=dict)
    repeat: int = 5
    batch: int = 1
    rows: bool = False
    # Whether DuckDB runs the same text, over the table `t` of large.parquet.
    same_text: bool = False
    asks: str | None = None
    tolerance: float | None = None
    # The greatest allowed ratio of linal's median to a peer's, by the peer's name.
    goals: dict = field(default_factory=dict)
    # The greatest allowed median of linal, in seconds.
    at_most: float | None = None

    def __post_init__(self):
        if self.tolerance is None:
            self.tolerance = 1e-5 if any(dtype == "f32" for dtype, _ in self.inputs.values()) else 1e-9

    @property
    def kind(self):
        return self.name.split("/")[0]

    def chosen(self, names):
        """Whether one of the names is its name or the start of it up to a `/`; no names choose all."""
        return not names or any(self.name == name or self.name.startswith(name + "/") for name in names)
