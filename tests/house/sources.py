"""Our own source files, read and parsed: what the tests of the house look at."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("firmware", "usb_gadget", "raster_ext", "board")
CENTRE = ("firmware/ipp", "firmware/core", "firmware/features")
GENERATED = ("firmware/ipp/iana.py",)
TOOLS = ("firmware/ipp/generate.py",)
"""Programs that are run by hand; no printer imports them."""


def files(*folders: str) -> list[str]:
    """Python files below some folders, as paths from the root."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def text(path: str) -> str:
    return (ROOT / path).read_text()


@cache
def tree(path: str) -> ast.Module:
    return ast.parse(text(path), path)
