"""A sample of each type that linal keeps: values, and the text that DuckDB shows for them."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from .kinds import Kind, float_text, list_text, tensor, vector

INF, NAN = float("inf"), float("nan")
MICROS = "make_timestamp({})"


@dataclass
class Sample:
    """`values` go into Parquet, `inline` into the catalog (None: the type has no inline form), `shown` is DuckDB's text."""

    name: str
    kind: Kind
    values: list
    shown: list
    inline: Any = "same"

    def inline_values(self):
        return self.values if self.inline == "same" else self.inline


def integers():
    for name, arrow, low, high in (
        ("i8", pa.int8(), -128, 127), ("i16", pa.int16(), -(1 << 15), (1 << 15) - 1), ("i32", pa.int32(), -(1 << 31), (1 << 31) - 1),
        ("i64", pa.int64(), -(1 << 63), (1 << 63) - 1), ("u8", pa.uint8(), 0, 255), ("u16", pa.uint16(), 0, 65535),
        ("u32", pa.uint32(), 0, (1 << 32) - 1),
    ):
        lake = name.replace("i", "int").replace("u", "uint")
        yield Sample(name, Kind(name, arrow, lake), [low, high, 0], [str(low), str(high), "0"])
    top = (1 << 64) - 1
    yield Sample("u64", Kind("u64", pa.uint64(), "uint64", "TEXT", str), [0, top], ["0", str(top)])
    yield Sample("bool", Kind("Bool", pa.bool_(), "boolean", encode=int), [True, False], ["true", "false"])


def floats():
    values = [0.1, -0.0, NAN, INF, -INF, 5e-324, 1.7976931348623157e308, 1 / 3]
    shown = ["0.1", "-0.0", "nan", "inf", "-inf", "5e-324", "1.7976931348623157e+308", "0.3333333333333333"]
    yield Sample("f64", Kind("Float", pa.float64(), "float64", "TEXT", float_text), values, shown)
    values = [0.5, -0.0, NAN, INF, 16777216.0]
    shown = ["0.5", "-0.0", "nan", "inf", "16777216.0"]
    yield Sample("f32", Kind("f32", pa.float32(), "float32", "TEXT", float_text), values, shown)
    values = [0.5, -0.0, NAN, INF, 65504.0]
    yield Sample("f16", Kind("f16", pa.float16(), "float32", "TEXT", float_text), values, ["0.5", "-0.0", "nan", "inf", "65504.0"])


def decimals():
    for arrow, lake, text in (
        (pa.decimal128(38, 10), "decimal(38,10)", "-1234567890123456789012345678.0123456789"),
        (pa.decimal128(5, 2), "decimal(5,2)", "999.99"),
        (pa.decimal128(18, 0), "decimal(18,0)", "123456789012345678"),
        (pa.decimal256(38, 2), "decimal(38,2)", "-0.01"),
    ):
        yield Sample(lake, Kind(lake, arrow, lake, "TEXT", str), [Decimal(text)], [text])


def texts():
    values = ["a", "", "it's \"q\"\n\t\\x00 [1, NULL]", "NULL", "ÄÖ 日本 🦆", "nan"]
    for name, arrow in (("string", pa.string()), ("large string", pa.large_string()), ("dictionary", pa.dictionary(pa.int32(), pa.string()))):
        yield Sample(name, Kind(name, arrow, "varchar", "TEXT"), values, values)
    raw = [b"", b"\x00\xff'\\", b"abcd"]
    shown = ["", "\\x00\\xFF\\x27\\x5C", "abcd"]
    yield Sample("binary", Kind("Binary", pa.binary(), "blob", "BLOB"), raw, shown)
    yield Sample("fixed binary", Kind("Binary(4)", pa.binary(4), "blob", "BLOB"), [b"abcd"], ["abcd"])


def dates():
    days = "CAST('1970-01-01' AS DATE) + CAST({} AS INTEGER)"
    numbers = [0, -1, 19700, 2932896, 2932897, -719529, -1000000]
    shown = ["1970-01-01", "1969-12-31", "2023-12-09", "9999-12-31", "10000-01-01", "0002-12-31 (BC)", "0769-02-04 (BC)"]
    yield Sample("date32", Kind("Date", pa.date32(), "date", view=days), numbers, shown)
    date64 = "CAST(make_timestamp({} * 1000) AS DATE)"
    yield Sample("date64", Kind("Date64", pa.date32(), "date", view=date64), [0, -1, 19700], shown[:3], [0, -86400000, 19700 * 86400000])


def times():
    shown = ["00:00:00", "23:59:59"]
    yield Sample("time32 s", Kind("Time(s)", pa.time32("ms"), "time", view="CAST(make_timestamp({} * 1000000) AS TIME)"),
                 [0, 86399000], shown, [0, 86399])
    yield Sample("time32 ms", Kind("Time(ms)", pa.time32("ms"), "time", view="CAST(make_timestamp({} * 1000) AS TIME)"),
                 [0, 86399001], ["00:00:00", "23:59:59.001"])
    yield Sample("time64 us", Kind("Time", pa.time64("us"), "time", view=f"CAST({MICROS} AS TIME)"),
                 [0, 86399000001], ["00:00:00", "23:59:59.000001"])
    yield Sample("time64 ns", Kind("Time(ns)", pa.time64("ns"), "time", view="CAST(make_timestamp_ns({}) AS TIME)"),
                 [0, 86399000001001], ["00:00:00", "23:59:59.000001"])


