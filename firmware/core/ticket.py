"""What was asked of the paper: a job's template attributes, resolved to plain values that can be executed.

The wire attributes of a job stay on the job; ``features.job_template`` and ``features.media`` resolve them, with
the printer's defaults and the overrides of PWG 5100.6, into the dataclasses here. ``firmware.document`` executes
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from firmware.core.finishing import Finishing


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
    """A media-type; ``auto`` leaves it to what is loaded."""
    color: str = ""
    """media-color; empty for whatever is loaded."""
    weight: int = 0
    """media-weight-metric, grams per square metre; 0 for whatever is loaded."""
    tracking: str = ""
    """media-tracking; empty for the usual."""
    top_offset: int = 0
    """media-top-offset: by how much the first line lies lower, in 1/100 mm."""


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
    x_position: str = "none"
    """x-image-position (PWG 5100.3): none, left, center or right of the area that the page is put into."""
    y_position: str = "none"
    """y-image-position: none, bottom, center or top."""
    x_shift_both: int = 0
    """x-image-shift (PWG 5100.3): to the right on either side, in 1/100 mm."""
    x_shift_front: int | None = None
    """x-side1-image-shift, in place of the one for both; None when it was not asked for."""
    x_shift_back: int | None = None
    y_shift_both: int = 0
    """y-image-shift: upward."""
    y_shift_front: int | None = None
    y_shift_back: int | None = None

    darkness: int = 50
    """Percent of what a direct thermal or ribbon engine can burn; 50 is as its data sheet says."""
    speed: int = 0
    """print-speed in 1/100 mm per second; 0 is as fast as may be."""
    label_mode: str = "tear-off"
    """label-mode-configured, as it was when the job was planned."""
    tear_offset: int = 0
    """label-tear-offset-configured, likewise."""

    def shift(self, back: bool) -> tuple[int, int]:
        """Image shift on one side of the sheet: to the right, and up."""
        x = self.x_shift_back if back else self.x_shift_front
        y = self.y_shift_back if back else self.y_shift_front
        return self.x_shift_both if x is None else x, self.y_shift_both if y is None else y


@dataclass(frozen=True, slots=True)
class Cover:
    """cover-front or cover-back (PWG 5100.3); ``kind`` is a cover-type: print-none, -front, -back or -both."""

    kind: str
    media: Media | None = None
    """None: as the pages."""


@dataclass(frozen=True, slots=True)
class Insert:
    """One insert-sheet (PWG 5100.3)."""

    after: int
    count: int = 1
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class ExtraSheets:
    """Sheets that the printer adds: separator-sheets, job-sheets, job-error-sheet, job-accounting-sheets."""

    kind: str
    media: Media | None = None
    when: str = ""
    """job-error-sheet-when."""


NO_SHEETS = ExtraSheets("none")


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
    imposition: str = "none"
    """imposition-template (PWG 5100.3): none, or signature/booklet: two pages on a side, sheets nested and folded."""
    cover_front: Cover | None = None
    cover_back: Cover | None = None
    inserts: tuple[Insert, ...] = ()
    separators: ExtraSheets = NO_SHEETS
    job_sheets: ExtraSheets = NO_SHEETS
    error_sheet: ExtraSheets = NO_SHEETS
    accounting_sheets: ExtraSheets = NO_SHEETS
    sheet_message: str = ""
    """job-sheet-message, printed on job sheets."""
    recipient: str = ""
    """Who the job is for: job-recipient-name, printed on job sheets."""
    operator_message: str = ""
    """job-message-to-operator, printed on job sheets."""
    force_front: tuple[int, ...] = ()
    """force-front-side: pages that begin on the front of a sheet."""
    delivery: str = "system-specified"
    """page-delivery."""
    pages_per_set: int = 0
    """job-pages-per-set (PWG 5100.1): impressions that are finished together; 0: a whole copy is."""
    finishings: tuple[Finishing, ...] = ()
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
