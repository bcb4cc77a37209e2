"""The framing scanners against h11, which shares no code with them."""

import itertools

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from usb_gadget.framing import HEAD_LIMIT, Head, RequestScanner, ResponseScanner, starts_request

TOKENS = st.sampled_from(["X-A", "Accept", "User-Agent", "Date"])
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)
FIELDS = st.lists(st.tuples(TOKENS, VALUES), max_size=5)


@st.composite
def messages(draw: st.DrawFn, start: str, no_body: bool = False) -> bytes:
    """A valid message with no body, a counted one or a chunked one."""
    lines = [start, "Host: localhost", *(f"{name}: {value}" for name, value in draw(FIELDS))]
    body = draw(st.binary(max_size=200))
    kind = "none" if no_body else draw(st.sampled_from(["none", "length", "chunked"]))
    if kind == "length":
        lines.insert(draw(st.integers(1, len(lines))), f"Content-Length: {len(body)}")
    elif kind == "chunked":
        lines.insert(draw(st.integers(1, len(lines))), "transfer-encoding: Chunked")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    if kind == "none":
        return head
    if kind == "length":
        return head + body
    out, rest = head, body
    while rest:
        size = draw(st.integers(1, len(rest)))
        extension = draw(st.sampled_from(["", ";x=1", ';name="v"']))
        out += f"{size:x}{extension}\r\n".encode() + rest[:size] + b"\r\n"
        rest = rest[size:]
    trailer = draw(st.sampled_from([b"", b"X-Checksum: 1\r\n"]))
    return out + b"0\r\n" + trailer + b"\r\n"


