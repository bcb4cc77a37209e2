"""Every room is of one shape, every order has its taker, every port a simulated part, everything a test."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re

import pytest

import board.parts
from firmware import features, ports
from firmware.core.events import ORDERS
from firmware.core.feature import Feature
from firmware.features import FITTED, ROOMS
from firmware.ipp import iana
from tests.house.sources import ROOT, files, tree

EVERY = (*ROOMS, *FITTED)
MODULES = sorted(module.name for module in pkgutil.iter_modules(features.__path__))
SPEC = re.compile(r"(RFC \d{4}|PWG 51\d\d\.\d+|IPP [A-Z]|Wi-Fi [A-Z]|Apple Raster|IANA)")


@pytest.mark.parametrize("name", MODULES)
def test_a_room_says_its_title_and_its_spec(name: str) -> None:
    said = ast.get_docstring(tree(f"firmware/features/{name}.py")) or ""
    title, dash, rest = said.splitlines()[0].partition(" – ")
    assert title
    assert dash, "title – spec number"
    assert SPEC.search(rest), rest


@pytest.mark.parametrize("name", MODULES)
def test_a_room_is_one_feature_of_its_name(name: str) -> None:
    module = importlib.import_module(f"firmware.features.{name}")
    made = {key: value for key, value in vars(module).items() if isinstance(value, Feature)}
    assert list(made) == [name]
    assert made[name].name == name
    assert made[name] in EVERY


def test_rooms_are_listed_once_and_all() -> None:
    assert sorted(room.name for room in EVERY) == MODULES


def test_rooms_want_rooms_that_there_are() -> None:
    for room in EVERY:
        assert set(room.requires) <= set(MODULES)
        assert room.name not in room.requires


@pytest.mark.parametrize("name", MODULES)
def test_a_room_has_a_test_file_of_its_name(name: str) -> None:
    said = ast.get_docstring(tree(f"tests/features/test_{name}.py")) or ""
    assert SPEC.search(said)


@pytest.mark.parametrize(
    "path", [path for path in files("firmware/core", "firmware/runtime") if not path.endswith("__init__.py")]
)
def test_a_module_has_a_test_file_of_its_name(path: str) -> None:
    folder, _, name = path.removeprefix("firmware/").rpartition("/")
    assert (ROOT / "tests" / folder / f"test_{name}").is_file()


def test_every_operation_is_in_one_room_and_registered() -> None:
    operations = [entry.code for room in EVERY for entry in room.operations]
    assert len(set(operations)) == len(operations)
    assert set(operations) <= set(iana.Operation)


def test_every_order_has_one_taker() -> None:
    """The board plugs them in; the pump refuses to start without one (tests/runtime)."""
    names = {order.__name__ for order in ORDERS}
    tables = [
        [key.id for key in node.keys if isinstance(key, ast.Name)]
        for node in ast.walk(tree("board/build.py"))
        if isinstance(node, ast.Dict)
    ]
    (takers,) = [table for table in tables if names & set(table)]
    assert sorted(takers) == sorted(names)


@pytest.mark.parametrize(
    "port",
    ["InputTrays", "PageSink", "Panel", "Radio", "PrintHead", "Motor", "Sensors", "IdentityStore", "StatusLight"],
)
def test_every_port_has_a_simulated_part(port: str) -> None:
    kind = getattr(ports, port)
    wanted = {name for name in (*vars(kind), *kind.__annotations__) if not name.startswith("_")}
    parts = [
        part
        for module in pkgutil.iter_modules(board.parts.__path__, "board.parts.")
        for _, part in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        if part.__module__ == module.name
    ]
    assert [part for part in parts if all(name in dir(part) or name in _fields(part) for name in wanted)]


def _fields(part: type) -> set[str]:
    """What instances have: annotations, and what ``__init__`` sets."""
    found = set(getattr(part, "__annotations__", {}))
    return found | set(re.findall(r"self\.(\w+)\b.*? = ", inspect.getsource(part)))


def test_every_port_is_looked_at() -> None:
    protocols = {name for name, value in vars(ports).items() if getattr(value, "_is_protocol", False)} - {"Protocol"}
    assert protocols == {
        "InputTrays",
        "PageSink",
        "Panel",
        "Radio",
        "PrintHead",
        "Motor",
        "Cutter",
        "Sensors",
        "IdentityStore",
        "StatusLight",
    }
