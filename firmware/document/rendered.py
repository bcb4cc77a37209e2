"""A document whose pages are rendered by a process of its own: PDF, JPEG, PNG, text.

The process is started when it is needed and may be sent to rest between two sides; pages that were described
once are remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from firmware.core.ticket import PageTicket
from firmware.document import kinds
from firmware.document.formats.rendering import Box, Facts
from firmware.document.job import Limits
from firmware.document.layout import InputPage
from firmware.document.placement import Placement
from firmware.document.renderer import Renderer

Part = tuple[int, int, int, int]

SHARE = 1 << 19
"""Octets of a page's lines that are kept in memory while other pages of its side are drawn."""


class RenderedDocument:
    def __init__(
        self,
        media_type: str,
        file: Callable[[], BinaryIO],
        options: dict[str, Any],
        number: int,
        limits: Limits,
        cancelled: Callable[[], bool],
    ) -> None:
        self._file = file
        self._start: Callable[[BinaryIO], Renderer] = lambda open_file: Renderer(
            media_type, open_file, options, limits, cancelled
        )
        self._document = number
        self._facts: list[Facts] = []
        self._renderer: Renderer | None = None

    def pages(self) -> Iterator[InputPage]:
        number = 1
        while (facts := self._awake().page(number)) is not None:
            self._facts.append(facts)
            yield InputPage(self._document, number, facts.width, facts.height, facts.kind, facts.sized)
            number += 1

    def draw(self, placement: Placement, part: Part, kind: str, alone: bool = True) -> Iterator[memoryview]:
        """Lines of a part (left, top, right, bottom) of the placed page, in a sink kind."""
        number = placement.page.number
        native = self._facts[number - 1].kind
        box = Box(placement.width, placement.height, placement.turn, *part)
        if alone:
            pieces = self._awake().draw(number, box, native)
        else:  # pages that are drawn by turns share the renderer's one strip
            pieces = (memoryview(bytes(piece)) for piece in self._awake().draw(number, box, native, SHARE))
        surface = kinds.surface(native, *box.size, (1, 1))
        return kinds.converted(pieces, surface, kind, placement.ticket)

    def untouched(self, placement: Placement) -> bool:
        return False

    def rest(self) -> None:
        """End the process until somebody asks again."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def close(self) -> None:
        self.rest()

    def _awake(self) -> Renderer:
        if self._renderer is None:
            with self._file() as file:
                self._renderer = self._start(file)
        return self._renderer


def options(
    media_type: str, ticket: PageTicket, density: int, limits: Limits, password: bytes | None
) -> dict[str, Any]:
    """What the renderer is told of the job, as JSON values; see ``formats.rendering.Options``."""
    told: dict[str, Any] = {"pixels": limits.pixels, "density": density}
    if password is not None:
        told["password"] = password.hex()
    if media_type == "text/plain":
        told["media"] = reading_frame(ticket)
    return told


def reading_frame(ticket: PageTicket) -> dict[str, int]:
    """The media as somebody sees it who reads in the orientation asked for: sides and margins go round with
    it."""
    media = ticket.media
    edges = (media.top, media.right, media.bottom, media.left)
    # Which edge of the media, counted clockwise, is the top: landscape is read from the left edge on.
    first = {4: 3, 5: 1, 6: 2}.get(ticket.orientation or 3, 0)
    top, right, bottom, left = (edges[(first + step) % 4] for step in range(4))
    width, height = (media.height, media.width) if first % 2 else (media.width, media.height)
    return {"width": width, "height": height, "left": left, "top": top, "right": right, "bottom": bottom}
