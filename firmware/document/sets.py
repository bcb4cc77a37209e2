"""Which sheets are finished together, and whether they can be: staples, holes, folds, strips of a roll. Pure.

A set (PWG 5100.1) is a copy of the job, or of a document where documents are separate, or job-pages-per-set pages. A
stapler has to know that the set is not too thick before its first sheet is marked as stapled, so as many sheets are
planned ahead as it can take; nothing is drawn for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from firmware.core.finishing import Finishing
from firmware.core.ticket import Ticket

if TYPE_CHECKING:
    from firmware.document.layout import SidePlan

BOUND = ("staple", "booklet")
"""Families that hold the set's sheets together."""
STRIP = 1_000_000
"""The longest piece of a roll that is left uncut, in 1/100 mm."""


def finished(plans: Iterator[SidePlan], ticket: Ticket, stapler: int) -> Iterator[SidePlan]:
    """The same sides with what will be done to their sheets, joined into strips where a roll stays uncut."""
    trim = next((asked for asked in ticket.finishings if asked.family == "trim"), None)
    if trim is not None:
        plans = _strips(plans, trim) if trim.when != "pages" and ticket.number_up == 1 else _cut(plans, trim)
    rest = tuple(asked for asked in ticket.finishings if asked.family not in ("trim", "none"))
    return _done(plans, rest, stapler, ticket.collated or ticket.copies == 1) if rest else plans


def _done(plans: Iterator[SidePlan], asked: tuple[Finishing, ...], stapler: int, together: bool) -> Iterator[SidePlan]:
    loose = tuple(finishing for finishing in asked if finishing.family not in BOUND)
    binds = len(loose) < len(asked) and together
    for _, members in groupby(plans, lambda plan: plan.set):
        if binds:
            yield from _bound(members, asked, loose, stapler)
        else:
            yield from (_with(plan, loose) for plan in members)


def _bound(
    members: Iterator[SidePlan], asked: tuple[Finishing, ...], loose: tuple[Finishing, ...], stapler: int
) -> Iterator[SidePlan]:
    held: list[SidePlan] = []
    sheets = 0
    for plan in members:
        held.append(plan)
        sheets += not plan.back
        if sheets > stapler:
            yield from (_with(early, loose) for early in held)
            yield from (_with(later, loose) for later in members)
            return
    least = 1 if any(finishing.family == "booklet" for finishing in asked) else 2
    done = asked if sheets >= least else loose
    for index, plan in enumerate(held):
        yield replace(_with(plan, done), last=index == len(held) - 1 and done is asked)


def _with(plan: SidePlan, finishings: tuple[Finishing, ...]) -> SidePlan:
    """Separator sheets belong to no set."""
    return plan if plan.role == "separator-sheets" else replace(plan, finishings=plan.finishings + finishings)


def _cut(plans: Iterator[SidePlan], trim: Finishing) -> Iterator[SidePlan]:
    """Every page is a piece of its own."""
    return (replace(plan, finishings=(*plan.finishings, trim)) for plan in plans)


def _strips(plans: Iterator[SidePlan], trim: Finishing) -> Iterator[SidePlan]:
    """Pages that stay together on one piece of the roll: those of a document, of a copy, or all."""

    def piece(plan: SidePlan) -> object:
        document = plan.cells[0].page.document if trim.when == "documents" and plan.cells else 0
        return document, plan.copy if trim.when != "job" else 0, plan.ticket.media.width, plan.ticket.output_bin

    for _, members in groupby(plans, piece):
        held: list[SidePlan] = []
        length = 0
        for plan in members:
            height = plan.ticket.media.height
            if held and (not plan.cells or not held[-1].cells or length + height > STRIP):
                yield _joined(held, trim)
                held, length = [], 0
            held.append(plan)
            length += height
        yield _joined(held, trim)


def _joined(plans: list[SidePlan], trim: Finishing) -> SidePlan:
    first = plans[0]
    pitch = [0]
    for plan in plans:
        pitch.append(pitch[-1] + plan.ticket.media.height)
    stock = first.ticket
    if len(plans) > 1:
        stock = replace(stock, media=replace(stock.media, height=pitch[-1]))
    cells = tuple(cell for plan in plans for cell in plan.cells)
    more = tuple(pitch) if len(plans) > 1 else ()
    return replace(first, cells=cells, stock=stock, pitch=more, finishings=(*first.finishings, trim))
