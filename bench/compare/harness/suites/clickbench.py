"""43 queries of the shape of ClickBench: one wide table of page views, most of whose columns no query reads.

The table is generated: 105 columns of ClickBench's names and kinds, with about its share of empty texts and rare values.
"""

from ..tables import Table
from .suite import Suite

MONTH = "CounterID = 62 AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31' AND {} IsRefresh = 0"
SITE = "REGEXP_REPLACE(Referer, '^https?://(?:www[.])?([^/]+)/.*$', '{}')"
USERS = "COUNT(DISTINCT UserID)"
PHRASE = "SearchPhrase <> ''"
WIDE = "COUNT(*) AS c, SUM(IsRefresh) AS r, AVG(ResolutionWidth) AS w"


def suite(home, name, rows, **asked):
    tables = {"hits": Table("hits", rows).path(home)}
    texts = list(queries(many=rows // 1_000, group="\\1"))
    named = {f"q{number:02}": text for number, text in enumerate(texts)}
    # A backslash of a text is written twice in ClickHouse's SQL.
    other = {"chdb": {"q28": list(queries(rows // 1_000, "\\\\1"))[28]}}
    title = f"ClickBench's shape, {rows:,} rows"
    return Suite(name, title, f"hits-{rows}", tables, named, other, **asked)


def queries(many, group):
    """In ClickBench's order. `many` rows are what a group must have where the original asks for 100,000 of 100M."""
    yield count()
    yield count("AdvEngineID <> 0")
    yield select("SUM(AdvEngineID) AS a, COUNT(*) AS n, AVG(ResolutionWidth) AS w")
    yield select("AVG(UserID) AS u")
    yield select(f"{USERS} AS u")
    yield select("COUNT(DISTINCT SearchPhrase) AS p")
    yield select("MIN(EventDate) AS first, MAX(EventDate) AS last")
    yield top("AdvEngineID", "COUNT(*) AS c", "AdvEngineID <> 0", limit=None)
    yield top("RegionID", f"{USERS} AS c")
    yield top("RegionID", f"SUM(AdvEngineID) AS a, COUNT(*) AS c, AVG(ResolutionWidth) AS w, {USERS} AS u")
    yield top("MobilePhoneModel", f"{USERS} AS c", "MobilePhoneModel <> ''")
    yield top("MobilePhone, MobilePhoneModel", f"{USERS} AS c", "MobilePhoneModel <> ''")
    yield top("SearchPhrase", "COUNT(*) AS c", PHRASE)
    yield top("SearchPhrase", f"{USERS} AS c", PHRASE)
    yield top("SearchEngineID, SearchPhrase", "COUNT(*) AS c", PHRASE)
    yield top("UserID", "COUNT(*) AS c")
    yield top("UserID, SearchPhrase", "COUNT(*) AS c")
    yield "SELECT UserID, SearchPhrase, COUNT(*) AS c FROM hits GROUP BY UserID, SearchPhrase LIMIT 10"
    yield (
        "SELECT UserID, EXTRACT(MINUTE FROM EventTime) AS m, SearchPhrase, COUNT(*) AS c FROM hits "
        "GROUP BY UserID, EXTRACT(MINUTE FROM EventTime), SearchPhrase ORDER BY c DESC LIMIT 10"
    )
    yield select("UserID", "UserID = 435090932899640449")
    yield count("URL LIKE '%google%'")
    yield top("SearchPhrase", "MIN(URL) AS u, COUNT(*) AS c", f"URL LIKE '%google%' AND {PHRASE}")
    yield top(
        "SearchPhrase",
        f"MIN(URL) AS u, MIN(Title) AS t, COUNT(*) AS c, {USERS} AS n",
        f"Title LIKE '%Google%' AND URL NOT LIKE '%.google.%' AND {PHRASE}",
    )
    yield select("*", "URL LIKE '%google%'") + " ORDER BY EventTime LIMIT 10"
    for order in ("EventTime", "SearchPhrase", "EventTime, SearchPhrase"):
        yield select("SearchPhrase", PHRASE) + f" ORDER BY {order} LIMIT 10"
    yield (
        "SELECT CounterID, AVG(LENGTH(URL)) AS l, COUNT(*) AS c FROM hits WHERE URL <> '' GROUP BY CounterID "
        f"HAVING COUNT(*) > {many} ORDER BY l DESC LIMIT 25"
    )
    site = SITE.format(group)
    yield (
        f"SELECT {site} AS k, AVG(LENGTH(Referer)) AS l, COUNT(*) AS c, MIN(Referer) AS r FROM hits WHERE Referer <> '' "
        f"GROUP BY {site} HAVING COUNT(*) > {many} ORDER BY l DESC LIMIT 25"
    )
    yield select(", ".join(f"SUM(ResolutionWidth + {at}) AS s{at}" for at in range(90)))
    yield top("SearchEngineID, ClientIP", WIDE, PHRASE)
    yield top("WatchID, ClientIP", WIDE, PHRASE)
    yield top("WatchID, ClientIP", WIDE)
    yield top("URL", "COUNT(*) AS c")
    yield "SELECT 1 AS one, URL, COUNT(*) AS c FROM hits GROUP BY 1, URL ORDER BY c DESC LIMIT 10"
    yield (
        "SELECT ClientIP, ClientIP - 1 AS a, ClientIP - 2 AS b, ClientIP - 3 AS d, COUNT(*) AS c FROM hits "
        "GROUP BY ClientIP, ClientIP - 1, ClientIP - 2, ClientIP - 3 ORDER BY c DESC LIMIT 10"
    )
    views = "COUNT(*) AS c"
    yield top("URL", views, MONTH.format("DontCountHits = 0 AND") + " AND URL <> ''")
    yield top("Title", views, MONTH.format("DontCountHits = 0 AND") + " AND Title <> ''")
    yield top("URL", views, MONTH.format("") + " AND IsLink <> 0 AND IsDownload = 0", offset=100)
    yield (
        "SELECT TraficSourceID, SearchEngineID, AdvEngineID, Src, URL AS Dst, COUNT(*) AS c FROM (SELECT *, "
        "CASE WHEN SearchEngineID = 0 AND AdvEngineID = 0 THEN Referer ELSE '' END AS Src FROM hits) AS h "
        f"WHERE {MONTH.format('')} GROUP BY TraficSourceID, SearchEngineID, AdvEngineID, Src, URL "
        "ORDER BY c DESC LIMIT 10 OFFSET 100"
    )
    source = MONTH.format("") + " AND TraficSourceID IN (-1, 6) AND RefererHash = 3594120000172545465"
    yield top("URLHash, EventDate", views, source, offset=10)
    window = MONTH.format("DontCountHits = 0 AND") + " AND URLHash = 2868770270353813622"
    yield top("WindowClientWidth, WindowClientHeight", views, window, offset=100)
    minute = "DATE_TRUNC('minute', EventTime)"
    yield (
        f"SELECT {minute} AS m, COUNT(*) AS c FROM hits WHERE {MONTH.format('DontCountHits = 0 AND')} "
        f"AND EventDate >= '2013-07-14' AND EventDate <= '2013-07-15' GROUP BY {minute} ORDER BY {minute} LIMIT 10 OFFSET 100"
    )


def select(what, where=None):
    return f"SELECT {what} FROM hits" + (f" WHERE {where}" if where else "")


def count(where=None):
    return select("COUNT(*) AS n", where)


def top(keys, counts, where=None, limit=10, offset=0):
    """The groups with the largest `c`."""
    text = f"{select(f'{keys}, {counts}', where)} GROUP BY {keys} ORDER BY c DESC"
    return text + (f" LIMIT {limit}" if limit else "") + (f" OFFSET {offset}" if offset else "")
