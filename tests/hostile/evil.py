"""Documents that nobody should send, made by hand."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Iterator


def pdf(*objects: bytes, pages: int = 1) -> bytes:
    """A PDF whose objects are given from 3 on; 1 is the catalogue, 2 the page tree, 3 its page or pages."""
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    tree = b"<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 595 842] >>" % (kids, pages)
    everything = [b"<< /Type /Catalog /Pages 2 0 R >>", tree, *objects]
    out, offsets = io.BytesIO(), []
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    for number, text in enumerate(everything, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, text))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(everything) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(everything) + 1, start))
    return out.getvalue()


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def page(contents: int, resources: bytes = b"", entries: bytes = b"") -> bytes:
    return b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R /Resources << %s >> %s >>" % (contents, resources, entries)


def endless_pdf() -> bytes:
    """One page that never ends: each of 15 drawings draws the next ten times."""
    levels = 15
    objects = [page(4, b"/XObject << /X 5 0 R >>"), stream(b"/X Do")]
    for level in range(levels):
        number = len(objects) + 3
        inner = b"/Resources << /XObject << /X %d 0 R >> >>" % (number + 1) if level < levels - 1 else b""
        drawing = b"/X Do " * 10 if level < levels - 1 else b"0 0 595 842 re f 1 0 0 rg 9 9 99 99 re f"
        objects.append(stream(drawing, b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] " + inner))
    return pdf(*objects)


def huge_image_pdf() -> bytes:
    """A page whose picture has 60,000 by 60,000 pixels in colour: ten thousand million octets, packed well."""
    packed = zlib.compress(bytes(1 << 20), 9)
    entries = b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB /BitsPerComponent 8 "
    image = stream(packed, entries + b"/Filter /FlateDecode")
    return pdf(page(4, b"/XObject << /I 5 0 R >>"), stream(b"595 0 0 842 0 0 cm /I Do"), image)


def enormous_page_pdf() -> bytes:
    """A page of two hundred by two hundred inches times a hundred."""
    return pdf(page(4, entries=b"/MediaBox [0 0 1440000 1440000]"), stream(b"0 0 99999 99999 re f"))


def many_pages_pdf() -> bytes:
    """It says that it has two thousand million pages, and has one."""
    return pdf(page(4), stream(b"0 0 99 99 re f")).replace(b"/Count 1 ", b"/Count 2000000000 ")


def looping_pdf() -> bytes:
    """The page tree contains itself."""
    return pdf(b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>")


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that claims to be so large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data or zlib.compress(bytes(1 << 20), 9)) + chunk(b"IEND", b"")


def jpeg(good: bytes, width: int, height: int) -> bytes:
    """A sound JPEG that claims another size in its frame header."""
    at = max(good.find(b"\xff\xc0"), good.find(b"\xff\xc2"))
    return good[: at + 5] + struct.pack(">HH", height, width) + good[at + 9 :]


# Offsets in a PWG page header, from the start of the file (PWG 5102.4 section 4.3: 4 octets of sync word first).
_FIELDS = {"xdpi": 280, "ydpi": 284, "width": 376, "height": 380, "bits": 388, "pixel": 392, "line": 396, "order": 400,
           "space": 404, "colors": 424, "total": 456}  # fmt: skip


def raster(good: bytes, **fields: int) -> bytes:
    """A sound PWG file with other numbers in the header of its first page."""
    changed = bytearray(good)
    for name, value in fields.items():
        struct.pack_into(">I", changed, _FIELDS[name], value)
    return bytes(changed)


def endless_raster(good: bytes, megabytes: int) -> Iterator[bytes]:
    """A page header of 2^32 - 1 lines, and white lines for as long as somebody takes them."""
    width = struct.unpack_from(">I", good, _FIELDS["width"])[0]
    yield raster(good, height=0xFFFFFFFF)[:1800]
    runs, rest = divmod(width, 128)
    line = b"\xff" + b"\x7f\xff\xff\xff" * runs + (bytes([rest - 1]) + b"\xff\xff\xff" if rest else b"")
    piece = line * (max(1, (1 << 20) // len(line)))
    for _ in range(megabytes):
        yield piece


def bomb(megabytes: int, head: bytes = b"") -> bytes:
    """Spaces after a head, packed a thousand times smaller; gzip may have many members (RFC 1952 section 2.2)."""
    member = gzip.compress(b" " * (50 << 20), 9)
    return gzip.compress(head) + member * (megabytes // 50)
