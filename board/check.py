"""``inkstand check``: what is here, what is missing, how to get it."""

from __future__ import annotations

import importlib
import platform
import shutil
from collections.abc import Iterator
from importlib import resources
from importlib.metadata import PackageNotFoundError, version

from board.config import BOARDS, ConfigError, load_board, load_model, names
from usb_gadget.configfs import CONTROLLERS

LIBRARIES = ("aiohttp", "zeroconf", "pypdfium2", "pillow", "isal", "msgspec", "click", "pyusb")
OPTIONAL = {
    "functionfs": "a real USB controller: pip install 'inkstand[gadget]'",
    "gpiod": "a print head on wires: pip install 'inkstand[head]'",
    "spidev": "a print head on wires: pip install 'inkstand[head]'",
}


def report() -> tuple[list[str], bool]:
    """Lines to show, and whether everything that the desk needs is here."""
    here = _version("inkstand") or "(not installed)"
    lines = [f"inkstand {here}, Python {platform.python_version()}, {platform.machine()}"]
    good = True
    for title, entries in (("compiled", _compiled()), ("libraries", _libraries()), ("boards", _boards())):
        lines.append(title)
        for fine, text in entries:
            good = good and fine
            lines.append(f"  {'ok     ' if fine else 'MISSING'} {text}")
    lines.append("optional")
    lines += [f"  {text}" for text in _optional()]
    return lines, good


def _compiled() -> Iterator[tuple[bool, str]]:
    """Compiled modules are those whose types stand in a stub beside them."""
    stubs = (entry.name for entry in resources.files("raster_ext").iterdir() if entry.name.endswith(".pyi"))
    for name in sorted(f"raster_ext.{stub.removesuffix('.pyi')}" for stub in stubs):
        try:
            module = importlib.import_module(name)
        except ImportError:
            yield False, f"{name}: build it with 'make build' (wants gcc and Python's headers)"
        else:
            yield True, f"{name} ({(module.__file__ or '').rpartition('/')[2]})"


def _libraries() -> Iterator[tuple[bool, str]]:
    for name in LIBRARIES:
        found = _version(name)
        yield found is not None, f"{name} {found}" if found else f"{name}: pip install {name}"


def _boards() -> Iterator[tuple[bool, str]]:
    for name in names(BOARDS):
        try:
            board = load_board(name)
            model = load_model(board.printer.model)
        except ConfigError as error:
            yield False, str(error)
        else:
            parts = f"sheets: {board.sink.part} (simulated), panel: {board.panel.part} (simulated)"
            yield True, f"{name}: {model.make_and_model}, {parts}, USB: {_plug(board.usb.part)}"


def _plug(part: str) -> str:
    if part == "none":
        return "none"
    if part == "usbip":
        return "over USB/IP (simulated device, real hosts)"
    found = sorted(path.name for path in CONTROLLERS.glob("*")) if CONTROLLERS.is_dir() else []
    return f"controller {', '.join(found)} (real)" if found else "no controller here: use the board lab instead"


def _optional() -> Iterator[str]:
    for name, use in OPTIONAL.items():
        found = _version(name)
        yield f"ok      {name} {found}" if found else f"absent  {name}, for {use}"
    tool = shutil.which("ipptool")
    yield ("ok      ipptool" if tool else "absent  ipptool, for trying requests: apt-get install cups-ipp-utils")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
