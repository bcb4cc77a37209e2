"""The renderer process: one untrusted document in, pixels out through shared memory. Started by ``renderer``.

It is given three descriptors: a socket for commands (a JSON object a line), the document, and the strip into
which it draws. It imports nothing of the project but ``formats`` and ``sandbox``, and confines itself before
it looks at the document.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import sys
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from firmware.document.formats import rendering
from firmware.document.sandbox import allow_cpu, confine

PACKAGE = Path(__file__).parents[1]


def main(control: int, document: int, strip: int) -> None:
    """Serve commands until the socket is closed. The first one names the module and what it may use."""
    with socket.socket(fileno=control) as link, link.makefile("rwb") as lines:
        file = os.fdopen(document, "rb")
        file.seek(0)  # the position is shared with whoever wrote the file
        begin = lines.readline()
        first = json.loads(begin)
        module = import_module(first["module"])
        confine(first["memory"] + os.fstat(document).st_size, _readable())
        server = _Server(module, file, memoryview(mmap.mmap(strip, 0)))
        for line in chain((begin,), lines):
            command = json.loads(line)
            allow_cpu(command["cpu"])
            lines.write(json.dumps(server.answer(command)).encode() + b"\n")
            lines.flush()


class _Server:
    def __init__(self, module: Any, file: BinaryIO, pixels: memoryview) -> None:
        self._module = module
        self._file = file
        self._pixels = pixels
        self._opened: rendering.Rendering | None = None

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """Whatever goes wrong is an answer too; only what ends the process is none."""
        try:
            return self._serve(command)
        except rendering.Refused as error:
            return {"error": error.reason, "message": error.message}
        except MemoryError:
            message = "the document needs more memory than it may have"
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
        return {"error": "document-unprintable-error", "message": message}

    def _serve(self, command: dict[str, Any]) -> dict[str, Any]:
        if self._opened is None:
            self._opened = self._module.open(self._file, rendering.options(command["options"]))
            return {}
        if "box" in command:
            self._opened.draw(command["page"], rendering.Box(*command["box"]), self._pixels)
            return {}
        facts = self._opened.page(command["page"])
        if facts is None:
            return {"end": True}
        return {"width": facts.width, "height": facts.height, "kind": facts.kind, "sized": facts.sized}


def _readable() -> list[str]:
    """Where programs are imported from, and fonts. Of a folder that holds only our packages, this package."""
    paths = [path for path in sys.path if path]
    root = str(PACKAGE.parent)
    if not os.path.isdir(os.path.join(root, "PIL")):
        paths = [str(PACKAGE) if path == root else path for path in paths]
    return [*paths, *rendering.FONTS]
