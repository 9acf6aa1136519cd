"""What the plots of this folder are drawn with: self-contained SVG files."""

import math
from html import escape

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d00", "#5b3fa0")


class Axis:
    """A logarithmic scale over whole decades, from values to places on the page."""

    def __init__(self, values, begin, end):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.begin, self.end = begin, end

    def at(self, value):
        return self.begin + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.begin)

    def decades(self):
        return [10.0**i for i in range(self.low, self.high + 1)]

    def between(self):
        return [digit * decade for decade in self.decades()[:-1] for digit in range(2, 10)]


def text(x, y, content, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(content)}</text>'


def text_on_white(x, y, content, more):
    """Twice, because not every viewer knows paint-order."""
    white = 'stroke="#fff" stroke-width="3" stroke-linejoin="round"'
    return text(x, y, content, f"{white} {more}") + text(x, y, content, more)


def line(x1, y1, x2, y2, style):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def page(width, height, parts):
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n')
