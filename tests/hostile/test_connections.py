"""HTTP that is odd or hostile: silent crowds, slow talkers, pipelines, chunks, framing that lies (RFC 9112, RFC 8010
section 4). The printer answers or hangs up, and serves everybody else meanwhile."""

from __future__ import annotations

import gzip
import itertools
import re
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from tests import wire
from tests.desk import Desk, until
from tests.wire import Client, attribute


@contextmanager
def connected(printer: Desk, seconds: float = 20) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", printer.port), timeout=seconds) as connection:
        yield connection


def read_all(connection: socket.socket) -> bytes:
    """Until it is closed or reset."""
    found = b""
    try:
        while piece := connection.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def read_answers(connection: socket.socket, count: int) -> list[tuple[int, bytes]]:
    """Answers with their status and body, in the order in which they come."""
    found: list[tuple[int, bytes]] = []
    pending = b""
    while len(found) < count:
        head, separator, rest = pending.partition(b"\r\n\r\n")
        match = re.search(rb"content-length: (\d+)", head.lower())
        if separator and head.startswith(b"HTTP/1.1 100"):
            pending = rest
        elif separator and match and len(rest) >= int(match[1]):
            found.append((int(head.split()[1]), rest[: int(match[1])]))
            pending = rest[int(match[1]) :]
        else:
            piece = connection.recv(65536)
            assert piece, f"closed after {len(found)} of {count} answers: {pending[:200]!r}"
            pending += piece
    assert not pending
    return found


def head(length: int | None, *more: str, method: str = "POST", path: str = "/ipp/print") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/ipp", *more]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode()


def question(printer: Desk, number: int = 1) -> bytes:
    name = attribute("keyword", "requested-attributes", "printer-name")
    return wire.request(wire.GET_PRINTER, printer.uri, name, request_id=number)


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


# -------------------------------------------------------------------------------------------- crowds


def test_two_hundred_silent_connections(client: Client, printer: Desk) -> None:
    """They cost nothing: others are answered at once, and print."""
    before = printer.peak()
    with ExitStack() as crowd:
        for _ in range(200):
            crowd.enter_context(connected(printer))
        started = time.monotonic()
        for _ in range(20):
            assert client.ask(wire.GET_PRINTER).code == wire.OK
        assert time.monotonic() - started < 10
        number = client.print_job(b"Hello.\n", "text/plain").one("job-id")
        assert printer.wait_for_job(number).one("job-state") == wire.COMPLETED
        printer.check()
    assert printer.peak() - before < 20 << 20


def test_more_connections_than_descriptors(client: Client, printer: Desk) -> None:
    """A crowd larger than the printer bears makes it give up the oldest ones, not the newest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    try:
        with ExitStack() as crowd:
            for _ in range(1500):
                crowd.enter_context(connected(printer))
            with printer.client(20) as other:
                assert other.ask(wire.GET_PRINTER).code == wire.OK
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert client.ask(wire.GET_PRINTER).code == wire.OK


def test_two_hundred_slow_talkers(client: Client, printer: Desk) -> None:
    """Half a request each, of headers or of body."""
    body = question(printer)
    halves = [
        head(None)[:-9],
        head(1000),
        head(len(body)) + body[:-5],
        head(None, "Transfer-Encoding: chunked") + b"5\r\n",
    ]
    with ExitStack() as crowd:
        for half, _ in zip(itertools.cycle(halves), range(200), strict=False):
            crowd.enter_context(connected(printer)).sendall(half)
        for _ in range(20):
            assert client.ask(wire.GET_PRINTER).code == wire.OK
    printer.check()


def test_clients_that_do_not_read(client: Client, printer: Desk) -> None:
    """They ask for everything and take nothing: the printer's memory does not fill with answers."""
    before = printer.peak()
    body = wire.request(
        wire.GET_PRINTER, printer.uri, attribute("keyword", "requested-attributes", "all", "media-col-database")
    )
    request = (head(len(body)) + body) * 200
    with ExitStack() as crowd:
        for _ in range(10):
            connection = crowd.enter_context(connected(printer))
            connection.setblocking(False)
            with suppress(BlockingIOError):
                connection.send(request)
        for _ in range(20):
            assert client.ask(wire.GET_PRINTER).code == wire.OK
    assert printer.peak() - before < 40 << 20


