"""Other shapes over the same elements."""

import numpy as np

from .cases import DTYPES, I, case, error


def shapes():
    for d in DTYPES:
        m, t = I(f"m_{d}"), I(f"t_{d}")
        case(f"TRANSPOSE t_{d}", t.T)
        case(f"v = TRANSPOSE m_{d}; r = RESHAPE v TO [2, -1]", m.T.reshape(2, -1))
        case(f"FLATTEN(TRANSPOSE t_{d})", t.T.ravel())
        case(f"v = t_{d}[::-1, 1:, ::2]; r = RESHAPE v TO [4, 2]", t[::-1, 1:, ::2].reshape(4, 2))
        case(f"STACK m_{d}[0] m_{d}[::-1][0] row_{d}", np.stack([m[0], m[2], m[1]]))
        case(f"v = TRANSPOSE m_{d}; r = STACK v v[::-1]", np.stack([m.T, m.T[::-1]]))
        case(f"CONCAT m_{d} m_{d}[1:2]", np.concatenate([m, m[1:2]]))
        case(f"v = m_{d}[:, ::-2]; r = CONCAT v m_{d} b_{d} AXIS 1", np.concatenate([m[:, ::-2], m, I(f"b_{d}")], axis=1))
        case(f"CONCAT t_{d} t_{d}[:, 0:1] AXIS -2", np.concatenate([t, t[:, 0:1]], axis=1))
        case(f"CONCAT e_{d} m_{d}[:, :3]", np.concatenate([I(f"e_{d}"), m[:, :3]]))
        case(f"t_{d}[1, ::-1, 1:3]", t[1, ::-1, 1:3])
        case(f"t_{d}[-1, -2]", t[-1, -2])
        case(f"t_{d}[:, *, 3:0:-2]", t[:, :, 3:0:-2])
        case(f"t_{d}[0, 1, 2]", t[0, 1, 2])
    m, v, t = I("m_f64"), I("v_f64"), I("t_f64")
    case("CONCAT m_f32 m_i64", np.concatenate([I("m_f32"), I("m_i64")]))
    case("STACK m_bool m_f32", np.stack([I("m_bool"), I("m_f32")]))
    case("RESHAPE b_f64 TO [12]", I("b_f64").reshape(12))
    case("RESHAPE b_f64 TO [3, 2, 2]", I("b_f64").reshape(3, 2, 2))
    case("RESHAPE s_f64 TO [1, 1]", I("s_f64").reshape(1, 1))
    case("RESHAPE m_f64[0:1, 0] TO []", m[0:1, 0].reshape(()))
    case("RESHAPE e_f64 TO [3, 0, 5]", I("e_f64").reshape(3, 0, 5))
    case("FLATTEN s_f64", I("s_f64").ravel())
    case("FLATTEN e_f64", I("e_f64").ravel())
    case("TRANSPOSE row_f64", I("row_f64").T)
    case("TRANSPOSE s_f64", I("s_f64").T)
    case("m_f64[1:1]", m[1:1])
    case("m_f64[2:0]", m[2:0])
    case("m_f64[3:]", m[3:])
    case("m_f64[-2:, :-1]", m[-2:, :-1])
    case("m_f64[::7, ::-3]", m[::7, ::-3])
    case("m_f64[1:2][::-1, 0]", m[1:2][::-1, 0])
    case("v = v_f64[20:2:-3]; r = v[-1:0:-2]", v[20:2:-3][-1:0:-2])
    case("v = TRANSPOSE(t_f64[::-1]); r = v[1:, ::-1][::2, 0]", t[::-1].T[1:, ::-1][::2, 0])
    for text in ("m_f64[3]", "m_f64[0, -5]"):
        error(text, "index_out_of_range")
    for text in ("m_f64[0:4]", "m_f64[:, -5:]", "m_f64[7:7]"):
        error(text, "range_out_of_range")
