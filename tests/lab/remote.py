"""What a host does, run inside the laboratory: `python -m tests.lab.remote '["name", [arguments], {named}]'`.

Prints the value of the function as JSON on its last line.
"""

import contextlib
import hashlib
import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import wire
from tests.lab.device import PRINTER
from tests.lab.inkstand import PRINTER_ID
from usb_gadget.descriptors import InterfaceDescriptor
from usb_gadget.host import Channel, UsbDevice, find, get_printer_attributes
from usb_gadget.host_checks import Probe, examine
from usb_gadget.host_http import HttpError, exchange, request_bytes


def device(serial: str = PRINTER.serial_number) -> UsbDevice:
    """The device under test."""
    return next(
        d for d in find(PRINTER.vendor_id, PRINTER.product_id, ipp_usb=False) if d.names()["serial_number"] == serial
    )


def receipt(body: bytes) -> bytes:
    """What the device answers to a body that arrived whole."""
    return f"{len(body)} {hashlib.sha256(body).hexdigest()}\n".encode()


def check(channel: Channel, body: bytes = b"still alive") -> None:
    """The interface works."""
    answer = channel.request("POST", "/ipp/print", body, timeout=20)
    assert (answer.status, answer.body) == (200, receipt(body)), answer


def descriptors() -> str:
    """Device descriptor and configuration as the kernel has read them, hexadecimal."""
    found = device()
    for directory in Path("/sys/bus/usb/devices").glob("*"):
        numbers = [int(file.read_text()) for file in (directory / "busnum", directory / "devnum") if file.exists()]
        if numbers == [found.bus, found.address]:
            return (directory / "descriptors").read_bytes().hex()
    raise AssertionError("not in sysfs")


def findings() -> list[list[str]]:
    """What `examine` has to say."""
    return [[f.severity.value, f.check, f.text] for f in examine(Probe(device()))]


def names() -> dict[str, str]:
    """Its strings."""
    return device().names()


def facts() -> dict[str, Any]:
    """Class requests and strings."""
    found = device()
    settings = found.settings(ipp_usb=False) + found.settings()
    return {
        "names": found.names(),
        "ids": [found.device_id(s) for s in settings],
        "status": [int(found.port_status(s)) for s in settings],
        "speed": found.speed,
    }


def journeys() -> list[int]:
    """Requests and answers of all the awkward sizes on every interface; octets moved per interface."""
    found, moved = device(), []
    for setting in found.settings():
        packet = setting.endpoints[0].max_packet_size or 512
        octets = 0
        with found.open(setting) as channel:
            for size in (0, 1, packet - 1, packet, packet + 1, 4 * packet, 16384, 65536, 100_000):
                body = random.Random(size).randbytes(size)
                check(channel, body)
                answer = channel.request("GET", f"/size/{size}", timeout=20)
                assert answer.body == bytes(size), (size, len(answer.body))
                octets += 2 * size
            for total in (packet, 2 * packet, 8 * packet, 16384):
                data = request_bytes("POST", "/ipp/print", b"x", total=total)
                assert exchange(channel, data, 20).status == 200
                octets += total
            for whole in (4096, 65536):  # an answer whose last packet is full
                head = whole
                for _ in range(3):
                    head = len(exchange_raw(channel, f"/size/{whole - 200}")) - (whole - 200)
                assert len(exchange_raw(channel, f"/size/{whole - head}")) == whole
        moved.append(octets)
    found.close()
    return moved


def exchange_raw(channel: Channel, path: str) -> bytes:
    """The octets of an answer, read with a buffer that only a short packet ends."""
    channel.write(request_bytes("GET", path), 10)
    return channel.read(1 << 18, 10)


def chunked(chunk: int, size: int) -> bool:
    """A chunked body, each chunk sent as `ipp-usb` sends it: in transfers that do not respect its borders."""
    found, body = device(), random.Random(7).randbytes(size)
    with found.open(found.settings()[0]) as channel:
        data = b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        for i in range(0, size, chunk):
            part = body[i : i + chunk]
            data += b"%x\r\n%b\r\n" % (len(part), part)
        data += b"0\r\n\r\n"
        dice = random.Random(8)
        while data:
            cut = dice.choice([2, 512, 4096, 28678])
            channel.write(data[:cut], 20)
            data = data[cut:]
        answer = b""
        while not answer.endswith(receipt(body)):
            answer += channel.read(16384, 20)
    return True


def _half(channel: Channel) -> None:
    channel.write(b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + bytes(50_000), 10)


RESETS: dict[str, Callable[[UsbDevice, InterfaceDescriptor], object]] = {
    "SET_CONFIGURATION": lambda d, s: d.device.set_configuration(),
    "SET_INTERFACE": lambda d, s: d.device.set_interface_altsetting(s.number, s.alternate),
    "SOFT_RESET": lambda d, s: d.soft_reset(s),
    "SOFT_RESET of version 1.0": lambda d, s: d.control(0x23, 2, 0, s.number),
    "bus reset": lambda d, s: d.device.reset(),
}


def reset(name: str, times: int = 3) -> bool:
    """Half a request, a reset, a whole request, on the second interface."""
    for _ in range(times):
        found = device()
        setting = found.settings()[1]
        with contextlib.suppress(OSError), found.open(setting) as channel:
            _half(channel)
            if name == "SET_CONFIGURATION":  # the kernel refuses it while an interface is claimed
                import usb.util

                usb.util.release_interface(found.device, setting.number)
            RESETS[name](found, setting)
        found.close()
        found = device()
        with found.open(setting) as channel:
            assert channel.drain() == 0
            check(channel, bytes(4096))
        found.close()
    return True


