"""The names by which this printer may be called: in the Host header, and in its certificate.

A page on the web can make its own host name point to our address (DNS rebinding); browsers then take us for part of
that site. So a request for a name that is not ours is refused. Addresses can't be lied about in this way.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Iterable

REMEMBERED = 30.0
"""Seconds after which this machine's own name is looked up again."""
_AUTHORITY = re.compile(r"([A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.%a-z]{2,60}\])(?::(\d{1,5}))?")
_RENAMED = re.compile(r"-\d{1,4}$")


def service_host(system_uuid: str) -> str:
    """Our own name in multicast DNS: no other responder of this machine has a say in it."""
    return f"inkstand-{system_uuid[:8]}.local"


def host_of(authority: str) -> str | None:
    """The host of ``host[:port]``, in lower case and without the root's dot; None when it is no such thing."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None or int(match[2] or 0) > 65535:
        return None
    return match[1].lower().removesuffix(".") or None


def is_address(host: str) -> bool:
    """Is this an IP address, IPv6 in brackets?"""
    try:
        ipaddress.ip_address(host.strip("[]").replace("%25", "%"))
    except ValueError:
        return False
    return True


class Names:
    """All names of this printer. ``others`` are those that only its owner knows, such as an alias in DNS; one that
    begins with ``*.`` stands for any first label."""

    def __init__(self, service: str, others: Iterable[str] = ()) -> None:
        self.service = service
        self.others = tuple(name.lower().removesuffix(".") for name in others)
        self._machine: tuple[str, ...] = ()
        self._asked = float("-inf")

    def all(self) -> list[str]:
        """Every name, the most telling first."""
        return list(dict.fromkeys([self.service, *self.machine(), *self.others, "localhost"]))

    def machine(self) -> tuple[str, ...]:
        """The names that this machine goes by."""
        if time.monotonic() - self._asked > REMEMBERED:
            self._asked = time.monotonic()
            self._machine = _machine()
        return self._machine

    def knows(self, host: str) -> bool:
        """Is this host, as ``host_of`` gives it, us?"""
        if is_address(host):
            return True
        label, _, domain = host.partition(".")
        if domain == "local":  # a responder adds a number when somebody else has the name already
            label = _RENAMED.sub("", label)
        plain = f"{label}.{domain}" if domain else label
        return any(name in (host, plain, f"*.{domain}") for name in self.all())


def _machine() -> tuple[str, ...]:
    """The host name, whole and short, and what multicast DNS makes of it. No name server is asked."""
    name = socket.gethostname().lower().removesuffix(".")
    if not re.fullmatch(r"[a-z0-9._-]{1,253}", name):
        return ()
    label = name.partition(".")[0]
    domains = ["local", *_search_domains()]
    return tuple(dict.fromkeys([name, *(f"{label}.{domain}" for domain in domains), label]))


def _search_domains() -> list[str]:
    """Domains of this network, as its DHCP server told us."""
    try:
        with open("/etc/resolv.conf", encoding="ascii", errors="replace") as file:
            lines = file.read(65536).splitlines()
    except OSError:
        return []
    words = [word for line in lines if line.startswith(("search", "domain")) for word in line.split()[1:]]
    return [word.lower().strip(".") for word in words if re.fullmatch(r"[A-Za-z0-9._-]{1,200}", word)]


def addresses() -> list[str]:
    """This machine's addresses that others can reach, without loopback and link-local IPv6."""
    import ifaddr

    found = []
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            address = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            if not address.startswith(("127.", "::1", "fe80:")):
                found.append(address)
    return found
