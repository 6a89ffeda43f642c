"""Vectors and matrices in SQL; the answers are NumPy's.

The numbers are chosen so that results are exact in f32, unless a record is about the type of a result."""

import numpy as np

from vectors import Rows, cosine, normalize


def fixture(s):
    return Rows(
        s,
        "e",
        {"id": ("Int", None), "g": ("String", None), "v": ("Vector(3)?", "f4"), "w": ("Vector(3, f64)?", "f8"), "x": ("Float?", None)},
        [
            (1, "a", [1, 2, 3], [0.5, 0.25, 4], 2.0),
            (2, "a", [3, 0, -4], [1, 1, 1], 0.5),
            (3, "b", [0, 0, 0], [2, -2, 8], -1.0),
            (4, "b", None, [1, 2, 3], 4.0),
            (5, "b", [1.5, -2.5, 8], None, 10.0),
            (6, "c", None, None, None),
            (7, "a", [2, 4, 6], [-1, 0, 1], None),
        ],
    )


def arithmetic(s):
    """Arithmetic of vector columns with scalars, columns, literals and tensors of the session."""
    e = fixture(s)
    s.computed("SELECT * FROM e", [[row[name] for name in e.names] for row in e.rows], types="ITTTR")
    s.computed("SELECT v FROM e WHERE id = 1", [[e.rows[0]["v"]]])
    s.computed("SELECT id FROM e WHERE v IS NULL", [[4], [6]])
    s.computed("SELECT id FROM e WHERE v IS NOT NULL AND w IS NOT NULL", [[1], [2], [3], [7]])
    cases = [
        ("v * 2", ["v"], lambda v: v * 2),
        ("2 * v", ["v"], lambda v: v * 2),
        ("v + 1", ["v"], lambda v: v + 1),
        ("1 - v", ["v"], lambda v: 1 - v),
        ("v / 2", ["v"], lambda v: v / 2),
        ("v * 0.5", ["v"], lambda v: v * np.float32(0.5)),
        ("v * 0.1", ["v"], lambda v: v * np.float32(0.1)),
        ("v / 10", ["v"], lambda v: v / np.float32(10)),
        ("-v", ["v"], lambda v: -v),
        ("v / 0", ["v"], lambda v: v / np.float32(0)),
        ("v - v", ["v"], lambda v: v - v),
        ("v + v", ["v"], lambda v: v + v),
        ("v * v", ["v"], lambda v: v * v),
        ("v + w", ["v", "w"], lambda v, w: v + w),
        ("w - v", ["v", "w"], lambda v, w: w - v),
        ("v * w", ["v", "w"], lambda v, w: v * w),
        ("v / w", ["v", "w"], lambda v, w: v / w),
        ("(v + w) * 2", ["v", "w"], lambda v, w: (v + w) * 2),
        ("v * 2 + w * 4", ["v", "w"], lambda v, w: v * 2 + w * 4),
        ("v * x", ["v", "x"], lambda v, x: v * x),
        ("w * x", ["w", "x"], lambda w, x: w * x),
        ("x * v + w", ["v", "w", "x"], lambda v, w, x: x * v + w),
        ("v * id", ["id", "v"], lambda i, v: v * i),
        ("v + [1, 2, 3]", ["v"], lambda v: v + np.array([1, 2, 3.0])),
        ("[1, 2, 3] - v", ["v"], lambda v: np.array([1, 2, 3.0]) - v),
        ("v * [0.5, 0.25, 0.125]", ["v"], lambda v: v * np.array([0.5, 0.25, 0.125])),
        ("w * 0.1", ["w"], lambda w: w * 0.1),
        ("w / 3", ["w"], lambda w: w / 3),
        ("v ^ 2", ["v"], lambda v: v**2),
        ("VEC_ADD(v, w)", ["v", "w"], lambda v, w: v + w),
        ("VEC_SCALE(v, 2)", ["v"], lambda v: v * 2),
        ("ABS(v)", ["v"], abs),
        ("FLOOR(v / 2)", ["v"], lambda v: np.floor(v / 2)),
        ("v[0]", ["v"], lambda v: v[0]),
        ("v[2]", ["v"], lambda v: v[2]),
        ("v[-1]", ["v"], lambda v: v[-1]),
        ("w[1]", ["w"], lambda w: w[1]),
        ("v[0] + v[1]", ["v"], lambda v: v[0] + v[1]),
        ("v[0:2]", ["v"], lambda v: v[0:2]),
        ("v[1:]", ["v"], lambda v: v[1:]),
        ("CAST(v[1] AS Int)", ["v"], lambda v: int(v[1])),
    ]
    for text, needs, compute in cases:
        e.each(f"SELECT id, {text} FROM e", compute, needs)
    s.computed("SELECT id, v + NULL FROM e WHERE id < 3", [[1, None], [2, None]])
    s.computed("SELECT id, CASE WHEN x > 1 THEN v ELSE -v END FROM e", [
        [row["id"], None if row["v"] is None else row["v"] if (row["x"] or 0) > 1 else -row["v"]] for row in e.rows])
    s.computed("SELECT id, COALESCE(v, [0, 0, 0]) FROM e", [[row["id"], row["v"] if row["v"] is not None else np.zeros(3)] for row in e.rows])
    s.section("Without a table")
    for text, value in [
        ("[1, 2, 3]", np.array([1, 2, 3.0])),
        ("[0.1, 0.2]", np.array([0.1, 0.2])),
        ("[1, 2] + [3, 4]", np.array([4, 6.0])),
        ("[1, 2] * 3", np.array([3, 6.0])),
        ("[1, 2] / [2, 4]", np.array([0.5, 0.5])),
        ("[1, 2, 3][1]", 2.0),
        ("[[1, 2], [3, 4]]", np.array([[1, 2], [3, 4.0]])),
        ("[[1, 2], [3, 4]] * 2", np.array([[2, 4], [6, 8.0]])),
        ("[[1, 2], [3, 4]][1, 0]", 3.0),
        ("[1e-21, 1e21]", np.array([1e-21, 1e21])),
        ("[0.1, 0.2] + [0.2, 0.1]", np.array([0.1, 0.2]) + np.array([0.2, 0.1])),
        ("-[1, 2]", np.array([-1, -2.0])),
        ("[1, 2] / 0", np.array([np.inf, np.inf])),
    ]:
        s.computed(f"SELECT {text}", [[value]])
    s.section("A column of the query wins over a tensor of the session.")
    s.emit("statement ok\nVECTOR a = [10, 20, 30]")
    s.emit("statement ok\nVECTOR w = [7, 7, 7]")
    s.emit("statement ok\nLET k = 4")
    e.each("SELECT id, v + a FROM e", lambda v: v + np.array([10, 20, 30.0]), ["v"])
    e.each("SELECT id, v + w FROM e", lambda v, w: v + w, ["v", "w"])
    e.each("SELECT id, v * k FROM e", lambda v: v * 4, ["v"])
    e.each("SELECT id, DOT(v, a) FROM e", lambda v: float(v @ np.array([10, 20, 30.0])), ["v"])
    s.computed("SELECT a", [[np.array([10, 20, 30.0])]])
    s.computed("SELECT a * 2, k + 1", [[np.array([20, 40, 60.0]), 5]])
    s.section("Filters")
    s.computed("SELECT id FROM e WHERE v[0] > 1", [[2], [5], [7]])
    s.computed("SELECT id FROM e WHERE VEC_SUM(v) = 6", [[1]])
    s.computed("SELECT id FROM e WHERE L2_NORM(v) = 5", [[2]])
    s.computed("SELECT id FROM e WHERE DOT(v, w) > 0", [
        [row["id"]] for row in e.rows if row["v"] is not None and row["w"] is not None and row["v"] @ row["w"] > 0])
    s.section("Errors")
    for statement in (
        "SELECT v + [1, 2] FROM e",
        "SELECT [1, 2, 3] + [1, 2]",
        "SELECT [1, 2] * [1, 2, 3]",
        "SELECT v * [[1, 2], [3, 4]] FROM e",
        "SELECT v[3] FROM e",
        "SELECT [1, 2][2]",
        "SELECT v[0, 0] FROM e",
        "SELECT [[1, 2], [3]]",
        "SELECT v + 'a' FROM e",
        "SELECT v + g FROM e",
        "INSERT INTO e VALUES (8, 'a', [1, 2], NULL, NULL)",
        "INSERT INTO e VALUES (8, 'a', [1, 2, 3, 4], NULL, NULL)",
        "INSERT INTO e VALUES (8, 'a', 5, NULL, NULL)",
        "INSERT INTO e VALUES (8, 'a', 'x', NULL, NULL)",
        "INSERT INTO e VALUES (8, 'a', [[1, 2, 3]], NULL, NULL)",
        "UPDATE e SET v = [1, 2]",
        "UPDATE e SET v = 3",
    ):
        s.emit(f"statement error\n{statement}")
    s.computed("SELECT COUNT(*) FROM e", [[7]])
    s.section("Changes")
    s.emit("statement ok\nUPDATE e SET v = v * 2 WHERE id = 1")
    s.computed("SELECT v FROM e WHERE id = 1", [[np.array([2, 4, 6.0])]])
    s.emit("statement ok\nUPDATE e SET v = [9, 8, 7] WHERE v IS NULL")
    s.computed("SELECT id, v FROM e WHERE id IN (4, 6)", [[4, np.array([9, 8, 7.0])], [6, np.array([9, 8, 7.0])]])
    s.emit("statement ok\nUPDATE e SET v = NULL WHERE id = 3")
    s.computed("SELECT COUNT(v), COUNT(*) FROM e", [[6, 7]])
    s.emit("statement ok\nINSERT INTO e (id, g, v) VALUES (8, 'd', [0.1, 0.2, 0.3])")
    s.computed("SELECT v, w FROM e WHERE id = 8", [[np.array([0.1, 0.2, 0.3], "f4"), None]])
    s.emit("statement ok\nALTER DATASET e ADD COLUMN n = L2_NORM(v)")
    s.computed("SELECT n FROM e WHERE id = 2", [[5.0]])


