"""Notifications – RFC 3995: subscriptions are made, looked at, renewed and ended."""

from __future__ import annotations

import pytest

from firmware.core import notices
from firmware.core.access import Caller
from firmware.core.notices import KEPT, Notices
from firmware.features.notifications import LEASE, LONGEST_LEASE, MAX_EVENTS
from firmware.ipp import (
    UNSUPPORTED,
    Attribute,
    AttributeGroup,
    Charset,
    Enum,
    GroupTag,
    Keyword,
    Name,
    NaturalLanguage,
    Operation,
    RangeOfInteger,
    Status,
    Uri,
    Value,
)
from tests.printer import MONO, OPERATOR, PLAIN, URI, Answer, Desk, group, keyword, value, values
from tests.subscribers import PULL, create_for_job, get, heard, kept, made, subscribe, subscribe_to_job, wish

OK = Status.SUCCESSFUL_OK
SUBSTITUTED = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
NOT_SUPPORTED = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
IGNORED = Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS


def create(desk: Desk, *groups: AttributeGroup, user: str | None = "alice") -> Answer:
    return desk.ask(Operation.CREATE_PRINTER_SUBSCRIPTIONS, user=user, groups=groups)


def attributes(desk: Desk, number: int, *wanted: str, user: str = "alice") -> dict[str, tuple[Value, ...]]:
    """Get-Subscription-Attributes."""
    more = [keyword("requested-attributes", *wanted)] if wanted else []
    target = Attribute("notify-subscription-id", number)
    answer = desk.ask(Operation.GET_SUBSCRIPTION_ATTRIBUTES, target, *more, user=user)
    assert answer.status == OK, answer.said
    (found,) = answer.subscriptions
    return {attribute.name: attribute.values for attribute in found}


def listed(desk: Desk, *more: Attribute, user: str = "alice", caller: Caller = PLAIN) -> list[int]:
    """The ids that Get-Subscriptions tells."""
    answer = desk.ask(Operation.GET_SUBSCRIPTIONS, *more, user=user, caller=caller)
    assert answer.status == OK, answer.said
    return [value(found, "notify-subscription-id") for found in answer.subscriptions]  # type: ignore[misc]


def about(operation: Operation, desk: Desk, number: int, *more: Attribute, user: str = "alice") -> Answer:
    return desk.ask(operation, Attribute("notify-subscription-id", number), *more, user=user)


# ------------------------------------------------------------------------------------------------ making


def test_a_subscription_of_a_printer() -> None:
    desk = Desk()
    data = Attribute("notify-user-data", b"\x00\xffwho")
    answer = create(desk, wish("job-completed", "printer-stopped", more=(data,)))
    assert answer.status == OK
    (found,) = answer.subscriptions
    assert found.names() == ["notify-subscription-id", "notify-lease-duration"]
    assert value(found, "notify-lease-duration") == LEASE
    desk.wait(10)
    assert attributes(desk, made(answer)) == {
        "notify-subscription-id": (1,),
        "notify-subscription-uuid": (Uri("urn:uuid:" + kept(desk, 1).uuid),),
        "notify-printer-uri": (Uri(URI),),
        "notify-subscriber-user-name": (Name("alice"),),
        "notify-pull-method": (Keyword("ippget"),),
        "notify-events": (Keyword("job-completed"), Keyword("printer-stopped")),
        "notify-user-data": (b"\x00\xffwho",),
        "notify-charset": (Charset("utf-8"),),
        "notify-natural-language": (NaturalLanguage("en"),),
        "notify-sequence-number": (0,),
        "notify-lease-duration": (LEASE,),
        "notify-lease-expiration-time": (1 + LEASE,),
        "notify-printer-up-time": (11,),
    }


def test_a_subscription_of_a_job() -> None:
    """Sections 5.3.8, 5.4.3 and 5.4.4: it has no lease, and nothing that goes with one."""
    desk = Desk()
    job = desk.held()
    number = subscribe_to_job(desk, job.id, "job-completed", more=(Attribute("notify-time-interval", 5),))
    found = attributes(desk, number)
    assert found["notify-job-id"] == (job.id,)
    assert found["notify-time-interval"] == (5,)
    assert not {"notify-lease-duration", "notify-lease-expiration-time", "notify-printer-up-time"} & set(found)


