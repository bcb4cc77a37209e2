"""Actual attributes – PWG 5100.8: what was done, not what was asked; counters by kind."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.events import ImpressionDone, JobDone, MarkingStarted, PageDone, SheetDone
from firmware.core.job import Job
from firmware.core.ticket import Media, PageTicket
from firmware.ipp import UNKNOWN, Attribute, AttributeGroup, Collection, Enum, Keyword, Operation, RangeOfInteger
from tests.printer import A4, FINISHER, LETTER, LONG, Desk, keyword, values

LETTER_SHEET = Media(LETTER, 21590, 27940, source="alternate", type="labels")
DONE = PageTicket(LETTER_SHEET, quality=5, resolution=(600, 600), color_mode="auto")


def told(desk: Desk, job: Job, *wanted: str) -> AttributeGroup:
    more = [keyword("requested-attributes", *wanted)] if wanted else []
    return desk.ask(Operation.GET_JOB_ATTRIBUTES, Attribute("job-id", job.id), *more).job


def side(desk: Desk, job: Job, number: int, color: bool = True, **more: object) -> None:
    fact = ImpressionDone(1, job.id, number, False, color, False, LETTER, ticket=DONE)
    desk.report(replace(fact, **more))  # type: ignore[arg-type]


def test_nothing_is_known_before_the_press_reports() -> None:
    desk = Desk(FINISHER)
    job = desk.print(keyword("media", A4), Attribute("copies", 2))
    found = told(desk, job, "media-actual", "copies-actual", "sides-actual")
    assert values(found, "media-actual") == values(found, "copies-actual") == (UNKNOWN,)
    assert "sides-actual" not in found.names()


def test_what_was_done_differs_from_what_was_asked() -> None:
    desk = Desk(FINISHER)
    job = desk.print(keyword("media", A4), keyword("sides", LONG), Attribute("copies", 3))
    desk.report(MarkingStarted(1, job.id))
    side(desk, job, 1)
    side(desk, job, 2, color=False, finishings=("staple-top-left",))
    desk.report(JobDone(1, job.id, "canceled", copies=1))
    found = told(desk, job)
    assert values(found, "media-actual") == (Keyword(LETTER),)
    assert values(found, "sides-actual") == (Keyword("one-sided"),)
    assert values(found, "copies-actual") == (1,)
    assert values(found, "print-quality-actual") == (Enum(5),)
    assert values(found, "print-color-mode-actual") == (Keyword("color"), Keyword("monochrome"))
    assert values(found, "finishings-actual") == (Enum(3), Enum(20))
    (media,) = values(found, "media-col-actual")
    assert isinstance(media, Collection)
    found_media = {member.name: member.value for member in media.members}
    assert (found_media["media-source"], found_media["media-type"]) == ("alternate", "labels")
    assert values(found, "media") == (Keyword(A4),), "what was asked stays what it was"


def test_no_copy_was_finished() -> None:
    desk = Desk(FINISHER)
    job = desk.print(Attribute("copies", 3))
    side(desk, job, 1)
    desk.report(JobDone(1, job.id, "canceled"))
    assert "copies-actual" not in told(desk, job).names()


def test_pages_that_are_on_paper() -> None:
    desk = Desk(FINISHER)
    job = desk.print(Attribute("page-ranges", RangeOfInteger(2, 9)))
    for page in (2, 3, 5, 3):
        desk.report(PageDone(1, job.id, 1, page, 1))
    assert values(told(desk, job), "page-ranges-actual") == (RangeOfInteger(2, 3), RangeOfInteger(5, 5))


def test_what_concerns_the_whole_job_is_told_once_a_side_carried_it_out() -> None:
    desk = Desk(FINISHER)
    cover = Attribute("cover-front", Collection.of([keyword("cover-type", "print-none")]))
    job = desk.print(cover, Attribute("number-up", 2))
    side(desk, job, 1, role="cover-front", executed=("cover-front",), blank=True)
    found = told(desk, job, "job-actuals")
    assert values(found, "cover-front-actual") == cover.values
    assert values(found, "number-up-actual") == (UNKNOWN,)
    side(desk, job, 2, executed=("number-up",))
    assert values(told(desk, job, "job-actual"), "number-up-actual") == (2,)


def test_the_group_has_actual_attributes_only() -> None:
    desk = Desk(FINISHER)
    job = desk.print()
    side(desk, job, 1)
    names = told(desk, job, "job-actuals").names()
    assert names
    assert all(name.endswith("-actual") for name in names)


def test_they_survive_a_restart() -> None:
    desk = Desk(FINISHER)
    job = desk.print()
    side(desk, job, 1)
    desk.report(JobDone(1, job.id, "completed", copies=1))
    before = told(desk, job, "job-actuals")
    desk.restart()
    assert told(desk, desk.printer.jobs[job.id], "job-actuals") == before


def test_counters_by_kind() -> None:
    desk = Desk(FINISHER)
    job = desk.print()
    side(desk, job, 1)
    side(desk, job, 1, color=False, blank=True)
    desk.report(SheetDone(1, job.id, 1, LETTER, back=True, color=True))
    side(desk, job, 2, color=False)
    desk.report(SheetDone(1, job.id, 2, LETTER))
    found = told(desk, job)
    (impressions,) = values(found, "job-impressions-completed-col")
    (sheets,) = values(found, "job-media-sheets-completed-col")
    counted = {member.name: member.value for member in impressions.members if member.value}  # type: ignore[union-attr]
    assert counted == {"full-color": 1, "blank": 1, "monochrome": 1, "full-color-two-sided": 1}
    assert {member.name: member.value for member in sheets.members} == {  # type: ignore[union-attr]
        "blank": 0,
        "full-color": 1,
        "monochrome": 1,
    }
    life = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert values(life, "printer-impressions-completed-col") == (impressions,)
    assert values(life, "printer-media-sheets-completed-col") == (sheets,)


def test_what_the_printer_did_in_its_life_survives_jobs_and_restarts() -> None:
    """PWG 5100.22: two jobs, off and on, and the jobs gone."""
    desk = Desk(FINISHER)
    for _ in range(2):
        job = desk.print()
        side(desk, job, 1)
        desk.report(PageDone(1, job.id, 1, 1, 1))
        desk.report(SheetDone(1, job.id, 1, LETTER, color=True))
        desk.report(JobDone(1, job.id, "completed"))
    desk.restart()
    life = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    (impressions,) = values(life, "printer-impressions-completed-col")
    assert {member.name: member.value for member in impressions.members if member.value} == {"full-color": 2}  # type: ignore[union-attr]
    assert values(life, "printer-pages-completed") == (2,)
