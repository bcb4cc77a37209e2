"""The laboratory as fixtures: one boot serves all tests of a run.

What stands behind the plug is `tests.lab.device`, an echo, where the cable is tested, and `tests.lab.inkstand`, the
printer itself, where hosts print.
"""

import contextlib
import itertools
import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.kernel import LabError
from tests.lab.vm import Lab, Process

BACKENDS = ("gadget", "usbip")
SERVER = [sys.executable, "-W", "error", "-m", "tests.lab.device"]
SYSTEM = "1d6b:0104"
PRODUCTS = "/sys/bus/usb/devices/*/idProduct"
_runs = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Software emulation is slow, the more so beside other work; a boot counts to the first test that wants it."""
    for item in items:
        if item.path.parent.name == "lab":
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The virtual machine. A missing QEMU fails the tests: a laboratory that is skipped finds nothing."""
    with contextlib.ExitStack() as stack:
        try:
            booted = stack.enter_context(Lab())
            booted.warm_up()
        except LabError as error:
            pytest.fail(str(error), pytrace=False)
        yield booted


@contextmanager
def host_services(lab: Lab) -> Iterator[None]:
    """D-Bus and Avahi, without which ipp-usb does not start."""
    lab.run("mkdir -p /run/dbus /run/avahi-daemon; rm -f /run/dbus/system_bus_socket /run/avahi-daemon/pid").check()
    bus = lab.start(["dbus-daemon", "--system", "--nofork", "--nopidfile"], name="dbus")
    lab.wait_for("[ -S /run/dbus/system_bus_socket ]")
    avahi = lab.start(["avahi-daemon", "--no-drop-root", "--no-rlimits", "--no-chroot"], name="avahi")
    try:
        yield
    finally:
        avahi.stop()
        bus.stop()


@dataclass
class Device:
    """A running device on the laboratory's bus."""

    lab: Lab
    process: Process
    record_file: str
    control_file: str

    def record(self) -> list[dict[str, Any]]:
        """Events and legacy jobs so far."""
        return [json.loads(line) for line in self.lab.run(["cat", self.record_file]).out.splitlines()]

    def events(self) -> list[str]:
        return [line["event"] for line in self.record() if "event" in line]

    def jobs(self) -> list[dict[str, Any]]:
        return [line for line in self.record() if "job" in line]

    def faults(self, **wanted: dict[str, Any]) -> None:
        """Switch these faults on (underscores for their hyphens) and all others off."""
        named = {name.replace("_", "-"): parameters for name, parameters in wanted.items()}
        self.lab.run(f"echo {shlex.quote(json.dumps(named))} >{self.control_file}").check()


Plugged = Callable[..., AbstractContextManager[Device]]


@pytest.fixture
def plugged(lab: Lab) -> Plugged:
    """`with plugged(backend, "--option", …) as device:` – a device, taken away at the end."""

    @contextmanager
    def plug(backend: str, *options: str, wait: str = "0104", count: int = 1) -> Iterator[Device]:
        record = f"/run/record-{next(_runs)}"
        board = ["--board", "gadget"] if backend == "gadget" else ["--board", "lab", "--vhci"]
        control = record + ".control"
        process = lab.start(
            [*SERVER, *board, "--record", record, "--control", control, *options], name=f"device-{backend}"
        )
        try:
            seen = f"[ $(cat {PRODUCTS} | grep -c {wait}) -ge {count} ] && [ -e {record}.ready ]"
            try:
                lab.wait_for(seen, 40)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{process.log()}\n{lab.run('dmesg | tail').out}") from None
            yield Device(lab, process, record, control)
        finally:
            status = process.stop()
            log = process.log()
            with contextlib.suppress(AssertionError):
                lab.wait_for(f"[ $(cat {PRODUCTS} | grep -c {wait}) -lt {count} ]", 10)
        assert status == 0, log
        assert log in ("", "ready\n"), log

    return plug


Call = Callable[..., Any]


@pytest.fixture
def call(lab: Lab) -> Call:
    """`call("name", …)` – run that function of `tests.lab.remote` inside, as a host; its value."""

    def run(name: str, *arguments: Any, timeout: float = 90.0, module: str = "tests.lab.remote", **named: Any) -> Any:
        message = json.dumps([name, arguments, named])
        result = lab.run([sys.executable, "-W", "error", "-m", module, message], timeout)
        assert result.rc == 0, result.out
        return json.loads(result.out.splitlines()[-1])

    return run
