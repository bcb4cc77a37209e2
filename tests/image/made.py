"""The image that is tried: for developers, since the tests look at it from its console."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build/image-test"
CARD_SIZE = 2 << 30
"""Of the card that it is written to: larger than the image, as cards are."""


def build(out: Path) -> Path:
    """Make it; the folder that has it."""
    command = [sys.executable, "-m", "board.image", "virt", "--development", "--no-compress", "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True)
    return out / "virt"


def image() -> Path:
    """The folder of an image made of the tree as it is."""
    folder = FOLDER / "virt"
    return folder if (folder / "SHA256SUMS").is_file() else build(FOLDER)


def card(path: Path) -> Path:
    """A card with the image on it."""
    subprocess.run(["cp", "--sparse=always", image() / "inkstand-virt.img", path], check=True)
    with path.open("r+b") as file:
        file.truncate(CARD_SIZE)
    return path


def work(name: str) -> Path:
    """An empty folder for one part."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