def functions(s):
    """Functions of vectors, row by row."""
    e = fixture(s)
    one = np.array([1, 0, 0.0])
    cases = [
        ("DOT(v, w)", ["v", "w"], lambda v, w: float(v @ w)),
        ("DOT(v, v)", ["v"], lambda v: float(v @ v)),
        ("DOT(v, [1, 0, 0])", ["v"], lambda v: float(v @ one)),
        ("DOT([1, 1, 1], w)", ["w"], lambda w: float(w.sum())),
        ("DISTANCE(v, [0, 0, 0])", ["v"], lambda v: float(np.linalg.norm(v.astype("f8")))),
        ("DISTANCE(v, v)", ["v"], lambda v: 0.0),
        ("L1_DISTANCE(v, w)", ["v", "w"], lambda v, w: float(abs(v - w).sum())),
        ("L1_DISTANCE(v, [1, 1, 1])", ["v"], lambda v: float(abs(v - 1).sum())),
        ("ROUND(DISTANCE(v, w), 6)", ["v", "w"], lambda v, w: round(float(np.linalg.norm(v - w)), 6)),
        ("L2_NORM(v) * L2_NORM(v) > 13", ["v"], lambda v: bool(v @ v > 13)),
        ("ROUND(L2_NORM(w), 6)", ["w"], lambda w: round(float(np.linalg.norm(w)), 6)),
        ("VEC_SUM(v)", ["v"], lambda v: float(v.sum())),
        ("VEC_MEAN(v * 3)", ["v"], lambda v: float(v.sum())),
        ("VEC_MIN(v)", ["v"], lambda v: float(v.min())),
        ("VEC_MAX(v)", ["v"], lambda v: float(v.max())),
        ("VEC_SUM(w)", ["w"], lambda w: float(w.sum())),
        ("ROUND(VEC_STDEV(v), 6)", ["v"], lambda v: round(float(np.std(v.astype("f8"), ddof=1)), 6)),
        ("VEC_SUM(v * v)", ["v"], lambda v: float((v * v).sum())),
        ("VEC_SUM(ABS(v))", ["v"], lambda v: float(abs(v).sum())),
        ("ROUND(COSINE_SIM(v, w), 6)", ["v", "w"], lambda v, w: None if cosine(v, w) is None else round(cosine(v, w), 6)),
        ("ROUND(SIMILARITY(v, w), 6)", ["v", "w"], lambda v, w: None if cosine(v, w) is None else round(cosine(v, w), 6)),
        ("ROUND(VEC_SUM(NORMALIZE(w)), 6)", ["w"], lambda w: round(float(normalize(w).sum()), 6)),
        ("FLATTEN(v)", ["v"], lambda v: v),
        ("RESHAPE(v, [3, 1])", ["v"], lambda v: v.reshape(3, 1)),
        ("RESHAPE(v, [1, 3])", ["v"], lambda v: v.reshape(1, 3)),
        ("CAST(v AS MATRIX(3, 1))", ["v"], lambda v: v.reshape(3, 1)),
    ]
    for text, needs, compute in cases:
        e.each(f"SELECT id, {text} FROM e", compute, needs)
    e.each("SELECT id, NORMALIZE(v) FROM e WHERE id <> 1 AND id <> 5 AND id <> 7", normalize, ["v"], lambda row: row["id"] not in (1, 5, 7))
    s.computed("SELECT id FROM e WHERE NORMALIZE(v) IS NULL", [[3], [4], [6]])
    s.computed("SELECT id FROM e WHERE COSINE_SIM(v, [0, 0, 0]) IS NOT NULL", [], types="I")
    s.computed("SELECT id FROM e WHERE ROUND(COSINE_SIM(v, [1, 2, 3]), 9) = 1", [[1], [7]])
    s.computed("SELECT id FROM e WHERE COSINE_SIM(v, [3, 0, -4]) > 0.99", [[2]])
    s.section("Without a table")
    for text, value in [
        ("L2_NORM([3, 4])", 5.0),
        ("DOT([1, 2, 3], [4, 5, 6])", 32.0),
        ("DISTANCE([0, 0], [3, 4])", 5.0),
        ("L1_DISTANCE([0, 0], [3, 4])", 7.0),
        ("COSINE_SIM([3, 4], [4, 3])", 0.96),
        ("COSINE_SIM([1, 0], [0, 1])", 0.0),
        ("COSINE_SIM([1, 0], [-1, 0])", -1.0),
        ("SIMILARITY([3, 4], [4, 3])", 0.96),
        ("COSINE_SIM([0, 0], [1, 1])", None),
        ("NORMALIZE([3, 4])", np.array([0.6, 0.8])),
        ("NORMALIZE([0, 0])", None),
        ("VEC_SUM([1, 2, 3.5])", 6.5),
        ("VEC_MEAN([1, 2, 6])", 3.0),
        ("VEC_MIN([3, -1, 2])", -1.0),
        ("VEC_MAX([3, -1, 2])", 3.0),
        ("VEC_STDEV([1, 2, 3])", 1.0),
        ("VEC_ADD([1, 2], [3, 4])", np.array([4, 6.0])),
        ("VEC_SCALE([1, 2], 3)", np.array([3, 6.0])),
        ("DOT([1, 2], NULL)", None),
        ("L2_NORM([3, 4]) + 1", 6.0),
        ("MATMUL([[1, 2], [3, 4]], [1, 1])", np.array([3, 7.0])),
        ("MATMUL([[1, 2], [3, 4]], [[0, 1], [1, 0]])", np.array([[2, 1], [4, 3.0]])),
        ("MATMUL([1, 2], [3, 4])", 11.0),
        ("TRANSPOSE([[1, 2, 3], [4, 5, 6]])", np.array([[1, 4], [2, 5], [3, 6.0]])),
        ("FLATTEN([[1, 2], [3, 4]])", np.array([1, 2, 3, 4.0])),
        ("RESHAPE([1, 2, 3, 4, 5, 6], [2, 3])", np.arange(1, 7.0).reshape(2, 3)),
        ("RESHAPE([1, 2, 3, 4, 5, 6], [3, -1])", np.arange(1, 7.0).reshape(3, 2)),
        ("MAT_SHAPE([[1, 2], [3, 4]])", "2x2"),
        ("L2_NORM([3, 4]) FROM dual", 5.0),
    ]:
        types = "R" if value is None and not text.startswith("NORMALIZE") else None
        s.computed(f"SELECT {text}", [[value]], types=types)
    s.section("Order by a distance: rows without a vector come last.")
    v = {row["id"]: row["v"] for row in e.rows if row["v"] is not None}
    far = {i: np.linalg.norm(v[i].astype("f8") - [1, 2, 3]) for i in v}
    near = sorted(v, key=lambda i: (far[i], i))
    s.computed("SELECT id FROM e ORDER BY DISTANCE(v, [1, 2, 3]), id", [[i] for i in near + [4, 6]])
    s.computed("SELECT id FROM e WHERE v IS NOT NULL ORDER BY DISTANCE(v, [1, 2, 3]) DESC, id", [[i] for i in sorted(v, key=lambda i: (-far[i], i))])
    s.computed("SELECT id FROM e ORDER BY DISTANCE(v, [1, 2, 3]), id LIMIT 2", [[i] for i in near[:2]])
    s.computed("SELECT id FROM e ORDER BY DOT(v, [1, 1, 1]) DESC NULLS LAST, id", [[i] for i in sorted(v, key=lambda i: (-v[i].sum(), i)) + [4, 6]])
    s.computed("SELECT id FROM e ORDER BY v[2], id", [[i] for i in sorted(v, key=lambda i: (v[i][2], i)) + [4, 6]])
    s.section("Joins by a distance")
    pairs = [(i, j) for i in v for j in v if i < j]
    close = [[i, j] for i, j in pairs if (cosine(v[i], v[j]) or -2) > 0.8]
    s.computed("SELECT a.id, b.id FROM e a JOIN e b ON COSINE_SIM(a.v, b.v) > 0.8 AND a.id < b.id", close)
    s.computed("SELECT a.id, b.id FROM e a JOIN e b ON 0.8 < COSINE_SIM(b.v, a.v) WHERE a.id < b.id", close)
    near = [[i, j] for i, j in pairs if np.linalg.norm(v[i] - v[j]) < 6]
    s.computed("SELECT a.id, b.id FROM e a JOIN e b ON DISTANCE(a.v, b.v) < 6 AND a.id < b.id", near)
    s.computed("SELECT COUNT(*) FROM e a JOIN e b ON DISTANCE(a.v, b.v) <= 0", [[len(v)]])
    s.computed("SELECT a.id, b.id FROM e a JOIN e b ON DOT(a.v, b.w) >= 20", [
        [i, row["id"]] for i in v for row in e.rows if row["w"] is not None and v[i] @ row["w"] >= 20])
    s.section("Errors")
    for statement in (
        "SELECT DOT([1, 2, 3], [1, 2])",
        "SELECT DISTANCE([1, 2, 3], [1, 2])",
        "SELECT COSINE_SIM([1, 2, 3], [1, 2])",
        "SELECT VEC_ADD([1, 2, 3], [1, 2])",
        "SELECT L1_DISTANCE([1], [1, 2])",
        "SELECT DOT(v, [1, 2]) FROM e",
        "SELECT COSINE_SIM(v, [1, 2, 3, 4]) FROM e",
        "SELECT DOT(v, x) FROM e",
        "SELECT L2_NORM(g) FROM e",
        "SELECT VEC_SUM('a')",
        "SELECT RESHAPE(v, [2, 2]) FROM e",
        "SELECT CAST(v AS MATRIX(2, 2)) FROM e",
        "SELECT MATMUL([[1, 2], [3, 4]], [1, 2, 3])",
        "SELECT COSINE_SIM(v) FROM e",
        "SELECT id FROM e ORDER BY DISTANCE(v, [1, 2])",
        "SELECT a.id FROM e a JOIN e b ON COSINE_SIM(a.v, [1, 2]) > 0.5",
    ):
        s.emit(f"statement error\n{statement}")
    s.computed("SELECT id, TRY_CAST(v AS MATRIX(2, 2)) FROM e WHERE id = 1", [[1, None]])


