"""What is inside an image, as CycloneDX; and the lock of Python packages that is part of it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from board.image import sbom, wheels
from board.image.debian import Package
from board.image.tools import ImageError

PACKAGE = Package("libc6", "2.41-12+deb13u5", "arm64", "http://example/libc6.deb", 10, "ab" * 32)
COPYRIGHT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nLicense: LGPL-2.1+\n text\n"


def bill(*packages: Package, epoch: int = 1735689600) -> dict[str, object]:
    components = [sbom.debian(package, sbom.copyright_licences(COPYRIGHT)) for package in packages]
    components += [sbom.python(package, []) for package in wheels.locked()]
    text = sbom.document("inkstand-virt", "0.1", components, epoch, {"kernel": "6.12"})
    found: dict[str, object] = json.loads(text)
    return found


def test_it_is_cyclonedx() -> None:
    found = bill(PACKAGE)
    assert (found["bomFormat"], found["specVersion"], found["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(found["serialNumber"]))
    components = found["components"]
    assert isinstance(components, list)
    references = [component["bom-ref"] for component in components]
    assert len(set(references)) == len(references)
    libc = next(component for component in components if component["name"] == "libc6")
    assert libc["purl"] == "pkg:deb/debian/libc6@2.41-12%2Bdeb13u5?arch=arm64&distro=trixie"
    assert libc["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert libc["licenses"] == [{"license": {"name": "LGPL-2.1+"}}]


def test_the_same_for_the_same_and_another_for_another() -> None:
    other = Package(PACKAGE.name, "2.41-13", "arm64", PACKAGE.uri, 10, "cd" * 32)
    assert bill(PACKAGE) == bill(PACKAGE)
    assert bill(PACKAGE)["serialNumber"] != bill(other)["serialNumber"]


def test_licences() -> None:
    assert sbom.copyright_licences("This package was debianized by …\nLicense: see below\n") == []
    assert sbom.metadata_licences("Name: x\nLicense-Expression: MIT OR Apache-2.0\n") == ["MIT OR Apache-2.0"]
    assert sbom.metadata_licences("Name: x\nClassifier: License :: OSI Approved :: BSD License\n") == ["BSD License"]


def test_all_that_the_project_wants_is_locked() -> None:
    project = tomllib.loads((wheels.ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["gadget"], *extras["head"]]
    names = {re.split(r"[^A-Za-z0-9-]", need, maxsplit=1)[0].lower() for need in wanted}
    assert names <= {each.name for each in wheels.locked()}, "write the lock anew: python -m board.image --lock"


def test_a_requirement_without_its_hash_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requirements.lock"
    path.write_text("aiohttp==3.14.5\n")
    with pytest.raises(ImageError, match="no requirement with its hash"):
        wheels.locked(path)


def test_what_is_installed_of_ours() -> None:
    names = list(wheels.our_files())
    assert {"board/main.py", "board/first_boot.py", "firmware/py.typed", "board/boards/virt.toml"} <= set(names)
    assert [name for name in names if name.startswith("board/image/") or name.endswith((".pyx", ".so"))] == []
