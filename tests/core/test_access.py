"""Who may do what: roles, owners, and how they came."""

from __future__ import annotations

import pytest

from firmware.core.access import Access, Caller, Link, Operators, Policy, Role, doors, permitted
from firmware.core.catalog import Catalog
from firmware.core.document import Document
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.printer import Printer
from firmware.features import ROOMS
from firmware.ipp import Attribute, Name, Operation, Status
from tests.printer import OPERATOR, PLAIN, USB, Desk

# access, role, the caller owns the job: may he?
RULES = [
    (Access.ANYONE, Role.ANYONE, False, True),
    (Access.OWNER, Role.ANYONE, True, True),
    (Access.OWNER, Role.ANYONE, False, False),
    (Access.OWNER, Role.OPERATOR, False, True),
    (Access.OPERATOR, Role.ANYONE, True, False),
    (Access.OPERATOR, Role.OPERATOR, False, True),
    (Access.OPERATOR, Role.ADMINISTRATOR, False, True),
    (Access.ADMINISTRATOR, Role.OPERATOR, True, False),
    (Access.ADMINISTRATOR, Role.ADMINISTRATOR, False, True),
]


@pytest.mark.parametrize(("access", "role", "owns", "may"), RULES)
def test_the_rules(access: Access, role: Role, owns: bool, may: bool) -> None:
    caller = Caller(Link.PLAIN, role)
    assert permitted(access, caller, "alice", "alice" if owns else "bob") is may


def test_what_has_no_owner_is_nobody_s() -> None:
    assert not permitted(Access.OWNER, Caller(Link.USB), "alice", None)


# link, without a password, with that of an owner: under each policy of operators, far away and on this machine
ROLES = [
    (Link.USB, "nobody", False, Role.OPERATOR),
    (Link.LOCAL, "nobody", False, Role.ADMINISTRATOR),
    (Link.TLS, "nobody", True, Role.ANYONE),
    (Link.PLAIN, "nobody", True, Role.ANYONE),
    (Link.PLAIN, "this-machine", True, Role.OPERATOR),
    (Link.PLAIN, "this-machine", False, Role.ANYONE),
    (Link.TLS, "this-machine", True, Role.OPERATOR),
    (Link.TLS, "everyone", False, Role.OPERATOR),
]


@pytest.mark.parametrize(("link", "operators", "here", "role"), ROLES)
def test_what_a_link_is_worth(link: Link, operators: Operators, here: bool, role: Role) -> None:
    policy = Policy(operators)
    assert policy.role(link, here) is role
    assert policy.role(link, here, Role.OWNER) is max(role, Role.OWNER)
    assert policy.role(link, here, Role.ADMINISTRATOR) is Role.ADMINISTRATOR


@pytest.mark.parametrize(
    ("link", "logins", "user", "status"),
    [
        (Link.TLS, True, None, 401),
        (Link.PLAIN, True, None, 426),
        (Link.USB, True, None, 401),
        (Link.LOCAL, True, None, 0),
        (Link.TLS, True, "alice", 0),
        (Link.TLS, False, None, 0),
    ],
)
def test_who_is_asked_for_a_password(link: Link, logins: bool, user: str | None, status: int) -> None:
    """Only who has one to give: no password would help who has given one, nor anybody where there are none."""
    desk = Desk()
    answer = desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=Caller(link, user=user, logins=logins))
    assert answer.reply.challenge == status
    wanted = Status.CLIENT_ERROR_NOT_AUTHENTICATED if status else Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert answer.status == wanted


def test_a_claim_does_not_reach_the_job_of_somebody_who_proved_his_name() -> None:
    desk = Desk()
    alice = Caller(Link.TLS, Role.OWNER, "alice", logins=True)
    job = desk.job(desk.ask(Operation.CREATE_JOB, caller=alice))
    claim = Caller(Link.PLAIN)
    for operation in OWNERS:
        assert desk.ask(operation, job=job.id, user="alice", caller=claim).status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    desk.ask(Operation.CANCEL_MY_JOBS, user="alice", caller=claim)
    assert not job.ended
    assert desk.ask(Operation.CANCEL_JOB, job=job.id, user="somebody", caller=alice).status == Status.SUCCESSFUL_OK


@pytest.mark.parametrize("operation", [Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.VALIDATE_JOB])
def test_printing_may_be_for_users_only(operation: Operation) -> None:
    desk = Desk(policy=Policy("nobody", "users", "offered"))
    for caller, status in (
        (Caller(Link.TLS, logins=True), Status.CLIENT_ERROR_NOT_AUTHENTICATED),
        (Caller(Link.PLAIN), Status.CLIENT_ERROR_NOT_AUTHORIZED),
        (Caller(Link.TLS, Role.OWNER, "alice", logins=True), Status.SUCCESSFUL_OK),
        (Caller(Link.USB, Role.OPERATOR), Status.SUCCESSFUL_OK),
    ):
        data = operation is Operation.PRINT_JOB
        assert desk.ask(operation, caller=caller, data=data).status == status, caller
    assert desk.ask(Operation.GET_PRINTER_ATTRIBUTES, caller=Caller(Link.PLAIN)).status == Status.SUCCESSFUL_OK


