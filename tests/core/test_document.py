"""The document's state machine – PWG 5100.5."""

from __future__ import annotations

from itertools import product

import pytest

from firmware.core.clock import Moment, Now
from firmware.core.document import Document, DocumentState

ENDED = {DocumentState.CANCELED, DocumentState.ABORTED, DocumentState.COMPLETED}


@pytest.mark.parametrize(("one", "other"), list(product(DocumentState, DocumentState)))
def test_every_way_from_one_state_to_another(one: DocumentState, other: DocumentState) -> None:
    document = Document(1, 2, 3, Moment(1), state=one)
    if one is other or one not in ENDED:
        document.move(other, Now(9.0))
        assert document.state is other
    else:
        with pytest.raises(RuntimeError, match=f"document 3 of job 2: {one.name} to {other.name}"):
            document.move(other, Now(9.0))
        assert document.state is one


def test_the_real_format_is_the_detected_one_where_there_is_one() -> None:
    document = Document(1, 1, 1, Moment(1), format="application/octet-stream")
    assert document.real_format == "application/octet-stream"
    document.format_detected = "image/urf"
    assert document.real_format == "image/urf"
