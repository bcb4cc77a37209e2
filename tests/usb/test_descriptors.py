"""Descriptors: bytes as USB 2.0 and 3.2 chapter 9 and IPP over USB 1.0 have them, and back."""

import contextlib
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usb.support import PRINTER
from usb_gadget import descriptors as d
from usb_gadget.descriptors import (
    Capabilities,
    ConfigurationDescriptor,
    DescriptorError,
    DeviceDescriptor,
    EndpointDescriptor,
    InterfaceDescriptor,
    IppUsbDescriptor,
    Packer,
    Speed,
    parse_configuration,
    parse_ipp_usb,
)
from usb_gadget.layout import Legacy, describe, interfaces, parse_interfaces

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), min_size=1, max_size=20)
ENDPOINTS = st.builds(
    EndpointDescriptor, st.integers(1, 15) | st.integers(0x81, 0x8F), st.sampled_from([2, 3]),
    st.sampled_from([64, 512, 1024]), st.integers(0, 16), st.just(0),
)  # fmt: skip
IPP = st.builds(
    IppUsbDescriptor, st.sampled_from([Capabilities(0), Capabilities(0x11), Capabilities(0x7F)]), TEXT | st.just(""),
    TEXT | st.just(""), st.sampled_from([b"", b"\x80\x02ab", b"\x80\x00\x81\x01c"]),
)  # fmt: skip
SETTINGS = st.builds(
    InterfaceDescriptor, st.integers(0, 5), st.integers(0, 2),
    st.sampled_from([(7, 1, 4), (7, 1, 2), (255, 9, 1), (8, 6, 80)]), TEXT | st.just(""),
    st.lists(ENDPOINTS, max_size=3).map(tuple), st.none() | IPP, st.lists(st.just(b"\x03\x42x")).map(tuple),
)  # fmt: skip
CONFIGURATIONS = st.builds(
    ConfigurationDescriptor, st.lists(SETTINGS, max_size=4).map(tuple), st.integers(1, 255), TEXT | st.just(""),
    st.booleans(), st.booleans(), st.integers(0, 250).map(lambda n: n * 2),
)  # fmt: skip


def strings_of(packer: Packer) -> dict[int, str]:
    found: dict[int, str] = {}
    while data := packer.string(len(found) + 1):
        found[len(found) + 1] = data[2:].decode("utf-16-le")
    return found


@given(CONFIGURATIONS)
def test_a_configuration_survives_the_wire(configuration: ConfigurationDescriptor) -> None:
    packer = Packer(DeviceDescriptor(1, 2, (configuration,)), Speed.HIGH)
    data = packer.configuration(0)
    assert data is not None
    assert struct.unpack_from("<H", data, 2) == (len(data),)
    assert parse_configuration(data, strings_of(packer)) == configuration


@given(st.binary(max_size=80))
def test_rubbish_is_no_configuration(data: bytes) -> None:
    with contextlib.suppress(DescriptorError):
        parse_configuration(b"\x09\x02" + data)


def test_the_printer_at_high_speed() -> None:
    packer = Packer(describe(replace(PRINTER, ipp_interfaces=1)), Speed.HIGH)
    assert packer.device() == bytes.fromhex("1201000200000040 6b1d0401 0001 010203 01")
    assert packer.configuration(0) == bytes.fromhex(
        "0902 2a00 01 01 00 c0 01"
        "0904 00 00 02 07 01 04 00"
        "0a21 01 01 00 04 1100 04 05"  # print and HTTP; strings 4 and 5
        "0705 01 02 0002 00"
        "0705 81 02 0002 00"
    )
    assert packer.string(0) == bytes.fromhex("0403 0904")
    assert packer.string(4) == b"\x10\x03" + "1.1,2.0".encode("utf-16-le")
    assert packer.string(6) is None
    assert packer.device_qualifier() == bytes.fromhex("0a06 0002 000000 40 01 00")
    assert packer.bos() is None


