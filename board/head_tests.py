"""``inkstand head``: test pages, and a look at a head while it prints."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from board.ask import AskFailure, ask
from board.engine.patterns import PATTERNS
from board.printing import print_files
from raster_ext import PwgHeader, PwgWriter

RESOURCE = "/control/parts/head"
MEDIA = "custom_head-test_{:.2f}x{:.2f}mm"


def print_patterns(names: tuple[str, ...], control: Path) -> bool:
    """Print some of ``PATTERNS``, each as a page as wide as the paper; False when one was not completed."""
    head = ask(control, RESOURCE)
    dpi, paper = int(head["dpi"]), float(head["paper-mm"])
    width = round(paper * dpi / 25.4)
    done = True
    for name in names or tuple(PATTERNS):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"head-test-{name}.pwg"
            height = _write(file, name, int(head["dots"]), width, dpi)
            media = MEDIA.format(paper, height * 25.4 / dpi)
            options = [f"media={media}", "print-scaling=none"]
            done &= print_files([file], options, None, control, file.stem, "image/pwg-raster", True)
    return done


def _write(file: Path, name: str, dots: int, width: int, dpi: int) -> int:
    """The pattern in the middle of a page of white; the page's height in lines."""
    from dataclasses import replace

    pattern, lines = PATTERNS[name](dots, dpi)
    page = replace(pattern, width=width)
    left = (width - dots) // 2
    with file.open("wb") as out, PwgWriter(out.write) as writer:
        writer.start_page(page, PwgHeader.for_page(page))
        for line in lines:
            writer.write_band(memoryview(_beside(line, pattern.bits_per_color, dots, left, width, page.bytes_per_line)))
        writer.end_page()
    return page.height


def _beside(line: bytes, bits: int, dots: int, left: int, width: int, octets: int) -> bytes:
    """A line with white on both sides."""
    if bits == 8:
        return b"\xff" * left + line + b"\xff" * (width - left - dots)
    value = int.from_bytes(line) >> (8 * len(line) - dots)
    return (value << (8 * octets - dots - left)).to_bytes(octets)


def change(control: Path, pairs: tuple[str, ...]) -> list[str]:
    """Set what is wrong with a simulated head; ``name=`` puts something right again."""
    changes: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise AskFailure(f"{name} has no value: write {name}=VALUE, or {name}= to put it right")
        changes[name.replace("-", "_")] = _value(name, text)
    return shown(ask(control, RESOURCE, changes))


def _value(name: str, text: str) -> Any:
    if not text:
        return None
    if text.lower() in ("true", "false", "yes", "no", "on", "off"):
        return text.lower() in ("true", "yes", "on")
    if ":" in text:
        return dict(pair.split(":", 1) for pair in text.split(","))
    return text.split(",") if name in ("dead", "shorted") else text


def shown(state: dict[str, Any]) -> list[str]:
    """A head's state for people."""
    lines = [f"{name:12} {value}" for name, value in state.items() if name != "faults"]
    return [*lines, *(f"wrong        {name}={value}" for name, value in state.get("faults", {}).items())]


def watch(control: Path, every: float) -> Iterator[str]:
    """One line each time somebody looks, for ever."""
    while True:
        head = ask(control, RESOURCE)
        yield (
            f"{head['temperature']:5.1f} °C  {head['volts']:5.2f} V  {head['ampere']:5.2f} A  "
            f"{head['line-us']:6} us a line  {head['lines']:8} lines  paper {head['paper']}, cover {head['cover']}"
        )
        time.sleep(every)
