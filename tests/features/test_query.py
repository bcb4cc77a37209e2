"""Query – RFC 8011 sections 4.2.5, 4.2.6 and 4.3.4: what the printer is, what it does, how jobs fare."""

from __future__ import annotations

import pytest

from firmware.core.access import Caller, Link
from firmware.core.describe import kilo
from firmware.core.events import MarkingStarted, PartFailed
from firmware.core.job import Job
from firmware.ipp import (
    NO_VALUE,
    UNKNOWN,
    Attribute,
    DateTime,
    Enum,
    GroupTag,
    Keyword,
    MimeMediaType,
    Name,
    Operation,
    Status,
    Value,
)
from tests.printer import COLOR, MONO, OPERATOR, WALL, Answer, Desk, group, keyword, value, values

# ------------------------------------------------------------------------------- Get-Printer-Attributes


def printer(desk: Desk, *wanted: str, caller: Caller | None = None) -> dict[str, tuple[Value, ...]]:
    attributes = [keyword("requested-attributes", *wanted)] if wanted else []
    more = {} if caller is None else {"caller": caller}
    answer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, *attributes, **more)  # type: ignore[arg-type]
    assert answer.status == Status.SUCCESSFUL_OK
    return {attribute.name: attribute.values for attribute in answer.printer}


def test_without_a_wish_everything_is_told() -> None:
    desk = Desk()
    assert printer(desk) == printer(desk, "all")
    assert printer(desk, "all").items() >= printer(desk, "job-template", "printer-description").items()


def test_exactly_what_is_wished() -> None:
    desk = Desk()
    assert list(printer(desk, "printer-state", "copies-supported")) == ["printer-state", "copies-supported"]
    assert printer(desk, "no-such-attribute") == {}


@pytest.mark.parametrize("format", ["application/pdf", "image/pwg-raster", "application/octet-stream"])
def test_for_a_format_that_is_printed(format: str) -> None:
    answer = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES, Attribute("document-format", MimeMediaType(format)))
    assert answer.status == Status.SUCCESSFUL_OK


def test_for_a_format_that_is_not() -> None:
    """RFC 8011 section 4.2.5.1."""
    wrong = Attribute("document-format", MimeMediaType("application/postscript"))
    answer = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES, wrong)
    assert answer.status == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED
    assert answer.unsupported == [wrong]
    assert answer.message.group(GroupTag.PRINTER) is None


def test_who_and_where() -> None:
    told = printer(Desk(MONO))
    assert told["printer-name"] == ("Desk",)
    assert told["printer-make-and-model"] == ("Test Mono",)
    assert told["printer-uri-supported"] == ("ipp://printer.test/ipp/print",)
    assert told["printer-more-info"] == ("http://printer.test/",)
    assert told["uri-security-supported"] == ("none",)
    assert told["uri-authentication-supported"] == ("requesting-user-name",)
    secure = printer(Desk(MONO), caller=Caller(Link.TLS))
    assert secure["printer-uri-supported"] == ("ipps://printer.test/ipp/print",)
    assert secure["uri-security-supported"] == ("tls",)
    assert len(secure["uri-authentication-supported"]) == 1


def test_what_it_does() -> None:
    desk = Desk()
    desk.wait(99)
    assert printer(desk, "printer-state-reasons")["printer-state-reasons"] == ("none",)
    desk.report(PartFailed(1, "media-jam"))
    desk.report(PartFailed(1, "cover-open"))
    desk.print()
    desk.held()
    told = printer(desk)
    assert told["printer-state"] == (Enum(4),)
    assert told["printer-state-reasons"] == ("cover-open", "media-jam")
    assert told["printer-state-message"] == ("Printing job 1.",)
    assert told["printer-up-time"] == (100,)
    assert told["queued-job-count"] == (2,)
    assert told["printer-current-time"] == (DateTime.at(WALL + 99),)
    assert told["printer-state-change-time"] == (100,)
    assert told["printer-is-accepting-jobs"] == (True,)


def test_without_a_date() -> None:
    told = printer(Desk(wall=None))
    assert told["printer-current-time"] == (UNKNOWN,)
    assert told["printer-config-change-date-time"] == (UNKNOWN,)


def test_speed_and_colour() -> None:
    assert printer(Desk(COLOR), "pages-per-minute-color") == {"pages-per-minute-color": (10,)}
    told = printer(Desk(MONO), "pages-per-minute", "pages-per-minute-color", "color-supported")
    assert told == {"pages-per-minute": (20,), "color-supported": (False,)}


def test_operations_are_those_of_the_rooms() -> None:
    desk = Desk()
    assert list(printer(desk)["operations-supported"]) == sorted(desk.catalog.operations)


