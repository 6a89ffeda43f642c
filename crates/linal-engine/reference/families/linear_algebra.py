"""Products, distances and systems of equations."""

import numpy as np

from .cases import DTYPES, I, bind, case, error
from .inputs import noise
from .elementwise import as_number


def matmul(a, b):
    return np.matmul(as_number(a), as_number(b)) if a.dtype == b.dtype else np.matmul(a, b)


def products():
    for d in DTYPES:
        m, t = I(f"m_{d}"), I(f"t_{d}")
        pairs = [
            (f"m_{d}[0]", m[0], f"row_{d}", m[1]),
            (f"m_{d}", m, f"m_{d}[2]", m[2]),
            (f"m_{d}[:, 1]", m[:, 1], f"m_{d}", m),
            (f"m_{d}", m, f"(TRANSPOSE m_{d})", m.T),
            (f"(TRANSPOSE m_{d})[::-1]", m.T[::-1], f"m_{d}[:, ::-2]", m[:, ::-2]),
            (f"b_{d}", I(f"b_{d}"), f"(TRANSPOSE b_{d})", I(f"b_{d}").T),
            (f"t_{d}", t, f"(TRANSPOSE m_{d})", m.T),
            (f"(TRANSPOSE m_{d})", m.T, f"t_{d}", t),
            (f"t_{d}", t, f"row_{d}", m[1]),
            (f"m_{d}[:, 0]", m[:, 0], f"t_{d}", t),
            (f"t_{d}[::-1, :, 1:3]", t[::-1, :, 1:3], f"t_{d}[:, 1:, :]", t[:, 1:, :]),
        ]
        for left, a, right, b in pairs:
            case(f"v = {left}; w = {right}; r = v @ w", matmul(a, b))
    for d in ("f64", "f32", "i64", "c128"):
        t, m = I(f"t_{d}"), I(f"m_{d}")
        left, right = t.reshape(2, 1, 3, 4), t.reshape(2, 4, 3)
        case(f"v = RESHAPE t_{d} TO [2, 1, 3, 4]; w = RESHAPE t_{d} TO [2, 4, 3]; r = MATMUL v w", matmul(left, right))
        case(f"v = t_{d}[0:1]; w = RESHAPE t_{d} TO [2, 4, 3]; r = MATMUL v w", matmul(t[0:1], right))
        case(f"MATMUL e_{d} m_{d}", matmul(I(f"e_{d}"), m))
        case(f"v = TRANSPOSE e_{d}; r = v @ e_{d}", matmul(I(f"e_{d}").T, I(f"e_{d}")))
        case(f"v = m_{d}[:, 0:0]; r = v @ TRANSPOSE(v)", matmul(m[:, 0:0], m[:, 0:0].T))
    for x, y in [("f64", "f32"), ("f32", "i64"), ("bool", "f32"), ("i64", "bool"), ("c64", "f64"), ("f32", "c64")]:
        case(f"m_{x} @ TRANSPOSE(m_{y})", matmul(I(f"m_{x}"), I(f"m_{y}").T))
    m = I("m_f64")
    case("m_f64 @ TRANSPOSE(m_f64) @ m_f64 @ row_f64", m @ m.T @ m @ m[1], "rel:1e-14")
    case("2 * m_f64 @ row_f64 - 1", 2 * m @ m[1] - 1)
    case("[[nan, 0], [1, inf]] @ [1, 0]", np.array([np.nan, np.nan]))
    case("v = RESHAPE(ARANGE 0, 3600) TO [60, 60] % 17; r = SUM(v @ TRANSPOSE(v[::-1]) @ v) AXIS 0",
         (lambda v: (v @ v[::-1].T @ v).sum(axis=0))(np.arange(3600).reshape(60, 60) % 17))
    case("v = (RESHAPE(ARANGE 0, 40000) TO [200, 200] % 19) / 4; r = SUM((v[:, ::-1] @ TRANSPOSE v)[::7, ::-3]) AXIS 0",
         (lambda v: (v[:, ::-1] @ v.T)[::7, ::-3].sum(axis=0))((np.arange(40000).reshape(200, 200) % 19) / 4))
    case("v = CAST(RESHAPE(ARANGE 0, 40000) TO [200, 200] % 19 AS f32); r = SUM(TRANSPOSE(v) @ v[:, 3:5]) AXIS 0",
         (lambda v: (v.T @ v[:, 3:5]).sum(axis=0))(np.arange(40000).reshape(200, 200) % 19), dtype="f64")
    error("m_f64 @ m_f64", "shape_mismatch")
    error("m_f64 @ 2", "shape_mismatch")
    error("v_i64[13:] @ v_i64[13:]", "integer_overflow")