def test_what_is_not_said_is_the_default() -> None:
    desk = Desk()
    number = subscribe(desk)
    assert attributes(desk, number)["notify-events"] == (Keyword("job-completed"),)
    assert not {"notify-user-data", "notify-time-interval", "notify-attributes"} & set(attributes(desk, number))
    new = group(
        GroupTag.PRINTER,
        keyword("notify-events-default", "printer-stopped"),
        Attribute("notify-lease-duration-default", 60),
    )
    done = desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=[new])
    assert done.status == OK, done.said
    found = attributes(desk, subscribe(desk))
    assert found["notify-events"] == (Keyword("printer-stopped"),)
    assert found["notify-lease-duration"] == (60,)


def test_several_at_once_are_answered_in_their_order() -> None:
    desk = Desk()
    answer = create(desk, wish("job-created"), wish("no-such-event"), wish("job-stopped"))
    assert answer.status == IGNORED
    first, second, third = answer.subscriptions
    assert value(first, "notify-subscription-id") == 1
    assert value(second, "notify-status-code") == Enum(NOT_SUPPORTED)
    assert second.get("notify-subscription-id") is None
    assert values(second, "notify-events") == (Keyword("no-such-event"),)
    assert value(third, "notify-subscription-id") == 2


def test_none_could_be_made() -> None:
    """Section 12.2; 'none' alone asks for nothing (section 5.3.3.4.1)."""
    desk = Desk()
    push = group(GroupTag.SUBSCRIPTION, Attribute("notify-recipient-uri", Uri("mailto:alice@example.com")))
    other = group(GroupTag.SUBSCRIPTION, keyword("notify-pull-method", "carrier-pigeon"))
    answer = create(desk, push, other, wish("none"))
    assert answer.status == Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS
    codes = [value(found, "notify-status-code") for found in answer.subscriptions]
    assert codes == [Enum(Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED), Enum(NOT_SUPPORTED), Enum(NOT_SUPPORTED)]
    assert answer.subscriptions[0].get("notify-recipient-uri") is not None
    assert value(answer.subscriptions[1], "notify-pull-method") == "carrier-pigeon"
    assert desk.printer[Notices].subscriptions == {}


@pytest.mark.parametrize(
    "groups",
    [
        [],
        [group(GroupTag.SUBSCRIPTION)],
        [group(GroupTag.SUBSCRIPTION, keyword("notify-events", "job-completed"))],
        [wish("job-completed"), wish("job-completed", more=(Attribute("notify-recipient-uri", Uri("x:")),))],
    ],
)
def test_a_group_must_say_how_to_deliver(groups: list[AttributeGroup]) -> None:
    """Section 5.2, rule 4: else nothing is done at all."""
    desk = Desk()
    answer = create(desk, *groups)
    assert answer.status == Status.CLIENT_ERROR_BAD_REQUEST
    assert answer.subscriptions == []
    assert desk.printer[Notices].subscriptions == {}


@pytest.mark.parametrize(
    ("attribute", "refused"),
    [
        (Attribute("notify-user-data", bytes(64)), Attribute("notify-user-data", bytes(64))),
        (Attribute("notify-charset", Charset("us-ascii")), Attribute("notify-charset", Charset("us-ascii"))),
        (Attribute("notify-natural-language", NaturalLanguage("tlh")), None),
        (Attribute("notify-time-interval", -1), Attribute("notify-time-interval", -1)),
        (Attribute("notify-sequence-number", 7), Attribute("notify-sequence-number", UNSUPPORTED)),
        (Attribute("notify-max-events-supported", 7), Attribute("notify-max-events-supported", UNSUPPORTED)),
        (Attribute("strange", Keyword("x")), Attribute("strange", UNSUPPORTED)),
        (keyword("notify-attributes", "job-name", "job-id"), keyword("notify-attributes", "job-id")),
    ],
)
def test_what_is_not_supported_is_told_with_the_subscription(attribute: Attribute, refused: Attribute | None) -> None:
    """Section 5.2, rules 2 and 8: it is made all the same, and the answer stands in its own group."""
    desk = Desk()
    answer = create(desk, wish("job-completed", more=(attribute,)))
    assert answer.status == OK
    assert answer.unsupported == []
    (found,) = answer.subscriptions
    assert value(found, "notify-status-code") == Enum(SUBSTITUTED)
    assert found.get(attribute.name) == (refused or attribute)
    told = attributes(desk, made(answer))
    assert told["notify-charset"] == (Charset("utf-8"),)
    assert told["notify-natural-language"] == (NaturalLanguage("en"),)


