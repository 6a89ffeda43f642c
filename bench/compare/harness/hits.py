"""The table of page views of suites/clickbench.py."""

import numpy as np
import pyarrow as pa

MONTH = np.datetime64("2013-07-01", "s")
SITES = ("google", "yandex", "wikipedia", "auto", "travel", "video", "shop", "news", "mail", "games")
# Columns that no query reads but the one that reads all.
FLAGS = (
    "JavaEnable GoodEvent CounterClass OS UserAgent NetMajor NetMinor UserAgentMajor UserAgentMinor CookieEnable "
    "JavascriptEnable IsMobile RefererCategoryID RefererRegionID URLCategoryID URLRegionID ResolutionHeight ResolutionDepth "
    "FlashMajor FlashMinor FlashMinor2 HitColor IsArtifical Robotness IsNotBounce FUniqID HID IsOldCounter "
    "IsEvent IsParameter Age Sex Income Interests RemoteIP WindowName OpenerName HistoryLength Sign HTTPError SendTiming "
    "DNSTiming ConnectTiming ResponseStartTiming ResponseEndTiming FetchTiming SocialSourceNetworkID ParamPrice "
    "ParamCurrencyID HasGCLID CLID YCLID SilverlightVersion1 SilverlightVersion2 SilverlightVersion3 SilverlightVersion4 "
    "ClientTimeZone GraphicsID CodeVersion ShareService BrowserLanguage BrowserCountry"
).split()
TEXTS = "Params OriginalURL PageCharset UTMSource UTMMedium UTMCampaign UTMContent UTMTerm FromTag OpenstatServiceName " \
    "OpenstatCampaignID OpenstatAdID OpenstatSourceID SocialNetwork SocialAction SocialSourcePage".split()


def hits(random, rows):
    """105 columns. Popular values are far more frequent than others, as on the web."""
    seconds = np.sort(random.integers(0, 31 * 86_400, rows))
    time = MONTH + seconds * np.timedelta64(1, "s")
    pages, phrases = max(rows // 5, 100), max(rows // 50, 100)
    page, phrase, user = skewed(random, rows, pages, 3), skewed(random, rows, phrases, 2), skewed(random, rows, rows // 5, 2)
    searched, advertised = random.random(rows) < 0.13, random.random(rows) < 0.006
    counter = skewed(random, rows, 6_000, 3)
    referred = skewed(random, rows, pages, 3)
    columns = {
        "WatchID": random.permutation(rows) * 7_919 + 4_611_686_071_420_045_196,
        "Title": pick(page % 1_000 + 1, [""] + [title(at) for at in range(1_000)]),
        "EventTime": pa.array(time.astype("datetime64[us]")),
        "EventDate": pa.array(time.astype("datetime64[D]")),
        "CounterID": counter + 62,
        "ClientIP": skewed(random, rows, rows // 8 + 10, 2) * 5_003 % 2_000_000_000,
        "RegionID": skewed(random, rows, 9_000, 4),
        "UserID": user * 1_000_003 + 435_090_932_899_640_449,
        "URL": pick(page, [url(at) for at in range(pages)]),
        "Referer": pick(np.where(random.random(rows) < 0.2, 0, referred + 1), [""] + [url(at) for at in range(pages)]),
        "IsRefresh": small(random.random(rows) < 0.12),
        "ResolutionWidth": small(np.array([0, 1024, 1280, 1366, 1440, 1600, 1920])[random.integers(0, 7, rows)]),
        "MobilePhone": small(np.where(random.random(rows) < 0.05, random.integers(1, 90, rows), 0)),
        "MobilePhoneModel": pick(np.where(random.random(rows) < 0.05, random.integers(1, 170, rows), 0), models()),
        "TraficSourceID": small(random.integers(-1, 10, rows)),
        "SearchEngineID": small(np.where(searched, skewed(random, rows, 60, 3) + 1, 0)),
        "SearchPhrase": pick(np.where(searched, phrase + 1, 0), [""] + [words(at) for at in range(phrases)]),
        "AdvEngineID": small(np.where(advertised, random.integers(1, 20, rows), 0)),
        "WindowClientWidth": small(random.integers(0, 2_000, rows)),
        "WindowClientHeight": small(random.integers(0, 1_200, rows)),
        "IsLink": small(random.random(rows) < 0.05),
        "IsDownload": small(random.random(rows) < 0.01),
        "DontCountHits": small(random.random(rows) < 0.03),
        "RefererHash": np.where(referred < pages // 50, 3_594_120_000_172_545_465, referred * 104_729),
        "URLHash": np.where(page < pages // 50, 2_868_770_270_353_813_622, page * 104_729),
        "ClientEventTime": pa.array(time.astype("datetime64[us]")),
        "LocalEventTime": pa.array(time.astype("datetime64[us]")),
    }
    columns |= {name: small(random.integers(0, 3, rows)) for name in FLAGS}
    columns |= {name: pick(np.zeros(rows, np.int64), [""]) for name in TEXTS}
    return columns


def skewed(random, rows, count, power):
    """Numbers below `count`, the small ones the most frequent."""
    return (count * random.random(rows) ** power).astype(np.int64)


def small(values):
    return values.astype(np.int16)


def pick(at, texts):
    return pa.array(texts).take(pa.array(at))


def url(at):
    site = SITES[at % 10] if at % 50 == 0 else f"site{at % 997}"
    return f"http{'s' * (at % 3 == 0)}://{'www.' * (at % 2)}{site}.example/{SITES[at % 7]}/page-{at}.html?ref={at % 13}"


def title(at):
    return f"{'Google' if at % 100 == 7 else SITES[at % 10].title()} - {SITES[at % 9]} {at}"


def words(at):
    return f"{SITES[at % 10]} word {at}"


def models():
    return [""] + [f"model {at}" for at in range(170)]
