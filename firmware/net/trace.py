"""A readable record of every IPP exchange, in the manner of ipptool. Secrets are not shown (``ipp.dump.SECRET``)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from firmware.core.access import Caller
from firmware.ipp import MalformedMessage, Message, decode
from firmware.ipp.dump import dump


class Trace:
    """Appends to a file, one exchange after the other; numbers tie a response to its request."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace")

    def request(self, number: int, message: Message, caller: Caller, path: str) -> None:
        self._write(f"> {number} {self._time()} POST {path} link={caller.link} role={caller.role.name.lower()}")
        self._write(dump(message, request=True))

    def response(self, number: int, octets: bytes) -> None:
        """What went over the wire, decoded again: the record can't differ from the truth."""
        self._write(f"< {number} {self._time()}")
        try:
            self._write(dump(decode(octets)[0], request=False))
        except MalformedMessage as error:  # a fault is switched on
            self._write(f"# malformed on purpose: {error}\n# {octets.hex()}\n")

    def note(self, text: str) -> None:
        self._write(f"# {self._time()} {text}\n")

    def close(self) -> None:
        self._file.close()

    def _write(self, text: str) -> None:
        self._file.write(text + "\n")
        self._file.flush()

    def _time(self) -> str:
        return datetime.now().astimezone().isoformat(timespec="milliseconds")