def side_by_side(seconds: float = 3.0) -> int:
    """Polls answered on one interface while another's upload is under way, slowly."""
    found = device()
    first, second = found.settings()[:2]
    polls = 0
    with found.open(first) as upload, found.open(second) as poll:
        upload.write(b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", 10)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            upload.write(bytes(1000), 10)
            started = time.monotonic()
            check(poll)
            assert time.monotonic() - started < 2
            polls += 1
        found.soft_reset(first)
        check(upload)
    return polls


def legacy(size: int, reset: bool = False) -> str:
    """Write a job to the legacy interface; its SHA-256."""
    found, body = device(), random.Random(size).randbytes(size)
    with found.open(found.settings(ipp_usb=False)[0]) as channel:
        for i in range(0, size, 8192):
            channel.write(body[i : i + 8192], 20)
        if reset:
            found.soft_reset(found.settings(ipp_usb=False)[0])
    return hashlib.sha256(body).hexdigest()


def post(megabytes: int, path: str = "/ipp/print", serial: str = PRINTER.serial_number) -> float:
    """Megabytes per second of a POST with so many zero octets, as one request in writes of a megabyte."""
    found, block = device(serial), bytes(1 << 20)
    digest = hashlib.sha256()
    with found.open(found.settings()[0]) as channel:
        started = time.monotonic()
        channel.write(request_bytes("POST", path, fields={"Content-Length": str(megabytes << 20)}), 20)
        for _ in range(megabytes):
            channel.write(block, 60)
        answer = b""
        while not answer.endswith(b"\n"):
            answer += channel.read(16384, 60)
        seconds = time.monotonic() - started
    for _ in range(megabytes):
        digest.update(block)
    assert digest.hexdigest().encode() in answer, answer
    return megabytes / seconds


def jobs_on_each() -> list[int]:
    """IPP status of a Print-Job of one line, on each Inkstand that is on the bus."""
    return [_print_job(found) for found in find(*PRINTER_ID)]


def _print_job(found: UsbDevice) -> int:
    text = wire.attribute("mime", "document-format", "text/plain")
    message = wire.request(wire.PRINT_JOB, "ipp://localhost/ipp/print", text) + b"A line of text.\n"
    with found.open(found.settings()[0]) as channel:
        answer = channel.post_ipp("/ipp/print", message, 30)
    found.close()
    assert answer.status == 200
    return wire.parse(answer.body).code


def cut_off(seed: int) -> int:
    """Reset the port, as a pulled plug does, after a random number of octets of a job on the printer."""
    dice = random.Random(seed)
    (found,) = find(*PRINTER_ID)
    text = wire.attribute("mime", "document-format", "text/plain")
    body = wire.request(wire.PRINT_JOB, "ipp://localhost/ipp/print", text) + b"cut off\n" * 20_000
    data = request_bytes("POST", "/ipp/print", body, {"Content-Type": "application/ipp"})
    cut = dice.randrange(1, len(data))
    with found.open(found.settings()[0]) as channel:
        channel.write(data[:cut], 10)
    found.device.reset()
    found.close()
    return cut


def held_jobs(megabytes: int, rounds: int, devices: list[tuple[int, int]]) -> list[list[float]]:
    """Milliseconds of a Print-Job of so many, to each device in turns, by device. The job is held, so that nothing but
    taking it in is measured; it is cancelled afterwards by nobody, since its printer's days are few."""
    text = wire.attribute("mime", "document-format", "text/plain")
    held = wire.attribute("keyword", "job-hold-until", "indefinite")
    head = wire.request(wire.PRINT_JOB, "ipp://localhost/ipp/print", text, job=[held])
    for vendor, product in devices:
        _job(vendor, product, head, 1)
    times = [[_job(vendor, product, head, megabytes) for vendor, product in devices] for _ in range(rounds)]
    return [list(of_one) for of_one in zip(*times, strict=True)]


def _job(vendor: int, product: int, head: bytes, megabytes: int) -> float:
    """Sent as one request, in transfers of a megabyte."""
    (found,) = find(vendor, product)
    block = (b"x" * 63 + b"\n") * (1 << 14)
    fields = {"Content-Type": "application/ipp", "Content-Length": str(len(head) + (megabytes << 20))}
    with found.open(found.settings()[0]) as channel:
        started = time.monotonic()
        channel.write(request_bytes("POST", "/ipp/print", fields=fields) + head, 20)
        for _ in range(megabytes):
            channel.write(block, 60)
        answer = channel.read(16384, 60)
        seconds = time.monotonic() - started
    found.close()
    assert answer.startswith(b"HTTP/1.1 200"), answer
    return seconds * 1000


def attributes(timeout: float = 3.0, interface: int = 0) -> str:
    """How Get-Printer-Attributes ends: "200 0000", "timeout", "garbage", "error"."""
    found = device()
    try:
        with found.open(found.settings()[interface]) as channel:
            answer = channel.post_ipp("/ipp/print", get_printer_attributes(), timeout)
            return f"{answer.status} {answer.body[2:4].hex()}"
    except TimeoutError:
        return "timeout"
    except HttpError:
        return "garbage"
    except OSError:
        return "error"
    finally:
        found.close()


def unplugged_at_random(process: int, seed: int) -> int:
    """Start a job and stop after a random number of octets, as if this program had been pulled out with the plug."""
    found, dice = device(), random.Random(seed)
    body = dice.randbytes(200_000)
    data = request_bytes("POST", "/ipp/print", body)
    cut = dice.randrange(len(data))
    with found.open(found.settings()[0]) as channel:
        for i in range(0, cut, 4096):
            channel.write(data[i : min(cut, i + 4096)], 10)
        if process:
            os.kill(process, 9)
    return cut


def main() -> None:
    name, arguments, named = json.loads(sys.argv[1])
    print(json.dumps(globals()[name](*arguments, **named)))


if __name__ == "__main__":
    main()
