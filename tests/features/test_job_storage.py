"""Job storage – PWG 5100.11: store only, print and store, print again; for the owner or for everybody."""

from __future__ import annotations

import hashlib

import pytest

from firmware.core.access import Caller, Link
from firmware.core.events import DropDocuments, PrintJob, ShareDocuments
from firmware.core.job import Job, JobState
from firmware.features.job_storage import MOST_STORED
from firmware.ipp import Attribute, Collection, GroupTag, Keyword, Operation, Status
from tests.printer import PWG, Answer, Desk, keyword, reasons, state, value, values

NOT_AUTHORIZED = Status.CLIENT_ERROR_NOT_AUTHORIZED
UNSUPPORTED = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED


def storage(**members: str) -> Attribute:
    names = {"access": "job-storage-access", "disposition": "job-storage-disposition", "group": "job-storage-group"}
    return Attribute(
        "job-storage", Collection.of(Attribute(names[key], Keyword(word)) for key, word in members.items())
    )


def submit(desk: Desk, *extra: Attribute, format: str = PWG, user: str = "alice") -> Answer:
    answer = desk.submit(format=format, user=user, extra=extra)
    return desk.deliver(answer) if answer.reply.accept is not None else answer


def stored(desk: Desk, **members: str) -> Job:
    job = desk.job(submit(desk, storage(disposition="store-only", **members)))
    assert "job-stored" in reasons(job)
    return job


def test_what_the_printer_tells() -> None:
    told = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert set(values(told, "job-storage-supported")) == {"job-storage-access", "job-storage-disposition"}
    assert values(told, "job-storage-access-supported") == ("owner", "public")
    assert values(told, "job-storage-disposition-supported") == ("none", "print-and-store", "store-only")
    assert "job-storage" in values(told, "ipp-features-supported")
    assert {"stored-owner", "stored-public"} <= set(values(told, "which-jobs-supported"))
    assert "job-storage" in values(told, "job-creation-attributes-supported")


def test_store_only_prints_nothing_and_keeps_the_documents() -> None:
    desk = Desk()
    answer = submit(desk, storage(disposition="store-only"))
    job = desk.job(answer)
    assert state(job) is JobState.COMPLETED
    assert "job-stored" in reasons(job)
    assert desk.printer.current is None
    assert desk.orders(PrintJob) == []
    assert desk.orders(DropDocuments) == []
    told = desk.ask(Operation.GET_JOB_ATTRIBUTES, job=job.id).job
    assert value(told, "job-storage") == Collection(
        (keyword("job-storage-access", "owner"), keyword("job-storage-disposition", "store-only"))
    )


def test_a_raster_is_not_printed_while_it_comes() -> None:
    desk = Desk()
    answer = desk.submit(format=PWG, extra=[storage(disposition="store-only")])
    assert desk.orders(PrintJob) == []
    desk.deliver(answer)
    assert desk.orders(PrintJob) == []


def test_it_is_stored_even_while_others_print_or_the_printer_is_paused() -> None:
    desk = Desk()
    desk.print()
    desk.printer.paused = True
    stored(desk)


def test_print_and_store() -> None:
    desk = Desk()
    job = desk.job(submit(desk, storage()))
    assert state(job) is JobState.PROCESSING
    desk.press(job)
    assert state(job) is JobState.COMPLETED
    assert {"job-stored", "job-completed-successfully"} <= reasons(job)
    assert desk.orders(DropDocuments) == []


def test_what_did_not_come_to_a_good_end_is_not_stored() -> None:
    desk = Desk()
    job = desk.job(submit(desk, storage()))
    desk.press(job, "aborted")
    assert "job-stored" not in reasons(job)
    assert job.storage == "none"
    failed = desk.deliver(desk.submit(extra=[storage(disposition="store-only")]), fail="submission-interrupted")
    assert failed.status != Status.SUCCESSFUL_OK
    assert "job-stored" not in reasons(desk.printer.jobs[2])


def test_none_is_none() -> None:
    desk = Desk()
    job = desk.job(submit(desk, storage(disposition="none", access="public")))
    desk.press(job)
    assert "job-stored" not in reasons(job)


@pytest.mark.parametrize(
    "members", [{"access": "group"}, {"access": "all"}, {"disposition": "burn"}, {"group": "staff"}]
)
def test_what_can_not_be_had_is_refused(members: dict[str, str]) -> None:
    desk = Desk()
    answer = submit(desk, storage(**members))
    assert answer.status in (UNSUPPORTED, Status.CLIENT_ERROR_BAD_REQUEST)
    assert not desk.printer.jobs