def test_events_that_can_t_happen_are_left_out() -> None:
    desk = Desk()
    answer = create(desk, wish("job-completed", "none", "job-fetchable", "job-completed"))
    (found,) = answer.subscriptions
    assert values(found, "notify-events") == (Keyword("none"), Keyword("job-fetchable"))
    assert attributes(desk, made(answer))["notify-events"] == (Keyword("job-completed"),)


def test_too_many_events() -> None:
    """Section 5.3.3: the first of them count."""
    desk = Desk()
    answer = create(desk, wish(*["job-completed"] * MAX_EVENTS, "printer-stopped", "job-created"))
    (found,) = answer.subscriptions
    assert value(found, "notify-status-code") == Enum(Status.SUCCESSFUL_OK_TOO_MANY_EVENTS)
    assert values(found, "notify-events") == (Keyword("printer-stopped"), Keyword("job-created"))
    assert attributes(desk, made(answer))["notify-events"] == (Keyword("job-completed"),)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [(1, 1), (3600, 3600), (LONGEST_LEASE, LONGEST_LEASE), (LONGEST_LEASE + 1, LONGEST_LEASE), (0, LONGEST_LEASE)],
)
def test_a_lease_as_close_to_what_was_asked_as_may_be(asked: int, granted: int) -> None:
    """Section 5.3.8. Leases without end are not given."""
    desk = Desk()
    answer = create(desk, wish("job-completed", more=(Attribute("notify-lease-duration", asked),)))
    (found,) = answer.subscriptions
    assert values(found, "notify-lease-duration") == (granted,)
    assert values(found, "notify-status-code") == (() if asked == granted else (Enum(SUBSTITUTED),))


def test_there_is_an_end_to_subscriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "MOST_SUBSCRIPTIONS", 2)
    desk = Desk()
    answer = create(desk, *[wish("job-created")] * 3)
    assert answer.status == IGNORED
    assert value(answer.subscriptions[2], "notify-status-code") == Enum(Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS)
    again = create(desk, wish("job-created"))
    assert again.status == Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS
    about(Operation.CANCEL_SUBSCRIPTION, desk, 1)
    assert made(create(desk, wish("job-created"))) == 3, "no number is given twice"


def test_notify_job_id_does_not_belong_to_printers() -> None:
    """Section 11.1.2.1: an operation attribute that is not supported."""
    desk = Desk()
    answer = desk.ask(
        Operation.CREATE_PRINTER_SUBSCRIPTIONS, Attribute("notify-job-id", 1), groups=[wish("job-created")]
    )
    assert answer.status == SUBSTITUTED
    assert answer.unsupported == [Attribute("notify-job-id", UNSUPPORTED)]
    assert made(answer) == 1


# ------------------------------------------------------------------------------------------------ of jobs


def test_subscriptions_of_a_job_are_its_owner_s() -> None:
    desk = Desk()
    job = desk.held()
    assert create_for_job(desk, job.id, wish("job-stopped")).status == OK
    assert create_for_job(desk, job.id, wish("job-stopped"), user="eve").status == (Status.CLIENT_ERROR_NOT_AUTHORIZED)
    assert create_for_job(desk, job.id, wish("job-stopped"), user="root", caller=OPERATOR).status == OK


def test_jobs_that_can_t_be_subscribed_to() -> None:
    desk = Desk()
    assert create_for_job(desk, 99, wish("job-completed")).status == Status.CLIENT_ERROR_NOT_FOUND
    job = desk.held()
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    late = create_for_job(desk, job.id, wish("job-completed"))
    assert late.status == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert late.subscriptions == []
    nameless = desk.ask(Operation.CREATE_JOB_SUBSCRIPTIONS, groups=[wish("job-completed")])
    assert nameless.status == Status.CLIENT_ERROR_BAD_REQUEST


def test_a_lease_is_nothing_for_a_job() -> None:
    """Section 5.2, rule 8b."""
    desk = Desk()
    job = desk.held()
    lease = Attribute("notify-lease-duration", 60)
    answer = create_for_job(desk, job.id, wish("job-completed", more=(lease,)))
    (found,) = answer.subscriptions
    assert value(found, "notify-lease-duration") == UNSUPPORTED
    assert value(found, "notify-status-code") == Enum(SUBSTITUTED)


