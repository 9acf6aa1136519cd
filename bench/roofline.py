"""A roofline plot (Williams, Waterman and Patterson, 2009) as one self-contained SVG file, for bench/table."""

import math
from html import escape

from svg import COLOURS, Axis, line, page, text, text_on_white

WIDTH, HEIGHT = 1160, 680
LEFT, RIGHT, TOP, BOTTOM = 90, 290, 60, 70
PREFIXES = {15: "P", 12: "T", 9: "G", 6: "M", 3: "k", 0: "", -3: "m"}


def in_words(value):
    power = next((p for p in PREFIXES if value >= 10.0**p), -3)
    return f"{value / 10.0**power:.4g} {PREFIXES[power]}"


def grid(x, y):
    light = 'stroke="#ccc"'
    parts = [line(x.at(value), y.begin, x.at(value), y.end, 'stroke="#f2f2f2"') for value in x.between()]
    parts += [line(x.begin, y.at(value), x.end, y.at(value), 'stroke="#f2f2f2"') for value in y.between()]
    for value in x.decades():
        parts += [line(x.at(value), y.begin, x.at(value), y.end, light),
                  text(x.at(value), y.begin + 20, f"{value:g}", 'text-anchor="middle"')]
    for value in y.decades():
        parts += [line(x.begin, y.at(value), x.end, y.at(value), light),
                  text(x.begin - 8, y.at(value) + 4, in_words(value), 'text-anchor="end"')]
    middle = (y.begin + y.end) / 2
    return parts + [text((x.begin + x.end) / 2, y.begin + 46, "arithmetic intensity, FLOP/byte (operands counted once)",
                         'text-anchor="middle"'),
                    text(22, middle, "FLOP/s", f'text-anchor="middle" transform="rotate(-90 22 {middle:.1f})"')]


def roofs(x, y, roof):
    """The slope up to the highest ridge, a level for each kind of arithmetic from its ridge on."""
    style, low = 'stroke="#333" stroke-width="2"', 10.0**x.low
    top = max(roof.peaks.values())
    start = max(low, 10.0**y.low / roof.bandwidth)
    ridge = min(max(top / roof.bandwidth, start), 10.0**x.high)
    parts = [line(x.at(start), y.at(start * roof.bandwidth), x.at(ridge), y.at(ridge * roof.bandwidth), style)]
    rise = math.degrees(math.atan2(y.at(10.0**y.low * 10) - y.begin, x.at(low * 10) - x.begin))
    at = math.sqrt(start * ridge)
    place_x, place_y = x.at(at), y.at(at * roof.bandwidth) - 8
    parts.append(text_on_white(place_x, place_y, f"{in_words(roof.bandwidth)}B/s",
                               f'text-anchor="middle" transform="rotate({rise:.1f} {place_x:.1f} {place_y:.1f})"'))
    for kind, peak in roof.peaks.items():
        parts += [line(x.at(min(max(peak / roof.bandwidth, low), 10.0**x.high)), y.at(peak), x.end, y.at(peak), style),
                  text(x.end - 6, y.at(peak) - 6, f"{kind} {in_words(peak)}FLOP/s", 'text-anchor="end"')]
    return parts


def dot(x, y, result, colour):
    speed, intensity = result.flops / result.median, result.flops / result.bytes
    fill = f'fill="#fff" stroke="{colour}" stroke-width="2"' if result.vendor else f'fill="{colour}" fill-opacity="0.75"'
    title = f"{result.name}: {in_words(speed)}FLOP/s, {intensity:.3g} FLOP/byte, median {result.median * 1e3:.4g} ms"
    return f'<circle cx="{x.at(intensity):.1f}" cy="{y.at(speed):.1f}" r="5" {fill}><title>{escape(title)}</title></circle>'


def labels(x, y, results, roof):
    """The names that find room beside their dots, each once, fastest first; the others show when pointed at."""
    taken = [(x.end - 150, y.at(peak) - 20, x.end, y.at(peak) + 2) for peak in roof.peaks.values()]
    taken += [(x.at(r.flops / r.bytes) - 6, y.at(r.flops / r.median) - 6, x.at(r.flops / r.bytes) + 6,
              y.at(r.flops / r.median) + 6) for r in results]
    parts, named = [], set()
    for result in sorted(results, key=lambda r: r.median / r.flops):
        name = f"{result.case.split('/')[-1]} {result.implementation}"
        if name in named:
            continue
        place_x, place_y, length = x.at(result.flops / result.bytes), y.at(result.flops / result.median), 5.6 * len(name)
        for left, anchor in ((place_x + 8, "start"), (place_x - 8 - length, "end")):
            box = (left, place_y - 6, left + length, place_y + 6)
            if left < x.begin or box[2] > x.end or any(
                    box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken):
                continue
            taken.append(box)
            named.add(name)
            parts.append(text_on_white(place_x + (8 if anchor == "start" else -8), place_y + 4, name,
                                       f'font-size="10" fill="#444" text-anchor="{anchor}"'))
            break
    return parts


def legend(colours, vendors):
    parts, place_x = [], WIDTH - RIGHT + 24
    entries = [(f'fill="{colour}" fill-opacity="0.75"', name) for name, colour in colours.items()]
    if vendors:
        entries.append(('fill="#fff" stroke="#333" stroke-width="2"', "hollow: the vendor's"))
    for i, (style, name) in enumerate(entries):
        parts += [f'<circle cx="{place_x}" cy="{TOP + 12 + 22 * i}" r="5" {style}/>',
                  text(place_x + 14, TOP + 16 + 22 * i, name)]
    return parts


def roofline(results, roof):
    """`results`: name, case, implementation, median, flops, bytes, vendor; those without arithmetic have no place."""
    shown = [r for r in results if r.flops and r.bytes]
    kinds = sorted({r.case.rpartition("/")[0].removeprefix("kernel/") for r in shown})
    colours = {kind: COLOURS[i % len(COLOURS)] for i, kind in enumerate(kinds)}
    intensities = [r.flops / r.bytes for r in shown] + [peak / roof.bandwidth for peak in roof.peaks.values()]
    x = Axis(intensities, LEFT, WIDTH - RIGHT)
    y = Axis([r.flops / r.median for r in shown] + list(roof.peaks.values()), HEIGHT - BOTTOM, TOP)
    dots = [dot(x, y, r, colours[r.case.rpartition("/")[0].removeprefix("kernel/")]) for r in shown]
    parts = [*grid(x, y), *roofs(x, y, roof), *labels(x, y, shown, roof), *dots,
             *legend(colours, any(r.vendor for r in shown)),
             text(LEFT, 32, f"Roofline: {roof.name}", 'font-size="18"')]
    if len(shown) < len(results):
        parts.append(text(LEFT, 50, f"not shown, as they do no arithmetic: {len(results) - len(shown)}", 'fill="#666"'))
    return page(WIDTH, HEIGHT, parts)
