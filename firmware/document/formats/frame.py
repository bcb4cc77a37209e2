"""Where lines of plain text go on a page, and the pages that come of it. Lengths are 1/100 mm."""

from __future__ import annotations

from firmware.document.formats import typeset

POINT = 2540 / 72
SIZE, LEADING = 10 * POINT, 12 * POINT
"""Of the letters and of the lines: six lines an inch."""
MARGIN = 1500
"""At least, but no more than a fifteenth of a narrow page, and never less than the media's own."""


class Frame:
    """Where lines go on the page, in 1/100 mm."""

    def __init__(self, media: dict[str, int]) -> None:
        self.width, self.height = media["width"], media["height"]
        own = min(MARGIN, self.width // 15)
        self.left = max(own, media["left"])
        self.top = max(own, media["top"])
        self._right = self.width - max(own, media["right"])
        self._bottom = self.height - max(own, media["bottom"])

    def columns(self, advance: float) -> int:
        return max(8, int((self._right - self.left + 1) / advance))

    @property
    def lines(self) -> int:
        return max(1, int((self._bottom - self.top) / LEADING))

    @property
    def right(self) -> int:
        return self._right


class Pages:
    """Pages typeset as far as somebody asked for them."""

    def __init__(self, text: str, columns: int, lines: int) -> None:
        self._more = typeset.pages(text, columns, lines)
        self._known: list[list[str]] = []

    def get(self, number: int) -> list[str] | None:
        while len(self._known) < number:
            page = next(self._more, None)
            if page is None:
                return None
            self._known.append(page)
        return self._known[number - 1]
