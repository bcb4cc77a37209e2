"""Privacy – IPP Privacy Attributes v1.0: a second user sees the queue, and nothing of whose or what it is."""

from __future__ import annotations

import pytest

from firmware.core.job import JobState
from firmware.features.privacy import OPEN, PERSONAL
from firmware.ipp import Attribute, AttributeGroup, GroupTag, Name, Operation, Status
from tests.printer import OPERATOR, PLAIN, Desk, keyword, state, value, values

NOT_AUTHORIZED = Status.CLIENT_ERROR_NOT_AUTHORIZED
NOT_FOUND = Status.CLIENT_ERROR_NOT_FOUND
ALL = keyword("requested-attributes", "all")


def private_job(desk: Desk) -> int:
    """A job that alice holds, with a name and an account to hide."""
    hold = keyword("job-hold-until", "indefinite")
    groups = [AttributeGroup(GroupTag.JOB, [hold, Attribute("job-account-id", Name("4711"))])]
    about = [Attribute("job-name", Name("Letter to Bob")), Attribute("document-name", Name("bob.pdf"))]
    answer = desk.deliver(desk.ask(Operation.PRINT_JOB, *about, groups=groups, data=True))
    return desk.job(answer).id


def configure(desk: Desk, *settings: Attribute) -> Status:
    groups = [AttributeGroup(GroupTag.PRINTER, list(settings))]
    return desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=groups).status


def seen(desk: Desk, user: str) -> dict[str, set[str]]:
    """Names of attributes that a user is told, by operation."""
    (in_list,) = desk.ask(Operation.GET_JOBS, ALL, user=user).jobs
    alone = desk.ask(Operation.GET_JOB_ATTRIBUTES, ALL, job=1, user=user).job
    documents = desk.ask(Operation.GET_DOCUMENTS, ALL, job=1, user=user).message
    number = Attribute("document-number", 1)
    document = desk.ask(Operation.GET_DOCUMENT_ATTRIBUTES, number, ALL, job=1, user=user).message
    found = {"jobs": set(in_list.names()), "job": set(alone.names())}
    for name, message in (("documents", documents), ("document", document)):
        group = message.group(GroupTag.DOCUMENT)
        found[name] = set(group.names()) if group is not None else set()
    return found


def test_what_the_printer_tells() -> None:
    told = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    for kind in ("job", "document"):
        assert value(told, f"{kind}-privacy-scope") == "default"
        assert values(told, f"{kind}-privacy-attributes") == ("default",)
    assert value(told, "subscription-privacy-scope") == "default"
    assert values(told, "subscription-privacy-attributes") == ("all",)
    assert value(told, "printer-privacy-policy-uri") == "http://printer.test/privacy"


def test_by_default_others_do_not_learn_whose_and_what() -> None:
    desk = Desk()
    private_job(desk)
    alice, eve = seen(desk, "alice"), seen(desk, "eve")
    for name in ("jobs", "job"):
        assert {"job-name", "job-originating-user-name", "job-account-id"} <= alice[name]
        assert alice[name] - eve[name] == PERSONAL["job"] & alice[name]
        assert OPEN["job"] <= eve[name]
    for name in ("documents", "document"):
        assert alice[name] - eve[name] == {"document-name"}
    whole = desk.ask(Operation.GET_JOBS, ALL, user="eve").message
    assert "Bob" not in str(whole)
    assert "alice" not in str(whole)


def test_asking_by_name_or_group_is_no_way_round() -> None:
    desk = Desk()
    private_job(desk)
    for words in (["job-name"], ["job-description"], ["job-template"], ["all", "job-name"]):
        wanted = keyword("requested-attributes", *words)
        told = desk.ask(Operation.GET_JOB_ATTRIBUTES, wanted, job=1, user="eve").message
        assert told.get("job-name", GroupTag.JOB) is None
        assert told.get("job-account-id", GroupTag.JOB) is None


