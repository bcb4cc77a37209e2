"""``inkstand check``: what is here, what is missing, how to get it."""

from __future__ import annotations

import importlib
import platform
import shutil
from collections.abc import Iterator
from importlib import resources
from importlib.metadata import PackageNotFoundError, version

from board.config import BOARDS, Board, ConfigError, load_board, load_model, names
from board.engine.mechanism import load_head
from board.parts.linux_devices import missing
from board.parts.wires_linux import check_wiring
from usb_gadget.configfs import CONTROLLERS

LIBRARIES = ("aiohttp", "zeroconf", "pypdfium2", "pillow", "isal", "msgspec", "click", "pyusb")
OPTIONAL = {
    "functionfs": "a real USB controller: pip install 'inkstand[gadget]'",
    "gpiod": "a print head on wires: pip install 'inkstand[head]'",
    "spidev": "a print head on wires: pip install 'inkstand[head]'",
}


def report(board: str = "") -> tuple[list[str], bool]:
    """Lines to show, and whether everything that the desk needs is here; of a board that is named, what it needs."""
    if board:
        return _one_board(board)
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


def _one_board(name: str) -> tuple[list[str], bool]:
    """Whether this machine has what a board wants, each thing that it lacks in a line."""
    try:
        board = load_board(name)
        model = load_model(board.printer.model)
        lines = [f"{name}: {model.make_and_model}"]
        lacking = _head_lacks(board)
    except ConfigError as error:
        return [f"  MISSING {error}"], False
    if board.usb.part == "gadget" and not (CONTROLLERS.is_dir() and list(CONTROLLERS.glob("*"))):
        lacking.append("no USB device controller: see /sys/class/udc")
    lines += [f"  MISSING {line}" for line in lacking] or ["  ok      everything that it wants is here"]
    if board.wires is not None and board.wires.heartbeat is None:
        lines.append(
            "  note    no heartbeat: when this program dies, resistors alone must switch the head's supply off"
        )
    return lines, not lacking


def _head_lacks(board: Board) -> list[str]:
    if board.sink.part != "head" or board.head.wires != "linux":
        return []
    if board.wires is None:
        return ['[wires]: [head] wires = "linux" wants such a table, see docs/head.md']
    check_wiring(load_head(board.head.mechanism), board.wires)
    return list(missing(board.wires))


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
            real = board.sink.part == "head" and board.head.wires == "linux"
            parts = (
                f"sheets: {board.sink.part} ({'real' if real else 'simulated'}), panel: {board.panel.part} (simulated)"
            )
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
