"""Logs: one line for each event, key=value or JSON, made for people and for journald alike."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from typing import Any

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def details(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller gave in ``extra``."""
    return {key: value for key, value in vars(record).items() if key not in _OWN}


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%H:%M:%S", time.localtime(record.created))
        pairs = "".join(f" {key}={_quoted(value)}" for key, value in details(record).items())
        line = f"{moment} {record.levelname.lower():7} {_one_line(record.getMessage())}{pairs}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **details(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


class JournalFormatter(logging.Formatter):
    """For journald, which has a clock of its own: the priority in front (sd-daemon(3)), a line for each event."""

    def format(self, record: logging.LogRecord) -> str:
        priority = next(number for level, number in _PRIORITIES if record.levelno >= level)
        pairs = dict(details(record))
        if record.exc_info:
            pairs["exception"] = self.formatException(record.exc_info).replace("\n", " | ")
        words = "".join(f" {key}={_quoted(value)}" for key, value in pairs.items())
        return f"<{priority}>{_one_line(record.getMessage())}{words}"


_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (0, 7))


def set_up(level: str, kind: str) -> None:
    """Log to standard error. systemd sets JOURNAL_STREAM where that is the journal."""
    handler = logging.StreamHandler(sys.stderr)
    text = JournalFormatter() if "JOURNAL_STREAM" in os.environ and not sys.stderr.isatty() else TextFormatter()
    handler.setFormatter(JsonFormatter() if kind == "json" else text)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def _quoted(value: Any) -> str:
    text = _one_line(str(value))
    return json.dumps(text, ensure_ascii=False) if not text or " " in text or '"' in text else text


def _one_line(text: str) -> str:
    """What clients send ends up here: no control character of theirs gets through."""
    return "".join(character if character.isprintable() else "�" for character in text)
