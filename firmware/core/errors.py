"""Errors that carry the word the client will see. Anything else that is raised is a bug of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware.ipp import Attribute, Status


class IppError(Exception):
    """A request is refused: with this status-code, this status-message, and these unsupported attributes.
    ``operation`` are further operation attributes of the answer."""

    def __init__(
        self,
        status: Status,
        message: str,
        unsupported: Iterable[Attribute] = (),
        operation: Iterable[Attribute] = (),
        challenge: int = 0,
    ) -> None:
        super().__init__(f"{status.label}: {message}")
        self.status = status
        self.message = message
        self.unsupported = tuple(unsupported)
        self.operation = tuple(operation)
        self.challenge = challenge


class DocumentError(Exception):
    """A document can't be printed. ``reason`` is a job-state-reasons keyword such as ``document-format-error``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class PartError(Exception):
    """A part of the board can't go on. ``reason`` is a printer-state-reasons keyword such as ``media-jam``.

    With ``again`` the job need not end: it asks whether the part can go on, and once it says so, the call that raised
    this is made again; nothing of it was done."""

    def __init__(self, reason: str, message: str, again: Callable[[], bool] | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.again = again


class StartError(Exception):
    """The printer can't be what it claims to be: found while it is put together, before it serves anybody."""