def aggregates(s):
    """Aggregates of vectors, element by element, over groups and windows."""
    e = fixture(s)
    groups = ("a", "b", "c")

    def cells(group, name):
        return [row[name] for row in e.rows if row["g"] == group and row[name] is not None]

    def by_group(text, compute, name):
        rows = [[g, compute(np.stack(cells(g, name))) if cells(g, name) else None] for g in groups]
        s.computed(f"SELECT g, {text} FROM e GROUP BY g", rows)
        s.computed(f"SELECT g, {text} AS r FROM e GROUP BY g ORDER BY g DESC", rows[::-1])

    for name in ("SUM", "SUM_VEC"):
        by_group(f"{name}(v)", lambda a: a.sum(0), "v")
        by_group(f"{name}(w)", lambda a: a.sum(0), "w")
    by_group("MIN(v)", lambda a: a.min(0), "v")
    by_group("MAX(v)", lambda a: a.max(0), "v")
    by_group("MIN(w)", lambda a: a.min(0), "w")
    by_group("SUM(v * 2)", lambda a: a.sum(0) * 2, "v")
    by_group("SUM(v) * 2", lambda a: a.sum(0) * 2, "v")
    by_group("VEC_SUM(SUM(v))", lambda a: float(a.sum()), "v")
    by_group("SUM(VEC_SUM(v))", lambda a: float(a.sum()), "v")
    by_group("SUM(DOT(w, [1, 2, 4]))", lambda a: float((a @ [1, 2, 4]).sum()), "w")
    by_group("MAX(L1_DISTANCE(v, [0, 0, 0]))", lambda a: float(abs(a).sum(1).max()), "v")
    by_group("SUM(v)[0]", lambda a: float(a.sum(0)[0]), "v")
    s.computed("SELECT g, COUNT(v), COUNT(*) FROM e GROUP BY g", [["a", 3, 3], ["b", 2, 3], ["c", 0, 1]])
    for name in ("AVG", "AVG_VEC", "MEAN"):
        s.computed(f"SELECT g, {name}(v * 3) FROM e WHERE g <> 'b' GROUP BY g", [["a", e.column("v", lambda r: r["g"] == "a").sum(0)], ["c", None]])
        s.computed(f"SELECT g, {name}(v) FROM e WHERE g = 'b' GROUP BY g", [["b", np.array([0.75, -1.25, 4])]])
        s.computed(f"SELECT {name}(w) FROM e WHERE id IN (1, 2)", [[np.array([0.75, 0.625, 2.5])]])
    v, w = e.column("v"), e.column("w")
    s.computed("SELECT SUM(v) FROM e", [[v.sum(0)]])
    s.computed("SELECT SUM(w), COUNT(w) FROM e", [[w.sum(0), len(w)]])
    s.computed("SELECT MIN(v), MAX(v) FROM e", [[v.min(0), v.max(0)]])
    s.section("STDDEV is that of a sample.")
    s.emit("statement ok\nDATASET sd COLUMNS (v: Vector(2, f64))")
    s.emit("statement ok\nINSERT INTO sd VALUES ([1, 10]), ([2, 20]), ([3, 30])")
    s.computed("SELECT STDDEV(v) FROM sd", [[np.array([1, 10.0])]])
    s.computed("SELECT STDEV(v) FROM sd", [[np.array([1, 10.0])]])
    s.computed("SELECT AVG(v), SUM(v), MIN(v), MAX(v), COUNT(v) FROM sd", [[np.array([2, 20.0]), np.array([6, 60.0]), np.array([1, 10.0]), np.array([3, 30.0]), 3]])
    s.section("No rows, and none that is not NULL")
    s.computed("SELECT SUM(v), AVG(v), MIN(v), MAX(v), COUNT(v) FROM e WHERE id = 99", [[None, None, None, None, 0]], types="TTTTI")
    s.computed("SELECT SUM(v), AVG_VEC(v), COUNT(v) FROM e WHERE id = 6", [[None, None, 0]], types="TTI")
    s.computed("SELECT SUM(v) FILTER (WHERE g = 'a') FROM e", [[e.column("v", lambda r: r["g"] == "a").sum(0)]])
    s.computed("SELECT g FROM e GROUP BY g HAVING VEC_SUM(SUM(v)) > 10", [["a"]])
    s.computed("SELECT g FROM e GROUP BY g ORDER BY L1_DISTANCE(SUM(v), [0, 0, 0]) DESC NULLS LAST", [["a"], ["b"], ["c"]])
    s.section("The sum of f32 is added up in f64.")
    s.emit("statement ok\nDATASET big COLUMNS (v: Vector(2))")
    s.emit("statement ok\nINSERT INTO big VALUES ([16777216, 1]), ([1, 1]), ([1, 1])")
    s.computed("SELECT SUM(v) FROM big", [[np.array([16777218, 3.0])]])
    s.section("Windows")

    def running(rows, name):
        sums, total = [], None
        for row in rows:
            if row[name] is not None:
                total = row[name].astype("f8") if total is None else total + row[name]
            sums.append([row["id"], total])
        return sums

    for name in ("SUM_VEC", "SUM"):
        s.computed(f"SELECT id, {name}(v) OVER (ORDER BY id) FROM e", running(e.rows, "v"))
        s.computed(f"SELECT id, {name}(w) OVER (ORDER BY id) FROM e", running(e.rows, "w"))
        s.computed(f"SELECT id, {name}(v) OVER (ORDER BY id DESC) FROM e", running(e.rows[::-1], "v"))
        s.computed(f"SELECT id, {name}(v) OVER (PARTITION BY g ORDER BY id) FROM e", sum((running([r for r in e.rows if r["g"] == g], "v") for g in groups), []))
        s.computed(f"SELECT id, {name}(v) OVER () FROM e", [[row["id"], v.sum(0)] for row in e.rows])
        s.computed(f"SELECT id, {name}(v) OVER (ORDER BY id ROWS 1 PRECEDING) FROM e", [
            [row["id"], sum_of([before, row])] for before, row in zip([None, *e.rows], e.rows)])
    s.computed("SELECT id, COUNT(v) OVER (ORDER BY id) FROM e", [[i, n] for i, n in zip(range(1, 8), (1, 2, 3, 3, 4, 4, 5))])
    s.computed("SELECT id, MAX(v) OVER (ORDER BY id) FROM e WHERE id < 4", [[i, v[:i].max(0)] for i in (1, 2, 3)])
    s.computed("SELECT id, MIN(v) OVER () FROM e WHERE id < 4", [[i, v[:3].min(0)] for i in (1, 2, 3)])
    s.computed("SELECT id, AVG_VEC(v) OVER (ORDER BY id) FROM e WHERE id < 3", [[1, v[0]], [2, v[:2].mean(0)]])
    s.computed("SELECT id, LAG(v) OVER (ORDER BY id) FROM e WHERE id < 4", [[1, None], [2, v[0]], [3, v[1]]])
    s.computed("SELECT id, FIRST_VALUE(v) OVER (ORDER BY id) FROM e WHERE id < 4", [[i, v[0]] for i in (1, 2, 3)])
    s.computed("SELECT id, v - LAG(v) OVER (ORDER BY id) FROM e WHERE id < 4", [[1, None], [2, v[1] - v[0]], [3, v[2] - v[1]]])
    s.section("STACK")
    s.computed("SELECT STACK(v ORDER BY id) FROM e WHERE v IS NOT NULL", [[v]])
    s.computed("SELECT STACK(v ORDER BY id DESC) FROM e WHERE id < 4", [[v[:3][::-1]]])
    s.computed("SELECT STACK(w ORDER BY id) FROM e WHERE g = 'b' AND w IS NOT NULL", [[np.stack(cells("b", "w"))]])
    s.computed("SELECT g, STACK(v ORDER BY id) FROM e WHERE g = 'a' GROUP BY g", [["a", np.stack(cells("a", "v"))]])
    s.computed("SELECT MAT_SHAPE(STACK(v ORDER BY id)) FROM e WHERE v IS NOT NULL", [["5x3"]])
    s.section("Vectors as keys, in subqueries and set operations")
    s.computed("SELECT COUNT(*) FROM (SELECT DISTINCT v FROM e) q", [[6]])
    s.computed("SELECT q.total FROM (SELECT SUM(v) AS total FROM e) q", [[v.sum(0)]])
    s.computed("SELECT id FROM e WHERE v[0] = (SELECT MAX(v[0]) FROM e)", [[2]])
    s.computed("SELECT v FROM e WHERE id = 1 UNION ALL SELECT v FROM e WHERE id = 2", [[v[0]], [v[1]]])
    s.computed("WITH c AS (SELECT g, SUM(v) AS t FROM e GROUP BY g) SELECT e.id, DOT(e.v, c.t) FROM e JOIN c ON e.g = c.g WHERE e.g = 'a'", [
        [row["id"], float(row["v"] @ np.stack(cells("a", "v")).sum(0))] for row in e.rows if row["g"] == "a"])
    s.section("Errors")
    for statement in ("SELECT SUM(v), id FROM e", "SELECT SUM_VEC(x) FROM e", "SELECT AVG_VEC(g) FROM e", "SELECT SUM(v) + [1, 2] FROM e", "SELECT STACK(g) FROM e", "SELECT CORR(v, w) FROM e"):
        s.emit(f"statement error\n{statement}")


