"""Another computer of the laboratory: a network namespace with a D-Bus and an Avahi of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.vm import Lab, Process, quote


class Neighbour:
    """Its programs see its network, its bus and its Avahi, and otherwise the laboratory's files."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab, self.name = lab, name
        self.anchor_file = f"/run/anchor-{name}"

    def inside(self, command: str) -> str:
        """A shell line for it."""
        return f"exec nsenter -t $(cat {self.anchor_file}) -n -m bash -c {quote([command])}"

    def run(self, command: str, timeout: float = 60) -> str:
        """What a shell line says that succeeds; in UTF-8."""
        return self.lab.run(self.inside(command), timeout).check().out.encode("latin-1").decode()

    def start(self, command: str, name: str) -> Process:
        return self.lab.start(self.inside(f"exec {command}"), name=f"{self.name}-{name}")

    def wait_for(self, command: str, seconds: float = 60) -> str:
        return self.lab.wait_for(self.inside(command), seconds).encode("latin-1").decode()


@contextmanager
def neighbour(lab: Lab, name: str) -> Iterator[Neighbour]:
    """It has nothing but loopback until somebody plugs something in."""
    found = Neighbour(lab, name)
    anchor = lab.start(
        f"ip netns add {name} && exec ip netns exec {name} unshare -m --propagation private bash -c "
        f"'for each in dbus avahi-daemon cups; do mkdir -p /run/$each; mount -t tmpfs none /run/$each; done; "
        f"ip link set lo up; echo $$ >{found.anchor_file}; exec sleep infinity'",
        name="anchor",
    )
    lab.wait_for(f"[ -s {found.anchor_file} ]")
    try:
        yield found
    finally:
        anchor.stop()
        lab.run(f"ip netns del {name}; rm {found.anchor_file}")


@contextmanager
def avahi(who: Neighbour) -> Iterator[None]:
    """What finds services."""
    bus = who.start("dbus-daemon --system --nofork --nopidfile", "dbus")
    who.wait_for("[ -S /run/dbus/system_bus_socket ]")
    daemon = who.start("avahi-daemon --no-drop-root --no-rlimits --no-chroot", "avahi")
    who.wait_for("[ -S /run/avahi-daemon/socket ]")
    try:
        yield
    finally:
        daemon.stop()
        bus.stop()
