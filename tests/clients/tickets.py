"""Jobs sent straight to the printer by ipptool, which does nothing to documents: what a ticket asks for is the
printer's to do. The requests are .test files as ipptoolfile(5) describes them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.clients.printed import Printed, digest, printed
from tests.desk import Desk, need

TYPES = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".png": "image/png", ".txt": "text/plain",
         ".pwg": "image/pwg-raster"}  # fmt: skip
_HEAD = """GROUP operation-attributes-tag
ATTR charset attributes-charset utf-8
ATTR naturalLanguage attributes-natural-language en
ATTR uri printer-uri $uri
"""
_JOB_ID = re.compile(r"job-id \(integer\) = (\d+)")


class Job:
    """Sends jobs to a printer and waits for them."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._desk = desk
        self._folder = folder

    def __call__(self, *documents: Path, ticket: Sequence[str] = (), fidelity: bool = True) -> Printed:
        done = printed(self._desk, send(self._desk, self._folder, *documents, ticket=ticket, fidelity=fidelity))
        assert [digest(path) for path in done.documents] == [digest(path) for path in documents]
        return done


def send(desk: Desk, folder: Path, *documents: Path, ticket: Sequence[str] = (), fidelity: bool = True) -> int:
    """Print documents as one job with a ticket of ATTR lines, all of which must be honoured; its job-id."""
    need("ipptool", packages=("cups-ipp-utils",))
    if len(documents) == 1:
        tests = [_print(documents[0], ticket, fidelity)]
    else:
        last = len(documents) - 1
        sends = [_send(document, index == last) for index, document in enumerate(documents)]
        tests = [_create(ticket, fidelity), *sends]
    file = folder / "job.test"
    file.write_text("\n".join(tests))
    command = ["ipptool", "-tv", "-V", "2.0", desk.uri, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=90)
    assert done.returncode == 0, done.stdout[-3000:]
    match = _JOB_ID.search(done.stdout)
    assert match is not None
    return int(match[1])


def _print(document: Path, ticket: Sequence[str], fidelity: bool) -> str:
    return _test(
        "Print-Job",
        ["ATTR name requesting-user-name $user", *_named(document, fidelity), _format(document)],
        ticket,
        [f'FILE "{document}"', "EXPECT job-id"],
    )


def _create(ticket: Sequence[str], fidelity: bool) -> str:
    attributes = ["ATTR name requesting-user-name $user", *_named(Path("several"), fidelity)]
    return _test("Create-Job", attributes, ticket, ["EXPECT job-id"])


def _send(document: Path, last: bool) -> str:
    attributes = [
        "ATTR integer job-id $job-id",
        "ATTR name requesting-user-name $user",
        _format(document),
        f"ATTR boolean last-document {str(last).lower()}",
    ]
    return _test("Send-Document", attributes, [], [f'FILE "{document}"', "EXPECT job-id"])


def _named(document: Path, fidelity: bool) -> list[str]:
    return [f'ATTR name job-name "{document.name}"', f"ATTR boolean ipp-attribute-fidelity {str(fidelity).lower()}"]


def _format(document: Path) -> str:
    return f"ATTR mimeMediaType document-format {TYPES[document.suffix]}"


def _test(operation: str, attributes: Sequence[str], ticket: Sequence[str], rest: Sequence[str]) -> str:
    job = ["GROUP job-attributes-tag", *ticket] if ticket else []
    lines = [f'NAME "{operation}"', f"OPERATION {operation}", _HEAD + "\n".join(attributes), *job, *rest]
    return "\n".join(["{", *lines, "STATUS successful-ok", "}"])
