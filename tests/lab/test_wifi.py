"""A printer whose only way to the world is its cable is put on a Wi-Fi network, found there and printed to.

Its radio and the access point's are the kernel's simulation; hostapd, wpa_supplicant, NetworkManager, systemd-networkd,
ipp-usb and ipptool are Debian's own. One contract for all radios: ``tests.parts.radio_contract``.
"""

from __future__ import annotations

import asyncio
import json
import plistlib
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.lab.air import AccessPoint, air, networkmanager, wpa_supplicant
from tests.lab.conftest import host_services
from tests.lab.inkstand import HOME, inkstand
from tests.lab.vm import Lab
from tests.parts.radio_contract import AWKWARD, PASSWORD, contract, legible

STATES = {3: "off", 4: "not-configured", 5: "not-visible", 6: "cannot-join", 7: "joining", 8: "on"}
SERVICES: dict[str, Callable[[Lab], AbstractContextManager[None]]] = {
    "wpa_supplicant": wpa_supplicant,
    "networkmanager": networkmanager,
}
_HEAD = """{{
OPERATION {operation}
GROUP operation-attributes-tag
ATTR charset attributes-charset utf-8
ATTR naturalLanguage attributes-natural-language en
ATTR uri printer-uri $uri
{more}
STATUS successful-ok
}}
"""
GET = _HEAD.format(
    operation="Get-Printer-Attributes",
    more="ATTR keyword requested-attributes printer-name,printer-wifi-ssid,printer-wifi-state,printer-state-reasons",
)
SET = _HEAD.format(
    operation="Set-Printer-Attributes",
    more="GROUP printer-attributes-tag\nATTR nameWithoutLanguage printer-wifi-ssid $ssid\n"
    "ATTR octetString printer-wifi-password $password",
)
FORGET = _HEAD.format(
    operation="Set-Printer-Attributes",
    more="GROUP printer-attributes-tag\nATTR delete-attribute printer-wifi-ssid",
)
PRINT = _HEAD.format(operation="Print-Job", more="ATTR mimeMediaType document-format text/plain\nFILE $filename")


class ByCable:
    """The printer as ipptool sees it through ipp-usb."""

    def __init__(self, lab: Lab, uri: str) -> None:
        self._lab, self._uri = lab, uri
        for name, text in (("get", GET), ("set", SET), ("forget", FORGET), ("print", PRINT)):
            lab.run(f"cat >{HOME}/{name}.test", data=text.encode()).check()

    async def set(self, ssid: str, password: bytes) -> None:
        self._ask("set", "-d", f"ssid={ssid}", "-d", f"password={password.decode()}")

    async def forget(self) -> None:
        self._ask("forget")

    async def until(self, state: str, ssid: str) -> None:
        await self._wait(lambda found: found == (state, ssid), f"{state}, {ssid!r}")

    async def until_not(self, state: str) -> None:
        await self._wait(lambda found: found[0] != state, f"not {state}")

    async def reasons(self) -> list[str]:
        found = self.attributes()["printer-state-reasons"]
        return found if isinstance(found, list) else [found]

    async def networks(self) -> dict[str, str]:
        script = (
            "import json; from board.ask import ask; from board.places import control_socket; "
            "print(json.dumps(ask(control_socket(8631), '/control/networks')))"
        )
        out = self._lab.run([sys.executable, "-c", script], env={"XDG_RUNTIME_DIR": "/run/user"}).check().out
        return {each["ssid"]: each["security"] for each in json.loads(out)["networks"]}

    def attributes(self) -> dict[str, Any]:
        (group,) = [group for group in self._ask("get")["ResponseAttributes"] if "printer-name" in group]
        found: dict[str, Any] = group
        return found

    def _ask(self, name: str, *options: str) -> dict[str, Any]:
        command = ["ipptool", "-X", *options, self._uri, f"{HOME}/{name}.test"]
        result = self._lab.run(command)
        assert result.rc == 0, result.out
        (test,) = plistlib.loads(result.out.encode("latin-1"))["Tests"]
        found: dict[str, Any] = test
        return found

    async def _wait(self, good: Callable[[tuple[str, str]], bool], what: str) -> None:
        until = time.monotonic() + 120
        seen: list[tuple[str, str]] = []
        while True:
            found = self.attributes()
            seen.append((STATES[found["printer-wifi-state"]], found["printer-wifi-ssid"]))
            if good(seen[-1]):
                return
            assert time.monotonic() < until, f"never {what}: {list(dict.fromkeys(seen))}"
            await asyncio.sleep(0.7)  # the machine has other things to do


@pytest.fixture(scope="module")
def point(lab: Lab) -> Iterator[AccessPoint]:
    with host_services(lab), air(lab) as found:
        yield found


@pytest.fixture(scope="module", params=SERVICES)
def station(lab: Lab, point: AccessPoint, request: pytest.FixtureRequest) -> Iterator[ByCable]:
    options = ["--wifi", request.param, "--wifi-interface", "wlan1", "--discovery"]
    with SERVICES[request.param](lab), inkstand(lab, "gadget", *options):
        daemon = lab.start(["ipp-usb", "standalone"], name="ipp-usb")
        try:
            lab.wait_for("ipp-usb status | grep -q 'status: OK'", 60)
            state = lab.run("cat $(ls -t /var/ipp-usb/dev/*.state | head -1)").out
            match = re.search(r"http-port += (\d+)", state)
            assert match, state
            yield ByCable(lab, f"ipp://localhost:{match[1]}/ipp/print")
        finally:
            daemon.stop()


def test_contract(station: ByCable, point: AccessPoint) -> None:
    """Everything that can go wrong, and everything that can be joined."""
    asyncio.run(contract(station, point))


def test_found_and_printed_to(lab: Lab, station: ByCable, point: AccessPoint) -> None:
    """From the cable to a sheet that came over the air."""
    asyncio.run(station.set(AWKWARD, PASSWORD))
    asyncio.run(station.until("on", legible(AWKWARD)))
    lab.wait_for("ip -4 address show wlan1 | grep -q 'inet 10.9.9'", 60)
    seen = point.where.wait_for("avahi-browse -rtp _ipp._tcp | grep '^=;br0;IPv4;.*;10.9.9'", 30)
    fields = seen.splitlines()[0].split(";")
    assert fields[3] == "Inkstand"
    uri = f"ipp://{fields[7]}:{fields[8]}/ipp/print"
    assert "ipp://" in point.where.run("ippfind _ipp._tcp --name Inkstand -T 10")
    before = len(lab.run(f"ls {HOME}/out").out.split())
    lab.run(f"echo 'Through the air.' >{HOME}/text").check()
    point.where.run(f"ipptool -q -f {HOME}/text {uri} {HOME}/print.test")
    lab.wait_for(f"[ $(ls {HOME}/out | wc -l) -gt {before} ] && ls {HOME}/out/*/sheet-0001-front.png", 60)


def test_what_is_kept(lab: Lab, station: ByCable) -> None:
    """Nobody but the network service has the password: no file of the printer's, and nothing that it said."""
    del station
    words = PASSWORD.decode()
    found = lab.run(["grep", "-rlaF", "-e", words, "-e", PASSWORD.hex(), f"{HOME}/out", "/run/user"]).out
    assert found == ""
    logs = lab.run("cat /run/printer-gadget-*.log").out
    assert "wifi on" in logs
    assert words not in logs
    assert PASSWORD.hex() not in logs
