"""A thousand subscribers and ten thousand events: ``python -m tests.bench.subscribers``.

Prints, for each thousand events, the processor time of one and the memory held; both should stay as they are.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc

from firmware.ipp import Operation
from tests.printer import OPERATOR, Desk
from tests.subscribers import get, subscribe

SUBSCRIBERS, EVENTS, BLOCK = 1_000, 10_000, 1_000


def main() -> None:
    desk = Desk()
    numbers = [subscribe(desk, "printer-state-changed", user=f"user{each}") for each in range(SUBSCRIBERS)]
    desk.keep()
    print(f"{SUBSCRIBERS} subscribers")
    if "memory" in sys.argv[1:]:
        tracemalloc.start()
    for block in range(EVENTS // BLOCK):
        begun = time.process_time()
        for each in range(BLOCK):
            desk.ask(Operation.RESUME_PRINTER if each % 2 else Operation.PAUSE_PRINTER, caller=OPERATOR)
            desk.wait(0.05)
            desk.keep()
        spent = (time.process_time() - begun) / BLOCK * 1e3
        begun = time.process_time()
        desk_answer = get(desk, numbers[block], since=(1,), user=f"user{block}")
        fetched = (time.process_time() - begun) * 1e3
        gc.collect()
        held = f"{tracemalloc.get_traced_memory()[0] / 1e6:.1f} MB more held, " if tracemalloc.is_tracing() else ""
        done = (block + 1) * BLOCK
        print(f"{done:6} events: {spent:.2f} ms each, {held}{len(desk_answer.events)} fetched in {fetched:.1f} ms")
        assert len(desk.records) < SUBSCRIBERS + 1_200


if __name__ == "__main__":
    main()
