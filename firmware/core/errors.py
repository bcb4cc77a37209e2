"""Errors that carry the word the client will see. Anything else that is raised is a bug of ours."""

from __future__ import annotations


class DocumentError(Exception):
    """A document can't be printed. ``reason`` is a job-state-reasons keyword such as ``document-format-error``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class PartError(Exception):
    """A part of the board can't go on. ``reason`` is a printer-state-reasons keyword such as ``media-jam``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