def timestamps():
    second = [0, -1, 1700000000, 253402300800, -62198755200]
    shown = ["1970-01-01 00:00:00", "1969-12-31 23:59:59", "2023-11-14 22:13:20", "10000-01-01 00:00:00",
             "0002-01-01 (BC) 00:00:00"]
    yield Sample("timestamp s", Kind("Timestamp(s)", pa.timestamp("ms"), "timestamp_s", view="make_timestamp({} * 1000000)"),
                 [value * 1000 for value in second], shown, second)
    yield Sample("timestamp ms", Kind("Timestamp(ms)", pa.timestamp("ms"), "timestamp_ms", view="make_timestamp({} * 1000)"),
                 [1, -1], ["1970-01-01 00:00:00.001", "1969-12-31 23:59:59.999"])
    yield Sample("timestamp us", Kind("Timestamp", pa.timestamp("us"), "timestamp", view=MICROS),
                 [1, -1], ["1970-01-01 00:00:00.000001", "1969-12-31 23:59:59.999999"])
    yield Sample("timestamp ns", Kind("Timestamp(ns)", pa.timestamp("ns"), "timestamp_ns", view="make_timestamp_ns({})"),
                 [1, -1], ["1970-01-01 00:00:00.000000001", "1969-12-31 23:59:59.999999999"])
    for unit, expression in (("ms", "make_timestamp({} * 1000)"), ("us", MICROS)):
        yield Sample(f"timestamp {unit} zone", Kind("TimestampTz", pa.timestamp(unit, "Europe/Vienna"), "timestamptz",
                     view=f"({expression}) || '+00'"), [0, 1700000000123 * (1000 if unit == "us" else 1)],
                     ["1970-01-01 00:00:00+00", "2023-11-14 22:13:20.123+00"])
    yield Sample("timestamp ns zone", Kind("TimestampTz(ns)", pa.timestamp("ns", "UTC"), "timestamptz",
                 view="(make_timestamp_ns({})) || '+00'"), [0, 1700000000123456000], ["1970-01-01 00:00:00+00", "2023-11-14 22:13:20.123456+00"])


def spans():
    seconds = "to_microseconds({} * 1000000)"
    yield Sample("duration s", Kind("Duration(s)", pa.int64(), "int64", cast=seconds), [1, -86400], ["1", "-86400"])
    parts = pa.struct([("months", pa.int32()), ("days", pa.int32()), ("nanoseconds", pa.int64())])
    view = ("regexp_replace({}, '^(-?[0-9]+) months (-?[0-9]+) days (-?[0-9]+) nanoseconds$',"
            " '{''months'': \\1, ''days'': \\2, ''nanoseconds'': \\3}')")
    cast = "to_months({}.months) + to_days({}.days) + to_microseconds({}.nanoseconds // 1000)"
    children = [("months", "int32", []), ("days", "int32", []), ("nanoseconds", "int64", [])]
    values = [{"months": 1, "days": 2, "nanoseconds": 3000}, {"months": -14, "days": 0, "nanoseconds": -1}]
    shown = ["{'months': 1, 'days': 2, 'nanoseconds': 3000}", "{'months': -14, 'days': 0, 'nanoseconds': -1}"]
    inline = [f"{v['months']} months {v['days']} days {v['nanoseconds']} nanoseconds" for v in values]
    yield Sample("interval", Kind("Interval", parts, "struct", "TEXT", view=view, cast=cast, children=children), values, shown, inline)


def nested():
    yield Sample("vector", vector(3), [[1.0, 2.5, -0.0], [NAN, INF, 1e-45]], ["[1.0, 2.5, -0.0]", "[nan, inf, 1e-45]"])
    matrix = tensor("Matrix(2, 3, f64)", "f64", 2, 3)
    yield Sample("matrix", matrix, [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]], ["[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]"])
    yield Sample("tensor", tensor("Tensor(2, 2, 2, i64)", "i64", 2, 2, 2), [list(range(8))], ["[0, 1, 2, 3, 4, 5, 6, 7]"])
    numbers = Kind("List(Int)", pa.list_(pa.int64()), "list", "TEXT", list_text, children=[("element", "int64", [])])
    yield Sample("list", numbers, [[1, None, 3], []], ["[1, NULL, 3]", "[]"])
    listed = Kind("List(String)", pa.list_(pa.string()), "list", None, children=[("element", "varchar", [])])
    yield Sample("list of text", listed, [["a", None, "b, c"], []], ["[a, NULL, 'b, c']", "[]"], None)
    fields = pa.struct([("a", pa.int64()), ("b", pa.list_(pa.float32())), ("c", pa.struct([("d", pa.string())]))])
    children = [("a", "int64", []), ("b", "list", [("element", "float32", [])]), ("c", "struct", [("d", "varchar", [])])]
    yield Sample("struct", Kind("Struct", fields, "struct", None, children=children), [{"a": 1, "b": [1.5], "c": {"d": "x"}}],
                 ["{'a': 1, 'b': [1.5], 'c': {'d': x}}"], None)
    mapped = Kind("Map", pa.map_(pa.string(), pa.int64()), "map", None, children=[("key", "varchar", []), ("value", "int64", [])])
    yield Sample("map", mapped, [[("k", 1), ("l", None)]], ["{k=1, l=NULL}"], None)


def samples():
    for group in (integers, floats, decimals, texts, dates, times, timestamps, spans, nested):
        yield from group()
