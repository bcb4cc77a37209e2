"""Constraints and resolvers – PWG 5100.13: conflicts are told, refused or resolved; defaults give way."""

from __future__ import annotations

import msgspec
import pytest

from firmware.core.errors import StartError
from firmware.core.model import Constraint, Model
from firmware.ipp import Attribute, Collection, GroupTag, Keyword, Operation, Status
from tests.printer import A4, COLOR, LETTER, LONG, SHORT, Answer, Desk, group, keyword, values

TYPE = Constraint(
    name="one-side-of-labels",
    conflict={"sides": (LONG, SHORT), "media-type": ("labels",)},
    resolve={"sides": "one-sided"},
)
SIZE = Constraint(
    name="no-draft-letter", conflict={"print-quality": (3,), "media-size-name": (LETTER,)}, resolve={"print-quality": 4}
)
MODEL = msgspec.structs.replace(COLOR, constraints=(TYPE, SIZE))

LABELS = Attribute("media-col", Collection.of([Attribute("media-type", Keyword("labels"))]))
TURNED = keyword("sides", LONG)
FIDELITY = Attribute("ipp-attribute-fidelity", True)


def desk(model: Model = MODEL) -> Desk:
    return Desk(model)


def ask(desk: Desk, operation: Operation, *template: Attribute, extra: tuple[Attribute, ...] = ()) -> Answer:
    data = operation is Operation.PRINT_JOB
    return desk.ask(operation, *extra, groups=[group(GroupTag.JOB, *template)], data=data)


def preferred(answer: Answer) -> dict[str, tuple[object, ...]]:
    attribute = answer.message.get("preferred-attributes")
    if attribute is None:
        return {}
    assert isinstance(attribute.value, Collection)
    return {member.name: member.values for member in attribute.value.members}


def test_constraints_and_resolvers_are_told() -> None:
    told = desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    first, second = values(told, "job-constraints-supported")
    assert isinstance(first, Collection)
    assert isinstance(second, Collection)
    assert [member.name for member in first.members] == ["resolver-name", "sides", "media-col"]
    sides = first.get("sides")
    assert sides is not None
    assert sides.values == (LONG, SHORT)
    assert first.get("media-col") == LABELS
    names = [str(entry.get("resolver-name").value) for entry in (first, second)]  # type: ignore[union-attr]
    resolvers = values(told, "job-resolvers-supported")
    assert [str(entry.get("resolver-name").value) for entry in resolvers] == names  # type: ignore[union-attr]
    assert resolvers[0].get("sides") == keyword("sides", "one-sided")  # type: ignore[union-attr]
    assert values(told, "preferred-attributes-supported") == (True,)


def test_a_printer_without_constraints_tells_of_none() -> None:
    told = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert "job-constraints-supported" not in told
    assert Desk().submit(LABELS, TURNED).status == Status.SUCCESSFUL_OK


@pytest.mark.parametrize("operation", [Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.VALIDATE_JOB])
def test_a_conflict_is_resolved_and_told_of(operation: Operation) -> None:
    answer = ask(desk(), operation, LABELS, TURNED, Attribute("copies", 2))
    assert answer.status == Status.SUCCESSFUL_OK_CONFLICTING_ATTRIBUTES
    assert answer.unsupported == [TURNED]


def test_what_is_printed_is_the_resolved_ticket() -> None:
    printer = desk()
    job = printer.print(LABELS, TURNED, Attribute("copies", 2))
    ticket = printer.order().ticket
    assert (ticket.page.sides, ticket.page.media.type, ticket.copies) == ("one-sided", "labels", 2)
    assert job.template("sides") == keyword("sides", "one-sided")


@pytest.mark.parametrize("operation", [Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.VALIDATE_JOB])
def test_with_fidelity_a_conflict_is_refused_and_names_all_that_take_part(operation: Operation) -> None:
    printer = desk()
    answer = ask(printer, operation, LABELS, TURNED, Attribute("copies", 2), extra=(FIDELITY,))
    assert answer.status == Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES
    assert answer.unsupported == [LABELS, TURNED]
    assert printer.printer.jobs == {}


def test_mandatory_attributes_are_not_substituted() -> None:
    mandatory = keyword("job-mandatory-attributes", "sides")
    answer = ask(desk(), Operation.PRINT_JOB, LABELS, TURNED, extra=(mandatory,))
    assert answer.status == Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES
    other = keyword("job-mandatory-attributes", "copies")
    answer = ask(desk(), Operation.PRINT_JOB, LABELS, TURNED, extra=(other,))
    assert answer.status == Status.SUCCESSFUL_OK_CONFLICTING_ATTRIBUTES


