"""Translates LINAL's SQL to DuckDB's dialect."""

import re

TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*|--(?=\s|$)[^\n]*|(?:(?<=\s)|^)//[^\n]*|//(?=\s|$)[^\n]*|/\*.*?\*/)
  | (?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")
  | (?P<quoted>`(?:[^`]|``)*`)
  | (?P<hex>0[xX][0-9a-fA-F_]+)
  | (?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)
  | (?P<word>[^\W\d]\w*)
  | (?P<blank>\s+)
  | (?P<symbol>==|\*\*|<>|!=|<=|>=|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)

# Types and operators with another name, or another width, in DuckDB.
WORDS = {
    "int": "BIGINT",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "div": "//",
}
FUNCTIONS = {"mean": "avg", "stdev": "stddev", "btrim": "trim"}
SYMBOLS = {"==": "="}
DUAL = re.compile(r"\bFROM\s+dual\b", re.IGNORECASE)


def to_duckdb(statement):
    """Translates one statement."""
    tokens = [(match.lastgroup, match.group()) for match in TOKEN.finditer(statement)]
    out = []
    for index, (kind, text) in enumerate(tokens):
        # Two minus signs without a blank are no comment in LINAL.
        if text == "-" and out[-1:] == ["-"]:
            out.append(" ")
        out.append(one(kind, text, tokens, index))
    return DUAL.sub("", "".join(out)).strip().rstrip(";")


def one(kind, text, tokens, index):
    if kind == "comment":
        return " "
    if kind == "string":
        body = text[1:-1].replace(text[0] * 2, text[0])
        return "'" + body.replace("'", "''") + "'"
    if kind == "quoted":
        return '"' + text[1:-1].replace("``", "`").replace('"', '""') + '"'
    if kind == "hex":
        return str(int(text.replace("_", ""), 16))
    if kind == "number":
        return number(text.replace("_", ""))
    if kind == "word":
        return word(text, tokens, index)
    return SYMBOLS.get(text, text)


def number(text):
    """A number with a point is a Float in LINAL and a DECIMAL in DuckDB, unless it has an exponent."""
    if "." in text and "e" not in text.lower():
        return f"{text}e0" if not text.endswith(".") else f"{text}0e0"
    return text


def word(text, tokens, index):
    """`FILTER` of an aggregate is followed by `(WHERE`; any other is the clause."""
    lower = text.lower()
    if lower == "filter":
        rest = [token.lower() for kind, token in tokens[index + 1 :] if kind not in ("blank", "comment")]
        return text if rest[:2] == ["(", "where"] else "WHERE"
    if tokens[index + 1 : index + 2] == [("symbol", "(")] and lower in FUNCTIONS:
        return FUNCTIONS[lower]
    after_dot = index > 0 and tokens[index - 1][1] == "."
    return text if after_dot else WORDS.get(lower, text)