def test_the_printer_at_super_speed() -> None:
    packer = Packer(describe(replace(PRINTER, ipp_interfaces=1, max_power=100)), Speed.SUPER)
    assert packer.device()[2:8] == bytes.fromhex("2003 000000 09")
    data = packer.configuration(0)
    assert data is not None
    assert data[8] == 13  # units of 8 mA, rounded up
    assert data[-13:] == bytes.fromhex("0705 81 02 0004 000630 00 00 0000")
    assert packer.device_qualifier() is None
    assert packer.bos() == bytes.fromhex("050f 1600 020710 02 000000000a10 03 00 0e00 01 00 0000")


def test_packet_sizes_follow_the_speed() -> None:
    for speed, size in (Speed.FULL, 64), (Speed.HIGH, 512), (Speed.SUPER, 1024):
        data = Packer(describe(PRINTER), speed).configuration(0)
        assert data is not None
        found = {e.max_packet_size for i in parse_configuration(data).interfaces for e in i.endpoints}
        assert found == {size}
    other = Packer(describe(PRINTER), Speed.HIGH).configuration(0, d.OTHER_SPEED_CONFIGURATION)
    assert other is not None
    assert other[1] == d.OTHER_SPEED_CONFIGURATION
    assert {e.max_packet_size for i in parse_configuration(other).interfaces for e in i.endpoints} == {64}


def test_a_full_speed_device_has_no_other_speed() -> None:
    packer = Packer(describe(replace(PRINTER, speeds=frozenset({Speed.FULL}))), Speed.FULL)
    assert packer.device_qualifier() is None


@pytest.mark.parametrize(
    ("legacy", "expected"),
    [
        (Legacy.NONE, [["7/1/4"]] * 3),
        (Legacy.BESIDE, [["7/1/2"], *[["7/1/4"]] * 3]),
        (Legacy.ALTERNATE, [["7/1/2", "7/1/4"]] * 3),
    ],
)
def test_layouts(legacy: Legacy, expected: list[list[str]]) -> None:
    printer = replace(PRINTER, legacy=legacy)
    found = [["/".join(map(str, triple)) for triple in settings] for settings in interfaces(printer)]
    assert found == expected
    configuration = describe(printer).configurations[0]
    for number, settings in enumerate(expected):
        for alternate in range(len(settings)):
            setting = configuration.setting(number, alternate)
            assert setting is not None
            assert (setting.ipp_usb is not None) == setting.is_ipp_usb
            assert {e.address for e in setting.endpoints} == {number + 1, 0x80 | number + 1}


def test_any_layout() -> None:
    layout = parse_interfaces(["7/1/2|7/1/4", "255/255/255|7/1/4", "8/6/80"])
    printer = replace(PRINTER, interfaces=layout, numbers=(1, 3, 5))
    configuration = describe(printer).configurations[0]
    assert configuration.numbers() == [1, 3, 5]
    assert [i.triple for i in configuration.interfaces if i.is_ipp_usb] == [(7, 1, 4)] * 2
    for wrong in ["7/1", "7/1/4/4", "7/1/256", "a/b/c"]:
        with pytest.raises(ValueError, match="not a class"):
            parse_interfaces([wrong])


def test_the_class_descriptor_alone() -> None:
    data = bytes.fromhex("0a21 01 01 00 04 1300 00 00")
    assert parse_ipp_usb(data).capabilities == Capabilities.PRINT | Capabilities.SCAN | Capabilities.HTTP
    with pytest.raises(DescriptorError):
        parse_ipp_usb(data[:9])


def test_equal_strings_share_an_index_and_long_ones_are_cut() -> None:
    printer = replace(PRINTER, product=PRINTER.manufacturer, serial_number="x" * 300)
    packer = Packer(describe(printer), Speed.HIGH)
    assert packer.device()[14:17] == b"\x01\x01\x02"
    serial = packer.string(2)
    assert serial is not None
    assert len(serial) == serial[0] == 254
