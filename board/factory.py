"""What a board is for life: the UUIDs of system and printer, from which its serial number follows.

They are made once, at the first start, and outlive a factory reset. A board whose processor has a serial number
gets the same ones again after its card was written anew.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

import msgspec
from msgspec import Struct

from board.config import ConfigError
from firmware.runtime.spool import sync_folder

_NAMESPACE = uuid.UUID("6b736e69-0000-5000-8000-000000000005")
SOC_SERIAL = Path("/sys/firmware/devicetree/base/serial-number")


class Factory(Struct, frozen=True):
    """UUIDs, as text."""

    system: str
    printer: str


def make_factory(soc_serial: str = "") -> Factory:
    """Random ones, or those of the processor's serial number."""
    if not soc_serial:
        return Factory(str(uuid.uuid4()), str(uuid.uuid4()))
    return Factory(*(str(uuid.uuid5(_NAMESPACE, f"{kind} {soc_serial}")) for kind in ("system", "printer")))


def load_factory(path: Path | None) -> Factory:
    """Those on file; random ones without a file. ConfigError."""
    if path is None or not path.exists():
        return make_factory()
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Factory)
        return Factory(str(uuid.UUID(found.system)), str(uuid.UUID(found.printer)))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} does not say who this board is: {error}") from error


def soc_serial(path: Path = SOC_SERIAL) -> str:
    """The processor's serial number, empty where it has none (all zeros count as none)."""
    try:
        text = path.read_bytes().rstrip(b"\0").decode("ascii", "replace").strip()
    except OSError:
        return ""
    return text if text.strip("0") else ""


def keep_factory(factory: Factory, path: Path) -> None:
    """To disk, whole."""
    beside = path.with_suffix(".new")
    with beside.open("w") as file:
        json.dump({"system": factory.system, "printer": factory.printer}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.chmod(0o644)
    beside.rename(path)
    sync_folder(path.parent)
