"""Document object – PWG 5100.5: each operation, each of its errors, each document with a ticket of its own."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from firmware.core.document import DocumentState
from firmware.core.events import DocumentOpened, ImpressionDone, PageDone, PrintJob, SheetDone
from firmware.core.job import Job, JobState
from firmware.ipp import (
    DELETE_ATTRIBUTE,
    NO_VALUE,
    UNSUPPORTED,
    Attribute,
    AttributeGroup,
    Enum,
    GroupTag,
    Keyword,
    MimeMediaType,
    Name,
    Operation,
    RangeOfInteger,
    Status,
)
from tests.printer import A4, A5, LETTER, LONG, PDF, Answer, Desk, group, keyword, state, value, values

NUMBER = "document-number"
TARGETED = (Operation.GET_DOCUMENT_ATTRIBUTES, Operation.SET_DOCUMENT_ATTRIBUTES, Operation.CANCEL_DOCUMENT)


def send(desk: Desk, job: Job, *own: Attribute, last: bool = True, extra: Iterable[Attribute] = ()) -> Answer:
    attributes = [Attribute("last-document", last), Attribute("document-format", MimeMediaType(PDF)), *extra]
    groups = [group(GroupTag.DOCUMENT, *own)] if own else []
    return desk.ask(Operation.SEND_DOCUMENT, *attributes, job=job.id, groups=groups, data=True)


def waiting(desk: Desk, *own: Attribute, count: int = 1) -> Job:
    """A job of some documents behind another one that prints."""
    desk.print()
    job = desk.create()
    for number in range(1, count + 1):
        desk.deliver(send(desk, job, *own, last=number == count))
    desk.orders(PrintJob)
    return job


def ask(desk: Desk, operation: Operation, job: Job, number: int = 1, *given: Attribute, user: str = "alice") -> Answer:
    groups = [group(GroupTag.DOCUMENT, *given)] if given else []
    return desk.ask(operation, Attribute(NUMBER, number), job=job.id, groups=groups, user=user)


def told(desk: Desk, job: Job, number: int = 1, *names: str) -> AttributeGroup:
    extra = [keyword("requested-attributes", *names)] if names else []
    answer = desk.ask(Operation.GET_DOCUMENT_ATTRIBUTES, Attribute(NUMBER, number), *extra, job=job.id)
    assert answer.status == Status.SUCCESSFUL_OK
    found = answer.message.group(GroupTag.DOCUMENT)
    assert found is not None
    return found


# ---------------------------------------------------------------------------------------- what is told


def test_a_document_tells_of_itself() -> None:
    desk = Desk()
    job = desk.create()
    metadata = Attribute("document-metadata", b"creator=Ada", b"title=Notes")
    desk.deliver(send(desk, job, extra=[Attribute("document-name", Name("notes.pdf")), metadata]), octets=1025)
    found = told(desk, job)
    assert values(found, "document-metadata") == (b"creator=Ada", b"title=Notes")
    expected = {
        NUMBER: 1,
        "document-job-id": job.id,
        "document-job-uri": f"ipp://printer.test/ipp/print/{job.id}",
        "document-printer-uri": "ipp://printer.test/ipp/print",
        "document-name": "notes.pdf",
        "document-format": PDF,
        "document-format-supplied": PDF,
        "document-state": 3,
        "last-document": True,
        "k-octets": 2,
        "k-octets-processed": 0,
        "impressions": NO_VALUE,
        "time-at-processing": NO_VALUE,
        "time-at-completed": NO_VALUE,
        "time-at-creation": value(found, "time-at-created"),
        "attributes-charset": "utf-8",
    }
    assert {name: value(found, name) for name in expected} == expected
    assert "document-format-detected" not in found
    assert str(value(found, "document-uuid")).startswith("urn:uuid:")


def test_a_document_s_uuid_is_its_own_and_stays() -> None:
    desk = Desk()
    job = waiting(desk, count=2)
    first = value(told(desk, job, 1), "document-uuid")
    assert first != value(told(desk, job, 2), "document-uuid")
    desk.restart()
    assert value(told(desk, desk.printer.jobs[job.id], 1), "document-uuid") == first


def test_groups_of_requested_attributes() -> None:
    desk = Desk()
    job = waiting(desk, Attribute("copies", 2))
    assert told(desk, job, 1, "document-template").names() == ["copies"]
    described = told(desk, job, 1, "document-description").names()
    assert NUMBER in described
    assert "copies" not in described
    assert set(told(desk, job).names()) == {"copies", *described}


def test_the_document_s_counters_follow_the_press() -> None:
    """Two documents share a sheet: it counts for both, each side for its own."""
    desk = Desk()
    job = desk.create(keyword("sides", LONG))
    desk.deliver(send(desk, job, last=False))
    desk.deliver(send(desk, job))
    where = (1, job.id)
    desk.report(DocumentOpened(*where, 1, True))
    assert [values(told(desk, job, number), "document-state-reasons") for number in (1, 2)] == [
        ("interpreting",),
        ("queued",),
    ]
    desk.report(ImpressionDone(*where, 1, False, False, False, A4, (1,)))
    desk.report(PageDone(*where, 1, 1, 1))
    assert values(told(desk, job, 1), "document-state-reasons") == ("printing",)
    desk.report(DocumentOpened(*where, 2, True))
    assert [value(told(desk, job, number), "document-state") for number in (1, 2)] == [9, 5]
    desk.report(ImpressionDone(*where, 1, True, False, False, A4, (2,)))
    desk.report(PageDone(*where, 2, 1, 1))
    desk.report(SheetDone(*where, 1, A4, (1, 2)))
    desk.press(job, sides=0)
    for number in (1, 2):
        found = told(desk, job, number)
        for name in ("impressions", "media-sheets", "pages"):
            assert value(found, name) == value(found, f"{name}-completed") == 1, name
        assert values(found, "document-state-reasons") == ("completed-successfully",)
        assert value(found, "k-octets-processed") == value(found, "k-octets")


def test_copies_keep_documents_in_work_until_the_job_s_end() -> None:
    desk = Desk()
    job = desk.create(Attribute("copies", 2))
    desk.deliver(send(desk, job, last=False))
    desk.deliver(send(desk, job))
    desk.report(DocumentOpened(1, job.id, 1, False))
    desk.report(DocumentOpened(1, job.id, 2, False))
    assert [value(told(desk, job, number), "document-state") for number in (1, 2)] == [5, 5]


@pytest.mark.parametrize(
    ("outcome", "reasons", "expected"),
    [
        ("canceled", ("job-canceled-by-user",), (7, {"canceled-by-user"})),
        ("aborted", ("document-format-error",), (8, {"aborted-by-system", "document-format-error"})),
    ],
)
def test_a_document_ends_as_its_job_does(outcome: str, reasons: tuple[str, ...], expected: object) -> None:
    from firmware.core.events import JobDone

    desk = Desk()
    job = desk.print()
    desk.report(DocumentOpened(1, job.id, 1, True))
    desk.report(JobDone(1, job.id, outcome, reasons))
    found = told(desk, job)
    assert (value(found, "document-state"), set(values(found, "document-state-reasons"))) == expected


def test_a_document_stands_while_its_job_does() -> None:
    desk = Desk()
    job = desk.print()
    desk.report(DocumentOpened(1, job.id, 1, True))
    job.move(JobState.STOPPED, desk.now, "printer-stopped")
    assert value(told(desk, job), "document-state") == 6
    job.move(JobState.PROCESSING, desk.now)
    assert value(told(desk, job), "document-state") == 5


def test_get_documents() -> None:
    desk = Desk()
    job = waiting(desk, count=3)
    answer = desk.ask(Operation.GET_DOCUMENTS, job=job.id)
    groups = answer.message.all_groups(GroupTag.DOCUMENT)
    assert [(value(one, NUMBER), value(one, "last-document")) for one in groups] == [(1, False), (2, False), (3, True)]
    assert {name for one in groups for name in one.names()} == {NUMBER, "last-document"}


def test_get_documents_some_of_them() -> None:
    desk = Desk()
    job = waiting(desk, count=3)
    answer = desk.ask(
        Operation.GET_DOCUMENTS,
        Attribute("limit", 1),
        Attribute("first-index", 2),
        keyword("requested-attributes", "document-description"),
        job=job.id,
    )
    (only,) = answer.message.all_groups(GroupTag.DOCUMENT)
    assert value(only, NUMBER) == 2
    assert "document-state" in only


def test_get_documents_of_a_job_without_any_or_of_none() -> None:
    desk = Desk()
    answer = desk.ask(Operation.GET_DOCUMENTS, job=desk.create().id)
    assert (answer.status, answer.message.group(GroupTag.DOCUMENT)) == (Status.SUCCESSFUL_OK, None)
    assert desk.ask(Operation.GET_DOCUMENTS, job=99).status == Status.CLIENT_ERROR_NOT_FOUND


def test_what_may_be_told_at_creation_is_derived() -> None:
    found = set(values(Desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer, "document-creation-attributes-supported"))
    assert {"copies", "media", "media-col", "sides", "document-name", "document-format", "compression"} <= found
    assert not {"job-priority", "job-hold-until", "multiple-document-handling", "document-uri"} & found


@pytest.mark.parametrize("operation", TARGETED)
def test_a_document_that_is_not_there(operation: Operation) -> None:
    desk = Desk()
    job = waiting(desk)
    given = [keyword("sides", LONG)] if operation is Operation.SET_DOCUMENT_ATTRIBUTES else []
    assert ask(desk, operation, job, 2, *given).status == Status.CLIENT_ERROR_NOT_FOUND
    assert ask(desk, operation, job, 0, *given).status == Status.CLIENT_ERROR_BAD_REQUEST
    assert desk.ask(operation, job=job.id).status == Status.CLIENT_ERROR_BAD_REQUEST
    assert desk.ask(operation, Attribute(NUMBER, 1), job=99).status == Status.CLIENT_ERROR_NOT_FOUND


def test_delete_document_is_obsolete() -> None:
    desk = Desk()
    answer = desk.ask(Operation.DELETE_DOCUMENT, Attribute(NUMBER, 1), job=waiting(desk).id)
    assert answer.status == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED


# --------------------------------------------------------------------------------------------- tickets


def test_a_document_s_attributes_go_before_its_job_s() -> None:
    desk = Desk()
    job = desk.create(keyword("media", A5), keyword("sides", LONG), Attribute("copies", 2))
    desk.deliver(send(desk, job, last=False))
    desk.deliver(
        send(
            desk, job, keyword("media", LETTER), Attribute("copies", 3), Attribute("page-ranges", RangeOfInteger(2, 2))
        )
    )
    order = desk.order()
    first, second = order.ticket.of(1), order.ticket.of(2)
    assert (first.page.media.name, first.copies, first.page_ranges) == (A5, 2, ())
    assert (second.page.media.name, second.copies, second.page_ranges) == (LETTER, 3, ((2, 2),))
    assert first.page.sides == second.page.sides == LONG
    assert order.record == {
        "media": A5,
        "sides": LONG,
        "copies": 2,
        "documents": {"2": {"media": LETTER, "copies": 3, "page-ranges": "2-2"}},
    }
    assert [document.media_asked for document in order.documents] == [False, True]


def test_print_job_may_have_a_document_group() -> None:
    desk = Desk()
    answer = desk.ask(
        Operation.PRINT_JOB,
        groups=[group(GroupTag.JOB, Attribute("copies", 2)), group(GroupTag.DOCUMENT, keyword("sides", LONG))],
        data=True,
    )
    final = desk.deliver(answer)
    assert final.status == Status.SUCCESSFUL_OK
    ticket = desk.order().ticket
    assert (ticket.page.sides, ticket.of(1).page.sides, ticket.of(1).copies) == ("one-sided", LONG, 2)
    about = final.message.group(GroupTag.DOCUMENT)
    assert about is not None
    assert about.names() == [NUMBER, "document-state", "document-state-reasons"]


def test_a_job_group_in_send_document_means_the_document() -> None:
    desk = Desk()
    job = desk.create()
    attributes = [Attribute("last-document", True)]
    groups = [group(GroupTag.JOB, Attribute("copies", 4))]
    desk.deliver(desk.ask(Operation.SEND_DOCUMENT, *attributes, job=job.id, groups=groups, data=True))
    assert desk.order().ticket.of(1).copies == 4


def test_a_name_among_the_job_s_attributes_is_understood() -> None:
    desk = Desk()
    job = desk.job(desk.deliver(desk.submit(Attribute("document-name", Name("a")))))
    assert job.documents[1].name == "a"


def test_what_a_document_can_t_have_is_told() -> None:
    desk = Desk()
    job = desk.create()
    answer = desk.deliver(
        send(desk, job, Attribute("job-priority", 3), keyword("sides", "mobius"), Attribute("copies", 2))
    )
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert answer.unsupported == [Attribute("job-priority", UNSUPPORTED), keyword("sides", "mobius")]
    assert job.documents[1].attributes == (Attribute("copies", 2),)


def test_fidelity_is_the_job_s() -> None:
    desk = Desk()
    answer = desk.ask(Operation.CREATE_JOB, Attribute("ipp-attribute-fidelity", True))
    job = desk.job(answer)
    refused = send(desk, job, keyword("sides", "mobius"))
    assert refused.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert job.documents == {}


def test_tickets_of_documents_survive_a_restart() -> None:
    desk = Desk()
    job = waiting(desk, Attribute("copies", 5))
    desk.restart()
    found = desk.printer.jobs[job.id].documents[1]
    assert found.attributes == (Attribute("copies", 5),)


# --------------------------------------------------------------------------------------------- changes


def test_set_document_attributes() -> None:
    desk = Desk()
    job = waiting(desk, keyword("media", A5), Attribute("copies", 2))
    answer = ask(
        desk,
        Operation.SET_DOCUMENT_ATTRIBUTES,
        job,
        1,
        Attribute("document-name", Name("new")),
        keyword("sides", LONG),
        Attribute("copies", DELETE_ATTRIBUTE),
    )
    assert answer.status == Status.SUCCESSFUL_OK
    document = job.documents[1]
    assert document.name == "new"
    assert document.attributes == (keyword("media", A5), keyword("sides", LONG))


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (Attribute("document-state", Enum(9)), Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE),
        (Attribute("job-priority", 5), Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
        (Attribute("sides", Keyword("mobius")), Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
        (Attribute("document-name", 5), Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
        (None, Status.CLIENT_ERROR_BAD_REQUEST),
    ],
)
def test_what_can_t_be_set(given: Attribute | None, status: Status) -> None:
    desk = Desk()
    job = waiting(desk)
    before = job.documents[1].attributes
    both = [given, Attribute("copies", 7)] if given else []
    assert ask(desk, Operation.SET_DOCUMENT_ATTRIBUTES, job, 1, *both).status == status
    assert job.documents[1].attributes == before, "all or nothing"


@pytest.mark.parametrize("operation", TARGETED[1:])
def test_changes_are_for_the_owner_and_operators(operation: Operation) -> None:
    desk = Desk()
    job = waiting(desk)
    given = [Attribute("copies", 7)] if operation is Operation.SET_DOCUMENT_ATTRIBUTES else []
    assert ask(desk, operation, job, 1, *given, user="mallory").status == Status.CLIENT_ERROR_NOT_AUTHORIZED


def test_a_job_in_work_and_a_canceled_document_are_not_changed() -> None:
    desk = Desk()
    job = desk.print()
    copies = Attribute("copies", 7)
    assert ask(desk, Operation.SET_DOCUMENT_ATTRIBUTES, job, 1, copies).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    other = desk.create()
    desk.deliver(send(desk, other, last=False))
    ask(desk, Operation.CANCEL_DOCUMENT, other)
    assert ask(desk, Operation.SET_DOCUMENT_ATTRIBUTES, other, 1, copies).status == Status.CLIENT_ERROR_NOT_POSSIBLE


def test_cancel_document() -> None:
    desk = Desk()
    job = waiting(desk, count=2)
    assert ask(desk, Operation.CANCEL_DOCUMENT, job).status == Status.SUCCESSFUL_OK
    found = told(desk, job)
    assert value(found, "document-state") == 7
    assert values(found, "document-state-reasons") == ("canceled-by-user",)
    assert value(found, "time-at-completed") == value(found, "printer-up-time")
    assert (state(job), state(job.documents[2])) == (JobState.PENDING, DocumentState.PENDING)
    desk.restart()
    assert state(desk.printer.jobs[job.id].documents[1]) is DocumentState.CANCELED


def test_a_document_is_canceled_once_and_not_after_its_job() -> None:
    desk = Desk()
    job = waiting(desk, count=2)
    ask(desk, Operation.CANCEL_DOCUMENT, job)
    assert ask(desk, Operation.CANCEL_DOCUMENT, job).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    assert ask(desk, Operation.CANCEL_DOCUMENT, job, 2).status == Status.CLIENT_ERROR_NOT_POSSIBLE


# ------------------------------------------------------------------------------------------ validation


def validate(desk: Desk, *own: Attribute, extra: Iterable[Attribute] = ()) -> Answer:
    return desk.ask(Operation.VALIDATE_DOCUMENT, *extra, groups=[group(GroupTag.DOCUMENT, *own)])


def test_validate_document() -> None:
    desk = Desk()
    name = Attribute("document-name", Name("a"))
    assert validate(desk, Attribute("copies", 2), extra=[name]).status == Status.SUCCESSFUL_OK
    assert desk.printer.jobs == {}


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (Attribute("document-format", MimeMediaType("a/b")), Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
        (keyword("compression", "compress"), Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED),
        (Attribute("ipp-attribute-fidelity", True), Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
        (Attribute("document-name", Keyword("a")), Status.CLIENT_ERROR_BAD_REQUEST),
    ],
)
def test_validate_document_says_no(extra: Attribute, status: Status) -> None:
    assert validate(Desk(), keyword("sides", "mobius"), extra=[extra]).status == status


def test_validate_document_says_what_would_be_ignored() -> None:
    answer = validate(Desk(), keyword("sides", "mobius"))
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert answer.unsupported == [keyword("sides", "mobius")]