# ----------------------------------------------------------------------------------- Get-Job-Attributes


def job(desk: Desk, number: int, *wanted: str) -> dict[str, tuple[Value, ...]]:
    attributes = [keyword("requested-attributes", *wanted)] if wanted else []
    answer = desk.ask(Operation.GET_JOB_ATTRIBUTES, *attributes, job=number)
    assert answer.status == Status.SUCCESSFUL_OK
    return {attribute.name: attribute.values for attribute in answer.job}


def test_a_job_from_birth_to_end() -> None:
    desk = Desk()
    desk.wait(9)
    desk.print()
    desk.submit(extra=[Attribute("job-name", Name("letter"))])
    told = job(desk, 2)
    assert told["job-id"] == (2,)
    assert told["job-name"] == ("letter",)
    assert told["job-originating-user-name"] == ("alice",)
    assert told["job-uri"] == ("ipp://printer.test/ipp/print/2",)
    assert told["job-printer-uri"] == ("ipp://printer.test/ipp/print",)
    assert told["job-more-info"] == ("http://printer.test/jobs/2",)
    assert told["time-at-creation"] == (10,)
    assert told["time-at-processing"] == told["time-at-completed"] == (NO_VALUE,)
    assert told["date-time-at-creation"] == (DateTime.at(WALL + 9),)
    assert told["date-time-at-completed"] == (NO_VALUE,)
    assert (told["job-state"], told["job-state-message"]) == ((Enum(3),), ("Receiving.",))
    assert told["number-of-intervening-jobs"] == (1,)
    assert told["job-impressions"] == (NO_VALUE,)
    desk.wait(5)
    desk.press(desk.printer.jobs[1])
    desk.wait(5)
    desk.press(desk.printer.jobs[1])
    first = job(desk, 1)
    assert (first["time-at-processing"], first["time-at-completed"]) == ((10,), (15,))
    assert first["job-state-reasons"] == ("job-completed-successfully",)
    assert first["job-impressions"] == first["job-impressions-completed"] == (1,)
    assert first["job-media-sheets-completed"] == (1,)
    assert first["job-k-octets"] == first["job-k-octets-processed"] == (1,)
    assert first["job-printer-up-time"] == (20,)
    assert "number-of-intervening-jobs" not in first


def test_groups_and_names() -> None:
    desk = Desk()
    number = desk.print(Attribute("copies", 2)).id
    assert list(job(desk, number, "job-template")) == ["copies"]
    assert list(job(desk, number, "job-state", "copies")) == ["job-state", "copies"]
    assert "copies" not in job(desk, number, "job-description")
    assert set(job(desk, number)) == set(job(desk, number, "all"))


def test_the_reasons_of_a_state_without_any() -> None:
    desk = Desk()
    desk.print()
    assert job(desk, desk.print().id, "job-state-reasons") == {"job-state-reasons": (Keyword("none"),)}


@pytest.mark.parametrize(("octets", "told"), [(0, 0), (1, 1), (1024, 1), (1025, 2)])
def test_kilo_octets_are_rounded_up(octets: int, told: int) -> None:
    assert kilo(octets) == told


def test_messages_for_people() -> None:
    desk = Desk()
    printing, waiting, held = desk.print(), desk.print(), desk.held()
    desk.report(MarkingStarted(1, printing.id))

    def said(of: Job) -> Value:
        return job(desk, of.id, "job-state-message")["job-state-message"][0]

    assert [said(each) for each in (printing, waiting, held)] == ["Printing.", "Waiting.", "Held."]
    desk.ask(Operation.CANCEL_JOB, job=printing.id)
    assert said(printing) == "Being canceled."
    desk.press(printing, "canceled")
    assert said(printing) == "Canceled."
    desk.press(waiting, "aborted")
    assert said(waiting) == "Aborted."


# --------------------------------------------------------------------------------------------- Get-Jobs


def jobs(answer: Answer) -> list[Value]:
    assert answer.status == Status.SUCCESSFUL_OK, answer.said
    return [value(found, "job-id") for found in answer.jobs]


@pytest.fixture
def busy() -> Desk:
    """1 completed, 2 canceled, 3 aborted, 4 printed, 5 waits with priority, 6 held, 7 bob's, 8 open."""
    desk = Desk()
    for outcome in ("completed", "canceled", "aborted"):
        desk.wait(10)
        found = desk.print()
        if outcome == "canceled":
            desk.ask(Operation.CANCEL_JOB, job=found.id)
        desk.press(found, outcome)
    desk.print()
    desk.print(Attribute("job-priority", 80))
    desk.held()
    desk.print(user="bob")
    desk.create()
    return desk