def test_operators_see_what_they_need() -> None:
    desk = Desk()
    private_job(desk)
    told = desk.ask(Operation.GET_JOB_ATTRIBUTES, job=1, user="root", caller=OPERATOR).job
    assert value(told, "job-name") == "Letter to Bob"
    configure(desk, keyword("job-privacy-scope", "owner"))
    told = desk.ask(Operation.GET_JOB_ATTRIBUTES, job=1, user="root", caller=OPERATOR).job
    assert "job-name" not in told.names()
    assert "job-name" in desk.ask(Operation.GET_JOB_ATTRIBUTES, job=1).job.names()


@pytest.mark.parametrize(
    ("words", "hidden", "shown"),
    [
        (["all"], {"job-name", "sides", "job-account-id", "time-at-creation"}, OPEN["job"]),
        (["none"], set(), {"job-name", "job-account-id", "job-originating-user-name"}),
        (["job-template"], {"job-account-id", "job-hold-until"}, {"job-name"}),
        (["job-description"], {"job-name", "time-at-creation"}, {"job-account-id", "job-hold-until", "job-id"}),
        (["job-name", "time-at-creation"], {"job-name", "time-at-creation"}, {"job-originating-user-name"}),
        (["default", "job-hold-until"], {"job-name", "job-hold-until"}, {"time-at-creation"}),
    ],
)
def test_attributes_and_groups(words: list[str], hidden: set[str], shown: set[str]) -> None:
    desk = Desk()
    private_job(desk)
    assert configure(desk, keyword("job-privacy-attributes", *words)) == Status.SUCCESSFUL_OK
    for name in ("jobs", "job"):
        eve = seen(desk, "eve")[name]
        assert not hidden & eve
        assert shown <= eve


@pytest.mark.parametrize("scope", ["all", "none"])
def test_everybody_and_nobody(scope: str) -> None:
    desk = Desk()
    private_job(desk)
    assert configure(desk, keyword("job-privacy-scope", scope)) == Status.SUCCESSFUL_OK
    for user in ("alice", "eve"):
        assert ("job-name" in seen(desk, user)["job"]) is (scope == "all")


def test_what_can_not_be_set() -> None:
    desk = Desk()
    wrong = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert configure(desk, keyword("job-privacy-scope", "friends")) == wrong
    assert configure(desk, keyword("job-privacy-attributes", "job-secret")) == wrong
    assert configure(desk, keyword("document-privacy-attributes", "job-name")) == wrong
    group = AttributeGroup(GroupTag.PRINTER, [keyword("job-privacy-scope", "all")])
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=PLAIN, groups=[group]).status == NOT_AUTHORIZED


def test_a_second_user_can_do_nothing_to_what_is_not_his() -> None:
    """Every operation on jobs and documents: refused, the same way whatever is behind, and nothing has changed."""
    desk = Desk()
    number = private_job(desk)
    job = desk.printer.jobs[number]
    document = Attribute("document-number", 1)
    reading = {Operation.GET_JOB_ATTRIBUTES, Operation.GET_DOCUMENTS, Operation.GET_DOCUMENT_ATTRIBUTES}
    for code, definition in desk.catalog.operations.items():
        if definition.target.__name__ not in ("Job", "Document") or code in reading:
            continue
        more = [document] if definition.target.__name__ == "Document" else []
        if "last-document" in definition.attributes:
            more.append(Attribute("last-document", True))
        for data in (False, True):
            answer = desk.ask(code, *more, job=number, user="eve", data=data)
            assert answer.status in (NOT_AUTHORIZED, Status.CLIENT_ERROR_BAD_REQUEST), (code, answer.said)
            assert answer.reply.accept is None
            assert desk.ask(code, *more, job=number + 1, user="eve").status == NOT_FOUND
    mine = desk.ask(Operation.CANCEL_MY_JOBS, Attribute("job-ids", number), user="eve")
    assert mine.status == NOT_AUTHORIZED
    assert desk.ask(Operation.CANCEL_MY_JOBS, user="eve").status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.HELD
    assert value(desk.ask(Operation.GET_JOB_ATTRIBUTES, job=number).job, "job-name") == "Letter to Bob"


def test_settings_survive_a_restart() -> None:
    desk = Desk()
    private_job(desk)
    configure(desk, keyword("job-privacy-attributes", "all"))
    desk.restart()
    assert seen(desk, "eve")["job"] == OPEN["job"]
