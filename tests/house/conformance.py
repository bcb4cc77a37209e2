"""The page of what is supported: spec × operation × attribute, where, and tested by. ``make docs`` writes it.

Specs and names are the IANA registry's; where is the room in ``firmware/features`` that contributes it; tests are those
whose text has the name. Nothing on the page is typed by hand.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from firmware.core.catalog import Catalog
from firmware.features import FITTED, ROOMS
from firmware.ipp import Operation
from tests.house.sources import ROOT, text

PAGE = ROOT / "docs" / "conformance.md"
DATA = ROOT / "firmware" / "ipp" / "data"
SHOWN = 3
"""Test files that are named for each line; of more, how many."""
_WORD = re.compile(r"""["' /]([a-z][a-z0-9]*(?:-[a-z0-9]+)+|[a-z]+(?=["']))(?=["' \n,;])""")
_CODE = re.compile(r"Operation\.([A-Z_]+)")
_LABEL = re.compile(r"\b([A-Z][a-z]+(?:-[A-Z][a-z]+)+|Get-Printer-Attributes)\b")
EVERY = (*ROOMS, *FITTED)
_DERIVED = ("-default", "-supported", "-ready")

HEAD = """# What is supported, and what shows it

Written by `make docs`: the registry's names, the rooms' contributions, and the tests whose text names them. A room is
a file in `firmware/features`. Files of tests are below `tests`; the public ipptool suites, which go over all of this
once more, are in `tests/conformance`.
"""


@dataclass(frozen=True)
class Line:
    """One thing that the printer has."""

    name: str
    spec: str
    of: str
    room: str
    tests: tuple[str, ...]


def rows(table: str) -> list[dict[str, str]]:
    with (DATA / f"{table}.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@cache
def mentions() -> dict[str, tuple[str, ...]]:
    """Test files by the attribute and operation names in them."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix not in (".py", ".test") or "bench" in path.parts or path.stem.endswith(Path(__file__).stem):
            continue
        written = path.read_text()
        names = {*_WORD.findall(written), *_LABEL.findall(written)}
        codes = {code for code in _CODE.findall(written) if code in Operation.__members__}
        for name in names | {Operation[code].label for code in codes}:
            found[name].add(path.relative_to(ROOT / "tests").as_posix())
    return {name: tuple(sorted(files, key=_rank)) for name, files in found.items()}


def _rank(path: str) -> tuple[int, str]:
    """A room's own tests and the wire's before the rest."""
    first = ("features/", "conformance/", "core/")
    return next((number for number, start in enumerate(first) if path.startswith(start)), len(first)), path


def tests_of(name: str) -> tuple[str, ...]:
    """The tests that name it; a derived attribute (xxx-default) is tested with what it is derived from."""
    found = mentions().get(name, ())
    end = next((end for end in _DERIVED if name.endswith(end)), "")
    return found or (mentions().get(name.removesuffix(end), ()) if end else ())


def operations() -> Iterator[Line]:
    specs = {
        int(row["code"], 16): row["defined_in"] for row in rows("operations") if row["code"] and "-" not in row["code"]
    }
    for room in EVERY:
        for entry in room.operations:
            label = entry.code.label
            yield Line(label, specs.get(int(entry.code), ""), entry.target.__name__, room.name, tests_of(label))


def attributes() -> Iterator[Line]:
    catalog = Catalog(EVERY)
    rooms = {entry.name: room.name for room in EVERY for entry in room.attributes}
    rooms |= {template.name: room.name for room in EVERY for template in room.templates}
    owners = {"Printer": catalog.printer_attributes, "Job": catalog.job_attributes}
    owners["Document"] = catalog.document_attributes
    names = sorted({name for definitions in owners.values() for name in definitions})
    specs = registered()
    for name in names:
        of = ", ".join(owner for owner, definitions in owners.items() if name in definitions)
        base = next((name.removesuffix(end) for end in _DERIVED if name.removesuffix(end) in rooms), name)
        yield Line(name, specs.get(name, ""), of, rooms.get(name) or rooms.get(base, ""), tests_of(name))


def registered() -> dict[str, str]:
    """The spec that each attribute of an object is registered with."""
    found: dict[str, str] = {}
    for row in (*rows("attributes"), *rows("unregistered")):
        if row["group"] != "Operation" and not row["member"] and row["name"]:
            found.setdefault(row["name"], row["reference"].split()[0] if row["reference"] else "")
    return found


def spec_name(tag: str) -> str:
    """``PWG5100.13`` and ``RFC8011`` as people write them."""
    return re.sub(r"^(RFC|PWG)(?=\d)", r"\1 ", tag) or "Not registered"


def page() -> str:
    lines = {"operation": list(operations()), "attribute": list(attributes())}
    specs = sorted({line.spec for found in lines.values() for line in found}, key=lambda spec: (not spec, spec))
    out = [HEAD, *_overview(specs, lines)]
    for spec in specs:
        out.append(f"\n## {spec_name(spec)}\n")
        for what, found in lines.items():
            mine = sorted((line for line in found if line.spec == spec), key=lambda line: line.name)
            if mine:
                out += [f"| {what} | of | room | tested by |", "|---|---|---|---|", *map(_row, mine), ""]
    return "\n".join(out).rstrip() + "\n"


def _overview(specs: list[str], lines: dict[str, list[Line]]) -> Iterator[str]:
    yield "| spec | operations | attributes | rooms |\n|---|---|---|---|"
    for spec in specs:
        counts = [sum(line.spec == spec for line in found) for found in lines.values()]
        rooms = sorted({line.room for found in lines.values() for line in found if line.spec == spec and line.room})
        yield f"| {spec_name(spec)} | {counts[0] or ''} | {counts[1] or ''} | {', '.join(rooms)} |"
    yield "\n| room | title – spec |\n|---|---|"
    for room in EVERY:
        said = ast.get_docstring(ast.parse(text(f"firmware/features/{room.name}.py"))) or ""
        yield f"| {room.name} | {said.splitlines()[0]} |"


def _row(line: Line) -> str:
    more = len(line.tests) - SHOWN
    tests = ", ".join(f"`{path}`" for path in line.tests[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"| `{line.name}` | {line.of} | {line.room} | {tests} |"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE.relative_to(ROOT))
