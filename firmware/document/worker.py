"""The renderer process: one untrusted document in, pixels out through shared memory. Started by ``renderer``.

It is given three descriptors: a socket for commands (a JSON object a line), the document, and the strip into
which it draws. It imports nothing of the project but ``formats``, and confines itself before it looks at the
document.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import sys
from importlib import import_module
from typing import Any, BinaryIO

from firmware.document.formats import rendering
from firmware.document.sandbox import allow_cpu, confine


def main(control: int, document: int, strip: int) -> None:
    """Serve commands until the socket is closed."""
    with socket.socket(fileno=control) as link, link.makefile("rwb") as lines:
        file = os.fdopen(document, "rb")
        file.seek(0)  # the position is shared with whoever wrote the file
        first = json.loads(lines.readline())
        module = import_module(first["module"])
        paths = [path for path in sys.path if path] + list(rendering.FONTS)
        confine(first["memory"] + os.fstat(document).st_size, paths)
        pixels = memoryview(mmap.mmap(strip, 0))
        opened: Any = None
        for line in _chain(first, lines):
            command = json.loads(line) if isinstance(line, bytes) else line
            allow_cpu(first["cpu"])
            try:
                if opened is None:
                    opened, reply = _open(module, file, command), {}
                else:
                    reply = _serve(opened, command, pixels)
            except rendering.Refused as error:
                reply = {"error": error.reason, "message": error.message}
            except MemoryError:
                reply = {
                    "error": "document-unprintable-error",
                    "message": "the document needs more memory than it may have",
                }
            except Exception as error:
                reply = {"error": "document-unprintable-error", "message": f"{type(error).__name__}: {error}"}
            lines.write(json.dumps(reply).encode() + b"\n")
            lines.flush()


def _chain(first: dict[str, Any], lines: Any) -> Any:
    yield first
    yield from lines


def _open(module: Any, file: BinaryIO, command: dict[str, Any]) -> rendering.Rendering:
    opened: rendering.Rendering = module.open(file, rendering.options(command["options"]))
    return opened


def _serve(opened: rendering.Rendering, command: dict[str, Any], pixels: memoryview) -> dict[str, Any]:
    number = command["page"]
    if "box" in command:
        opened.draw(number, rendering.Box(*command["box"]), pixels)
        return {}
    facts = opened.page(number)
    if facts is None:
        return {"end": True}
    return {"width": facts.width, "height": facts.height, "kind": facts.kind, "sized": facts.sized}