def test_subscriptions_come_with_a_job() -> None:
    """Section 11.1.3: after the job's own group, and from its first event on."""
    desk = Desk()
    groups = [wish("job-created", "job-completed"), wish("printer-state-changed")]
    answer = desk.ask(Operation.CREATE_JOB, groups=groups)
    assert answer.status == OK
    assert [found.tag for found in answer.message.groups] == [
        GroupTag.OPERATION,
        GroupTag.JOB,
        GroupTag.SUBSCRIPTION,
        GroupTag.SUBSCRIPTION,
    ]
    assert heard(desk, 1) == ["job-created"]
    assert kept(desk, 2).job_id == desk.job(answer).id


def test_print_job_answers_when_the_document_is_there() -> None:
    desk = Desk()
    groups = [group(GroupTag.JOB, Attribute("copies", 2)), wish("job-state-changed"), wish("nonsense")]
    answer = desk.deliver(desk.ask(Operation.PRINT_JOB, groups=groups, data=True))
    assert answer.status == IGNORED
    tags = [found.tag for found in answer.message.groups]
    assert tags[-2:] == [GroupTag.SUBSCRIPTION] * 2
    assert GroupTag.JOB in tags[:-2]
    assert value(answer.subscriptions[0], "notify-subscription-id") == 1
    assert value(answer.subscriptions[1], "notify-status-code") == Enum(NOT_SUPPORTED)
    desk.press(desk.job(answer))
    assert heard(desk, 1)[0] == "job-state-changed"


def test_ignored_subscriptions_hide_ignored_attributes() -> None:
    """Section 12.1; the job is made whatever becomes of them."""
    desk = Desk()
    groups = [group(GroupTag.JOB, Attribute("copies", 0)), wish("nonsense")]
    answer = desk.ask(Operation.CREATE_JOB, groups=groups)
    assert answer.status == IGNORED
    assert answer.unsupported == [Attribute("copies", 0)]
    assert len(desk.printer.jobs) == 1


def test_a_job_without_delivery_is_not_made() -> None:
    desk = Desk()
    bad = group(GroupTag.SUBSCRIPTION, keyword("notify-events", "job-completed"))
    answer = desk.ask(Operation.PRINT_JOB, groups=[bad], data=True)
    assert answer.status == Status.CLIENT_ERROR_BAD_REQUEST
    assert desk.printer.jobs == {}


def test_validate_job_says_what_would_become_of_them() -> None:
    """Section 11.2.2: no id, for nothing is made."""
    desk = Desk()
    groups = [wish("job-completed"), wish("job-completed", more=(Attribute("strange", 1),)), wish("nonsense")]
    answer = desk.ask(Operation.VALIDATE_JOB, groups=groups)
    assert answer.status == IGNORED
    assert [found.names() for found in answer.subscriptions] == [
        [],
        ["notify-status-code", "strange"],
        ["notify-status-code", "notify-events"],
    ]
    assert desk.printer[Notices].subscriptions == {}
    assert desk.ask(Operation.VALIDATE_JOB, groups=[wish("job-completed")]).status == OK


def test_other_operations_don_t_care_for_subscription_groups() -> None:
    desk = Desk()
    bad = group(GroupTag.SUBSCRIPTION, keyword("notify-events", "job-completed"))
    assert desk.ask(Operation.GET_PRINTER_ATTRIBUTES, groups=[bad]).status == OK


# ---------------------------------------------------------------------------------------- looking at them


def test_attributes_by_group_and_by_name() -> None:
    desk = Desk()
    number = subscribe(desk, "job-created")
    everything = attributes(desk, number, "all")
    template = attributes(desk, number, "subscription-template")
    description = attributes(desk, number, "subscription-description")
    assert everything == {**template, **description}
    assert not template.keys() & description.keys()
    assert {"notify-events", "notify-pull-method", "notify-lease-duration"} <= template.keys()
    assert {"notify-subscription-id", "notify-sequence-number", "notify-printer-up-time"} <= description.keys()
    assert list(attributes(desk, number, "notify-events", "strange")) == ["notify-events"]


