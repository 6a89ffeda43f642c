"""Polars' cases with tables."""

import polars as pl

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# By the name of the case behind the `/`.
SCANS = {
    "sum": lambda t: t.select(n=pl.len(), total=pl.col("x").sum(), most=pl.col("k").max()),
    "filter": lambda t: t.filter((pl.col("k") < 100) & pl.col("s").str.starts_with("amber")).select(
        n=pl.len(), total=pl.col("x").sum()
    ),
    "group": lambda t: t.group_by("k").agg(n=pl.len(), total=pl.col("x").sum(), last=pl.col("d").max()),
}


class PolarsTables:
    """The half of `Polars` that cases of tables use."""

    def scan_csv(self, case, source):
        return self.scan(case, lambda: pl.scan_csv(source.tables["t"], try_parse_dates=True))

    def scan_parquet(self, case, source):
        return self.scan(case, lambda: pl.scan_parquet(source.tables["t"]))

    def scan(self, case, opened):
        query = SCANS[case.name.split("/")[1]]
        return lambda: query(opened()).collect()

    def asof(self, case, source):
        """Both sides are in order of time."""
        trades, quotes = (pl.read_parquet(source.tables[name]).set_sorted("t") for name in ("trades", "quotes"))
        quotes = quotes.rename({"t": "asked"}).set_sorted("asked")

        def run():
            joined = trades.join_asof(quotes, left_on="t", right_on="asked", by="k", check_sortedness=False)
            return joined.drop_nulls("bid").select(n=pl.len(), total=(pl.col("price") - pl.col("bid")).sum())

        return run

    def pivot(self, case, source):
        frame = pl.read_parquet(source.tables["t"])
        named = list(MONTHS) if case.name.endswith("/named") else None
        return lambda: frame.pivot(on="m", on_columns=named, index="k", values="x", aggregate_function="sum")

    def large(self, case, source):
        """Polars changes no rows in place: a new column, and the rows that stay."""
        frame = pl.read_parquet(source.tables["t"])
        forms = {
            "over": lambda: frame.select(s=pl.col("x").rolling_sum(101, min_samples=1)).select(
                total=pl.col("s").sum(), least=pl.col("s").min()
            ),
            "update": lambda: frame.with_columns(
                x=pl.when(pl.col("id") % 10 == 3).then(pl.col("x") + 1).otherwise(pl.col("x"))
            ),
            "delete": lambda: frame.filter(pl.col("id") % 3 != 1),
            "orderby": lambda: frame.bottom_k(5, by="x"),
            "sum": lambda: frame.select(pl.col("x").sum()),
        }
        return forms.get(case.name.split("/")[1])
