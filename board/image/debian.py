"""Debian packages: apt decides which and proves their hashes, the cache keeps them under those, dpkg-deb unpacks.

apt runs with folders of its own and for the target's architecture; it changes nothing on this machine. What it decided
is a `Record` of the cache: as long as that stays, so does the image. ``--refresh`` asks apt again.
"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote

from board.image.tools import ImageError, find_program, run, sha256

MIRROR = "http://deb.debian.org"
SUITE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_COMPONENTS = "main non-free-firmware"
_URI = re.compile(r"^'([^']+)' (\S+) (\d+) (?:(\w+):([0-9a-f]+))?$")


@dataclass(frozen=True, slots=True)
class Package:
    """A package as the archive names it."""

    name: str
    version: str
    architecture: str
    uri: str
    size: int
    sha256: str
    source: str = ""


def sources(mirror: str) -> str:
    """What apt reads, with security updates; signatures are checked with Debian's own keys."""
    lines = [
        (f"{mirror}/debian", SUITE), (f"{mirror}/debian", f"{SUITE}-updates"),
        (f"{mirror}/debian-security", f"{SUITE}-security"),
    ]  # fmt: skip
    return "".join(f"deb [signed-by={KEYRING}] {where} {suite} {_COMPONENTS}\n" for where, suite in lines)


class Archive:
    """What the archive has for an architecture, as a cache folder of lists."""

    def __init__(self, folder: Path, architecture: str, mirror: str = MIRROR) -> None:
        self._folder, self._architecture = folder / f"apt-{architecture}", architecture
        if not KEYRING.is_file():
            raise ImageError("apt can't prove Debian's packages: install debian-archive-keyring")
        for name in ("lists/partial", "archives/partial", "etc/apt.conf.d", "etc/preferences.d", "etc/trusted.gpg.d"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        (self._folder / "status").touch()
        (self._folder / "etc/sources.list").write_text(sources(mirror))

    def update(self) -> None:
        self._apt("update")

    def resolve(self, names: Sequence[str]) -> list[Package]:
        """These and what they depend on, by name."""
        text = self._apt("install", "--yes", "--print-uris", *names).decode()
        found = [match for line in text.splitlines() if (match := _URI.match(line))]
        facts = self._facts([match[2].partition("_")[0] for match in found])
        packages = []
        for match in found:
            name, version = (unquote(part) for part in match[2].split("_")[:2])
            fact = facts[name, version]
            packages.append(
                Package(
                    name, version, fact["Architecture"], match[1], int(match[3]), fact["SHA256"],
                    fact.get("Source", name),
                )
            )  # fmt: skip
        return sorted(packages, key=lambda package: package.name)

    def _facts(self, names: list[str]) -> dict[tuple[str, str], dict[str, str]]:
        """Control fields by name and version; the hash there is the one that the archive signed."""
        text = self._apt_cache("show", *names).decode()
        facts = {}
        for paragraph in text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if re.match(r"[A-Za-z0-9-]+: ", line))
            if fields:
                facts[fields["Package"], fields["Version"]] = fields
        return facts

    def _apt(self, *arguments: str) -> bytes:
        return run("apt-get", "-q", *self._options(), *arguments)

    def _apt_cache(self, *arguments: str) -> bytes:
        return run("apt-cache", *self._options(), *arguments)

    def _options(self) -> list[str]:
        own = self._folder
        settings = {
            "Dir::Etc": own / "etc", "Dir::Etc::SourceList": own / "etc/sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State": own, "Dir::State::Status": own / "status", "Dir::Cache": own,
            "APT::Architecture": self._architecture, "APT::Architectures": self._architecture,
            "APT::Install-Recommends": "false", "Acquire::Languages": "none", "Debug::NoLocking": "true",
        }  # fmt: skip
        return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


class Cache:
    """A folder of files by hash, and of records."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "files").mkdir(parents=True, exist_ok=True)

    def packages(
        self, record: str, architecture: str, names: Sequence[str], refresh: bool, mirror: str
    ) -> list[Package]:  # fmt: skip
        """What is on record for these names; apt is asked when nothing is."""
        file = self.folder / f"{record}.json"
        known = json.loads(file.read_text()) if file.is_file() and not refresh else {}
        if known.get("names") != sorted(names):
            archive = Archive(self.folder, architecture, mirror)
            archive.update()
            found = archive.resolve(names)
            known = {"names": sorted(names), "packages": [asdict(package) for package in found]}
            file.write_text(json.dumps(known, indent=1) + "\n")
        return [Package(**entry) for entry in known["packages"]]

    def file(self, uri: str, digest: str) -> Path:
        """A file of that hash, fetched if need be; ImageError when it is another."""
        path = self.folder / "files" / digest
        if path.is_file():
            return path
        beside = path.with_suffix(".part")
        try:
            with urllib.request.urlopen(uri, timeout=60) as answer, beside.open("wb") as out:
                while chunk := answer.read(1 << 20):
                    out.write(chunk)
        except OSError as error:
            raise ImageError(f"{uri}: {error}; if the archive has a newer one by now, try --refresh") from error
        if sha256(beside) != digest:
            beside.unlink()
            raise ImageError(f"{uri} is not what was recorded (sha256 {digest})")
        return beside.rename(path)

    def check(self, digests: Iterable[str]) -> None:
        """ImageError when a file of the cache is not what its name says."""
        for digest in digests:
            path = self.folder / "files" / digest
            if path.is_file() and sha256(path) != digest:
                raise ImageError(f"{path} was changed: remove it, and it is fetched again")


def unpack(deb: Path, root: Path) -> None:
    """The files of a package, over a merged /usr."""
    extract = [find_program("tar") or "tar", "-x", "-C", str(root), "--no-same-owner", "--preserve-permissions",
               "--keep-directory-symlink", "--warning=no-timestamp"]  # fmt: skip
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as reader:
        done = subprocess.run(extract, stdin=reader.stdout, capture_output=True, check=False)
        assert reader.stdout is not None
        reader.stdout.read()
    if done.returncode or reader.returncode:
        raise ImageError(f"{deb} can't be unpacked: {done.stderr.decode(errors='replace').strip()[-200:]}")


def control_fields(deb: Path) -> dict[str, str]:
    """The control file of a package."""
    text = run("dpkg-deb", "--field", deb).decode()
    return dict(line.split(": ", 1) for line in text.splitlines() if re.match(r"[A-Za-z0-9-]+: ", line))