@pytest.mark.parametrize(
    ("which", "found"),
    [
        (None, [4, 5, 6, 7, 8]),
        ("not-completed", [4, 5, 6, 7, 8]),
        ("completed", [3, 2, 1]),
        ("all", [4, 5, 6, 7, 8, 3, 2, 1]),
        ("aborted", [3]),
        ("canceled", [2]),
        ("pending", [5, 7, 8]),
        ("pending-held", [6]),
        ("processing", [4]),
        ("processing-stopped", []),
    ],
)
def test_which_jobs_and_in_which_order(busy: Desk, which: str | None, found: list[int]) -> None:
    """Next to be printed first; what has ended newest first (RFC 8011 section 4.2.6.2, PWG 5100.7)."""
    wish = [keyword("which-jobs", which)] if which else []
    assert jobs(busy.ask(Operation.GET_JOBS, *wish)) == found


def test_which_jobs_there_may_be(busy: Desk) -> None:
    told = values(busy.ask(Operation.GET_PRINTER_ATTRIBUTES).printer, "which-jobs-supported")
    for which in told:
        assert busy.ask(Operation.GET_JOBS, Attribute("which-jobs", which)).status == Status.SUCCESSFUL_OK
    wrong = keyword("which-jobs", "fetchable")
    answer = busy.ask(Operation.GET_JOBS, wrong)
    assert answer.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert answer.unsupported == [wrong]


def test_mine_and_everybody_s(busy: Desk) -> None:
    mine = Attribute("my-jobs", True)
    assert jobs(busy.ask(Operation.GET_JOBS, mine, user="bob")) == [7]
    assert jobs(busy.ask(Operation.GET_JOBS, mine, user="eve")) == []
    assert jobs(busy.ask(Operation.GET_JOBS, Attribute("my-jobs", False), user="bob")) == [4, 5, 6, 7, 8]
    proven = Caller(Link.TLS, user="bob")
    assert jobs(busy.ask(Operation.GET_JOBS, mine, user="alice", caller=proven)) == [7]


@pytest.mark.parametrize(
    ("first", "limit", "found"),
    [
        (None, 2, [4, 5]),
        (2, None, [5, 6, 7, 8]),
        (2, 2, [5, 6]),
        (5, 5, [8]),
        (6, 1, []),
        (2**31 - 1, 2**31 - 1, []),
        (None, 2**31 - 1, [4, 5, 6, 7, 8]),
    ],
)
def test_a_part_of_them(busy: Desk, first: int | None, limit: int | None, found: list[int]) -> None:
    """PWG 5100.13 section 4.1: first-index counts from 1, after everything else has chosen."""
    wish = [] if first is None else [Attribute("first-index", first)]
    wish += [] if limit is None else [Attribute("limit", limit)]
    assert jobs(busy.ask(Operation.GET_JOBS, *wish)) == found


def test_by_their_numbers(busy: Desk) -> None:
    """PWG 5100.7 section 5.1.4; what is not there is left out."""
    assert jobs(busy.ask(Operation.GET_JOBS, Attribute("job-ids", 7, 1, 99))) == [7, 1]
    mine = Attribute("my-jobs", True)
    assert jobs(busy.ask(Operation.GET_JOBS, Attribute("job-ids", 7, 1), mine, user="bob")) == [7]
    both = busy.ask(Operation.GET_JOBS, Attribute("job-ids", 1), keyword("which-jobs", "all"))
    assert both.status == Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES


def test_what_is_told_of_each(busy: Desk) -> None:
    """RFC 8011 section 4.2.6.1: without a wish job-uri and job-id."""
    plain = busy.ask(Operation.GET_JOBS).jobs[0]
    assert set(plain.names()) == {"job-id", "job-uri"}
    wish = keyword("requested-attributes", "job-name", "job-state")
    assert set(busy.ask(Operation.GET_JOBS, wish).jobs[0].names()) == {"job-name", "job-state"}
    everything = busy.ask(Operation.GET_JOBS, keyword("requested-attributes", "all")).jobs[1]
    assert {"job-priority", "job-state", "job-uuid"} <= set(everything.names())


def test_no_jobs_no_groups() -> None:
    answer = Desk().ask(Operation.GET_JOBS)
    assert (answer.status, answer.jobs) == (Status.SUCCESSFUL_OK, [])


def test_settings_show() -> None:
    desk = Desk()
    wish = group(GroupTag.PRINTER, Attribute("copies-default", 3))
    desk.wait(50)
    desk.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=[wish], caller=OPERATOR)
    told = printer(desk, "copies-default", "printer-config-change-time")
    assert told == {"copies-default": (3,), "printer-config-change-time": (51,)}
