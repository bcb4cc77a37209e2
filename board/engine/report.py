"""What a head did, line by line, as a report: times, current, temperature, and where it stood and waited."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from board.engine.marking import Marked

POINTS = 400
"""The most that one curve of a picture shows."""


class Timing:
    """Takes every line of a page."""

    def __init__(self) -> None:
        self._lines: list[Marked] = []

    def take(self, line: Marked) -> None:
        self._lines.append(line)

    def clear(self) -> None:
        self._lines.clear()

    def summary(self) -> dict[str, Any]:
        """For job.json or a file beside it; times in ms, but for lines' in us."""
        lines = self._lines
        if not lines:
            return {"lines": 0}
        periods = sorted(line.period for line in lines)
        took = lines[-1].at + lines[-1].period - lines[0].at
        waits = [after.at - line.at - line.period for line, after in pairwise(lines)]
        return {
            "lines": len(lines),
            "took-ms": round(took / 1e3, 1),
            "line-us": {
                "shortest": round(periods[0]),
                "median": round(periods[len(periods) // 2]),
                "longest": round(periods[-1]),
            },
            "heating-share": round(sum(line.heating for line in lines) / took, 3) if took else 0.0,
            "most-ampere": round(max(line.amperes for line in lines), 2),
            "hottest": round(max(line.celsius for line in lines), 1),
            "stops": sum(wait > 1000 for wait in waits),
            "waited-ms": round(sum(wait for wait in waits if wait > 1000) / 1e3, 1),
        }

    def picture(self) -> str:
        """Line time, current and temperature over the page, as SVG."""
        curves = (
            ("line time, us", "#1f5fa8", [line.period for line in self._lines]),
            ("current, A", "#b3261e", [line.amperes for line in self._lines]),
            ("head, °C", "#7a5900", [line.celsius for line in self._lines]),
        )
        height = 130
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {height * len(curves)}" '
            'font-family="sans-serif" font-size="13">',
            f'<rect width="860" height="{height * len(curves)}" fill="white"/>',
        ]
        for index, (name, color, values) in enumerate(curves):
            parts += _curve(name, color, values, index * height, height)
        return "\n".join([*parts, "</svg>\n"])


def _curve(name: str, color: str, values: list[float], top: int, height: int) -> list[str]:
    """One curve with its greatest value told; where several lines share a point, it shows their greatest."""
    step = max(1, -(-len(values) // POINTS))
    shown = [max(values[start : start + step]) for start in range(0, len(values), step)]
    most = max(shown, default=0.0) or 1.0
    wide, high = 840 / max(1, len(shown) - 1), height - 40
    points = " ".join(
        f"{10 + wide * index:.1f},{top + height - 10 - high * value / most:.1f}" for index, value in enumerate(shown)
    )
    return [
        f'<text x="10" y="{top + 20}" fill="{color}">{name}: at most {most:.4g}</text>',
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/>',
    ]
