"""The printer as a server, beside ippeveprinter in the same run: what an answer costs, how fast a document comes in,
how much memory and how long a start takes.

Processor time is the server process's own, user and system, divided by the answers that wrk counted; wrk keeps its
connections. ippeveprinter is the packaged build with an avahi-daemon of its own, which is not counted. Nothing leaves
the loopback interface.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.rows import Row, compare
from tests.desk import Desk, need, until

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = (1, 8, 64)
ROUNDS, SECONDS = 7, 1.0
CHEAPER = 1 / 0.6
MEGABYTES = 20
JOBS = 1000
IDLE_MIB, GROWTH_MIB = 60.0, 2.0
START = 1 / 1.3
STARTS = 7
TICK = os.sysconf("SC_CLK_TCK")
GET_PRINTER, GET_JOB, GET_JOBS, PRINT_JOB, CREATE_JOB, CANCEL_JOB = 0x0B, 0x09, 0x0A, 0x02, 0x05, 0x08


@dataclass(frozen=True)
class Server:
    """A server that is measured."""

    name: str
    pid: int
    port: int

    def processor(self) -> float:
        """Seconds of processor time that it has taken so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self) -> float:
        """Resident, in MiB."""
        match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        assert match
        return int(match[1]) / 1024


# ------------------------------------------------------------------------------------------- requests


def request(code: int, port: int, *attributes: bytes, groups: bytes = b"") -> bytes:
    """An IPP/2.0 request for the printer at this port, up to its end-of-attributes-tag."""
    head = bytes([2, 0]) + code.to_bytes(2, "big") + (1).to_bytes(4, "big") + b"\x01"
    frame = item(0x47, "attributes-charset", b"utf-8") + item(0x48, "attributes-natural-language", b"en")
    target = item(0x45, "printer-uri", f"ipp://127.0.0.1:{port}/ipp/print".encode())
    return head + frame + target + b"".join(attributes) + groups + b"\x03"


def item(tag: int, name: str, value: bytes) -> bytes:
    return bytes([tag]) + len(name).to_bytes(2, "big") + name.encode() + len(value).to_bytes(2, "big") + value


ALL = item(0x44, "requested-attributes", b"all")
USER = item(0x42, "requesting-user-name", b"alice")
PWG = item(0x49, "document-format", b"image/pwg-raster")
HOLD = b"\x02" + item(0x44, "job-hold-until", b"indefinite")


def number(tag: int, name: str, value: int) -> bytes:
    return item(tag, name, value.to_bytes(4, "big"))