REQUESTS = messages("POST /ipp/print HTTP/1.1")


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(c % (len(data) + 1) for c in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def scan(parts: list[bytes]) -> tuple[list[bytes], RequestScanner]:
    """The requests found, octet by octet as they would go to a server."""
    scanner, found, current = RequestScanner(), [], b""
    for part in parts:
        view = memoryview(part)
        while view:
            piece, used = scanner.feed(view)
            assert 0 < used <= len(view)
            current += bytes(piece)
            view = view[used:]
            if scanner.complete:
                found.append(current)
                current = b""
                scanner.next()
    return found, scanner


@given(st.lists(REQUESTS, min_size=1, max_size=4), st.lists(st.integers(0, 4000), max_size=30))
@settings(deadline=None, max_examples=300)
def test_requests_end_where_h11_ends_them(requests: list[bytes], cuts: list[int]) -> None:
    found, scanner = scan(pieces(b"".join(requests), cuts))
    assert found == requests
    assert scanner.between
    for request in found:
        server = h11.Connection(h11.SERVER)
        server.receive_data(request)
        while not isinstance(event := server.next_event(), h11.EndOfMessage):
            assert event is not h11.NEED_DATA
        assert server.trailing_data == (b"", False)


@given(REQUESTS, st.integers(0, 4000))
@settings(deadline=None, max_examples=500)
def test_no_more_is_promised_than_comes(request: bytes, cut: int) -> None:
    cut %= len(request) + 1
    _, scanner = scan(pieces(request, [cut])[:1] if cut else [])
    assert scanner.promised <= len(request) - cut


@given(st.binary(max_size=300), st.integers(0, 4000))
def test_a_counted_body_is_promised_to_the_last_octet(body: bytes, cut: int) -> None:
    head = b"PUT / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    cut %= len(body) + 1
    _, scanner = scan([head + body[:cut]])
    assert scanner.promised == len(body) - cut


def mutated(request: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    for at, text in edits:
        at %= len(request) + 1
        request = request[:at] + text + request[at + len(text) :]
    return request


@given(
    REQUESTS,
    st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=6)), max_size=5),
    st.lists(st.integers(0, 4000), max_size=10),
)
@example(b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", [], [])
@example(b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", [], [])
@example(b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", [], [])
@example(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", [], [])
@settings(deadline=None, max_examples=1000)
def test_nonsense_never_wedges(request: bytes, edits: list[tuple[int, bytes]], cuts: list[int]) -> None:
    """Whatever comes, the scanner takes it, and after `lose` a request at the start of a packet is seen."""
    broken = mutated(request, edits)
    _, scanner = scan(pieces(broken, cuts))
    scanner.lose()
    good = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    piece, used = scanner.feed(memoryview(good))
    assert (bytes(piece), used, scanner.complete) == (good, len(good), True)


@given(REQUESTS, st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=6)), max_size=3))
@settings(deadline=None, max_examples=500)
def test_where_h11_accepts_both_agree(request: bytes, edits: list[tuple[int, bytes]]) -> None:
    broken = mutated(request, edits)
    server = h11.Connection(h11.SERVER)
    server.receive_data(broken)
    try:
        while not isinstance(event := server.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                return
    except h11.RemoteProtocolError:
        return
    end = len(broken) - len(server.trailing_data[0])
    scanner, at = RequestScanner(), 0
    while at < len(broken) and not scanner.complete and not scanner.lost:
        at += scanner.feed(memoryview(broken)[at:])[1]
    # The scanner may refuse what h11 still accepts; it must not end a request anywhere else.
    assert scanner.lost or at == end


@pytest.mark.parametrize(
    "document", [b"%PDF-1.7\n", b"\x16\x03\x01\x02\x00", b"RaS2PwgRaster\0", b"UNIRAST\0", b"\xff\xd8\xff\xe0"]
)
def test_documents_are_refused_at_once(document: bytes) -> None:
    scanner = RequestScanner()
    piece, used = scanner.feed(memoryview(document))
    assert (bytes(piece), used, scanner.lost) == (document, len(document), True)


def test_a_head_is_handed_out_whole() -> None:
    head = b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"
    scanner = RequestScanner()
    for i in range(len(head) - 1):
        assert scanner.feed(memoryview(head)[i : i + 1]) == (b"", 1)
    assert scanner.feed(memoryview(head)[-1:]) == (head, 1)
    assert scanner.head is not None
    assert scanner.head.start == (b"GET", b"/a", b"HTTP/1.1")


def test_an_endless_head_is_given_up() -> None:
    scanner = RequestScanner()
    start = memoryview(b"GET / HTTP/1.1\r\nX: " + b"x" * HEAD_LIMIT)
    piece, _ = scanner.feed(start)
    assert scanner.lost
    assert len(piece) > HEAD_LIMIT


def test_empty_lines_between_requests_are_passed_over() -> None:
    request = b"GET / HTTP/1.1\r\n\r\n"
    assert scan([b"\r\n\r\n" + request, b"\n" + request])[0] == [request, request]


def test_start_of_a_request_fits_a_small_packet() -> None:
    assert starts_request(b"POST /ipp/print HTTP/1.1\r\n")
    assert starts_request(b"GET /a/very/long/path/that/does/not/end/in/a/packet/of/sixty-four")
    assert not starts_request(b"BT /F1 12 Tf ET HTTP/9\r\n")
    assert not starts_request(b"\x02\x00\x00\x0b\x00\x00\x00\x01")


@given(messages("HTTP/1.1 200 OK"), messages("HTTP/1.1 207 Multi"), st.lists(st.integers(0, 2000), max_size=10))
@settings(deadline=None)
def test_responses_end_where_h11_ends_them(first: bytes, second: bytes, cuts: list[int]) -> None:
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="POST", target="/", headers=[("Host", "localhost"), ("Content-Length", "0")]))
    client.send(h11.EndOfMessage())
    client.receive_data(first + second)
    client.receive_data(b"")
    while not isinstance(client.next_event(), h11.EndOfMessage):
        pass
    scanner = ResponseScanner()
    scanner.expect(b"POST")
    used = sum(scanner.feed(memoryview(part)) for part in pieces(first + second, cuts))
    if scanner.complete:
        assert used == len(first + second) - len(client.trailing_data[0])
    else:
        assert scanner.close  # no framing: it ends with the connection


@pytest.mark.parametrize(
    ("method", "response", "complete", "close"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", True, False),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", True, False),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n", True, False),
        (b"POST", b"HTTP/1.1 100 Continue\r\n\r\n", False, False),
        (b"POST", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True, False),
        (b"GET", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", True, False),
        (b"GET", b"HTTP/1.0 200 OK\r\n\r\nrest", False, True),
        (b"GET", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", True, True),
    ],
)
def test_responses(method: bytes, response: bytes, complete: bool, close: bool) -> None:
    scanner = ResponseScanner()
    scanner.expect(method)
    assert scanner.feed(memoryview(response)) == len(response)
    assert (scanner.complete, scanner.close, scanner.broken) == (complete, close, False)


def test_octets_behind_a_response_are_not_its_own() -> None:
    scanner = ResponseScanner()
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    assert scanner.feed(memoryview(response + b"leak")) == len(response)
    assert scanner.feed(memoryview(b"leak")) == 0


def test_folded_and_repeated_fields() -> None:
    head = Head.parse(b"GET / HTTP/1.1\r\nConnection: keep-alive,\r\n  close\r\nConnection: x\r\n\r\n")
    assert head.has(b"connection", b"close")
    assert head.has(b"connection", b"x")
    assert not head.has(b"connection", b"keep")
