"""All rooms assembled: clashes and gaps are found before anybody is served."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from firmware.core.catalog import Catalog, as_values, within
from firmware.core.errors import StartError
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.printer import Printer
from firmware.features import ROOMS
from firmware.ipp import Attribute, Enum, Keyword, Operation, RangeOfInteger, Resolution
from tests.printer import COLOR, MONO, Desk


def with_template(room: Feature) -> None:
    room.template("copies", supported=lambda printer: RangeOfInteger(1, 9))


def with_attribute(room: Feature) -> None:
    room.attribute("printer-name", Printer, read=lambda printer: "other")


def with_derived_attribute(room: Feature) -> None:
    room.attribute("sides-supported", Printer, read=lambda printer: ["one-sided"])


def with_job_attribute(room: Feature) -> None:
    room.attribute("job-name", Job, read=lambda job: "other")


def with_job_template(room: Feature) -> None:
    room.attribute("copies", Job, read=lambda job: 1)


def with_operation(room: Feature) -> None:
    room.operation(Operation.PRINT_JOB, Printer)(lambda call: None)


def with_format(room: Feature) -> None:
    room.format("application/pdf")


CLAIMS = [
    (with_template, "template attribute copies"),
    (with_attribute, "Printer attribute printer-name"),
    (with_derived_attribute, "Printer attribute sides-supported"),
    (with_job_attribute, "Job attribute job-name"),
    (with_job_template, "Job attribute copies"),
    (with_operation, "operation 2"),
    (with_format, "format application/pdf"),
]


@pytest.mark.parametrize(("claim", "says"), CLAIMS)
def test_two_rooms_that_claim_the_same(claim: Callable[[Feature], None], says: str) -> None:
    room = Feature("other")
    claim(room)
    Catalog([room])
    with pytest.raises(StartError, match=f"two rooms claim the {says}"):
        Catalog([*ROOMS, room])


def test_a_room_that_wants_another() -> None:
    with pytest.raises(StartError, match="room lonely wants query, media"):
        Catalog([Feature("lonely", requires=["query", "media"])])


def test_every_room_is_needed_by_those_that_say_so() -> None:
    for room in ROOMS:
        wanted = [other.name for other in ROOMS if room.name in other.requires]
        if wanted:
            with pytest.raises(StartError, match=room.name):
                Catalog([other for other in ROOMS if other is not room])


def test_what_a_template_attribute_brings() -> None:
    catalog = Catalog(ROOMS)
    for name, template in catalog.templates.items():
        assert name in catalog.job_attributes
        assert f"{name}-supported" in catalog.printer_attributes
        assert (f"{name}-default" in catalog.printer_attributes) == (template.default is not None)
        assert catalog.job_attributes[name].settable
    assert not catalog.printer_attributes["copies-supported"].settable
    assert catalog.printer_attributes["copies-default"].settable


def test_a_catalog_can_t_change() -> None:
    catalog = Catalog(ROOMS)
    with pytest.raises(TypeError):
        catalog.operations[Operation.PRINT_URI] = catalog.operations[Operation.PRINT_JOB]  # type: ignore[index]


def test_versions_and_keywords_are_those_of_profiles_that_apply() -> None:
    room = Feature("claims")
    room.profile("Never", version=(9, 9), keyword="never", applies=lambda printer: False)
    desk = Desk(rooms=[*ROOMS, room])
    assert desk.catalog.versions(desk.printer) == [(1, 1), (2, 0), (2, 1), (2, 2)]
    assert "ipp-everywhere" in desk.catalog.keywords(desk.printer)


@pytest.mark.parametrize(
    ("claim", "says"),
    [
        ({"operations": [Operation.PRINT_URI]}, "Print-URI"),
        ({"printer_attributes": ["printer-name", "printer-fax-log-uri"]}, "asks for printer-fax-log-uri"),
        ({"printer_attributes": ["pages-per-minute-color"]}, "pages-per-minute-color"),
        ({"job_attributes": ["job-collation-type"]}, "job-collation-type"),
        ({"formats": ["application/postscript"]}, "application/postscript"),
    ],
)
def test_a_profile_that_claims_too_much_does_not_start(claim: dict[str, list[str]], says: str) -> None:
    room = Feature("claims")
    room.profile("Too much", **claim)  # type: ignore[arg-type]
    with pytest.raises(StartError, match=f"Desk: Too much asks for.*{says}|{says}"):
        Desk(MONO, rooms=[*ROOMS, room])


def test_a_model_of_a_format_that_no_room_has() -> None:
    model = msgspec.structs.replace(COLOR, formats=(*COLOR.formats, "application/postscript"))
    with pytest.raises(StartError, match="no room prints application/postscript"):
        Desk(model)


@pytest.mark.parametrize(
    ("value", "supported", "does"),
    [
        (5, [RangeOfInteger(1, 9)], True),
        (1, [RangeOfInteger(1, 9)], True),
        (9, [RangeOfInteger(1, 9)], True),
        (0, [RangeOfInteger(1, 9)], False),
        (10, [RangeOfInteger(1, 9), 10], True),
        (Keyword("a"), ["a", "b"], True),
        (Keyword("c"), ["a", "b"], False),
        (Enum(3), [3], True),
        (RangeOfInteger(1, 2), [True], True),
        (Resolution(1, 1), [Resolution(1, 1)], True),
        (Keyword("a"), [], False),
    ],
)
def test_what_lies_within(value: object, supported: list[object], does: bool) -> None:
    assert within(value, supported) is does


def test_what_readers_may_give() -> None:
    assert as_values(None) == ()
    assert as_values(()) == ()
    assert as_values([1, 2]) == (1, 2)
    assert as_values("text") == ("text",)
    assert as_values(RangeOfInteger(1, 2)) == (RangeOfInteger(1, 2),)
    assert set(as_values(frozenset({"a", "b"}))) == {"a", "b"}


def test_derived_attributes_have_their_registered_syntax() -> None:
    attributes = Catalog(ROOMS).printer_attributes
    assert attributes["copies-supported"].syntax.kinds == ("rangeOfInteger",)
    assert attributes["orientation-requested-default"].syntax.kinds == ("no-value", "enum")
    assert attributes["copies-default"].syntax.problem(Attribute("copies-default", 0)) is not None
