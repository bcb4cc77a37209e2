"""What the renderer process and a format that it renders say to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

CHANNELS = {"srgb_8": 3, "sgray_8": 1}
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts")


class Refused(Exception):
    """A document can't be printed; the press raises it again as DocumentError. ``reason`` is a
    job-state-reasons keyword."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Facts:
    """A page before it is drawn. Width and height are upright, in 1/100 mm."""

    width: float
    height: float
    kind: str
    """``srgb_8`` or ``sgray_8``: what ``draw`` gives."""
    sized: bool = True
    """False for an image that has no size of its own."""


@dataclass(frozen=True, slots=True)
class Box:
    """A page turned and scaled to ``width`` by ``height`` pixels, and the part of that to draw.

    ``turn`` counts quarter turns counter-clockwise. Right and bottom are outside of the part.
    """

    width: int
    height: int
    turn: int
    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Of the part."""
        return self.right - self.left, self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Options:
    """What a format may want to know of the job."""

    password: bytes | None = None
    pixels: int = 250_000_000
    """The most pixels that an image may have."""
    density: float = 300.0
    """Pixels per inch of an image that claims none."""
    fonts: tuple[str, ...] = FONTS
    """Folders with fonts, for text."""
    media: dict[str, int] = field(default_factory=dict)
    """width, height, left, top, right, bottom of the media in 1/100 mm, for text; already turned as it will
    be."""


class Rendering(Protocol):
    """An open document. Pages count from 1. Whatever is wrong with it is raised as Refused."""

    def page(self, number: int) -> Facts | None:
        """None behind the last page."""

    def draw(self, number: int, box: Box, into: memoryview) -> None:
        """Draw a part of a page on white into the start of ``into``: chunky pixels, lines without padding."""


def options(values: dict[str, Any]) -> Options:
    """From their JSON form, in which the password is hexadecimal."""
    secret = values.pop("password", None)
    return Options(password=None if secret is None else bytes.fromhex(secret), **values)
