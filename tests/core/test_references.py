"""References: which URIs may be fetched, and which addresses be reached."""

from __future__ import annotations

import pytest

from firmware.core.references import AllowedHosts, problem, scheme

HOSTS = AllowedHosts(["files.example", "Proxy.Example:8080", "192.0.2.7", "[2001:db8::7]:8443", "bücher.example"])


@pytest.mark.parametrize(
    "uri",
    [
        "http://files.example/a.pdf",
        "https://files.example/a.pdf?x=1#p",
        "http://files.example:80/a.pdf",
        "https://FILES.example:443",
        "http://proxy.example:8080/",
        "https://proxy.example:8080/",
        "http://192.0.2.7/",
        "https://[2001:db8:0::7]:8443/",
        "http://bücher.example/",
        "http://xn--bcher-kva.example/",
    ],
)
def test_may_be_fetched(uri: str) -> None:
    assert problem(uri, HOSTS) == ""


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("http://files.example:8080/", "nothing is fetched from files.example:8080"),
        ("https://files.example:80/", "nothing is fetched"),
        ("http://proxy.example/", "nothing is fetched"),
        ("http://files.example.evil.test/", "nothing is fetched"),
        ("http://sub.files.example/", "nothing is fetched"),
        ("http://files.example./", "nothing is fetched"),
        ("http://3221225991/", "nothing is fetched"),
        ("ftp://files.example/", "nothing is fetched"),
        ("http://user:secret@files.example/", "user name or password"),
        ("http://files.example@evil.test/", "user name or password"),
        ("http://files.example\\@evil.test/", "malformed"),
        ("http:///a.pdf", "malformed"),
        ("http:files.example", "malformed"),
        ("http://[files.example/", "malformed"),
        ("http://files.example:port/", "malformed"),
        ("http://files.example/a b", "malformed"),
        ("http://files.example/\r\nX: y", "malformed"),
    ],
)
def test_may_not_be_fetched(uri: str, says: str) -> None:
    found = problem(uri, HOSTS)
    assert says in found
    assert "secret" not in found


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
    ],
)
def test_addresses_that_mean_this_machine_its_link_or_no_one(address: str) -> None:
    assert not HOSTS.reaches(address, 80)
    wrapped = address.removeprefix("::ffff:")
    entry = f"[{wrapped}]" if ":" in wrapped else wrapped
    assert AllowedHosts([wrapped]).reaches(address, 80)
    assert not AllowedHosts([wrapped]).reaches(address, 631)
    assert AllowedHosts([f"{entry}:631"]).reaches(address, 631)


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "10.0.0.1", "192.168.1.1", "2001:db8::1", "fd00::1", "::ffff:10.0.0.1"]
)
def test_other_addresses(address: str) -> None:
    """Printers print from the servers of their own network."""
    assert HOSTS.reaches(address, 80)


def test_localhost_is_this_machine() -> None:
    hosts = AllowedHosts(["localhost:8000"])
    assert problem("http://localhost:8000/", hosts) == ""
    assert hosts.reaches("127.0.0.1", 8000)
    assert hosts.reaches("::1", 8000)
    assert not hosts.reaches("127.0.0.1", 8001)
    assert not hosts.reaches("127.0.0.2", 8000)


@pytest.mark.parametrize(
    "entry", ["", "http://files.example", "files.example/a", "a@b", "files.example:0", "a.example:65536", "[::1", ":80"]
)
def test_what_is_no_host(entry: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        AllowedHosts([entry])


def test_none_at_all() -> None:
    assert not AllowedHosts()
    assert problem("http://files.example/", AllowedHosts())


def test_schemes() -> None:
    assert [scheme(uri) for uri in ("HTTP://a", "ftp://a", "a", "")] == ["http", "ftp", "a", ""]
