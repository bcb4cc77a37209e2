"""Control requests: what the device answers, and that nothing upsets it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usb.support import PRINTER
from usb_gadget.descriptors import Speed
from usb_gadget.device import AlternateSet, Answer, Configured, Device, HaltChanged, Setup, SoftReset
from usb_gadget.layout import Legacy, PortStatus, UsbPrinter, describe


def device(printer: UsbPrinter = PRINTER, speed: Speed = Speed.HIGH, configured: bool = True) -> Device:
    made = Device(describe(printer), speed, printer.device_id)
    if configured:
        assert made.control(Setup(0, 9, 1)) == Answer(b"", (Configured(1),))
    return made


ID = PRINTER.device_id.encode()
ID_ANSWER = (len(ID) + 2).to_bytes(2, "big") + ID


@pytest.mark.parametrize(
    ("value", "index", "answered"),
    [
        (0, 0x0000, True),  # interface 0, alternate setting 0
        (0, 0x0200, True),  # interface 2
        (0, 0x0002, True),  # interface 2 in the wrong octet, as some hosts ask
        (0, 0x0001, True),
        (0, 0x0300, False),  # no such interface
        (1, 0x0000, False),  # no such configuration
    ],
)
def test_get_device_id(value: int, index: int, answered: bool) -> None:
    answer = device().control(Setup(0xA1, 0, value, index, 1024))
    assert answer.data == (ID_ANSWER if answered else None)


def test_device_id_of_an_alternate_setting_and_of_other_classes() -> None:
    both = device(replace(PRINTER, legacy=Legacy.ALTERNATE))
    assert both.control(Setup(0xA1, 0, 0, 0x0101, 1024)).data == ID_ANSWER
    storage = device(replace(PRINTER, interfaces=(((8, 6, 80),), ((7, 1, 4),))))
    assert storage.control(Setup(0xA1, 0, 0, 0x0000, 1024)).data is None
    assert storage.control(Setup(0xA1, 0, 0, 0x0100, 1024)).data == ID_ANSWER


def test_device_id_is_cut_to_what_was_asked_and_stalls_when_there_is_none() -> None:
    assert device().control(Setup(0xA1, 0, 0, 0, 2)).data == ID_ANSWER[:2]
    assert device(replace(PRINTER, device_id="")).control(Setup(0xA1, 0, 0, 0, 64)).data is None


def test_port_status_is_the_truth_of_the_moment() -> None:
    truth = PortStatus.READY
    printer = Device(describe(PRINTER), Speed.HIGH, port_status=lambda: truth)
    printer.control(Setup(0, 9, 1))
    assert printer.control(Setup(0xA1, 1, 0, 1, 1)).data == b"\x18"
    truth = PortStatus.PAPER_EMPTY | PortStatus.SELECTED
    assert printer.control(Setup(0xA1, 1, 0, 1, 1)).data == b"\x30"
    assert printer.control(Setup(0xA1, 1, 0, 7, 1)).data is None


@pytest.mark.parametrize("request_type", [0x21, 0x23])
def test_soft_reset(request_type: int) -> None:
    printer = device()
    printer.halted.add(0x82)
    assert printer.control(Setup(request_type, 2, 0, 1)) == Answer(b"", (SoftReset(1),))
    assert printer.halted == set()
    assert printer.control(Setup(request_type, 2, 0, 9)) == Answer(None)


def test_configuration_and_alternate_settings() -> None:
    printer = device(replace(PRINTER, legacy=Legacy.ALTERNATE), configured=False)
    assert printer.control(Setup(0x80, 8, length=1)).data == b"\0"
    assert printer.control(Setup(0x81, 10, 0, 0, 1)).data is None
    assert printer.control(Setup(0x01, 11, 1, 0)).data is None
    assert printer.control(Setup(0x00, 9, 2)).data is None
    assert printer.control(Setup(0x00, 9, 1)).events == (Configured(1),)
    assert printer.control(Setup(0x01, 11, 1, 2)).events == (AlternateSet(2, 1),)
    assert printer.control(Setup(0x81, 10, 0, 2, 1)).data == b"\1"
    assert printer.control(Setup(0x01, 11, 2, 2)).data is None
    assert printer.control(Setup(0x80, 8, length=1)).data == b"\1"
    assert printer.control(Setup(0x00, 9, 1)).events == (Configured(1),)
    assert printer.control(Setup(0x81, 10, 0, 2, 1)).data == b"\0"
    assert printer.control(Setup(0x00, 9, 0)).events == (Configured(0),)
    assert printer.setting(0) is None


def test_halts() -> None:
    printer = device()
    assert printer.control(Setup(0x02, 3, 0, 0x81)).events == (HaltChanged(0x81, True),)
    assert printer.control(Setup(0x82, 0, 0, 0x81, 2)).data == b"\1\0"
    assert printer.control(Setup(0x02, 1, 0, 0x81)).events == (HaltChanged(0x81, False),)
    assert printer.control(Setup(0x82, 0, 0, 0x81, 2)).data == b"\0\0"
    assert printer.control(Setup(0x02, 1, 0, 0x80)) == Answer(b"")
    assert printer.control(Setup(0x02, 3, 0, 0x8F)) == Answer(None)
    assert printer.control(Setup(0x82, 0, 0, 0x8F, 2)) == Answer(None)


def test_status() -> None:
    assert device().control(Setup(0x80, 0, 0, 0, 2)).data == b"\1\0"  # self-powered
    bus = device(replace(PRINTER, self_powered=False))
    assert bus.control(Setup(0x80, 0, 0, 0, 2)).data == b"\0\0"
    assert device().control(Setup(0x81, 0, 0, 1, 2)).data == b"\0\0"
    assert device().control(Setup(0x81, 0, 0, 8, 2)).data is None


def test_descriptors_on_request() -> None:
    printer = device()
    assert printer.control(Setup(0x80, 6, 0x0100, 0, 8)).data == printer.packer.device()[:8]
    assert printer.control(Setup(0x80, 6, 0x0200, 0, 9)).data == (printer.packer.configuration(0) or b"")[:9]
    assert printer.control(Setup(0x80, 6, 0x0201, 0, 9)).data is None
    assert printer.control(Setup(0x80, 6, 0x0301, 0x0409, 255)).data == printer.packer.string(1)
    assert printer.control(Setup(0x80, 6, 0x0301, 0x0407, 255)).data is None
    assert printer.control(Setup(0x80, 6, 0x0600, 0, 10)).data == printer.packer.device_qualifier()
    assert printer.control(Setup(0x80, 6, 0x0F00, 0, 64)).data is None
    assert device(speed=Speed.SUPER).control(Setup(0x80, 6, 0x0F00, 0, 64)).data is not None


def test_the_class_descriptor_asked_of_the_device_and_of_an_interface() -> None:
    printer = device(replace(PRINTER, legacy=Legacy.BESIDE))
    whole = bytes.fromhex("0a21 01 01 00 04 1100 04 05")
    assert printer.control(Setup(0x80, 6, 0x2100, 0, 256)).data == whole
    assert printer.control(Setup(0x81, 6, 0x2100, 1, 256)).data == whole
    assert printer.control(Setup(0x81, 6, 0x2100, 0, 256)).data is None
    hidden = device(replace(PRINTER, class_descriptor=False))
    assert hidden.control(Setup(0x80, 6, 0x2100, 0, 256)).data is None


def test_super_speed_requests() -> None:
    assert device(speed=Speed.SUPER).control(Setup(0x00, 48, 0, 0, 6), bytes(6)).data == b""
    assert device(speed=Speed.SUPER).control(Setup(0x00, 3, 48)).data == b""
    assert device().control(Setup(0x00, 48, 0, 0, 6), bytes(6)).data is None
    assert device().control(Setup(0x00, 3, 48)).data is None


def test_every_request_type_and_request_is_answered() -> None:
    """All 65,536 pairs; what is no request of ours stalls and changes nothing."""
    printer = device()
    known = set()
    for request_type in range(256):
        for request in range(256):
            answer = printer.control(Setup(request_type, request, 0, 0, 64))
            if answer.data is not None:
                known.add((request_type, request))
            assert answer.data is None or len(answer.data) <= 64
    assert known == {
        (0x80, 0), (0x81, 0), (0x82, 0), (0x80, 8), (0x81, 10), (0x00, 5), (0x00, 9), (0x01, 11), (0x02, 1),
        (0x02, 3), (0xA1, 0), (0xA1, 1), (0x21, 2), (0x23, 2),
    } - {(0x81, 0), (0x81, 10), (0x01, 11), (0xA1, 1), (0x21, 2), (0x23, 2)}  # after (0, 9) with value 0  # fmt: skip
    assert printer.control(Setup(0, 9, 1)).data == b""


@given(
    st.lists(
        st.tuples(
            st.builds(
                Setup,
                st.integers(0, 255),
                st.integers(0, 255),
                st.integers(0, 0xFFFF),
                st.integers(0, 0xFFFF),
                st.integers(0, 0xFFFF),
            ),
            st.binary(max_size=16),
        ),
        max_size=30,
    )
)
def test_no_sequence_of_requests_upsets_it(requests: list[tuple[Setup, bytes]]) -> None:
    printer = device()
    for setup, data in requests:
        answer = printer.control(setup, data)
        assert answer.data is None or len(answer.data) <= setup.length
        assert Setup.parse(setup.pack()) == setup
    assert printer.control(Setup(0, 9, 1)).events == (Configured(1),)
    assert printer.control(Setup(0xA1, 0, 0, 0, 1024)).data == ID_ANSWER
