"""Driver replacement – PWG 5100.13: what a host wants to know so as to need no driver."""

from __future__ import annotations

import msgspec
import pytest

from firmware.core.model import Model
from firmware.features.driverless import Program
from firmware.ipp import UNKNOWN, Attribute, Operation, Text, Uri
from tests.printer import COLOR, MONO, SIMPLEX, Desk, value, values


def printer(model: Model, *names: str) -> dict[str, tuple[object, ...]]:
    group = Desk(model).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    return {name: values(group, name) for name in names}


def test_modes_of_colour() -> None:
    """Section 6.2.3: monochrome printers have no "color"."""
    gray = {"auto", "auto-monochrome", "bi-level", "monochrome", "process-bi-level", "process-monochrome"}
    assert set(printer(MONO, "print-color-mode-supported")["print-color-mode-supported"]) == gray
    assert set(printer(COLOR, "print-color-mode-supported")["print-color-mode-supported"]) == {*gray, "color"}
    assert printer(MONO, "print-color-mode-default")["print-color-mode-default"] == ("auto",)


def test_ways_of_scaling() -> None:
    told = printer(MONO, "print-scaling-supported", "print-scaling-default")
    assert set(told["print-scaling-supported"]) == {"auto", "auto-fit", "fill", "fit", "none"}
    assert told["print-scaling-default"] == ("auto",)


def test_one_way_of_rendering_is_told_as_one() -> None:
    told = printer(MONO, "print-content-optimize-supported", "print-rendering-intent-supported")
    assert set(told.values()) == {("auto",)}


def test_content_is_optimized_where_there_is_a_halftone() -> None:
    told = printer(msgspec.structs.replace(MONO, levels=2), "print-content-optimize-supported")
    assert told["print-content-optimize-supported"] == ("auto", "graphic", "photo", "text", "text-and-graphic")


def test_the_device_id() -> None:
    """PWG 5107.2: MFG, MDL and CMD are the keys that hosts match by; no separator gets into a value."""
    (told,) = printer(COLOR, "printer-device-id")["printer-device-id"]
    assert isinstance(told, Text)
    assert told.startswith("MFG:Test;MDL:Color;CMD:PWGRaster,AppleRaster,URF,PCLm,PDF,JPEG,PNG,TXT;")
    assert told.endswith(";")
    odd = msgspec.structs.replace(MONO, make="A:B", model="C;D:1")
    (told,) = printer(odd, "printer-device-id")["printer-device-id"]
    assert dict(pair.split(":") for pair in str(told).rstrip(";").split(";"))["MDL"] == "C D 1"


@pytest.mark.parametrize(
    ("sizes", "kinds"),
    [
        (("iso_a4_210x297mm",), ("document",)),
        (("iso_a4_210x297mm", "iso_dl_110x220mm", "na_number-10_4.125x9.5in"), ("document", "envelope")),
        (("iso_a4_210x297mm", "na_index-4x6_4x6in"), ("document", "photo")),
        (("iso_a4_210x297mm", "jpn_hagaki_100x148mm"), ("document", "postcard")),
        (("iso_a4_210x297mm", "iso_a2_420x594mm"), ("document", "large-format")),
    ],
)
def test_kinds_follow_from_sizes(sizes: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    model = msgspec.structs.replace(SIMPLEX, media=msgspec.structs.replace(SIMPLEX.media, sizes=sizes))
    assert printer(model, "printer-kind")["printer-kind"] == kinds


def test_icons_lead_where_the_client_came() -> None:
    icons = printer(MONO, "printer-icons")["printer-icons"]
    assert icons == tuple(f"http://printer.test/icons/1-{size}.png" for size in (48, 128, 512))


def test_who_it_is() -> None:
    desk = Desk()
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert told.get("printer-uuid") == Attribute("printer-uuid", Uri(f"urn:uuid:{desk.printer.uuid}"))
    assert value(told, "printer-dns-sd-name") == "Desk"
    assert value(told, "printer-info") == "Desk"
    assert told.get("printer-geo-location") == Attribute("printer-geo-location", UNKNOWN)
    for name in ("printer-location", "printer-organization", "printer-organizational-unit"):
        assert value(told, name) == ""


def test_what_it_does_not_do_is_told() -> None:
    told = printer(MONO, "document-password-supported")
    assert told == {"document-password-supported": (0,)}


def test_which_program_it_is() -> None:
    """Four attributes of as many values; a printer whose board says nothing has none of them."""
    desk = Desk()
    names = ("name", "patches", "string-version", "version")
    assert not [name for name in desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer.names() if "firmware" in name]
    desk = Desk()
    desk.printer[Program].version = "7.1"
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert {len(values(told, f"printer-firmware-{name}")) for name in names} == {1}
    assert values(told, "printer-firmware-version") == (b"7.1",)
    assert str(values(told, "printer-firmware-string-version")[0]) == "7.1"