@pytest.mark.parametrize("template", [(LABELS,), (TURNED,), (LABELS, keyword("sides", "one-sided"))])
def test_what_is_no_conflict(template: tuple[Attribute, ...]) -> None:
    assert ask(desk(), Operation.PRINT_JOB, *template, extra=(FIDELITY,)).status == Status.SUCCESSFUL_OK


def test_a_default_gives_way_even_with_fidelity() -> None:
    printer = desk()
    printer.printer.change_settings({"sides-default": Attribute("sides-default", Keyword(LONG))}, printer.now)
    answer = ask(printer, Operation.PRINT_JOB, LABELS, extra=(FIDELITY,))
    assert answer.status == Status.SUCCESSFUL_OK
    printer.deliver(answer)
    assert printer.order().ticket.page.sides == "one-sided"


def test_sizes_count_by_whatever_name_they_are_asked_for() -> None:
    from firmware.ipp import Enum

    size = Collection.of([Attribute("x-dimension", 21590), Attribute("y-dimension", 27940)])
    draft = Attribute("print-quality", Enum(3))
    for sheet in (keyword("media", LETTER), Attribute("media-col", Collection.of([Attribute("media-size", size)]))):
        answer = ask(desk(), Operation.PRINT_JOB, sheet, draft)
        assert answer.unsupported == [draft]
    assert ask(desk(), Operation.PRINT_JOB, keyword("media", A4), draft).status == Status.SUCCESSFUL_OK


def test_validate_job_says_what_would_be_preferred() -> None:
    answer = ask(desk(), Operation.VALIDATE_JOB, LABELS, TURNED, keyword("print-color-mode", "x-infrared"))
    assert answer.status == Status.SUCCESSFUL_OK_CONFLICTING_ATTRIBUTES
    assert answer.unsupported == [keyword("print-color-mode", "x-infrared"), TURNED]
    assert preferred(answer) == {"sides": ("one-sided",), "print-color-mode": ("auto",)}


@pytest.mark.parametrize("wrong", [TURNED, keyword("sides", "mobius")])
def test_so_it_does_when_it_refuses(wrong: Attribute) -> None:
    answer = ask(desk(), Operation.VALIDATE_JOB, LABELS, wrong, extra=(FIDELITY,))
    assert answer.status >= Status.CLIENT_ERROR_BAD_REQUEST
    assert preferred(answer) == {"sides": ("one-sided",)}


def test_no_preference_where_nothing_is_wrong_and_none_but_in_validate_job() -> None:
    assert preferred(ask(desk(), Operation.VALIDATE_JOB, TURNED)) == {}
    assert preferred(ask(desk(), Operation.PRINT_JOB, LABELS, TURNED)) == {}


def test_a_document_s_attributes_conflict_with_its_job_s() -> None:
    printer = desk()
    job = printer.create(LABELS)
    attributes = [Attribute("last-document", True)]
    own = [group(GroupTag.DOCUMENT, TURNED)]
    answer = printer.ask(Operation.SEND_DOCUMENT, *attributes, job=job.id, groups=own, data=True)
    assert answer.status == Status.SUCCESSFUL_OK_CONFLICTING_ATTRIBUTES
    assert answer.unsupported == [TURNED]
    printer.deliver(answer)
    assert printer.order().ticket.of(1).page.sides == "one-sided"


def test_both_groups_of_print_job_conflict() -> None:
    printer = desk()
    groups = [group(GroupTag.JOB, TURNED), group(GroupTag.DOCUMENT, LABELS)]
    answer = printer.ask(Operation.PRINT_JOB, groups=groups, data=True)
    printer.deliver(answer)
    ticket = printer.order().ticket
    assert (ticket.of(1).page.media.type, ticket.of(1).page.sides) == ("labels", "one-sided")


def test_a_resolver_may_change_the_media() -> None:
    entry = msgspec.structs.replace(TYPE, resolve={"media-type": "stationery"})
    printer = Desk(msgspec.structs.replace(COLOR, constraints=(entry,)))
    answer = printer.submit(LABELS, TURNED)
    assert answer.unsupported == [LABELS]
    printer.deliver(answer)
    page = printer.order().ticket.page
    assert (page.sides, page.media.type) == (LONG, "stationery")


def test_a_constraint_about_nothing_does_not_start() -> None:
    entry = msgspec.structs.replace(TYPE, conflict={"x-stapler": ("red",), "sides": (LONG,)})
    with pytest.raises(StartError, match="x-stapler"):
        Desk(msgspec.structs.replace(COLOR, constraints=(entry,)))
