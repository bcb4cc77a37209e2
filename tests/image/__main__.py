"""``make image-test``: the image in an emulated board.

    python -m tests.image [twice] [boot] [power]

``twice`` builds it two times from one cache and compares; ``boot`` prints through it over the network and over USB and
compares with what the desk prints; ``power`` cuts the power at a thousand places. All of them without an argument.
Figures go to build/image-test.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.image import journey, power, twice

OUT = Path("build/image-test.json")
PARTS: dict[str, Callable[[], dict[str, Any]]] = {"twice": twice.run, "boot": journey.run, "power": power.run}


def main(asked: list[str]) -> int:
    unknown = set(asked) - set(PARTS)
    if unknown:
        print(f"no such part: {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    OUT.parent.mkdir(exist_ok=True)
    figures = json.loads(OUT.read_text()) if OUT.is_file() else {}
    for name in asked or PARTS:
        figures[name] = PARTS[name]()
        OUT.write_text(json.dumps(figures, indent=1) + "\n")
        print(json.dumps({name: figures[name]}, indent=1), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
