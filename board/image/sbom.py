"""What is inside an image, as a software bill of materials – CycloneDX 1.6 (ECMA-424), JSON."""

from __future__ import annotations

import datetime
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from email import message_from_string
from pathlib import Path
from typing import Any
from urllib.parse import quote

from board.image.debian import SUITE, Package
from board.image.wheels import Locked

_SPDX = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")
_DEP5 = re.compile(r"(?m)^License:[ \t]*(\S[^\n]*)$")
_NAMESPACE = uuid.UUID("6b736e69-0000-5000-8000-000000000004")


def debian(package: Package, licences: Iterable[str]) -> dict[str, Any]:
    """A Debian package as a component; its licences are named as in its copyright file."""
    purl = f"pkg:deb/debian/{quote(package.name)}@{quote(package.version)}?arch={package.architecture}&distro={SUITE}"
    return _component(package.name, package.version, purl, package.sha256, licences)


def python(package: Locked, licences: Iterable[str]) -> dict[str, Any]:
    """A Python package as a component."""
    purl = f"pkg:pypi/{package.name}@{package.version}"
    return _component(package.name, package.version, purl, package.sha256, licences)


def own(name: str, version: str, digest: str, licence: str) -> dict[str, Any]:
    """Our own packages."""
    return _component(name, version, f"pkg:pypi/{name}@{version}", digest, [licence])


def _component(name: str, version: str, purl: str, digest: str, licences: Iterable[str]) -> dict[str, Any]:
    found = [{"license": {"name": licence}} for licence in sorted(set(licences))]
    return {
        "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": digest}], **({"licenses": found} if found else {}),
    }  # fmt: skip


def copyright_licences(text: str) -> list[str]:
    """Short names of licences in a machine-readable copyright file (DEP-5); none in one of another form."""
    return [name.strip() for name in _DEP5.findall(text)] if text.startswith("Format:") else []


def metadata_licences(text: str) -> list[str]:
    """Licences in a Python package's METADATA."""
    fields = message_from_string(text)
    if fields["License-Expression"]:
        return [fields["License-Expression"]]
    names = [line.rpartition(" :: ")[2] for line in fields.get_all("Classifier", []) if line.startswith("License :: ")]
    licence = fields["License"] or ""
    return names or ([licence] if licence and len(licence) < 80 and _SPDX.match(licence) else [])


def document(name: str, version: str, components: list[dict[str, Any]], epoch: int, facts: Mapping[str, str]) -> str:
    """The whole document; the same for the same contents."""
    ordered = sorted(components, key=lambda component: str(component["purl"]))
    body = json.dumps(ordered, sort_keys=True)
    when = datetime.datetime.fromtimestamp(epoch, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, name + version + body)}",
            "version": 1,
            "metadata": {
                "timestamp": when,
                "component": {"type": "firmware", "bom-ref": name, "name": name, "version": version},
                "properties": [{"name": f"inkstand:{key}", "value": value} for key, value in sorted(facts.items())],
            },
            "components": ordered,
            "dependencies": [{"ref": name, "dependsOn": [component["bom-ref"] for component in ordered]}],
        },
        indent=1,
    ) + "\n"  # fmt: skip


def licences_of(docs: Path, package: str) -> list[str]:
    """What the copyright file of an unpacked package names."""
    path = docs / package / "copyright"
    return copyright_licences(path.read_text(errors="replace")) if path.is_file() else []


def licences_in(site: Path, package: Locked) -> list[str]:
    """What an installed Python package names."""
    wanted = package.name.replace("-", "_")
    for path in sorted(site.glob("*.dist-info/METADATA")):
        if path.parent.name.lower().replace("-", "_").startswith(f"{wanted}_{package.version}".replace("-", "_")):
            return metadata_licences(path.read_text(errors="replace"))
    return []
