"""Every fault profile is seen from the host's end of the cable, and not once it is switched off.

A look tells what the host meets. With the profile on it must be true; then the faults are cleared while the printer
runs, as by `inkstand ctl clear`, the host comes anew, and the same look must be false.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from board.profiles import all_profiles
from tests import wire
from tests.usb.profile_kit import IMPATIENT, PATIENT, Host, ctl, plugged, running
from usb_gadget.descriptors import Capabilities, DescriptorError
from usb_gadget.host_http import HttpError, request_bytes

Look = Callable[[Host], bool]
LOOKS: dict[str, Look] = {}
SOONER = {
    "deaf-after": ("deaf-after", "seconds=0.3"),
    "multi-if-hang": ("multi-interface-hang", "seconds=0"),
    "legacy-delay-close": ("late-intake", "delay=0.5"),
}
"""Faults that would take a minute to show, and the parameter that makes them quick."""


def look(*names: str) -> Callable[[Look], Look]:
    """Register the look for these profiles."""

    def add(function: Look) -> Look:
        LOOKS.update(dict.fromkeys(names, function))
        return function

    return add


def test_every_profile_has_its_look() -> None:
    assert sorted(LOOKS) == sorted(all_profiles())


@pytest.mark.parametrize("name", sorted(all_profiles()))
def test_seen_when_on_and_only_then(name: str, tmp_path: Path) -> None:
    profile = all_profiles()[name]
    with running(tmp_path / "on", profile) as printer:
        if name in SOONER:
            fault, parameter = SOONER[name]
            ctl(printer, fault, True, parameter)
        with plugged(printer, tmp_path, IMPATIENT) as host:
            assert LOOKS[name](host)
        if profile.faults:
            ctl(printer, None, False)
            with plugged(printer, tmp_path, PATIENT) as host:
                assert not LOOKS[name](host)
            return
    with running(tmp_path / "off", None) as printer, plugged(printer, tmp_path, PATIENT) as host:
        assert not LOOKS[name](host)


# ------------------------------------------------------------------------------------------------ the layout


def triples(host: Host) -> list[tuple[int, int, tuple[int, int, int]]]:
    return [(i.number, i.alternate, i.triple) for i in host.device.configuration().interfaces]


@look("1-interface")
def one_interface(host: Host) -> bool:
    """ipp-usb wants two."""
    return len(host.device.settings()) == 1


@look("sparse-ifnum")
def sparse(host: Host) -> bool:
    assert not host.silent(interface=2)
    return [number for number, _, _ in triples(host)] == [1, 3, 5]


@look("vendor-class")
def vendor_class(host: Host) -> bool:
    assert not host.silent()
    return host.device.vendor_id == 0x03F0 and triples(host)[0][2] == (255, 9, 1)


@look("layout-epson")
def epson(host: Host) -> bool:
    assert not host.silent()
    printers = [(number, alternate, (7, 1, 2 + 2 * alternate)) for number in range(4) for alternate in (0, 1)]
    return triples(host) == [*printers, (4, 0, (255, 255, 255)), (5, 0, (255, 255, 255))]


@look("layout-hp")
def hp(host: Host) -> bool:
    assert not host.silent()
    return triples(host) == [(0, 0, (255, 255, 255)), *((number, 0, (7, 1, 4)) for number in (1, 2, 3))]


@look("legacy-unidir")
def one_way(host: Host) -> bool:
    return triples(host)[0][2] == (7, 1, 1)


# ------------------------------------------------------------------------------------------- control requests


def claims(host: Host) -> Capabilities:
    """What the class descriptor says; nothing if it cannot be had, whereupon hosts assume the most."""
    try:
        return host.device.class_descriptor().capabilities
    except (OSError, DescriptorError):
        return Capabilities(0)


@look("caps-missing", "caps-short", "caps-zero")
def no_claims(host: Host) -> bool:
    assert not host.silent()
    return claims(host) == 0


@look("caps-lie-scan")
def claims_scan(host: Host) -> bool:
    answer = host.ask("/eSCL/ScannerCapabilities", method="GET")
    assert answer
    assert answer.status == 404
    return Capabilities.SCAN in claims(host)


@look("fax-useless")
def claims_fax(host: Host) -> bool:
    assert not host.silent("/ipp/faxout")
    return Capabilities.FAX in claims(host)


@look("caps-lie-fax")
def fax_waits(host: Host) -> bool:
    seen = host.silent("/ipp/faxout")
    assert not host.silent(interface=1)
    return seen and Capabilities.FAX in claims(host)


@look("fax-hang")
def fax_hangs_all(host: Host) -> bool:
    assert not host.silent(interface=1)
    return host.silent("/ipp/faxout") and host.silent(interface=1) and Capabilities.FAX in claims(host)


@look("hp-badconfig")
def bad_configuration(host: Host) -> bool:
    assert not host.silent()
    return host.device.control(0x80, 8, 0, 0, 1) != b"\1"


@look("legacy-no-alt-set")
def no_alternate(host: Host) -> bool:
    try:
        host.device.control(0x01, 11, 0, 1)
    except OSError:
        return True
    return False


def string(host: Host, index: int) -> bytes:
    try:
        return host.device.control(0x80, 6, 0x0300 | index, 0x0409 if index else 0, 255)
    except OSError:
        return b""


@look("pantum-langid")
def languages_at_the_second_try(host: Host) -> bool:
    first, second = string(host, 0), string(host, 0)
    assert second == b"\x04\x03\x09\x04"
    return first != second


@look("xerox-sleep-strings")
def no_strings_until_a_reset(host: Host) -> bool:
    seen = not all(string(host, index) for index in (1, 2, 3))
    host.device.control(0x80, 6, 0x0100, 0, 64)  # what follows a bus reset, and is all that USB/IP sees of it
    host.configure()
    assert all(string(host, index) for index in (1, 2, 3))
    return seen


# ---------------------------------------------------------------------------------------------- bulk endpoints


@look("net-dependent", "write-timeout")
def dead(host: Host) -> bool:
    return host.silent() and host.silent(interface=2)


@look("needs-soft-reset")
def silent_until_soft_reset(host: Host) -> bool:
    seen = host.silent()
    host.device.soft_reset(host.device.settings()[0])
    host.configure()
    assert not host.silent()
    return seen


@look("legacy-soft-reset")
def legacy_silent_until_soft_reset(host: Host) -> bool:
    return legacy_wakes(host, lambda: host.device.control(0x21, 2, 0, 0))


@look("legacy-usb-init")
def legacy_silent_until_vendor_request(host: Host) -> bool:
    def vendor_request() -> None:
        with pytest.raises(OSError, match=r"32|status"):
            host.device.control(0x40, 2, 0, 0)

    return legacy_wakes(host, vendor_request)


def legacy_wakes(host: Host, wake: Callable[[], object]) -> bool:
    channel = host.channel(legacy=True)
    seen = host.blocked(lambda: channel.write(b"\x1b%-12345X", host.patience))
    wake()
    host.configure()
    channel.write(b"\x1b%-12345X", PATIENT)
    return seen


@look("soft-reset-kills")
def dead_after_soft_reset(host: Host) -> bool:
    assert not host.silent()
    host.device.soft_reset(host.device.settings()[0])
    host.configure()
    return host.silent()


@look("legacy-no-reattach")
def dead_after_release(host: Host) -> bool:
    assert not host.silent()
    host.device.control(0x01, 11, 0, host.device.settings()[0].number)
    return host.silent()


@look("deaf-after")
def deaf_by_and_by(host: Host) -> bool:
    for _ in range(8):
        if host.silent():
            return True
        time.sleep(0.1)
    return False


@look("multi-if-hang")
def dead_after_two_interfaces(host: Host) -> bool:
    assert not host.silent()
    return host.silent(interface=1) or host.silent()


@look("multi-if-escl")
def scanner_hangs_after_two_interfaces(host: Host) -> bool:
    path = "/eSCL/ScannerCapabilities"
    assert not host.silent(path)
    assert not host.silent(interface=1)
    return host.silent(path)


@look("throttle")
def stops_when_hurried(host: Host) -> bool:
    """Three megabytes at full speed, where it takes one in a second."""
    head = request_bytes("POST", "/ipp/print", fields={"Content-Length": str(3 << 20)})
    block, channel = bytes(1 << 16), host.channel()
    channel.write(head, PATIENT)
    return any(host.blocked(lambda: channel.write(block, host.patience)) for _ in range(48))


@look("legacy-delay-close")
def loses_what_was_just_sent(host: Host) -> bool:
    """A job of which the host lets go at once; the silence that follows is the printer's, not the host's."""
    host.channel(legacy=True).write(b"A line of text.\n", PATIENT)
    host.device.control(0x01, 11, 0, 0)
    deadline = time.monotonic() + max(host.patience, 1.0)
    while time.monotonic() < deadline:
        if host.printer.engine.system.printers[1].jobs:
            return False
        time.sleep(0.02)
    return True


@look("zlp-spray")
def empty_packets(host: Host) -> bool:
    answer = host.ask()
    assert answer
    return answer.empty_reads == 3


@look("zlp-required")
def waits_for_an_empty_packet(host: Host) -> bool:
    channel = host.channel()
    channel.write(request_bytes("GET", "/", total=512), PATIENT)
    try:
        return not channel.read(16384, host.patience)
    except TimeoutError:
        channel.write(b"", PATIENT)
        return channel.read(16384, PATIENT).startswith(b"HTTP/1.1 200")


@look("abort-desync")
def old_answer_after_a_reset(host: Host) -> bool:
    channel = host.channel()
    channel.write(request_bytes("GET", "/"), PATIENT)
    assert channel.read(512, PATIENT).startswith(b"HTTP/1.1 200")
    host.configure()
    channel.write(request_bytes("GET", "/no-such-page"), PATIENT)
    return not channel.read(512, PATIENT).startswith(b"HTTP/1.1 404")


# --------------------------------------------------------------------------------------------------------- HTTP


@look("hp-404")
def not_found(host: Host) -> bool:
    answer = host.ask()
    return answer is not None and answer.status == 404


@look("boot-503-zlp")
def cut_503(host: Host) -> bool:
    channel = host.channel()
    channel.write(request_bytes("GET", "/eSCL/ScannerCapabilities"), PATIENT)
    answer = channel.read(16384, PATIENT)
    return answer.startswith(b"HTTP/1.1 503") and answer[-1:] != b"\n" and channel.read(16384, PATIENT) == b""


@look("boot-partial")
def half_started(host: Host) -> bool:
    scan, ipp = host.ask("/eSCL/ScannerCapabilities", method="GET"), host.ask()
    assert scan
    assert ipp
    return (scan.status, ipp.status) == (404, 503)


@look("fax-garbage")
def no_http(host: Host) -> bool:
    try:
        assert host.ask("/ipp/faxout")
    except HttpError:
        return Capabilities.FAX in claims(host)
    return False


def stalls_unless(host: Host, right: str, wrong: str) -> bool:
    answer = host.ask(fields={"Connection": right})
    assert answer
    assert len(answer.body) > 3072
    return host.ask(fields={"Connection": wrong}, interface=1) is None


@look("keepalive-only")
def wants_keep_alive(host: Host) -> bool:
    return stalls_unless(host, "keep-alive", "close")


@look("close-only")
def wants_close(host: Host) -> bool:
    return stalls_unless(host, "close", "keep-alive")


@look("ws-upgrade")
def upgrades(host: Host) -> bool:
    key = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    answer = host.ask("/", key, method="GET")
    assert answer
    time.sleep(0.2)  # the interface is taken away with the answer
    return answer.status == 101 and host.silent()


# ----------------------------------------------------------------------------------------------------------- IPP


@look("bad-names")
def says_no_peripheral(host: Host) -> bool:
    answer = host.ask()
    assert answer
    return bool(wire.parse(answer.body).one("printer-info") == "No Active Peripheral")


@look("job-never-completes")
def goes_on_for_ever(host: Host) -> bool:
    """All sheets lie there, and the job is still printing, as far as a client is told."""
    with host.client() as client:
        number = client.print_job(b"A line of text.\n", "text/plain").one("job-id")
        deadline = time.monotonic() + 60
        while not list(host.printer.places.out.glob(f"{number:04d}-*/job.json")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.1)
        return bool(client.job(number).one("job-state") == wire.PROCESSING)


@look("ipp-status-lie")
def status_lies(host: Host) -> bool:
    said = host.ipptool()
    assert "printer-make-and-model" in said
    return "server-error-internal-error" in said


@look("ipp-dup-attr")
def twice(host: Host) -> bool:
    return 'Duplicate "printer-make-and-model" attribute' in host.ipptool()


@look("ipp-textlang")
def with_language(host: Host) -> bool:
    return "printer-info (textWithLanguage)" in host.ipptool()


@look("ipp-no-mcdb")
def fails_for_the_database(host: Host) -> bool:
    assert "media-col-default" in host.ipptool("media-col-default")
    return "server-error-internal-error" in host.ipptool("media-col-database")


@look("ipp-member-names", "ipp-unterminated-coll")
def unreadable(host: Host) -> bool:
    """CUPS' reader gives the whole answer up."""
    said = host.ipptool()
    assert "attributes-charset" in said
    return "printer-make-and-model" not in said


@look("ipp-member-outside")
def member_outside(host: Host) -> bool:
    """CUPS' reader takes it for an attribute of the printer, and refuses the empty value behind it."""
    said = host.ipptool()
    return "\n        media-source (keyword) =" in said and 'preferred": Bad mimeMediaType value ""' in said
