"""Logs: one line for each event, key=value or JSON, made for people and for journald alike."""

from __future__ import annotations

import json
import logging
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


def set_up(level: str, kind: str) -> None:
    """Log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if kind == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def _quoted(value: Any) -> str:
    text = _one_line(str(value))
    return json.dumps(text, ensure_ascii=False) if not text or " " in text or '"' in text else text


def _one_line(text: str) -> str:
    """What clients send ends up here: no control character of theirs gets through."""
    return "".join(character if character.isprintable() else "�" for character in text)
