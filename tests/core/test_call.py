"""Calls and replies: what a handler sees of a request, and what it makes of the answer."""

from __future__ import annotations

import pytest

from firmware.core.access import Caller, Link, Role
from firmware.core.call import Call, Context, Reply, plain_text
from firmware.core.clock import Now
from firmware.core.errors import IppError
from firmware.core.events import Identify
from firmware.ipp import (
    Attribute,
    GroupTag,
    Keyword,
    Message,
    Name,
    NameWithLanguage,
    Operation,
    Status,
    Text,
    TextWithLanguage,
)
from tests.printer import Desk


def call(desk: Desk, *attributes: Attribute, role: Role = Role.ANYONE) -> Call:
    request = Message.request(Operation.GET_JOBS, attributes)
    context = Context(Now(1.0), Caller(Link.PLAIN, role), system=desk.system)
    return Call(desk.engine, request, Operation.GET_JOBS, context, "alice", False, desk.printer)


@pytest.mark.parametrize(
    ("link", "ipp", "http"),
    [
        (Link.PLAIN, "ipp://h:1/ipp/print", "http://h:1/x"),
        (Link.USB, "ipp://h:1/ipp/print", "http://h:1/x"),
        (Link.LOCAL, "ipp://h:1/ipp/print", "http://h:1/x"),
        (Link.TLS, "ipps://h:1/ipp/print", "https://h:1/x"),
    ],
)
def test_uris_name_the_way_that_the_caller_took(link: Link, ipp: str, http: str) -> None:
    desk = Desk()
    context = Context(Now(1.0), Caller(link), "h:1")
    assert context.printer_uri(desk.printer) == ipp
    assert context.job_uri(desk.printer, desk.create()) == ipp + "/1"
    assert context.web_uri("/x") == http


def test_operation_attributes_by_name() -> None:
    one = call(
        Desk(), Attribute("limit", 5), Attribute("job-ids", 1, 2), Attribute("message", TextWithLanguage("en", "hi"))
    )
    assert one.value("limit", 0) == 5
    assert one.value("first-index", 1) == 1
    assert one.values("job-ids") == (1, 2)
    assert one.values("which-jobs") == ()
    assert one.text("message") == "hi"
    assert one.text("job-name", "none") == "none"
    assert one.attribute("limit") == Attribute("limit", 5)
    assert one.attribute("which-jobs") is None
    assert one.group(GroupTag.JOB).attributes == []
    assert one.now == Now(1.0)


def test_operators_are_known() -> None:
    assert not call(Desk()).is_operator
    assert call(Desk(), role=Role.ADMINISTRATOR).is_operator


def test_orders_go_to_the_outbox() -> None:
    desk = Desk()
    call(desk).order(Identify(1, ("flash",)))
    assert desk.orders(Identify) == [Identify(1, ("flash",))]


def test_a_refusal_carries_what_it_is_about() -> None:
    wrong = Attribute("which-jobs", Keyword("lost"))
    error = call(Desk()).refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "no", [wrong])
    assert isinstance(error, IppError)
    assert error.unsupported == (wrong,)


def test_what_is_ignored_changes_the_status_once() -> None:
    def after(reply: Reply, *names: str) -> Status:
        for name in names:
            reply.ignore([Attribute(name, 1)])
        assert [attribute.name for attribute in reply.unsupported] == list(names)
        return reply.status

    nothing = Reply()
    nothing.ignore([])
    assert nothing.status == Status.SUCCESSFUL_OK
    assert after(Reply(), "a", "b") == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert after(Reply(Status.CLIENT_ERROR_NOT_FOUND), "a") == Status.CLIENT_ERROR_NOT_FOUND


@pytest.mark.parametrize(
    "value", [Text("x"), Name("x"), Keyword("x"), TextWithLanguage("en", "x"), NameWithLanguage("en", "x")]
)
def test_words_without_their_language(value: Text) -> None:
    assert plain_text(value) == "x"
