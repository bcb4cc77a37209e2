"""Logs: one line for each event, whatever clients send; for people, or for programs."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.logs import JsonFormatter, TextFormatter, set_up


def record(message: str, *arguments: object, error: bool = False, **extra: object) -> logging.LogRecord:
    info: Any = None
    if error:
        try:
            raise ZeroDivisionError("oops")
        except ZeroDivisionError:
            info = sys.exc_info()
    found = logging.LogRecord("inkstand.test", logging.WARNING, "x.py", 1, message, arguments, info)
    vars(found).update(extra)
    return found


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger as it was, afterwards."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    yield logger
    logger.handlers[:], logger.level = handlers, level


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({}, ""),
        ({"job": 3}, " job=3"),
        ({"a": "x", "b": "y z"}, ' a=x b="y z"'),
        ({"a": 'say "hi"'}, ' a="say \\"hi\\""'),
        ({"a": ""}, ' a=""'),
        ({"a": "Büro"}, " a=Büro"),
    ],
)
def test_text(extra: dict[str, Any], told: str) -> None:
    line = TextFormatter().format(record("job %d done", 3, **extra))
    assert line[8:] == " warning job 3 done" + told
    assert line[2] == line[5] == ":"


def test_json() -> None:
    line = JsonFormatter().format(record("job %d done", 3, job=3, path=object))
    entry = json.loads(line)
    assert entry["message"] == "job 3 done"
    assert (entry["level"], entry["logger"], entry["job"]) == ("warning", "inkstand.test", 3)
    assert entry["time"].endswith("Z")
    assert "class" in entry["path"]


@given(st.text(), st.text())
@settings(max_examples=100, deadline=None)
def test_one_line_whatever_clients_send(message: str, value: str) -> None:
    found = record("%s", message, detail=value)
    text = TextFormatter().format(found)
    assert text.splitlines() == [text]
    assert text.isprintable()
    assert JsonFormatter().format(found).count("\n") == 0
    assert json.loads(JsonFormatter().format(found))["detail"] == value


def test_bugs_come_with_their_traceback() -> None:
    text = TextFormatter().format(record("failed", error=True))
    assert text.splitlines()[-1] == "ZeroDivisionError: oops"
    assert "Traceback" in json.loads(JsonFormatter().format(record("failed", error=True)))["exception"]


@pytest.mark.parametrize(("kind", "formatter"), [("text", TextFormatter), ("json", JsonFormatter)])
def test_setting_up(root: logging.Logger, kind: str, formatter: type[logging.Formatter]) -> None:
    set_up("warning", kind)
    (handler,) = root.handlers
    assert isinstance(handler.formatter, formatter)
    assert root.level == logging.WARNING


def test_the_journal_gets_priorities_and_a_line_for_each_event() -> None:
    """sd-daemon(3): journald reads ``<N>`` and has a clock of its own."""
    from board.logs import JournalFormatter

    formatter = JournalFormatter()
    try:
        raise ValueError("two\nlines")
    except ValueError:
        failed = logging.LogRecord("inkstand", logging.ERROR, "x.py", 1, "it\nfailed", (), sys.exc_info())
    line = formatter.format(failed)
    assert line.startswith("<3>it")
    assert "\n" not in line
    assert "ValueError" in line
    for level, number in ((logging.DEBUG, 7), (logging.INFO, 6), (logging.WARNING, 4), (logging.CRITICAL, 2)):
        record = logging.LogRecord("inkstand", level, "x.py", 1, "hello", (), None)
        assert formatter.format(record) == f"<{number}>hello"