@pytest.mark.parametrize(
    ("policy", "link", "wanted"),
    [
        (Policy(), Link.PLAIN, ["ipp none requesting-user-name"]),
        (Policy(), Link.USB, ["ipp none requesting-user-name"]),
        (Policy(tls="offered"), Link.USB, ["ipp none requesting-user-name"]),
        (Policy(tls="offered"), Link.PLAIN, ["ipp none requesting-user-name", "ipps tls requesting-user-name"]),
        (Policy(tls="offered"), Link.TLS, ["ipp none requesting-user-name", "ipps tls requesting-user-name"]),
        (Policy(tls="required"), Link.TLS, ["ipps tls requesting-user-name"]),
        (Policy(printing="users", tls="offered"), Link.PLAIN, ["ipps tls basic"]),
        (Policy(printing="users", tls="offered"), Link.USB, ["ipp none requesting-user-name"]),
    ],
)
def test_the_doors_that_are_told_of_are_open(policy: Policy, link: Link, wanted: list[str]) -> None:
    """RFC 8011 sections 5.4.1 to 5.4.3."""
    assert [" ".join(door) for door in doors(policy, link)] == wanted


READING = (Operation.GET_JOB_ATTRIBUTES, Operation.GET_DOCUMENTS, Operation.GET_DOCUMENT_ATTRIBUTES)
OWNERS = (
    Operation.CANCEL_JOB,
    Operation.HOLD_JOB,
    Operation.RELEASE_JOB,
    Operation.RESTART_JOB,
    Operation.CLOSE_JOB,
    Operation.REPROCESS_JOB,
    Operation.RESUBMIT_JOB,
    Operation.RESUME_JOB,
)
OPERATORS = (
    Operation.PAUSE_PRINTER,
    Operation.RESUME_PRINTER,
    Operation.PURGE_JOBS,
    Operation.CANCEL_JOBS,
    Operation.ENABLE_PRINTER,
    Operation.DISABLE_PRINTER,
    Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB,
    Operation.HOLD_NEW_JOBS,
    Operation.RELEASE_HELD_NEW_JOBS,
    Operation.DEACTIVATE_PRINTER,
    Operation.ACTIVATE_PRINTER,
    Operation.RESTART_PRINTER,
    Operation.SHUTDOWN_PRINTER,
)


@pytest.mark.parametrize("operation", OWNERS)
def test_other_people_s_jobs_are_left_alone(operation: Operation) -> None:
    desk = Desk()
    job = desk.create()
    answer = desk.ask(operation, job=job.id, user="bob")
    assert answer.status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert "bob may not" in answer.said
    assert desk.ask(operation, job=job.id, user=None).status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert desk.ask(operation, job=job.id, user="bob", caller=OPERATOR).status != Status.CLIENT_ERROR_NOT_AUTHORIZED


@pytest.mark.parametrize("operation", OPERATORS)
@pytest.mark.parametrize("caller", [PLAIN, USB])
def test_the_printer_is_for_operators_to_control(operation: Operation, caller: Caller) -> None:
    desk = Desk()
    assert desk.ask(operation, caller=caller).status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert desk.ask(operation, caller=OPERATOR).status == Status.SUCCESSFUL_OK


def test_settings_are_for_operators() -> None:
    assert Desk().ask(Operation.SET_PRINTER_ATTRIBUTES).status == Status.CLIENT_ERROR_NOT_AUTHORIZED


def test_who_proved_his_name_is_not_who_he_says() -> None:
    """RFC 8011 section 9.3: the authenticated name counts before requesting-user-name."""
    desk = Desk()
    job = desk.create(user="alice")
    bob = Caller(Link.TLS, user="bob")
    assert desk.ask(Operation.CANCEL_JOB, job=job.id, user="alice", caller=bob).status == (
        Status.CLIENT_ERROR_NOT_AUTHORIZED
    )
    alice = Caller(Link.TLS, user="alice")
    assert desk.ask(Operation.CANCEL_JOB, job=job.id, user="bob", caller=alice).status == Status.SUCCESSFUL_OK


def test_an_operation_for_some_links_only() -> None:
    room = Feature("cable")

    @room.operation(Operation.IDENTIFY_PRINTER, Printer, links={Link.USB})
    def handler(call: object) -> None: ...

    desk = Desk(rooms=[each for each in ROOMS if each.name not in ("identify", "everywhere")] + [room])
    answer = desk.ask(Operation.IDENTIFY_PRINTER)
    assert answer.status == Status.CLIENT_ERROR_FORBIDDEN
    assert "plain" in answer.said
    assert desk.ask(Operation.IDENTIFY_PRINTER, caller=USB).status == Status.SUCCESSFUL_OK


def test_a_request_without_a_name_is_anonymous() -> None:
    desk = Desk()
    assert desk.job(desk.ask(Operation.CREATE_JOB, user=None)).user == "anonymous"
    named = desk.ask(Operation.CREATE_JOB, Attribute("requesting-user-name", Name("eve")), user=None)
    assert desk.job(named).user == "eve"


def test_every_operation_says_whom_it_is_for() -> None:
    """Nothing that changes somebody's job or the printer is for anyone."""
    operations = Catalog(ROOMS).operations
    for definition in operations.values():
        if definition.target in (Job, Document) and definition.access is Access.ANYONE:
            assert definition.code in (*READING, Operation.SEND_DOCUMENT)
    changing = {Operation.SET_PRINTER_ATTRIBUTES, Operation.STARTUP_PRINTER, *OPERATORS}
    changing |= {Operation.PROMOTE_JOB, Operation.SCHEDULE_JOB_AFTER}
    assert {code for code, entry in operations.items() if entry.access is Access.OPERATOR} == changing