@pytest.mark.parametrize(
    "operation",
    [Operation.GET_SUBSCRIPTION_ATTRIBUTES, Operation.RENEW_SUBSCRIPTION, Operation.CANCEL_SUBSCRIPTION],
)
def test_which_one_must_be_said_and_must_be_mine(operation: Operation) -> None:
    desk = Desk()
    subscribe(desk, "job-created")
    assert desk.ask(operation).status == Status.CLIENT_ERROR_BAD_REQUEST
    missing = about(operation, desk, 99)
    assert missing.status == Status.CLIENT_ERROR_NOT_FOUND
    assert missing.unsupported == [Attribute("notify-subscription-id", 99)]
    assert about(operation, desk, 1, user="eve").status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert kept(desk, 1)
    target = Attribute("notify-subscription-id", 1)
    assert desk.ask(operation, target, user="root", caller=OPERATOR).status == OK


def test_a_list_of_subscriptions() -> None:
    desk = Desk()
    job = desk.held()
    mine, hers = subscribe(desk, "job-created"), subscribe(desk, "job-created", user="bob")
    of_job = subscribe_to_job(desk, job.id, "job-completed")
    third = subscribe(desk, "job-created")
    assert listed(desk) == [mine, third]
    assert listed(desk, user="bob") == [hers]
    assert listed(desk, user="eve") == []
    assert listed(desk, user="root", caller=OPERATOR) == [mine, hers, third]
    assert listed(desk, Attribute("my-subscriptions", True), user="root", caller=OPERATOR) == []
    assert listed(desk, Attribute("my-subscriptions", True)) == [mine, third]
    assert listed(desk, Attribute("limit", 1)) == [mine]
    assert listed(desk, Attribute("notify-subscription-ids", third, hers)) == [third]
    assert listed(desk, Attribute("notify-job-id", job.id)) == [of_job]
    assert listed(desk, Attribute("notify-job-id", job.id), user="eve") == []


def test_a_list_tells_ids_or_what_is_wished() -> None:
    desk = Desk()
    subscribe(desk, "job-created")
    answer = desk.ask(Operation.GET_SUBSCRIPTIONS)
    assert [found.names() for found in answer.subscriptions] == [["notify-subscription-id"]]
    wanted = keyword("requested-attributes", "notify-events", "notify-subscriber-user-name")
    answer = desk.ask(Operation.GET_SUBSCRIPTIONS, wanted)
    assert {name for found in answer.subscriptions for name in found.names()} == set(map(str, wanted.values))
    assert desk.ask(Operation.GET_SUBSCRIPTIONS, Attribute("notify-job-id", 99)).status == (
        Status.CLIENT_ERROR_NOT_FOUND
    )


# -------------------------------------------------------------------------------------- renewing, ending


def test_a_lease_ends() -> None:
    """Section 5.4.3."""
    desk = Desk()
    number = subscribe(desk, "job-created", more=(Attribute("notify-lease-duration", 60),))
    desk.wait(59.9)
    assert listed(desk) == [number]
    desk.wait(0.1)
    assert listed(desk) == []
    assert get(desk, number).status == Status.CLIENT_ERROR_NOT_FOUND
    assert desk.engine.next_deadline() is None


@pytest.mark.parametrize("beside_the_id", [False, True])
def test_a_lease_is_renewed(beside_the_id: bool) -> None:
    """Section 11.2.6; for a day, a day later."""
    desk = Desk()
    number = subscribe(desk, "job-created")
    desk.wait(LEASE - 1)
    lease = Attribute("notify-lease-duration", 100)
    answer = desk.ask(
        Operation.RENEW_SUBSCRIPTION,
        Attribute("notify-subscription-id", number),
        *([lease] if beside_the_id else []),
        groups=[] if beside_the_id else [group(GroupTag.SUBSCRIPTION, lease)],
    )
    assert answer.status == OK
    (found,) = answer.subscriptions
    assert list(found) == [lease]
    desk.wait(99)
    assert attributes(desk, number)["notify-lease-expiration-time"] == (LEASE + 100,)
    desk.wait(1)
    assert listed(desk) == []


