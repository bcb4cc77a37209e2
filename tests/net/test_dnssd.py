"""Discovery: TXT derived from attributes (RFC 6763, PWG 5100.14), within its limits."""

from __future__ import annotations

import gc
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.build import Instance
from board.config import load_model
from firmware.core.events import Fact
from firmware.core.printer import Printer
from firmware.ipp import Attribute, GroupTag, Keyword, Operation
from firmware.net.dnssd import Discovery
from firmware.net.dnssd_txt import Service, fit, label_of, numbered, paper_max
from firmware.net.links import Address
from tests.net.support import ask, desk, post, run, running, until


def discovery(instance: Instance) -> Discovery:
    def unheard(fact: Fact) -> None:
        raise AssertionError(fact)

    return Discovery(instance.engine, instance.clock, instance.port, unheard)


def services(found: Discovery, instance: Instance) -> dict[str, Service]:
    return {service.type: service for service in found.services(instance.engine.system.printers[1])}


def test_the_txt_record_says_what_ipp_says(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            found = discovery(instance)
            txt = services(found, instance)["_ipp._tcp"].txt
            names = ("printer-more-info", "printer-uuid", "urf-supported", "document-format-supported")
            wanted = Attribute("requested-attributes", *(Keyword(name) for name in names))
            headers = {"Host": f"{found.host()}:{instance.port}"}
            answer = await post(instance, ask(Operation.GET_PRINTER_ATTRIBUTES, wanted), headers=headers)

            def values(name: str) -> list[str]:
                attribute = answer.get(name, GroupTag.PRINTER)
                assert attribute is not None
                return [str(value) for value in attribute.values]

            assert [txt["adminurl"]] == values("printer-more-info")
            assert [f"urn:uuid:{txt['UUID']}"] == values("printer-uuid")
            assert txt["URF"].split(",") == values("urf-supported")
            assert txt["pdl"].split(",") == values("document-format-supported")
            assert txt["rp"] == "ipp/print"
            assert (txt["Color"], txt["Duplex"], txt["TLS"], txt["PaperMax"]) == ("T", "T", "1.3", "tabloid-A3")
            assert (txt["note"], txt["air"], txt["priority"]) == ("", "none", "0")
            assert "mopria-certified" not in txt
            assert all(len(f"{key}={value}".encode()) <= 255 for key, value in txt.items())
            assert sum(len(key) + len(value) + 2 for key, value in txt.items()) < 1300

    run(test())


def test_services_are_those_that_are_served(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            found = services(discovery(instance), instance)
            assert {kind: service.port for kind, service in found.items()} == {
                "_printer._tcp": 0,
                "_ipp._tcp": instance.port,
                "_ipps._tcp": instance.port,
                "_http._tcp": instance.port,
            }
            assert found["_ipp._tcp"].subtypes == ("_print", "_universal")
            assert found["_ipps._tcp"].subtypes == ("_print", "_universal")
            assert found["_http._tcp"].txt == {"path": "/"}

    run(test())


def test_without_tls_there_is_no_ipps(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, desk(network={"tls": "off"})) as instance:
            found = services(discovery(instance), instance)
            assert "_ipps._tcp" not in found
            assert found["_ipp._tcp"].txt["TLS"] == "none"

    run(test())


@given(st.text(max_size=100), st.integers(1, 99))
def test_numbered_names_are_labels_and_differ(name: str, number: int) -> None:
    label = label_of(name.encode("utf-8", "ignore").decode())
    other = numbered(label, number)
    assert len(other.encode()) <= 63
    assert (other == label) == (number == 1)
    assert number == 1 or other.endswith(f" ({number})")


@given(st.text(max_size=300))
def test_any_name_makes_a_label(name: str) -> None:
    label = label_of(name.encode("utf-8", "ignore").decode())
    assert 1 <= len(label.encode()) <= 63
    assert "." not in label


def test_long_values_lose_whole_entries() -> None:
    value = ",".join(f"application/x-{number:04d}" for number in range(40))
    cut = fit("pdl", value)
    assert len(f"pdl={cut}".encode()) <= 255
    assert value.startswith(cut + ",")
    assert len(fit("note", "ü" * 400).encode()) <= 250


def test_paper_max() -> None:
    model = load_model("office-color")
    for size, word in (
        ("na_index-4x6_4x6in", "<legal-A4"),
        ("iso_a4_210x297mm", "legal-A4"),
        ("iso_a3_297x420mm", "tabloid-A3"),
        ("iso_a2_420x594mm", "isoC-A2"),
        ("iso_a0_841x1189mm", ">isoC-A2"),
    ):
        media = msgspec.structs.replace(model.media, sizes=(size,))
        printer = Printer(1, "", "", "/ipp/print", msgspec.structs.replace(model, media=media))
        assert paper_max(printer) == word


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # zeroconf leaves its socket open
def test_a_beginning_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address went while the first announcement was made; with no other news the printer is found all the same."""
    seen = iter([frozenset({Address(1, "192.0.2.1")})])
    monkeypatch.setattr("firmware.net.dnssd.listened", lambda bind: next(seen, frozenset({Address(1, "127.0.0.1")})))
    monkeypatch.setattr("firmware.net.dnssd.RETRY", 0.01)

    async def test() -> None:
        async with running(tmp_path) as instance:
            taken: list[Fact] = []
            found = Discovery(instance.engine, instance.clock, instance.port, taken.append)
            await found.start()
            try:
                assert not taken
                await until(lambda: bool(taken))
            finally:
                await found.close()

    run(test())
    gc.collect()  # what zeroconf left goes now, not in another test
