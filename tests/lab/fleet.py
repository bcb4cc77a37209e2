"""Many printers in one process, one for each fault profile and one without, each on a USB/IP port of its own; run
inside the laboratory: `python -m tests.lab.fleet FOLDER PROFILE…`. The serial number tells whose device is whose.

They are built as `inkstand run --board lab --profile …` builds them; only the processes are saved, which emulation
makes dear. Prints a line of JSON, USB/IP port and serial number by profile, when all are there. SIGTERM ends it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from board.build import Instance, Places
from board.parts.usb import serial_number
from board.profiles import load_profile
from board.run import free_port
from tests.net.support import desk

NONE = "none"
"""In the place of a profile: a printer that does nothing wrong."""


async def main(folder: Path, names: list[str]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    found = {}
    async with AsyncExitStack() as stack:
        for name in names:
            board = desk(usb={"part": "usbip", "port": free_port()})
            place = folder / name
            place.mkdir(parents=True)
            profile = None if name == NONE else load_profile(name)
            printer = Instance(board, Places(place / "out", place / "state", place / "control"), profile)
            await printer.start()
            stack.push_async_callback(printer.close)
            found[name] = board.usb.port, serial_number(printer.engine.system.printers[1])
        print(json.dumps(found), flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