# ------------------------------------------------------------------------------------------- pipelines


def test_pipeline(printer: Desk, client: Client) -> None:
    """Requests in one piece are answered in their order (RFC 9112 section 9.3.2)."""
    bodies = [question(printer, number) for number in range(1, 21)]
    with connected(printer) as connection:
        connection.sendall(b"".join(head(len(body)) + body for body in bodies))
        answers = read_answers(connection, 20)
    assert [wire.parse(body).request_id for _, body in answers] == list(range(1, 21))


def test_pipeline_behind_a_document(printer: Desk, client: Client) -> None:
    """A job's data ends where its framing says: the next request is not printed."""
    job = wire.request(wire.PRINT_JOB, printer.uri, attribute("mime", "document-format", "text/plain"), request_id=7)
    document = b"Only this.\n"
    with connected(printer) as connection:
        connection.sendall(head(len(job + document)) + job + document)
        connection.sendall(head(None, "Transfer-Encoding: chunked") + chunked(job, document))
        connection.sendall(head(len(question(printer, 9))) + question(printer, 9))
        answers = [wire.parse(body) for _, body in read_answers(connection, 3)]
    assert [answer.request_id for answer in answers] == [7, 7, 9]
    for answer in answers[:2]:
        done = printer.wait_for_job(answer.one("job-id"))
        assert done.one("job-state") == wire.COMPLETED
        assert done.one("job-k-octets") == 1


# ---------------------------------------------------------------------------------------------- chunks


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_chunks_of_any_size(printer: Desk, client: Client, size: int) -> None:
    """RFC 8010 section 4: chunked requests must be understood, wherever they are cut."""
    body = question(printer, 3)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    with connected(printer) as connection:
        connection.sendall(head(None, "Transfer-Encoding: chunked") + chunked(*pieces))
        ((status, answer),) = read_answers(connection, 1)
    assert status == 200
    assert wire.parse(answer).code == wire.OK


def test_one_octet_at_a_time(printer: Desk, client: Client) -> None:
    """In packets of one octet."""
    body = question(printer, 3)
    with connected(printer) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in head(len(body)) + body:
            connection.sendall(bytes([octet]))
        assert wire.parse(read_answers(connection, 1)[0][1]).code == wire.OK


def test_chunk_extensions_and_trailers(printer: Desk, client: Client) -> None:
    """RFC 9112 section 7.1: allowed, and of no meaning here."""
    body = question(printer, 3)
    raw = b"%x;name=value\r\n%s\r\n0\r\nX-Trailer: yes\r\n\r\n" % (len(body), body)
    with connected(printer) as connection:
        connection.sendall(head(None, "Transfer-Encoding: chunked") + raw)
        assert wire.parse(read_answers(connection, 1)[0][1]).code == wire.OK


BAD_CHUNKS = {
    "no number": b"xyz\r\nabc\r\n0\r\n\r\n",
    "negative": b"-5\r\nhello\r\n0\r\n\r\n",
    "huge": b"ffffffffffffffffffff\r\nhello\r\n",
    "no line end": b"5\r\nhelloworld\r\n0\r\n\r\n",
    "endless size": b"1" * 100_000,
    "endless extension": b"5;" + b"x" * 200_000,
}


