"""A small picture of lines over logarithmic axes, as SVG."""

import html
import math
from dataclasses import dataclass

WIDTH, HEIGHT, ACROSS = 280, 200, 3
LEFT, RIGHT, ABOVE, BELOW = 50, 12, 28, 36
COLOURS = ("#1f5fa8", "#c4581a", "#2c8a4b", "#7a4fa3")


@dataclass(frozen=True)
class Line:
    name: str
    points: list


@dataclass(frozen=True)
class Panel:
    title: str
    lines: list


def draw(panels, across, up):
    """The text of the picture. `across` and `up` name the axes."""
    rows = math.ceil(len(panels) / ACROSS)
    size = (ACROSS * WIDTH, rows * HEIGHT + 24)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" font-family="sans-serif" font-size="10">',
        f'<rect width="{size[0]}" height="{size[1]}" fill="white"/>',
    ]
    for at, panel in enumerate(panels):
        x, y = at % ACROSS * WIDTH, at // ACROSS * HEIGHT
        parts += [f'<g transform="translate({x} {y})">', *panel_parts(panel), "</g>"]
    names = [line.name for panel in panels[:1] for line in panel.lines]
    parts += legend(names, f"{up} over {across}", size[1] - 8)
    return "\n".join([*parts, "</svg>"]) + "\n"


def panel_parts(panel):
    """The title, the frame, the marks of the axes, and the lines."""
    points = [point for line in panel.lines for point in line.points]
    yield text(LEFT, 16, panel.title, "start", "bold")
    if not points:
        return
    xs, ys = axis([point[0] for point in points]), axis([point[1] for point in points])
    right, bottom = WIDTH - RIGHT, HEIGHT - BELOW

    def place(x, y):
        return LEFT + share(x, xs) * (right - LEFT), bottom - share(y, ys) * (bottom - ABOVE)

    yield f'<path d="M{LEFT} {ABOVE}V{bottom}H{right}" fill="none" stroke="#888"/>'
    for power in range(xs[0], xs[1] + 1):
        x, _ = place(10**power, 10 ** ys[0])
        yield text(x, bottom + 14, mark(power), "middle")
    for power in range(ys[0], ys[1] + 1):
        _, y = place(10 ** xs[0], 10.0**power)
        yield f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#ddd"/>'
        yield text(LEFT - 6, y + 3, mark(power), "end")
    for line, colour in zip(panel.lines, COLOURS):
        places = [place(*point) for point in line.points]
        yield f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" fill="none" stroke="{colour}"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>' for x, y in places)


def axis(values):
    """The powers of ten around values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def share(value, bounds):
    return (math.log10(value) - bounds[0]) / (bounds[1] - bounds[0])


def mark(power):
    return f"{10**power:,}" if 0 <= power <= 3 else f"{10.0**power:g}" if -3 <= power < 0 else f"1e{power}"


def legend(names, note, y):
    x = LEFT
    for name, colour in zip(names, COLOURS):
        yield f'<path d="M{x} {y - 3}h18" stroke="{colour}" stroke-width="2"/>'
        yield text(x + 24, y, name, "start")
        x += 100
    yield text(x, y, note, "start")


def text(x, y, words, anchor, weight="normal"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{html.escape(words)}</text>'
