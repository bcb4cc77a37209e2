"""Errors carry the word that the client will see."""

from __future__ import annotations

from firmware.core.errors import DocumentError, IppError, PartError
from firmware.ipp import Attribute, Status


def test_words_of_errors() -> None:
    refused = IppError(Status.CLIENT_ERROR_NOT_FOUND, "there is no job 3", [Attribute("job-id", 3)])
    assert str(refused) == "client-error-not-found: there is no job 3"
    assert refused.unsupported == (Attribute("job-id", 3),)
    broken = DocumentError("document-format-error", "no PDF")
    assert (str(broken), broken.reason) == ("no PDF", "document-format-error")
    jam = PartError("media-jam", "in tray 2")
    assert (str(jam), jam.reason) == ("in tray 2", "media-jam")