@pytest.mark.parametrize("raw", BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_bad_chunks(printer: Desk, client: Client, raw: bytes) -> None:
    """Framing that can't be trusted: 400, or the connection ends; and nothing behind it is taken for a request."""
    with connected(printer) as connection:
        connection.sendall(head(None, "Transfer-Encoding: chunked") + raw)
        connection.shutdown(socket.SHUT_WR)
        said = read_all(connection)
    assert b" 200 " not in said.partition(b"\r\n")[0]


# --------------------------------------------------------------------------------------------- framing


def test_expect_100_continue(printer: Desk, client: Client) -> None:
    """RFC 9110 section 10.1.1: the client waits to be told."""
    body = question(printer, 4)
    with connected(printer) as connection:
        connection.sendall(head(len(body), "Expect: 100-continue"))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert wire.parse(read_answers(connection, 1)[0][1]).code == wire.OK


def test_length_and_chunks_at_once(printer: Desk, client: Client) -> None:
    """RFC 9112 section 6.3: the way to smuggle a request past another server. Refused, or the connection ends."""
    body = question(printer)
    with connected(printer) as connection:
        connection.sendall(head(len(body), "Transfer-Encoding: chunked") + chunked(body) + head(len(body)) + body)
        connection.shutdown(socket.SHUT_WR)
        said = read_all(connection)
    assert said.count(b"HTTP/1.") <= 1
    assert not said or said.split()[1] == b"400"


@pytest.mark.parametrize("length", ["-1", "abc", "5, 6", "99999999999999999999999", "+5", "0x10"])
def test_bad_lengths(printer: Desk, client: Client, length: str) -> None:
    with connected(printer, 8) as connection:
        connection.sendall(head(None, f"Content-Length: {length}") + b"hello")
        connection.shutdown(socket.SHUT_WR)
        said = read_all(connection)
    assert b" 200 " not in said.partition(b"\r\n")[0]


@pytest.mark.parametrize("kind", ["length", "chunks"])
@pytest.mark.parametrize("part", ["attributes", "document"])
def test_cut_off_in_the_middle(printer: Desk, client: Client, part: str, kind: str) -> None:
    """The client goes away in its attributes: nothing happens. In its document: the job is aborted, and says why."""
    job = wire.request(wire.PRINT_JOB, printer.uri, attribute("mime", "document-format", "application/pdf"))
    whole = job[:-3] if part == "attributes" else job + b"%PDF-1.7\n" + b"half of it " * 1000
    before = _jobs(client)
    with connected(printer) as connection:
        if kind == "length":
            connection.sendall(head(len(whole) + 100_000) + whole)
        else:
            connection.sendall(head(None, "Transfer-Encoding: chunked") + b"%x\r\n%s\r\n" % (len(whole), whole))
        if part == "document":
            until(lambda: set(_jobs(client)) - set(before), "the job to be there")
    if part == "attributes":
        assert _jobs(client) == before
    else:
        (number,) = set(_jobs(client)) - set(before)
        done = printer.wait_for_job(number)
        assert done.one("job-state") == wire.ABORTED
        assert "submission-interrupted" in done.all("job-state-reasons")
        assert done.one("job-impressions-completed") == 0


def test_raster_cut_off_while_it_prints(printer: Desk, client: Client) -> None:
    """The same for a job that is marked while it arrives: aborted with its reason, the whole pages counted."""
    from tests.samples import samples

    papers = samples()
    good = papers.pwg(papers.pdf("a4", 3), "srgb-8", 150).read_bytes()
    job = wire.request(wire.PRINT_JOB, printer.uri, attribute("mime", "document-format", "image/pwg-raster"))
    before = _jobs(client)
    with connected(printer) as connection:
        connection.sendall(head(len(job + good)) + job + good[: len(good) // 2])
        (number,) = until(lambda: set(_jobs(client)) - set(before), "the job to be there")
        until(lambda: client.job(number).one("job-impressions-completed") == 1, "the first page to be printed")
    done = printer.wait_for_job(number)
    assert done.one("job-state") == wire.ABORTED
    assert "submission-interrupted" in done.all("job-state-reasons")
    assert done.one("job-impressions-completed") == 1
    record = printer.record(number)
    assert record["counters"]["impressions"] == len(list(printer.folders(number)[0].glob("sheet-*.png"))) == 1


def _jobs(client: Client) -> list[int]:
    jobs = client.ask(wire.GET_JOBS, attribute("keyword", "which-jobs", "all")).group(wire.JOB)
    return sorted(int(job["job-id"][0]) for job in jobs)


# ---------------------------------------------------------------------------------- not even IPP over HTTP


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/ipp2", ""])
def test_wrong_content_type(client: Client, printer: Desk, content_type: str) -> None:
    """415; a browser can't be made to print with a form."""
    assert client.post(question(printer), content_type=content_type).status == 415


def test_content_encodings_are_refused(printer: Desk) -> None:
    """RFC 9110 section 15.5.16; a bomb would be unpacked on its way, past the bounds of the attribute compression."""
    bomb = gzip.compress(question(printer) + bytes(50 << 20))
    with connected(printer) as connection:
        connection.sendall(head(len(bomb), "Content-Encoding: gzip"))
        answer = connection.recv(1000)
    assert answer.split()[1] == b"415"
    assert b"Accept-Encoding: identity" in answer


def test_content_type_with_parameters_and_capitals(client: Client, printer: Desk) -> None:
    """RFC 9110 section 8.3.1: media types do not care for case."""
    assert client.post(question(printer), content_type="Application/IPP; charset=x").ipp.code == wire.OK


def test_wrong_paths_and_methods(client: Client, printer: Desk) -> None:
    assert client.post(question(printer), path="/").status in (404, 405)
    assert client.post(question(printer), path="/ipp/faxout").status == 404
    assert client.post(question(printer), path="/eSCL/ScannerStatus").status in (404, 405)
    assert client.get("/../../etc/passwd").status in (400, 404)
    assert client.get("/%2e%2e/%2e%2e/etc/passwd").status in (400, 404)
    assert client.get("/control/status").status == 404, "the control resources are for the control socket"
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"):
        with connected(printer) as connection:
            connection.sendall(head(0, method=method))
            status = connection.recv(1000).split()[1]
        assert status in (b"405", b"400", b"404", b"501"), (method, status)


def test_other_web_sites_are_refused(printer: Desk, client: Client) -> None:
    """A page of another origin may not print or ask (house rule; the cable's daemons re-export it to browsers)."""
    body = question(printer)
    for origin in ("http://evil.example", "null", "http://localhost:1"):
        with connected(printer) as connection:
            connection.sendall(head(len(body), f"Origin: {origin}") + body)
            ((status, _),) = read_answers(connection, 1)
        assert status == 403, origin


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"\0" * 10_000,
        b"GET " + b"/" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 500_000 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET\r\n\r\n",
        b"@PJL JOB\r\n" * 100,
        b"%!PS-Adobe-3.0\n" * 100,
    ],
    ids=["TLS", "zeros", "long path", "many headers", "long header", "HTTP/9.9", "short", "PJL", "PostScript"],
)
def test_no_http(printer: Desk, client: Client, raw: bytes) -> None:
    """Whatever comes on the port: a 4xx or 5xx, or nothing, within bounds."""
    before = printer.peak()
    with connected(printer) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has hung up already
        said = read_all(connection)
    assert not said or said.split()[1][:1] in (b"4", b"5"), said[:100]
    assert printer.peak() - before < 20 << 20


@pytest.mark.parametrize("host", ["", "evil.example/<script>", "a b", "[::1", "x" * 5000])
def test_odd_host(printer: Desk, client: Client, host: str) -> None:
    """URIs in answers are made of the Host header: what is no authority does not get into them."""
    body = wire.request(
        wire.GET_PRINTER, printer.uri, attribute("keyword", "requested-attributes", "printer-more-info")
    )
    raw = head(len(body)).replace(b"Host: localhost", b"Host: " + host.encode()) + body
    with connected(printer) as connection:
        connection.sendall(raw)
        ((status, answer),) = read_answers(connection, 1)
    if status == 200:
        assert wire.parse(answer).one("printer-more-info").startswith("http://localhost")
    else:
        assert status == 400