def sum_of(rows):
    cells = [row["v"] for row in rows if row is not None and row["v"] is not None]
    return np.sum(cells, axis=0) if cells else None


def matrices(s):
    """Matrix columns, casts of shapes, ROWS and UNNEST."""
    m = Rows(
        s,
        "mm",
        {"id": ("Int", None), "m": ("Matrix(2, 3)?", "f4"), "n": ("Matrix(2, 2, f64)?", "f8"), "v": ("Vector(6)?", "f4")},
        [
            (1, [[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1]], [1, 2, 3, 4, 5, 6]),
            (2, [[0.5, 0, -1], [2, -2, 4]], [[0, 2], [1, 0]], [6, 5, 4, 3, 2, 1]),
            (3, None, [[1, 1], [1, 1]], None),
            (4, [[0, 0, 0], [1, 1, 1]], None, [0, 0, 0, 0, 0, 0.5]),
        ],
    )
    s.computed("SELECT * FROM mm", [[row[name] for name in m.names] for row in m.rows])
    cases = [
        ("m * 2", ["m"], lambda a: a * 2),
        ("m + 1", ["m"], lambda a: a + 1),
        ("-m", ["m"], lambda a: -a),
        ("m / 0", ["m"], lambda a: a / np.float32(0)),
        ("m + m", ["m"], lambda a: a + a),
        ("m * m", ["m"], lambda a: a * a),
        ("n - 1", ["n"], lambda a: a - 1),
        ("n / 4", ["n"], lambda a: a / 4),
        ("m[0, 1]", ["m"], lambda a: a[0, 1]),
        ("m[1, 2]", ["m"], lambda a: a[1, 2]),
        ("m[-1, -1]", ["m"], lambda a: a[-1, -1]),
        ("m[0, *]", ["m"], lambda a: a[0]),
        ("m[0]", ["m"], lambda a: a[0]),
        ("m[*, 1]", ["m"], lambda a: a[:, 1]),
        ("m[:, 1:3]", ["m"], lambda a: a[:, 1:3]),
        ("n[0, 0] + n[1, 1]", ["n"], lambda a: float(a[0, 0] + a[1, 1])),
        ("TRANSPOSE(m)", ["m"], lambda a: a.T),
        ("TRANSPOSE(n)", ["n"], lambda a: a.T),
        ("FLATTEN(m)", ["m"], lambda a: a.ravel()),
        ("FLATTEN(TRANSPOSE(m))", ["m"], lambda a: a.T.ravel()),
        ("RESHAPE(m, [3, 2])", ["m"], lambda a: a.reshape(3, 2)),
        ("RESHAPE(v, [2, 3])", ["v"], lambda a: a.reshape(2, 3)),
        ("RESHAPE(m, [-1])", ["m"], lambda a: a.ravel()),
        ("MATMUL(n, n)", ["n"], lambda a: a @ a),
        ("MATMUL(n, m)", ["n", "m"], lambda a, b: a @ b),
        ("MATMUL(m, [1, 0, 1])", ["m"], lambda a: a @ np.array([1, 0, 1.0])),
        ("MATMUL([1, 1], n)", ["n"], lambda a: np.array([1, 1.0]) @ a),
        ("MATMUL(m, TRANSPOSE(m))", ["m"], lambda a: a @ a.T),
        ("MAT_SHAPE(m)", ["m"], lambda a: "2x3"),
        ("CAST(v AS MATRIX(2, 3))", ["v"], lambda a: a.reshape(2, 3)),
        ("CAST(v AS MATRIX(3, 2))", ["v"], lambda a: a.reshape(3, 2)),
        ("CAST(m AS VECTOR(6))", ["m"], lambda a: a.ravel()),
        ("CAST(m AS MATRIX(3, 2))", ["m"], lambda a: a.reshape(3, 2)),
        ("CAST(CAST(v AS MATRIX(2, 3)) AS VECTOR(6))", ["v"], lambda a: a),
        ("CAST(v AS MATRIX(2, 3)) + m", ["v", "m"], lambda a, b: a.reshape(2, 3) + b),
        ("VEC_SUM(m)", ["m"], lambda a: float(a.sum())),
        ("VEC_MAX(m)", ["m"], lambda a: float(a.max())),
        ("m + [10, 20, 30]", ["m"], lambda a: a + np.array([10, 20, 30.0])),
    ]
    for text, needs, compute in cases:
        m.each(f"SELECT id, {text} FROM mm", compute, needs)
    a, n = m.column("m"), m.column("n")
    s.section("Aggregates")
    s.computed("SELECT SUM(m), COUNT(m) FROM mm", [[a.sum(0), 3]])
    s.computed("SELECT MIN(m), MAX(m) FROM mm", [[a.min(0), a.max(0)]])
    s.computed("SELECT AVG(n) FROM mm WHERE id < 3", [[n[:2].mean(0)]])
    s.computed("SELECT STACK(v ORDER BY id) FROM mm WHERE v IS NOT NULL", [[m.column("v")]])
    s.computed("SELECT id, SUM(m) OVER (ORDER BY id) FROM mm WHERE id < 3", [[1, a[0]], [2, a[0] + a[1]]])
    s.computed("SELECT id FROM mm WHERE m[1, 0] > 1", [[1], [2]])
    s.section("ROWS: a matrix or a vector as rows")
    s.emit("statement ok\nMATRIX mat = [[1, 2, 3], [4, 5.5, 6]]")
    s.emit("statement ok\nVECTOR vec = [10, 0.1, -3]")
    s.computed("SELECT * FROM ROWS(mat)", [[0, 1.0, 2.0, 3.0], [1, 4.0, 5.5, 6.0]])
    s.computed("SELECT * FROM ROWS(vec)", [[0, 10.0], [1, 0.1], [2, -3.0]])
    s.computed("SELECT row, value FROM ROWS(vec) WHERE value > 0", [[0, 10.0], [1, 0.1]])
    s.computed("SELECT c1 FROM ROWS(mat) WHERE row = 1", [[5.5]])
    s.computed("SELECT SUM(c0), MAX(c2) FROM ROWS(mat)", [[5.0, 6.0]])
    s.computed("SELECT SUM(value), COUNT(*) FROM ROWS(vec)", [[7.1, 3]])
    s.computed("SELECT row FROM ROWS(vec) ORDER BY value LIMIT 1", [[2]])
    s.computed("SELECT r.row, r.value, mm.id FROM ROWS(vec) r JOIN mm ON mm.id = r.row + 1", [[0, 10.0, 1], [1, 0.1, 2], [2, -3.0, 3]])
    s.computed("SELECT * FROM ROWS([[1, 2], [3, 4]])", [[0, 1.0, 2.0], [1, 3.0, 4.0]])
    s.computed("SELECT * FROM ROWS([5, 6])", [[0, 5.0], [1, 6.0]])
    s.computed("SELECT x.row, y.row FROM ROWS(vec) x JOIN ROWS(vec) y ON x.value < y.value", [[2, 1], [2, 0], [1, 0]])
    s.section("UNNEST: a vector as rows")
    s.computed("SELECT UNNEST([1, 2.5, 3])", [[1.0], [2.5], [3.0]])
    s.computed("SELECT UNNEST(vec)", [[10.0], [0.1], [-3.0]])
    s.computed("SELECT id, UNNEST(v) FROM mm WHERE id = 4", [[4, np.float32(x)] for x in (0, 0, 0, 0, 0, 0.5)])
    s.computed("SELECT UNNEST(v) FROM mm WHERE id = 3", [], types="R")
    s.computed("SELECT SUM(x) FROM (SELECT UNNEST(v) AS x FROM mm) q", [[42.5]])
    s.computed("SELECT COUNT(*) FROM (SELECT id, UNNEST(v) AS x FROM mm) q WHERE x > 3", [[6]])
    s.section("A dataset from a query, and a tensor from a query")
    s.emit("statement ok\nLET ids = (SELECT id FROM mm ORDER BY id)")
    s.computed("SELECT SUM(value) FROM ROWS(ids)", [[10]])
    s.emit("statement ok\nDATASET copy FROM mm SELECT id, m * 2 AS m2, CAST(v AS MATRIX(3, 2)) AS c WHERE id < 3")
    s.computed("SELECT * FROM copy", [[row["id"], row["m"] * 2, row["v"].reshape(3, 2)] for row in m.rows[:2]])
    s.section("Errors")
    for statement in (
        "SELECT CAST(v AS MATRIX(2, 2)) FROM mm",
        "SELECT CAST(m AS VECTOR(5)) FROM mm",
        "SELECT m + n FROM mm",
        "SELECT m * [1, 2] FROM mm",
        "SELECT MATMUL(m, m) FROM mm",
        "SELECT MATMUL(m, n) FROM mm",
        "SELECT m[2, 0] FROM mm",
        "SELECT m[0, 3] FROM mm",
        "SELECT m[0, 0, 0] FROM mm",
        "SELECT RESHAPE(m, [4, 2]) FROM mm",
        "SELECT * FROM ROWS(nosuch)",
        "SELECT * FROM ROWS(5)",
        "INSERT INTO mm VALUES (5, [[1, 2], [3, 4]], NULL, NULL)",
        "INSERT INTO mm VALUES (5, [1, 2, 3, 4, 5, 6], NULL, NULL)",
        "INSERT INTO mm VALUES (5, [[1, 2, 3], [4, 5]], NULL, NULL)",
    ):
        s.emit(f"statement error\n{statement}")
    s.computed("SELECT id, TRY_CAST(v AS MATRIX(2, 2)) FROM mm WHERE id = 1", [[1, None]])
    s.computed("SELECT COUNT(*) FROM mm", [[4]])