SUBSCRIPTS = [
    ("ij,jk->ik", "m", "T"), ("ij,jk", "m", "T"), ("ij,kj", "m", "m"), ("ji,jk", "m", "m"), ("ij->ji", "m"), ("ba", "m"),
    ("ij->", "m"), ("ij->j", "m"), ("ij->i", "m"), ("ii", "q"), ("ii->i", "q"), ("ij,ij->", "m", "m"), ("ij,ij->i", "m", "m"),
    ("ij,ij->ji", "m", "m"), ("i,j->ij", "c", "r"), ("i,j", "c", "r"), ("j,j", "r", "r"), ("j,j->j", "r", "r"),
    ("ij,j", "m", "r"), ("bij->bji", "t"), ("bij,bkj->bik", "t", "t"), ("bij,kj->bki", "t", "m"), ("bij,bij->b", "t", "t"),
    ("bij->ij", "t"), ("bij,j->i", "t", "r"), ("...ij->...ji", "t"), ("...j,kj->...k", "t", "m"), ("...ij,...kj", "t", "t"),
    ("i...->...", "t"), ("...", "t"), ("b...,b...->...", "t", "t"), ("ij,kj,kl->il", "m", "m", "m"), ("iib->b", "x"),
    ("iij,jk->ik", "x", "m4"), (",ij->ij", "s", "m"), ("ij, jk -> ki", "m", "T"), ("Aa,ab->Ab", "m", "T"), ("ij,ik,il->jkl", "m", "m", "m"),
    ("ij,kl->iljk", "q", "q"), ("ij,ji", "q", "q"),
]


def einsums():
    for d in DTYPES:
        m, t = as_number(I(f"m_{d}")), as_number(I(f"t_{d}"))
        operands = {
            "m": (f"m_{d}", m), "T": (f"TRANSPOSE(m_{d})", m.T), "q": (f"m_{d}[:, :3]", m[:, :3]), "c": (f"m_{d}[:, 1]", m[:, 1]),
            "r": (f"row_{d}", m[1]), "t": (f"t_{d}", t), "s": (f"s_{d}", m[2, 0]), "m4": (f"TRANSPOSE(m_{d})[:2]", m.T[:2]),
            "x": (f"TRANSPOSE(t_{d})[1:3, 0:2]", t.T[1:3, 0:2]),
        }
        for text, *names in SUBSCRIPTS if d in ("f64", "c64", "i64") else SUBSCRIPTS[::3]:
            arguments = ", ".join(operands[name][0] for name in names)
            case(f"EINSUM('{text}', {arguments})", np.einsum(text, *(operands[name][1] for name in names)))
    for d in ("f64", "i64"):
        e, m = I(f"e_{d}"), I(f"m_{d}")
        case(f"EINSUM('ij,jk->ik', e_{d}, m_{d})", np.einsum("ij,jk->ik", e, m))
        case(f"EINSUM('ij->j', e_{d})", np.einsum("ij->j", e))
        case(f"EINSUM('ij,ik->jk', e_{d}, e_{d})", np.einsum("ij,ik->jk", e, e))
        case(f"v = t_{d}[::-1, :, ::-2]; r = EINSUM('bij,bik->bjk', v, t_{d})", np.einsum("bij,bik->bjk", I(f"t_{d}")[::-1, :, ::-2], I(f"t_{d}")))
        case(f"EINSUM('ij,kj->ik', b_{d}, m_{d})", np.einsum("ij,kj->ik", I(f"b_{d}"), m))
    case("EINSUM('ij,jk->ik', m_f32, TRANSPOSE m_i64)", np.einsum("ij,jk->ik", I("m_f32"), I("m_i64").T))
    t = I("t_f64")
    case("EINSUM('...j,...j->...j', t_f64[0:1], t_f64)", np.einsum("...j,...j->...j", t[0:1], t))
    case("EINSUM('...ij,...kj->...ik', t_f64, m_f64[0:1])", np.einsum("...ij,...kj->...ik", t, I("m_f64")[0:1]))
    case("v = t_f64[:, :, 0:1]; w = t_f64[0:1]; r = EINSUM('...,...', v, w)", np.einsum("...,...", t[:, :, 0:1], t[0:1]))
    # A label of size 1 does not stretch as it does in NumPy: a mistake in a shape would pass for a product.
    error("EINSUM('ij,ij->ij', m_f64[0:1], m_f64)", "bad_argument")
    for text in ("'ij,jk', m_f64", "'i', m_f64", "'ij->k', m_f64", "'ij,jk', m_f64, m_f64"):
        error(f"EINSUM({text})", "bad_argument")


