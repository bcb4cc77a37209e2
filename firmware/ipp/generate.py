"""Make ``iana.py`` from the registry tables in ``data/``: ``python firmware/ipp/generate.py``.

The tables are the IANA IPP registry (attributes, keywords, enums, operations, status codes), corrections to it
(errata), attributes in wide use, or of a spec, that nobody registered, and what the group keywords of
requested-attributes stand for. Where two editions of a document register the same attribute, the newer one wins.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).with_name("data")
TARGET = Path(__file__).with_name("iana.py")
_ANY = re.compile(r'<Any "?(.+?)"? (?:member attribute|attribute|value)>')

Members = dict[str, str]


def rows(table: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{table}.tsv").open(newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def edition(row: dict[str, str]) -> tuple[bool, str]:
    """Sorts rows of one attribute: in use before obsolete, then by the document's date."""
    dates = re.findall(r"(?<!\d)(?:19|20)\d{6}(?!\d)", f"{row.get('doc') or ''} {row['reference']}")
    return ("obsolete" not in (row.get("flags") or ""), max(dates, default=""))


def plain(name: str) -> str:
    """An attribute's name without the registry's "(extension)", "(deprecated)" and the like."""
    return name.split("(")[0].strip()


def read_attributes() -> tuple[dict[str, dict[str, str]], dict[str, Members]]:
    """Syntax by group and attribute, and for each collection the syntax of its members."""
    best: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for row in [*rows("attributes"), *rows("errata"), *rows("unregistered")]:
        key = (row["group"], plain(row["name"]), plain(row["member"]), plain(row["submember"]))
        if key not in best or edition(row) >= edition(best[key]):
            best[key] = row
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    members: dict[str, Members] = defaultdict(dict)
    for (group, name, member, submember), row in sorted(best.items()):
        syntax = normal(row["syntax"])
        if submember:
            members[member][submember] = syntax
        elif member:
            members[name][member] = syntax
        else:
            groups[group][name] = syntax
    return groups, resolve_members(members)


def resolve_members(members: dict[str, Members]) -> dict[str, Members]:
    """Replace ``<Any "x" member attribute>`` by the members of x; other references stay away."""
    resolved: dict[str, Members] = {}

    def expand(name: str, seen: frozenset[str]) -> Members:
        found: Members = {}
        for member, syntax in members.get(name, {}).items():
            reference = _ANY.match(member)
            if reference is None:
                found.setdefault(member, syntax)
            elif reference[1] in members and reference[1] not in seen:
                found.update(expand(reference[1], seen | {reference[1]}))
        return found

    for name in members:
        if not name.startswith("<"):
            resolved[name] = expand(name, frozenset({name}))
    return {name: found for name, found in sorted(resolved.items()) if found}


def normal(syntax: str) -> str:
    """The registry's spelling of a syntax, its slips mended."""
    syntax = syntax.replace("'", "").replace("]", "").replace("integer:0:MAX", "integer(0:MAX)")
    syntax = syntax.replace("integer(MIN:MIN)", "integer(MIN:MAX)").replace(
        "rangeOfInteger(MAX)", "rangeOfInteger(1:MAX)"
    )
    if syntax.count("(") > syntax.count(")"):
        syntax += ")"
    return "" if syntax == "syntax" else re.sub(r"\btype[123] ", "", syntax)


def read_values(table: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(table):
        if row["value"]:
            found[row["attribute"]].append(row)
    return found


def read_keywords() -> dict[str, list[str]]:
    table = read_values("keywords")

    def expand(attribute: str, seen: frozenset[str]) -> list[str]:
        values: list[str] = []
        for row in table.get(attribute, []):
            reference = _ANY.match(row["value"])
            if reference is not None:
                if reference[1] not in seen:
                    values += expand(reference[1], seen | {reference[1]})
            elif not row["value"].startswith("<"):
                values.append(plain(row["value"]))
        return list(dict.fromkeys(values))

    found = {attribute: expand(attribute, frozenset({attribute})) for attribute in sorted(table)}
    return {attribute: values for attribute, values in found.items() if values}


def read_enums() -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for attribute, values in read_values("enums").items():
        for row in values:
            if row["value"].isdigit() and row["name"]:
                found[attribute][int(row["value"])] = plain(row["name"])
    return dict(sorted(found.items()))


def read_codes(table: str, column: str) -> dict[int, str]:
    codes = {}
    for row in rows(table):
        name = plain(row["name"])
        if re.fullmatch(r"0x[0-9A-Fa-f]{4}", row[column]) and not name.startswith(
            ("Reserved", "reserved", "Unassigned")
        ):
            codes[int(row[column], 16)] = name
    return dict(sorted(codes.items()))


def read_groups() -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows("requested-attribute-groups"):
        found[row["group_keyword"]].add(row["attribute"])
    found.pop("group_keyword", None)
    return {keyword: sorted(names) for keyword, names in sorted(found.items())}


def constant(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


def render() -> str:
    groups, members = read_attributes()
    lines = [
        '"""The IANA IPP registry. Generated by firmware.ipp.generate from data/: do not edit."""',
        "",
        "from __future__ import annotations",
        "",
        "from enum import IntEnum",
        "",
    ]
    lines += render_enum("Operation", "operation-id values.", read_codes("operations", "code"))
    lines += render_enum("Status", "status-code values.", read_codes("status-codes", "value"))
    lines += render_nested("ATTRIBUTES", "dict[str, dict[str, str]]", groups)
    lines += render_nested("MEMBERS", "dict[str, dict[str, str]]", members)
    lines += ["", "KEYWORDS: dict[str, tuple[str, ...]] = {"]
    lines += [f"    {name!r}: ({', '.join(map(repr, values))},)," for name, values in read_keywords().items()]
    lines += ["}", "", "ENUMS: dict[str, dict[int, str]] = {"]
    lines += [f"    {name!r}: {values!r}," for name, values in read_enums().items()]
    lines += ["}", "", "REQUESTED_GROUPS: dict[str, frozenset[str]] = {"]
    for keyword, names in read_groups().items():
        lines += [f"    {keyword!r}: frozenset((", *(f"        {name!r}," for name in names), "    )),"]
    return "\n".join([*lines, "}", ""])


def render_enum(name: str, doc: str, codes: dict[int, str]) -> list[str]:
    lines = ["", f"class {name}(IntEnum):", f'    """{doc}"""', ""]
    lines += [f"    {constant(label)} = 0x{code:04X}" for code, label in codes.items()]
    lines += ["", "    @property", "    def label(self) -> str:", '        """The registered name."""']
    return (
        [*lines, f"        return _{name.upper()}_LABELS[self]", "", "", f"_{name.upper()}_LABELS = {{"]
        + [f"    {name}.{constant(label)}: {label!r}," for label in codes.values()]
        + ["}", ""]
    )


def render_nested(name: str, kind: str, table: dict[str, dict[str, str]]) -> list[str]:
    lines = ["", f"{name}: {kind} = {{"]
    for key, entries in table.items():
        lines.append(f"    {key!r}: {{")
        lines += [f"        {entry!r}: {syntax!r}," for entry, syntax in entries.items()]
        lines.append("    },")
    return [*lines, "}"]


if __name__ == "__main__":
    TARGET.write_text(render())
    sys.stdout.write(f"wrote {TARGET.name}\n")