def search(s):
    """SEARCH: exact answers of every metric, ties, NULLs, filters."""
    e = Rows(
        s,
        "docs",
        {"id": ("Int", None), "kind": ("String", None), "v": ("Vector(2)?", "f4")},
        [
            (1, "a", [3, 4]),
            (2, "b", [4, 3]),
            (3, "a", [0, 0]),
            (4, "b", None),
            (5, "a", [-3, -4]),
            (6, "b", [6, 8]),
            (7, "a", [3, 4]),
            (8, "b", [0, 5]),
        ],
    )
    query = np.array([3, 4.0])
    rows = [row for row in e.rows if row["v"] is not None]
    metrics = {
        "cosine": lambda v: None if cosine(v, query) is None else 1 - cosine(v, query),
        "l2": lambda v: float(np.linalg.norm(v - query)),
        "dot": lambda v: -float(v @ query),
    }

    def best(metric, k, keep=lambda row: True):
        scored = [(metrics[metric](row["v"]), row["id"]) for row in rows if keep(row)]
        scored = sorted((pair for pair in scored if pair[0] is not None))
        return [[i, round(d, 6) + 0.0] for d, i in scored[:k]]

    def step(statement, metric, k, keep=lambda row: True):
        s.emit(f"statement ok\n{statement}")
        s.computed("SELECT id, ROUND(distance, 6) + 0.0 FROM search_results", best(metric, k, keep))

    for metric in metrics:
        for k in (1, 2, 3, 5):
            step(f"SEARCH docs ON v QUERY [3, 4] METRIC {metric} LIMIT {k}", metric, k)
        step(f"SEARCH docs ON v QUERY [3, 4] METRIC {metric} WHERE id <> 3 LIMIT 100", metric, 100, lambda row: row["id"] != 3)
        step(f"SEARCH docs ON v QUERY [3, 4] METRIC {metric} WHERE kind = 'b' LIMIT 2", metric, 2, lambda row: row["kind"] == "b")
        step(f"SEARCH docs ON v QUERY [3, 4] METRIC {metric} WHERE id > 1 AND id < 8 LIMIT 3", metric, 3, lambda row: 1 < row["id"] < 8)
    s.section("The other forms")
    step("SEARCH docs ON v QUERY [3, 4] LIMIT 3", "cosine", 3)
    step("SEARCH docs WHERE v ~= [3, 4] LIMIT 2", "cosine", 2)
    step("SEARCH docs WHERE v ~= [3, 4] AND kind = 'b' LIMIT 2", "cosine", 2, lambda row: row["kind"] == "b")
    s.emit("statement ok\nSEARCH found FROM docs QUERY [3, 4] ON v K=3")
    s.computed("SELECT id, ROUND(distance, 6) + 0.0 FROM found", best("cosine", 3))
    s.emit("statement ok\nSEARCH docs ON v QUERY [3, 4] METRIC l2 LIMIT 4 INTO near")
    s.computed("SELECT id, ROUND(distance, 6) FROM near", best("l2", 4))
    s.section("With an index the answers are the same, also after changes.")
    s.emit("statement ok\nCREATE VECTOR INDEX by_v ON docs(v) METRIC l2")
    step("SEARCH docs ON v QUERY [3, 4] LIMIT 3", "l2", 3)
    step("SEARCH docs ON v QUERY [3, 4] METRIC dot LIMIT 3", "dot", 3)
    s.emit("statement ok\nINSERT INTO docs VALUES (9, 'c', [3, 4.5])")
    s.emit("statement ok\nDELETE FROM docs WHERE id = 1")
    rows.append({"id": 9, "kind": "c", "v": np.array([3, 4.5], "f4")})
    rows[:] = [row for row in rows if row["id"] != 1]
    step("SEARCH docs ON v QUERY [3, 4] LIMIT 3", "l2", 3)
    s.emit("statement ok\nDROP INDEX by_v")
    step("SEARCH docs ON v QUERY [3, 4] METRIC l2 LIMIT 3", "l2", 3)
    s.section("Errors")
    for statement in (
        "SEARCH docs ON v QUERY [1, 2, 3] LIMIT 3",
        "SEARCH docs ON v QUERY [1] LIMIT 3",
        "SEARCH docs ON nosuch QUERY [1, 2] LIMIT 3",
        "SEARCH docs ON kind QUERY [1, 2] LIMIT 3",
        "SEARCH nosuch ON v QUERY [1, 2] LIMIT 3",
        "SEARCH docs ON v QUERY [1, 2] METRIC nosuch LIMIT 3",
        "SEARCH docs ON v QUERY [1, 2] LIMIT -1",
    ):
        s.emit(f"statement error\n{statement}")


FILES = {
    "vector/arithmetic": arithmetic,
    "vector/functions": functions,
    "vector/aggregates": aggregates,
    "vector/matrices": matrices,
    "vector/search": search,
}