def test_the_owner_prints_it_again() -> None:
    desk = Desk()
    job = stored(desk)
    answer = desk.ask(Operation.RESUBMIT_JOB, job=job.id)
    assert answer.status == Status.SUCCESSFUL_OK, answer.said
    again = desk.job(answer)
    assert (again.id, again.storage) == (2, "none")
    assert state(again) is JobState.PROCESSING
    assert any(isinstance(order, ShareDocuments) for order in desk.engine.outbox)
    desk.press(again)
    assert desk.ask(Operation.RESUBMIT_JOB, job=job.id).status == Status.SUCCESSFUL_OK


def test_others_can_not_unless_it_is_public() -> None:
    desk = Desk()
    mine, everybodys = stored(desk), stored(desk, access="public")
    assert desk.ask(Operation.RESUBMIT_JOB, job=mine.id, user="eve").status == NOT_AUTHORIZED
    answer = desk.ask(Operation.RESUBMIT_JOB, job=everybodys.id, user="eve")
    assert answer.status == Status.SUCCESSFUL_OK
    assert desk.job(answer).user == "eve"
    for operation in (Operation.CANCEL_JOB, Operation.REPROCESS_JOB, Operation.RELEASE_JOB):
        assert desk.ask(operation, job=everybodys.id, user="eve").status == NOT_AUTHORIZED


def test_lists() -> None:
    desk = Desk()
    mine, everybodys = stored(desk), stored(desk, access="public")
    desk.print()

    def which(word: str, user: str) -> list[object]:
        answer = desk.ask(Operation.GET_JOBS, keyword("which-jobs", word), user=user)
        return [value(group, "job-id") for group in answer.message.all_groups(GroupTag.JOB)]

    assert which("stored-owner", "alice") == [mine.id]
    assert which("stored-owner", "eve") == []
    assert which("stored-public", "alice") == which("stored-public", "eve") == [everybodys.id]


def test_others_may_read_what_a_public_job_is() -> None:
    desk = Desk()
    mine, everybodys = stored(desk), stored(desk, access="public")
    for job, seen in ((mine, False), (everybodys, True)):
        told = desk.ask(Operation.GET_JOB_ATTRIBUTES, job=job.id, user="eve").job
        assert ("job-name" in told.names()) is seen


def test_cancel_throws_it_away() -> None:
    desk = Desk()
    job = stored(desk)
    assert desk.ask(Operation.CANCEL_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert "job-stored" not in reasons(job)
    assert [order.job_id for order in desk.orders(DropDocuments)] == [job.id]
    assert desk.ask(Operation.CANCEL_JOB, job=job.id).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert desk.ask(Operation.RESUBMIT_JOB, job=job.id).status == Status.CLIENT_ERROR_NOT_POSSIBLE


def test_it_outlives_time_history_and_power() -> None:
    desk = Desk()
    job = stored(desk)
    desk.wait(1e8)
    for _ in range(3):
        other = desk.print()
        desk.press(other)
    desk.restart()
    desk.wait(1e8)
    job = desk.printer.jobs[job.id]
    assert "job-stored" in reasons(job)
    assert desk.ask(Operation.RESUBMIT_JOB, job=job.id).status == Status.SUCCESSFUL_OK


def test_printed_again_it_waits_for_the_same_pin() -> None:
    desk = Desk()
    pin = Attribute("job-password", hashlib.sha256(b"4711").digest()), keyword("job-password-encryption", "sha2-256")
    job = desk.job(submit(desk, storage(disposition="store-only"), *pin))
    assert "job-stored" in reasons(job), "stored at once: nothing comes out"
    again = desk.job(desk.ask(Operation.RESUBMIT_JOB, job=job.id))
    assert state(again) is JobState.HELD
    assert "job-password-wait" in reasons(again)
    tls = Caller(Link.TLS)
    assert desk.ask(Operation.RELEASE_JOB, job=again.id, caller=tls).status == NOT_AUTHORIZED
    assert desk.ask(Operation.RELEASE_JOB, *pin, job=again.id, caller=tls).status == Status.SUCCESSFUL_OK
    assert state(again) is JobState.PROCESSING


def test_there_is_a_bound() -> None:
    desk = Desk()
    for _ in range(MOST_STORED):
        stored(desk)
    assert submit(desk, storage()).status == Status.SERVER_ERROR_TOO_MANY_JOBS
    desk.ask(Operation.CANCEL_JOB, job=1)
    assert submit(desk, storage()).status == Status.SUCCESSFUL_OK
