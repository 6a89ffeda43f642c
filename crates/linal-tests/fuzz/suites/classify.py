"""The class of a record's outcome."""

from ..engine.answer import mask

CLASSES = (
    "passed",
    "wrong result",
    "accepted though wrong",
    "bug or panic",
    "hang",
    "error",
    "not supported",
    "syntax",
    "after an earlier failure",
    "cannot tell",
)
CHANGES = ("INSERT", "UPDATE", "DELETE", "COPY", "MERGE", "CREATE", "DROP")
# Codes of syntax errors, and of unknown names.
SYNTAX = ("E01", "E00")
UNKNOWN = ("E0301", "E0302", "E0303", "E0304", "E0603", "E0706")


def classify(record, answer, matched, failed_before):
    """The class of an outcome, and the reason that it is counted under."""
    if answer.kind in ("hang", "crash"):
        return "hang" if answer.kind == "hang" else "bug or panic", answer.message[:80]
    if answer.is_fatal:
        return "bug or panic", mask(answer.message)[:100]
    if answer.kind == "error":
        if record.expect in ("error", "any"):
            return "passed", ""
        reason = f"{answer.code} {mask(answer.message)[:90]}"
        if answer.code == "E0502":
            return "hang", reason
        if answer.code == "E0901":
            return "not supported", reason
        if answer.code.startswith(SYNTAX):
            return "syntax", reason
        if failed_before and names_nothing(answer):
            return "after an earlier failure", ""
        return "error", reason
    if record.expect == "error":
        return "accepted though wrong", " ".join(record.sql.split())[:90]
    if record.expect in ("ok", "any"):
        return "passed", ""
    if matched is None or record.sql.split(None, 1)[0].upper() in CHANGES:
        # The number of changed rows is not printed.
        return "cannot tell", ""
    if failed_before and not matched and is_empty(answer):
        return "after an earlier failure", ""
    return ("passed", "") if matched else ("wrong result", " ".join(record.sql.split())[:90])


def is_empty(answer):
    """No rows, or those of an aggregate over none."""
    return all(cell in (None, 0) for row in answer.rows for cell in row)


def names_nothing(answer):
    return any(word in answer.message for word in ("no table", "no dataset", "unknown", "not found", "no column", "there is no"))
