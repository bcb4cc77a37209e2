"""References: documents named by a URI, and the hosts that they may be fetched from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
"""The schemes that are fetched, and their ports when the URI names none."""


class AllowedHosts:
    """The hosts of a list such as ``files.example``, ``192.0.2.7:8080``, ``[2001:db8::7]:8080``.

    A host without a port is meant with those of the schemes. ValueError tells of an entry that is none.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._listed = frozenset(_entry(text) for text in entries)
        ports = [port for host, port in self._listed if host == "localhost"]
        self._near = frozenset((address, port) for port in ports for address in ("127.0.0.1", "::1"))
        """``localhost`` is a name for these, so they are as good as listed."""

    def __bool__(self) -> bool:
        return bool(self._listed)

    def __repr__(self) -> str:
        return f"AllowedHosts({sorted(host if port is None else f'{host} port {port}' for host, port in self._listed)})"

    def allows(self, scheme: str, host: str, port: int | None) -> bool:
        """May something be fetched from there? No port is that of the scheme."""
        if scheme not in PORTS:
            return False
        name = _name(host)
        if port in (None, PORTS[scheme]) and (name, None) in self._listed:
            return True
        return (name, port or PORTS[scheme]) in self._listed

    def reaches(self, address: str, port: int) -> bool:
        """May a connection go to this address, whatever name led to it? Those that mean this machine, its link or
        no single host only when they are listed themselves."""
        found = ipaddress.ip_address(address)
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        if not _is_special(found):
            return True
        listed = self._listed | self._near
        return (str(found), port) in listed or (port in PORTS.values() and (str(found), None) in listed)


def problem(uri: str, hosts: AllowedHosts) -> str:
    """What speaks against fetching this http or https URI, in a few words; nothing when nothing does."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it is malformed"
    if not host or not uri.isprintable() or " " in uri or "\\" in uri:
        return "it is malformed"
    if "@" in parts.netloc:
        return "it holds a user name or password"
    if not hosts.allows(parts.scheme, host, port):
        return f"nothing is fetched from {parts.netloc}"
    return ""


def scheme(uri: str) -> str:
    return uri.partition(":")[0].lower()


def _is_special(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    here = address.is_loopback or address.is_link_local or address.is_unspecified
    return here or address.is_multicast or (address.version == 4 and address.is_reserved)


def _entry(text: str) -> tuple[str, int | None]:
    try:
        return str(ipaddress.ip_address(text)), None  # an IPv6 address needs no brackets where there is no port
    except ValueError:
        pass
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
        if not host or parts.netloc != text or "@" in text or port == 0 or not _name(host):
            raise ValueError
    except ValueError:
        raise ValueError(f"{text!r} is no host: write a name or an address, with :port or without") from None
    return _name(host), port


def _name(host: str) -> str:
    """A host in the one spelling that is compared; empty for what can't be one."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return ""
