"""The job's state machine – RFC 8011 section 5.3.7."""

from __future__ import annotations

from itertools import product

import pytest

from firmware.core.clock import Moment, Now
from firmware.core.document import Document, DocumentState
from firmware.core.job import ENDED, MOVES, Job, JobState
from firmware.ipp import Attribute
from tests.printer import reasons, state

NOW = Now(7.5, 1000.0)
LEGAL = {(JobState(one), JobState(other)) for one, others in {
    3: (4, 5, 7, 8),
    4: (3, 7, 8),
    5: (3, 6, 7, 8, 9),
    6: (3, 5, 7, 8),
}.items() for other in others}  # fmt: skip
"""Figure 3 of RFC 8011 section 5.3.7, and back to pending for what a restart finds unmarked."""


def a_job(state: JobState = JobState.PENDING, **more: object) -> Job:
    return Job(1, 1, "uuid", "job", "alice", Moment(1), state=state, **more)  # type: ignore[arg-type]


def a_document(state: DocumentState, arrived: bool = True, octets: int = 10, number: int = 1) -> Document:
    return Document(1, 1, number, Moment(1), state=state, arrived=arrived, octets=octets)


@pytest.mark.parametrize(("one", "other"), list(product(JobState, JobState)))
def test_every_way_from_one_state_to_another(one: JobState, other: JobState) -> None:
    job = a_job(one)
    if (one, other) in LEGAL:
        job.move(other, NOW, "why", message="because")
        assert (state(job), reasons(job), job.message) == (other, {"why"}, "because")
    else:
        with pytest.raises(RuntimeError, match="no way from"):
            job.move(other, NOW)
        assert state(job) is one


def test_the_table_is_of_all_states_and_ends_have_no_way_on() -> None:
    assert set(MOVES) == set(JobState)
    assert all(not MOVES[state] for state in ENDED)
    assert {JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED} == ENDED


def test_moments_are_noted_once() -> None:
    job = a_job()
    job.move(JobState.PROCESSING, Now(5.9))
    job.move(JobState.STOPPED, Now(6))
    job.move(JobState.PROCESSING, Now(7))
    assert (job.processing, job.completed) == (Moment(5), None)
    job.move(JobState.COMPLETED, Now(9, 50.0))
    assert (job.processing, job.completed) == (Moment(5), Moment(9, 50.0))
    assert job.ended


def test_reasons_are_replaced_by_a_move_and_changed_in_between() -> None:
    job = a_job(reasons=frozenset({"job-incoming", "job-data-insufficient"}))
    job.drop_reasons("job-data-insufficient", "never-there")
    job.add_reasons("processing-to-stop-point")
    assert job.reasons == {"job-incoming", "processing-to-stop-point"}
    assert job.stopping
    job.move(JobState.CANCELED, NOW, "job-canceled-by-user")
    assert job.reasons == {"job-canceled-by-user"}
    assert not job.stopping


@pytest.mark.parametrize(("state", "document"), [(7, 7), (8, 8), (9, 9)])
def test_documents_end_with_their_job(state: int, document: int) -> None:
    open_document, ended = a_document(DocumentState.PROCESSING), a_document(DocumentState.ABORTED, number=2)
    job = a_job(JobState.PROCESSING, documents={1: open_document, 2: ended})
    job.move(JobState(state), NOW)
    assert open_document.state == DocumentState(document)
    assert ended.state is DocumentState.ABORTED


def test_what_its_documents_say() -> None:
    job = a_job(documents={1: a_document(DocumentState.PENDING), 2: a_document(DocumentState.PENDING, False, 5, 2)})
    assert job.octets == 15
    assert job.receiving
    all_here = a_job(documents={1: a_document(DocumentState.PENDING)})
    assert not all_here.receiving
    assert not a_job().receiving


def test_template_attributes_by_name() -> None:
    job = a_job(attributes=(Attribute("copies", 2),))
    assert job.template("copies") == Attribute("copies", 2)
    assert job.template("sides") is None