def post(port: int, body: bytes, *more: bytes) -> bytes:
    """POST it over a connection of its own and give the IPP answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        size = len(body) + sum(map(len, more))
        headers = {"Content-Type": "application/ipp", "Content-Length": str(size)}
        connection.request("POST", "/ipp/print", iter((body, *more)), headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        return answer.read()
    finally:
        connection.close()


def status(answer: bytes) -> int:
    return int.from_bytes(answer[2:4], "big")


def job_id(answer: bytes) -> int:
    place = answer.index(b"job-id") + len(b"job-id") + 2
    return int.from_bytes(answer[place : place + 4], "big")


# -------------------------------------------------------------------------------------------- servers


@contextmanager
def ours(folder: Path) -> Iterator[Server]:
    """`inkstand run`, as it is."""
    desk = Desk(folder / "ours", "--log-level", "warning")
    desk.start()
    try:
        yield Server("ours", desk.pid, desk.port)
    finally:
        desk.kill()


_BUS = """<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
<allow user="*"/></policy></busconfig>"""
_AVAHI = "[server]\nuse-ipv4=yes\nuse-ipv6=no\nallow-interfaces=lo\n"


@contextmanager
def ippeveprinter(folder: Path) -> Iterator[Server]:
    """The peer, which does not start without an avahi-daemon. It spools jobs and does nothing with them."""
    need("ippeveprinter", packages=("cups-ipp-utils",))
    need("avahi-daemon", packages=("avahi-daemon", "dbus"))
    bus = folder / "bus"
    (folder / "bus.conf").write_text(_BUS.format(path=bus))
    (folder / "avahi.conf").write_text(_AVAHI)
    spool = folder / "spool"
    spool.mkdir()
    port = free_port()
    with ExitStack() as stack:

        def start(*command: str | Path) -> int:
            process = subprocess.Popen(
                list(map(str, command)),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"},
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process.pid

        start("dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--nopidfile")
        until(bus.exists, "the bus", 10)
        start("avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", folder / "avahi.conf")
        time.sleep(2)
        pid = start(
            "ippeveprinter", "-p", str(port), "-d", spool, "-c", "/bin/true", "-f", "image/pwg-raster,application/pdf",
            "Peer",
        )  # fmt: skip
        until(lambda: answers(port), "ippeveprinter", 20)
        yield Server("ippeveprinter", pid, port)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        return status(post(port, request(GET_PRINTER, port, USER, ALL))) < 0x100
    except OSError:
        return False


# ----------------------------------------------------------------------------------------------- rows


def rows() -> Iterator[Row]:
    need("wrk", packages=("wrk",))
    with TemporaryDirectory() as name:
        folder = Path(name)
        yield from _starts(folder)
        with ours(folder) as mine, ippeveprinter(folder) as peer:
            yield _idle(mine, peer)
            yield from _answers(folder, mine, peer)
            yield _documents(mine, peer)
            yield _growth(mine)


def load(server: Server, connections: int, body: Path, seconds: float = SECONDS) -> tuple[float, int]:
    """Milliseconds of processor time for an answer, and answers that were lost or wrong."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(SCRIPT)]
    before = server.processor()
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}/ipp/print", "--", str(body)],
        capture_output=True,
        text=True,
        check=True,
    )
    used = server.processor() - before
    told = json.loads(done.stdout.splitlines()[-1])
    return used * 1000 / max(told["requests"], 1), told["dropped"]


def _answers(folder: Path, mine: Server, peer: Server) -> Iterator[Row]:
    jobs = {server.name: _one_job(server) for server in (mine, peer)}
    requests: dict[str, Callable[[Server], bytes]] = {
        "Get-Printer-Attributes, all": lambda server: request(GET_PRINTER, server.port, USER, ALL),
        "Get-Job-Attributes, all": lambda server: request(
            GET_JOB, server.port, number(0x21, "job-id", jobs[server.name]), USER, ALL
        ),
        "Get-Jobs, completed, all": lambda server: request(
            GET_JOBS, server.port, USER, number(0x21, "limit", 10), ALL, item(0x44, "which-jobs", b"completed")
        ),
    }
    for what, make in requests.items():
        files = {}
        for server in (mine, peer):
            files[server.name] = folder / f"{server.name}.ipp"
            files[server.name].write_bytes(make(server))
            assert status(post(server.port, make(server))) < 0x100
        for connections in CONNECTIONS:
            yield from _cost(what, connections, mine, peer, files)


def _cost(what: str, connections: int, mine: Server, peer: Server, files: dict[str, Path]) -> Iterator[Row]:
    dropped = {mine.name: 0, peer.name: 0}

    def one(server: Server) -> float:
        cost, lost = load(server, connections, files[server.name])
        dropped[server.name] += lost
        return cost

    many = f"{connections} connection{'s' if connections > 1 else ''}"
    yield compare(
        f"{what}: {many}", lambda: one(mine), lambda: one(peer), wanted=CHEAPER, runs=ROUNDS, note="CPU ms an answer"
    )
    lost, its = dropped[mine.name], dropped[peer.name]
    if connections == CONNECTIONS[-1]:
        kept = float(lost == 0)
        yield Row(f"{what}: {many}, answers lost", lost, its, kept, kept, kept, kept, 1.0)


def _one_job(server: Server) -> int:
    """A job that is done."""
    answer = post(server.port, request(PRINT_JOB, server.port, USER, PWG), small_page())
    assert status(answer) < 0x100, hex(status(answer))
    number = job_id(answer)
    time.sleep(1)
    return number


def small_page() -> bytes:
    from tests.document.press_kit import A6, SGRAY, simple_pwg

    return simple_pwg(1, media=A6, kind=SGRAY)[0]


