"""The printer behind the plug, as hosts find it: software that is not ours prints through the kernel's USB stack."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import suites
from tests.conformance.suites import SUITES
from tests.lab.conftest import BACKENDS, Call, host_services
from tests.lab.inkstand import VIDPID, inkstand
from tests.lab.vm import Lab
from tests.samples import samples


@dataclass
class Printer:
    """`inkstand run` in the laboratory, with a host's software around it."""

    lab: Lab
    backend: str


@pytest.fixture(scope="module", params=BACKENDS)
def printer(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Printer]:
    with inkstand(lab, request.param):
        yield Printer(lab, request.param)


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[None]:
    with host_services(lab):
        yield


@pytest.fixture(scope="module")
def ipp_usb(printer: Printer, host: None) -> Iterator[str]:
    """The URI that ipp-usb gives the printer."""
    lab = printer.lab
    daemon = lab.start(["ipp-usb", "standalone"], name="ipp-usb")
    try:
        lab.wait_for("ipp-usb status | grep -q 'status: OK'", 60)
        assert '"Inkstand Office Color"' in lab.run(["ipp-usb", "status"]).out
        state = lab.run("cat $(ls -t /var/ipp-usb/dev/*.state | head -1)").out
        match = re.search(r"http-port += (\d+)", state)
        assert match, state
        yield f"ipp://localhost:{match[1]}/ipp/print"
    finally:
        print(daemon.log()[-3000:])
        daemon.stop()


@pytest.fixture
def inside(call: Call) -> Callable[..., Any]:
    return lambda name, *arguments, **named: call(name, *arguments, module="tests.lab.printing", **named)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suites beside their documents, made outside, where it takes seconds."""
    place = tmp_path_factory.mktemp("ipptool") / "suites"
    suites.prepare(place, samples())
    return place


def test_lsusb(printer: Printer) -> None:
    """`lsusb -v` shows what the printer's descriptors say, the class descriptor where the kernel lets it through."""
    text = printer.lab.run(["lsusb", "-v", "-d", VIDPID]).out
    values: dict[str, list[str]] = {}
    for name, value in re.findall(r"^ *(\w+) +\S+ +(\S.*?)$|^$", text, re.MULTILINE):
        values.setdefault(name, []).append(value)
    assert values["iManufacturer"] == ["Inkstand"]
    assert values["iProduct"] == ["Office Color"]
    assert re.fullmatch("[0-9A-F]{12}", values["iSerial"][0])
    kinds = re.findall(r"bInterfaceClass +(\d+).*\n *bInterfaceSubClass +(\d+).*\n *bInterfaceProtocol +(\d+)", text)
    assert kinds == [("7", "1", "2"), *[("7", "1", "4")] * 3]
    assert ("IPP Printer Descriptor" in text) == (printer.backend == "usbip"), text


def test_probe(printer: Printer) -> None:
    """`inkstand probe`, beside other people's software, finds the printer in order."""
    result = printer.lab.run([sys.executable, "-m", "board.main", "probe"], 60)
    assert result.rc == 0, result.out
    assert "printer-make-and-model" in result.out
    assert "Inkstand Office Color" in result.out
    assert "ERROR" not in result.out


def test_probe_says_who_has_the_printer(printer: Printer, ipp_usb: str) -> None:
    """With ipp-usb at work nothing can be found out; the user is told what to stop."""
    result = printer.lab.run([sys.executable, "-m", "board.main", "probe"], 60)
    assert result.rc == 1
    assert "in use by another program: stop it first (systemctl stop ipp-usb)" in result.out
    assert "ERROR" not in result.out


def test_ipptool(ipp_usb: str, inside: Callable[..., Any], folder: Path) -> None:
    """ipp-1.1.test through the cable: nothing fails, and what passes is what passes over TCP."""
    suite = SUITES[0]
    results = inside("suite", suite.name, [*suite.options, "-f", "onepage-a4.pdf"], str(folder), ipp_usb, timeout=400)
    failed = [result for result in results if result["outcome"] == "FAIL"]
    assert not failed, failed
    assert [result["name"] for result in results if result["outcome"] == "PASS"] == suite.expected()


def test_cups(ipp_usb: str, inside: Callable[..., Any]) -> None:
    """Pages that came through ipp-usb are those that came over TCP, bit for bit."""
    files = [str(samples().pdf("a4", 2)), str(samples().photo())]
    queues = {"cable": ipp_usb, "network": "ipp://localhost:8631/ipp/print"}
    pdf, photo = inside("lp", queues, files, [], timeout=300)
    assert [len(pdf[0]), len(photo[0])] == [2, 1]
    assert pdf[0] == pdf[1]
    assert photo[0] == photo[1]


def test_legacy(printer: Printer, inside: Callable[..., Any]) -> None:
    """CUPS' own usb backend prints on the 7/1/2 interface."""
    devices, cable, network = inside("lp_usb", str(samples().pdf("a4", 2)), timeout=300)
    (device,) = devices
    assert re.fullmatch(r"usb://Inkstand/Office%20Color\?serial=[0-9A-F]{12}", device)
    assert len(cable) == 2
    assert cable == network