@pytest.mark.parametrize(
    ("asked", "granted", "status"),
    [(None, LEASE, OK), (0, LONGEST_LEASE, SUBSTITUTED), (LONGEST_LEASE + 5, LONGEST_LEASE, SUBSTITUTED)],
)
def test_a_lease_is_renewed_for_another_time(asked: int | None, granted: int, status: Status) -> None:
    desk = Desk()
    subscribe(desk, "job-created")
    more = [Attribute("notify-lease-duration", asked)] if asked is not None else []
    answer = about(Operation.RENEW_SUBSCRIPTION, desk, 1, *more)
    assert answer.status == status
    assert value(answer.subscriptions[0], "notify-lease-duration") == granted


def test_what_can_t_be_renewed() -> None:
    desk = Desk()
    job = desk.held()
    of_job = subscribe_to_job(desk, job.id, "job-completed")
    assert about(Operation.RENEW_SUBSCRIPTION, desk, of_job).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    number = subscribe(desk, "job-created")
    target = Attribute("notify-subscription-id", number)
    wrong = group(GroupTag.SUBSCRIPTION, keyword("notify-lease-duration", "long"))
    assert desk.ask(Operation.RENEW_SUBSCRIPTION, target, groups=[wrong]).status == Status.CLIENT_ERROR_BAD_REQUEST
    strange = group(GroupTag.SUBSCRIPTION, keyword("notify-events", "job-completed"))
    answer = desk.ask(Operation.RENEW_SUBSCRIPTION, target, groups=[strange])
    assert answer.status == SUBSTITUTED
    assert answer.unsupported == [Attribute("notify-events", UNSUPPORTED)]


def test_a_subscription_is_canceled() -> None:
    """Section 11.2.7: nothing of it remains, and its job does not mind."""
    desk = Desk()
    job = desk.held()
    number = subscribe_to_job(desk, job.id, "job-completed")
    assert about(Operation.CANCEL_SUBSCRIPTION, desk, number).status == OK
    assert get(desk, number).status == Status.CLIENT_ERROR_NOT_FOUND
    assert about(Operation.CANCEL_SUBSCRIPTION, desk, number).status == Status.CLIENT_ERROR_NOT_FOUND
    desk.ask(Operation.RELEASE_JOB, job=job.id)
    desk.press(job)
    assert job.ended


def test_a_job_s_subscription_outlives_it_a_little() -> None:
    desk = Desk()
    job = desk.held()
    number = subscribe_to_job(desk, job.id, "job-completed")
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    desk.wait(KEPT - 1)
    assert heard(desk, number) == ["job-completed"]
    desk.wait(1)
    assert get(desk, number).status == Status.CLIENT_ERROR_NOT_FOUND


def test_leases_begin_anew_when_it_is_switched_on() -> None:
    """Section 5.4.3; ids go on where they were."""
    desk = Desk()
    number = subscribe(desk, "job-created", more=(Attribute("notify-lease-duration", 100),))
    desk.wait(90)
    desk.restart()
    desk.wait(90)
    assert attributes(desk, number)["notify-lease-expiration-time"] == (101,)
    assert subscribe(desk, "job-created") == number + 1
    desk.wait(10)
    assert listed(desk) == [number + 1]
    desk.restart()
    assert listed(desk) == [number + 1]


# ---------------------------------------------------------------------------------------------- attributes


@pytest.mark.parametrize("desk", [Desk(), Desk(MONO)], ids=["color", "mono"])
def test_what_the_printer_tells(desk: Desk) -> None:
    """Table 1; there is no push, so nothing of it is told."""
    wanted = keyword("requested-attributes", "subscription-template")
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, wanted).printer
    assert set(told.names()) == {
        "notify-attributes-supported",
        "notify-events-default",
        "notify-events-supported",
        "notify-lease-duration-default",
        "notify-lease-duration-supported",
        "notify-max-events-supported",
        "notify-pull-method-supported",
    }
    assert values(told, "notify-pull-method-supported") == PULL.values
    assert value(told, "notify-lease-duration-supported") == RangeOfInteger(1, LONGEST_LEASE)
    assert value(told, "notify-max-events-supported") == MAX_EVENTS


@pytest.mark.parametrize(
    "wrong", [keyword("notify-events-default", "job-fetchable"), Attribute("notify-lease-duration-default", 0)]
)
def test_defaults_that_can_t_be(wrong: Attribute) -> None:
    desk = Desk()
    answer = desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=[group(GroupTag.PRINTER, wrong)])
    assert answer.status == NOT_SUPPORTED