def large_document() -> bytes:
    """20 MB that begin as PWG raster does."""
    return b"RaS2" + os.urandom(MEGABYTES * 1_000_000 - 4)


def _documents(mine: Server, peer: Server) -> Row:
    """The wall time of a Print-Job that is spooled and not printed: ours is held, the peer's command does nothing."""
    document = large_document()

    def one(server: Server, groups: bytes) -> float:
        body = request(PRINT_JOB, server.port, USER, PWG, groups=groups)
        while True:
            begin = time.perf_counter()
            answer = post(server.port, body, document)
            taken = time.perf_counter() - begin
            if status(answer) < 0x100:
                break
            assert status(answer) == 0x507, hex(status(answer))  # busy: it still has the last one
            time.sleep(0.1)
        if groups:
            cancel = request(CANCEL_JOB, server.port, number(0x21, "job-id", job_id(answer)), USER)
            assert status(post(server.port, cancel)) < 0x100
        return taken * 1000

    row = compare(
        f"{MEGABYTES} MB Print-Job",
        lambda: one(mine, HOLD),
        lambda: one(peer, b""),
        wanted=1.0,
        runs=ROUNDS,
        note="wall ms",
    )
    speeds = [MEGABYTES * 1000 / milliseconds for milliseconds in (row.ours, row.peer)]
    return Row(
        **{**row.__dict__, "note": f"wall ms; {speeds[0]:.0f} and {speeds[1]:.0f} MB/s; ours is on disk by then"}
    )


def _idle(mine: Server, peer: Server) -> Row:
    time.sleep(3)
    resident = mine.memory()
    ratio = IDLE_MIB / resident
    note = f"MiB, beside {IDLE_MIB:g} that are allowed; ippeveprinter has {peer.memory():.1f}"
    return Row("idle memory", resident, IDLE_MIB, ratio, ratio, ratio, ratio, 1.0, note)


def _growth(mine: Server) -> Row:
    page = small_page()
    body = request(PRINT_JOB, mine.port, USER, PWG)

    def print_jobs(count: int) -> float:
        for _ in range(count):
            assert status(post(mine.port, body, page)) < 0x100
        until(lambda: b"queued-job-count\x00\x04\x00\x00\x00\x00" in _state(mine), "the jobs to be printed", 300)
        return mine.memory()

    before = print_jobs(100)
    after = print_jobs(JOBS)
    grown = max((after - before) * 100 / JOBS, 0.01)
    ratio = GROWTH_MIB / grown
    note = f"MiB, beside {GROWTH_MIB:g} that are allowed; {after:.1f} after {JOBS + 100} jobs"
    return Row("memory for 100 more jobs", grown, GROWTH_MIB, ratio, ratio, ratio, ratio, 1.0, note)


def _state(server: Server) -> bytes:
    return post(
        server.port, request(GET_PRINTER, server.port, USER, item(0x44, "requested-attributes", b"queued-job-count"))
    )


BARE = """
import sys
from aiohttp import web
async def answer(request):
    await request.read()
    return web.Response(body=b"x" * 9000)
app = web.Application()
app.router.add_post("/ipp/print", answer)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


def _starts(folder: Path) -> Iterator[Row]:
    """From the start of the process to the first answer, the interpreter and its imports included."""
    ready = folder / "start"

    def one(command: list[str], port: int) -> float:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            body = request(GET_PRINTER, port, USER, ALL)
            while True:
                try:
                    post(port, body)
                    return (time.perf_counter() - begin) * 1000
                except OSError:
                    time.sleep(0.002)
        finally:
            process.kill()
            process.wait()

    def mine() -> float:
        shutil.rmtree(ready, ignore_errors=True)
        port = free_port()
        inkstand = str(Path(sys.executable).with_name("inkstand"))
        return one([inkstand, "run", "--port", str(port), "--out", str(ready), "--bind", "127.0.0.1"], port)

    def bare() -> float:
        port = free_port()
        return one([sys.executable, "-c", BARE, str(port)], port)

    yield compare("start to first answer", mine, bare, wanted=START, runs=STARTS, note="wall ms; a bare aiohttp server")
