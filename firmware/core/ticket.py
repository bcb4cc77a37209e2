"""What was asked of the paper: a job's template attributes, resolved to plain values that can be executed.

The wire attributes of a job stay on the job; ``features.job_template`` and ``features.media`` resolve them, with
the printer's defaults and the overrides of PWG 5100.6, into the dataclasses here. ``firmware.document`` executes
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Media:
    """A sheet: lengths in 1/100 mm. ``name`` is a PWG 5101.1 self-describing name."""

    name: str
    width: int
    height: int
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0
    source: str = "auto"
    type: str = "stationery"


@dataclass(frozen=True, slots=True)
class PageTicket:
    """How one input page is put on paper."""

    media: Media
    sides: str = "one-sided"
    orientation: int | None = None
    """orientation-requested: 3 portrait, 4 landscape (90° counter-clockwise), 5 reverse-landscape (90° clockwise),
    6 reverse-portrait, 7 none; None when it was not asked for."""
    scaling: str = "auto"
    color_mode: str = "auto"
    quality: int = 4
    content: str = "auto"
    """print-content-optimize: which halftone, where there is one."""
    resolution: tuple[int, int] | None = None
    """printer-resolution in dots per inch (cross-feed, feed); None leaves the choice to quality and document."""
    output_bin: str = "face-down"


@dataclass(frozen=True, slots=True)
class Override:
    """One value of the overrides attribute (PWG 5100.6). Empty ranges mean all; ranges are inclusive, from 1."""

    pages: tuple[tuple[int, int], ...]
    documents: tuple[tuple[int, int], ...]
    copies: tuple[tuple[int, int], ...]
    changes: tuple[tuple[str, Any], ...]
    """Fields of PageTicket and their values for the pages named."""

    def covers(self, document: int, page: int, copy: int) -> bool:
        return _within(page, self.pages) and _within(document, self.documents) and _within(copy, self.copies)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A whole job's ticket."""

    page: PageTicket
    copies: int = 1
    collated: bool = True
    document_handling: str = "single-document"
    """multiple-document-handling, RFC 8011 section 5.2.4."""
    page_ranges: tuple[tuple[int, int], ...] = ()
    """Inclusive and from 1, of the input pages (RFC 8011 section 5.2.7); empty for all."""
    number_up: int = 1
    presentation: str = "toright-tobottom"
    """presentation-direction-number-up (PWG 5100.3)."""
    overrides: tuple[Override, ...] = ()
    fidelity: bool = False
    documents: tuple[tuple[int, Ticket], ...] = ()
    """By document-number, the tickets of documents that have attributes of their own (PWG 5100.5). How documents are
    handled and collated is read from the job's alone."""

    def of(self, document: int) -> Ticket:
        """The ticket that holds for a document."""
        return next((ticket for number, ticket in self.documents if number == document), self)

    @property
    def rounds(self) -> int:
        """The most copies that any document asks for."""
        return max(self.copies, *(ticket.copies for _, ticket in self.documents), 1)

    def for_page(self, document: int, page: int, copy: int) -> PageTicket:
        """The ticket of one input page of one copy; numbers from 1. Later overrides win."""
        whole = self.of(document)
        ticket = whole.page
        for override in whole.overrides:
            if override.covers(document, page, copy):
                ticket = replace(ticket, **dict(override.changes))
        return ticket


def _within(number: int, ranges: Iterable[tuple[int, int]]) -> bool:
    ranges = tuple(ranges)
    return not ranges or any(low <= number <= high for low, high in ranges)