def pairs():
    for d in ("f64", "f32", "i64", "bool"):
        m = as_number(I(f"m_{d}"))
        wide = m.astype(np.longdouble)
        for text, a, b in [(f"v = m_{d}[0]; w = row_{d}; ", wide[0], wide[1]),
                           (f"v = m_{d}[:, 1]; w = m_{d}[::-1, 2]; ", wide[:, 1], wide[::-1, 2])]:
            to = "i64" if d in ("i64", "bool") else "f64"
            case(f"{text}r = DOT v w", np.dot(a, b), "exact", to)
        for text, a, b in [(f"v = TRANSPOSE m_{d}; w = TRANSPOSE(t_{d}[0]); ", wide.T, I(f"t_{d}").astype(np.longdouble)[0].T),
                           (f"v = m_{d}[0]; w = m_{d}[2, ::-1]; ", wide[0], wide[2, ::-1])]:
            a, b = a.ravel(), b.ravel()
            case(f"{text}r = DISTANCE v TO w", np.sqrt(np.sum((a - b) ** 2)), "ulp:2", "f64")
            case(f"{text}r = L1_DISTANCE v TO w", np.sum(np.abs(a - b)), "exact", "f64")
            case(f"{text}r = SIMILARITY v WITH w", np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b)), "ulp:4", "f64")
            x, y = a - a.mean(), b - b.mean()
            case(f"{text}r = CORRELATE v WITH w", np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y)), "rel:1e-14", "f64")
        for axis, text in [(None, ""), (0, " AXIS 0"), (1, " AXIS -1")]:
            lengths = np.sqrt(np.sum(wide**2, axis=axis, keepdims=True))
            to = "f32" if d == "f32" else "f64"
            case(f"v = m_{d}; r = NORMALIZE v{text}", wide / lengths, "ulp:1", to)
            case(f"v = TRANSPOSE(m_{d})[::-1]; r = NORMALIZE v{text.replace('0', '1') if axis == 0 else text.replace('-1', '0')}",
                 (wide / lengths).T[::-1], "ulp:1", to)
    for d in ("c128", "c64"):
        m = I(f"m_{d}")
        case(f"DOT m_{d}[0] m_{d}[2, ::-1]", np.dot(m[0], m[2, ::-1]), "exact", "c128")
        case(f"NORMALIZE m_{d}", m / np.sqrt(np.sum(np.abs(m.astype(np.clongdouble)) ** 2)), "ulp:1", d)
        error(f"SIMILARITY m_{d} WITH m_{d}", "dtype_mismatch")
    case("DOT m_f64[0, 0:0] m_f64[0, 0:0]", 0.0)
    case("DISTANCE m_f64[0, 0:0] TO m_f64[0, 0:0]", 0.0)
    case("DOT [inf, 1] [0, 1]", np.nan)
    case("DISTANCE [3e200, 0] TO [0, 4e200]", 5e200, "ulp:1")
    case("DISTANCE [3e-200, 0] TO [0, 4e-200]", 5e-200, "ulp:1")
    case("SIMILARITY [3e200, 4e200] WITH [3e-200, 4e-200]", 1.0, "ulp:1")
    case("SIMILARITY [3e-320, 4e-320] WITH [3, 4]", 1.0, "rel:1e-3")
    case("SIMILARITY n WITH n", 1.0)
    case("SIMILARITY n WITH (-n)", -1.0)
    case("NORMALIZE [3e200, 4e200]", np.array([0.6, 0.8]), "ulp:1")
    case("NORMALIZE [3e-200, 4e-200]", np.array([0.6, 0.8]), "ulp:1")
    case("NORMALIZE m_f64[0, 0:0]", np.empty(0))
    n, n2 = I("n").astype(np.longdouble), I("n2").astype(np.longdouble)
    x, y = n - n.mean(), n2 - n2.mean()
    case("CORRELATE n WITH n2", np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y)), "rel:1e-13", "f64")
    case("CORRELATE (n + 1e6) WITH n2", np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y)), "rel:1e-8", "f64")
    case("v = n[::-2]; w = n2[1::2]; r = DOT v w", np.dot(n[::-2], n2[1::2]), "ulp:2", "f64")
    for text in ("NORMALIZE [0, 0]", "NORMALIZE [[1, 2], [0, 0]] AXIS 1", "SIMILARITY [0, 0] WITH [1, 2]", "CORRELATE [1, 1] WITH [1, 2]"):
        error(text, "undefined_result")
    error("DOT m_f64[0] m_f64[:, 0]", "shape_mismatch")


def systems():
    bind("a4", noise(11, 16).reshape(4, 4) + np.eye(4))
    bind("a4c", (noise(12, 16) + 1j * noise(13, 16)).reshape(4, 4) + np.eye(4))
    a, b = I("a4"), I("t_f64").reshape(4, 6)
    case("SOLVE a4 row_f64", np.linalg.solve(a, I("row_f64")), "rel:1e-12")
    case("v = TRANSPOSE a4; w = RESHAPE t_f64 TO [4, 6]; r = SOLVE v w", np.linalg.solve(a.T, b), "rel:1e-12")
    case("v = a4[::-1, ::-1]; r = INVERSE v", np.linalg.inv(a[::-1, ::-1]), "rel:1e-12")
    case("DET a4", np.linalg.det(a), "rel:1e-13")
    case("DET a4c", np.linalg.det(I("a4c")), "rel:1e-13")
    case("INVERSE a4c", np.linalg.inv(I("a4c")), "rel:1e-12")
    case("SOLVE a4c row_f64", np.linalg.solve(I("a4c"), I("row_f64")), "rel:1e-12")
    case("SOLVE (CAST(a4 AS f32)) row_f32", np.linalg.solve(a, I("row_f64")).astype(np.float32), "rel:1e-5")
    case("DET m_i64[:, :3]", np.linalg.det(I("m_i64")[:, :3].astype(float)), "rel:1e-13")
    case("DET m_f64[0:0, 0:0]", 1.0)
