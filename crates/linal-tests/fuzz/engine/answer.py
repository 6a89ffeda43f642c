"""The answer of an engine to one statement."""

import dataclasses
import re

# Terms of DataFusion's plans and expressions, which no message may contain.
LEAKS = re.compile(
    r"OuterReferenceColumn|InSubquery\(|ScalarSubquery\(|Exists\(|physical plan|[Ll]ogical ?[Pp]lan|DataFusion|"
    r"panicked|Alias\(|BinaryExpr|Column \{|TableReference|ArrowError|internal error|Internal error"
)


@dataclasses.dataclass
class Answer:
    """Rows, an error, or the end of the process. `kind` is one of rows, error, hang, crash and unsupported."""

    kind: str
    rows: list = dataclasses.field(default_factory=list)
    names: list = dataclasses.field(default_factory=list)
    code: str = ""
    message: str = ""

    @property
    def is_rows(self):
        return self.kind == "rows"

    @property
    def is_fatal(self):
        """Whether no statement may ever end like this."""
        if self.kind in ("hang", "crash"):
            return True
        return self.kind == "error" and (self.code == "E0900" or bool(LEAKS.search(self.message)))

    def brief(self):
        """The answer, shortened to a few lines."""
        if self.kind == "rows":
            shown = [repr(row) for row in self.rows[:12]]
            return "\n".join(shown + ["..."] * (len(self.rows) > 12)) or "(no rows)"
        return f"{self.kind} {self.code} {self.message}".strip()


NUMBER = re.compile(r"-?\b\d+(\.\d+)?([eE][+-]?\d+)?\b")
QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"")


def mask(message):
    """A message without the names and numbers of its statement, so that errors of one kind compare equal."""
    return NUMBER.sub("N", QUOTED.sub("_", message))
