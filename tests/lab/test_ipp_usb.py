"""What Debian's ipp-usb makes of printers with fault profiles: all of them on the bus at once, and one without beside.

`tests/usb/test_profiles.py` looks at every profile with pyusb; here are those of which ipp-usb takes notice.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from tests.lab.conftest import host_services
from tests.lab.fleet import NONE
from tests.lab.inkstand import attach
from tests.lab.vm import Lab

LOGS = "/var/log/ipp-usb"
TIMED_OUT = "libusb_bulk_transfer: Operation timed out"
NOTICED = {
    "hp-404": "IPP: HTTP: 404 Not Found",
    "ipp-status-lie": "IPP: IPP: server-error-internal-error",
    "caps-missing": "BasicCaps:     print,scan,fax,http",
    "caps-lie-scan": "BasicCaps:     print,scan,http",
    "fax-useless": "BasicCaps:     print,fax,http",
    "fax-garbage": "IPP FaxOut probe failed: HTTP: Post .*: malformed HTTP",
    "layout-epson": r"\* +1 +3 +1 +7 +1 +4",
    "sparse-ifnum": r"\* +1 +5 +0 +7 +1 +4",
    "caps-lie-fax": f"ipp/faxout.*: {TIMED_OUT}",
    "write-timeout": rf"USB\[0\]: send: {TIMED_OUT}",
}
"""What its log of the device says, as extended regular expressions; the slow ones last."""
IGNORED = ("1-interface", "vendor-class")
"""It wants two interfaces, and as Debian has it, it knows 7/1/4 alone."""


@pytest.fixture(scope="module")
def serials(lab: Lab) -> Iterator[dict[str, str]]:
    """Serial numbers by profile of devices that are all attached, with ipp-usb at work on them."""
    with host_services(lab):
        fleet = lab.start([sys.executable, "-m", "tests.lab.fleet", "/run/fleet", NONE, *IGNORED, *NOTICED])
        try:
            lab.wait_for(f"grep -q '^{{' {fleet.log_file} || [ ! -e /proc/{fleet.pid}/exe ]", 180)
            log = fleet.log()
            assert "{" in log, log
            found = json.loads(next(line for line in log.splitlines() if line.startswith("{")))
            for port, _ in found.values():
                attach(lab, port)
            daemon = lab.start(["ipp-usb", "standalone"], name="ipp-usb")
            yield {name: serial for name, (_, serial) in found.items()}
            daemon.stop()
        finally:
            status = fleet.stop()
        assert status == 0, fleet.log()


@pytest.mark.parametrize("name", NOTICED)
def test_noticed(lab: Lab, serials: dict[str, str], name: str) -> None:
    """It says so of that device, and not of the one without a fault, which it takes."""
    lab.wait_for(f"grep -qE '{NOTICED[name]}' {LOGS}/*{serials[name]}*", 150)
    good = f"{LOGS}/*{serials[NONE]}*"
    lab.wait_for(f"grep -q 'usb_MDL=Office Color' {good}", 60)
    assert lab.run(f"grep -E '{NOTICED[name]}' {good}").rc == 1


@pytest.mark.parametrize("name", IGNORED)
def test_ignored(lab: Lab, serials: dict[str, str], name: str) -> None:
    """The device is on the bus, and ipp-usb, which is through with all others, never looked at it."""
    lab.wait_for(f"grep -qE '{NOTICED['write-timeout']}' {LOGS}/*{serials['write-timeout']}*", 150)
    assert serials[name] in lab.run("cat /sys/bus/usb/devices/*/serial").out
    assert lab.run(f"ls {LOGS}/*{serials[name]}*").rc != 0
    assert lab.run(f"ls {LOGS}/*{serials[NONE]}*").rc == 0
