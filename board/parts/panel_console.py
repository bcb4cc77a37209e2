"""A panel for a printer that has none: the console it was started from."""

from __future__ import annotations

import sys
from typing import TextIO

from firmware.ports import Announcement


class ConsolePanel:
    """Shows a message in the terminal and rings its bell."""

    actions: tuple[str, ...] = ("display", "sound")

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def announce(self, announcement: Announcement) -> None:
        bell = "\a" if "sound" in announcement.actions else ""
        text = announcement.message or "Here I am."
        shown = "".join(character if character.isprintable() else " " for character in text)
        self._stream.write(f"{bell}\n>>> Identify printer: {shown}\n\n")
        self._stream.flush()
