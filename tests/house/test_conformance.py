"""The page of what is supported can be written at any time, and says something of everything. That it is fresh is not
tested here: `make test` and `make docs` write it anew."""

from __future__ import annotations

from firmware.core.catalog import Catalog
from tests.house import conformance


def test_every_operation_and_attribute_is_on_the_page_once() -> None:
    page = conformance.page()
    catalog = Catalog(conformance.EVERY)
    owners = (catalog.printer_attributes, catalog.job_attributes, catalog.document_attributes)
    names = {name for definitions in owners for name in definitions}
    for name in (*names, *(code.label for code in catalog.operations)):
        assert page.count(f"\n| `{name}` |") == 1, name


def test_every_operation_has_a_test_and_a_spec() -> None:
    for line in conformance.operations():
        assert line.tests, f"no test names {line.name}"
        assert line.spec


def test_every_attribute_has_its_room() -> None:
    rooms = {room.name for room in conformance.EVERY}
    assert [line.name for line in conformance.attributes() if line.room not in rooms] == []


def test_tests_are_found_by_what_they_name() -> None:
    assert "features/test_document_object.py" in conformance.tests_of("Cancel-Document")
    assert "conformance/pwg5100.5.test" in conformance.tests_of("Cancel-Document")
    assert "features/test_document_object.py" in conformance.tests_of("document-metadata")
    assert conformance.tests_of("x-nothing-of-that-name") == ()


def test_specs_are_written_as_people_do() -> None:
    assert [conformance.spec_name(tag) for tag in ("RFC8011", "PWG5100.5", "IPPWIFI", "")] == [
        "RFC 8011",
        "PWG 5100.5",
        "IPPWIFI",
        "Not registered",
    ]
