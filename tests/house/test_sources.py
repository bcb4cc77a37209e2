"""Rules that import contracts can't see: no clock, no dice and no files in the centre; short files; no mocks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import CENTRE, GENERATED, PACKAGES, TOOLS, files, text, tree

FORBIDDEN_CALLS = {"open", "input", "print", "breakpoint", "eval", "exec", "__import__"}
FORBIDDEN_METHODS = {
    "now", "utcnow", "today", "time", "monotonic", "perf_counter", "sleep",
    "uuid1", "uuid4", "urandom", "getrandbits", "randint", "random", "token_bytes",
    "open", "read_text", "write_text", "read_bytes", "write_bytes", "unlink", "mkdir",
}  # fmt: skip
LONGEST = 400
LONG = {"firmware/ipp/codec.py"}
"""Files that shall be split by noun."""
MOCKS = ("unittest.mock", "mock", "pytest_mock", "responses", "freezegun", "aioresponses", "requests_mock")


def centre() -> list[str]:
    return [path for path in files(*CENTRE) if path not in (*GENERATED, *TOOLS)]


def calls(module: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """(line, name, is it a method) of every call."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id, False
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr, True


def wrong_calls(module: ast.Module) -> list[tuple[int, str]]:
    return [
        (line, name)
        for line, name, method in calls(module)
        if name in (FORBIDDEN_METHODS if method else FORBIDDEN_CALLS)
    ]


@pytest.mark.parametrize("path", centre())
def test_the_centre_knows_no_clock_no_chance_and_no_files(path: str) -> None:
    assert wrong_calls(tree(path)) == []


@pytest.mark.parametrize(
    "line",
    [
        "open('x')",
        "datetime.now()",
        "datetime.now(UTC)",
        "time.time()",
        "uuid.uuid4()",
        "random.random()",
        "p.read_text()",
    ],
)
def test_such_a_line_would_be_found(line: str) -> None:
    assert wrong_calls(ast.parse(line))


@pytest.mark.parametrize("path", centre())
def test_the_centre_waits_for_nothing(path: str) -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert [node.lineno for node in ast.walk(tree(path)) if isinstance(node, waiting)] == []


def test_files_are_short() -> None:
    long = {path for path in files(*PACKAGES) if text(path).count("\n") > LONGEST} - set(GENERATED)
    assert long <= LONG, "a file that needs scrolling is a sign to split by noun"


@pytest.mark.parametrize("path", [path for path in files(*PACKAGES) if text(path)])
def test_every_module_says_what_it_is(path: str) -> None:
    said = ast.get_docstring(tree(path)) or ""
    assert said.splitlines(), f"{path} has no docstring"
    assert said.splitlines()[0][0].isupper() or said[0] in "`", path


@pytest.mark.parametrize("path", files("tests"))
def test_nothing_is_mocked(path: str) -> None:
    for node in ast.walk(tree(path)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in names if name.startswith(MOCKS)], ast.dump(node)


def test_generated_files_say_so() -> None:
    for path in GENERATED:
        assert "do not edit" in (ast.get_docstring(tree(path)) or "")
