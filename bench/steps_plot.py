"""A plot of frozen_vs_finetuned: milliseconds a step, one panel a network, a row for each step and batch, a dot for each side."""

from html import escape

from steps import NETWORKS, SIDES, STEPS
from svg import COLOURS, Axis, line, page, text

PANEL, LABELS, GAP, TOP, ROW = 440, 130, 50, 80, 18
COLUMNS = 2
COLOUR = dict(zip(SIDES, COLOURS))


def rows_of(batches):
    """(label, sides) by step, then batch."""
    return [(f"{name}, {batch}", rows[step]) for step, name in STEPS.items() for batch, rows in batches.items()
            if step in rows]


def grid(x, top, bottom):
    parts = [line(x.at(value), top, x.at(value), bottom, 'stroke="#f2f2f2"') for value in x.between()]
    for value in x.decades():
        parts += [line(x.at(value), top, x.at(value), bottom, 'stroke="#ccc"'),
                  text(x.at(value), bottom + 16, f"{value:g}", 'text-anchor="middle"')]
    return parts


def dot(x, y, place, side, result):
    said = f"{place}, {SIDES[side]}: median {result.median * 1e3:.4g} ms, least {result.least * 1e3:.4g} ms"
    return (f'<circle cx="{x.at(result.median * 1e3):.1f}" cy="{y:.1f}" r="5" fill="{COLOUR[side]}" fill-opacity="0.8">'
            f'<title>{escape(said)}</title></circle>')


def panel(network, batches, values, left, top):
    rows = rows_of(batches)
    x = Axis(values, left + LABELS, left + LABELS + PANEL)
    parts = [text(left + LABELS, top - 8, NETWORKS[network], 'font-size="15"'), *grid(x, top, top + ROW * len(rows))]
    for i, (label, sides) in enumerate(rows):
        y = top + ROW * (i + 0.5)
        parts += [line(x.begin, y, x.end, y, 'stroke="#eee"'), text(x.begin - 8, y + 4, label, 'text-anchor="end"')]
        parts += [dot(x, y, f"{NETWORKS[network]}, {label}", side, sides[side]) for side in reversed(SIDES) if side in sides]
    return parts


def legend(sides):
    parts = []
    for i, side in enumerate(sides):
        parts += [f'<circle cx="{LABELS + 130 * i + 5}" cy="46" r="5" fill="{COLOUR[side]}" fill-opacity="0.8"/>',
                  text(LABELS + 130 * i + 16, 50, SIDES[side])]
    return parts


def plot(steps):
    values = [result.median * 1e3 for batches in steps.steps.values() for rows in batches.values()
              for sides in rows.values() for result in sides.values()]
    parts = [text(LABELS, 26, "Median milliseconds a step, by step and images", 'font-size="18"'), *legend(steps.sides())]
    networks, top = list(steps.steps.items()), TOP + 20
    for start in range(0, len(networks), COLUMNS):
        line_of_panels = networks[start:start + COLUMNS]
        for i, (network, batches) in enumerate(line_of_panels):
            parts += panel(network, batches, values, i * (LABELS + PANEL + GAP), top)
        top += ROW * max(len(rows_of(batches)) for _, batches in line_of_panels) + 60
    width = min(COLUMNS, len(networks)) * (LABELS + PANEL + GAP)
    return page(width, top, parts)
