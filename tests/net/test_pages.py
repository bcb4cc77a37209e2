"""The status page: nothing is advertised that is not served."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from firmware.ipp import Attribute, GroupTag, Keyword, Name, Operation
from tests.net.support import ask, desk, get, post, run, running, until


def test_what_the_attributes_point_to_is_there(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            await post(instance, ask(Operation.PRINT_JOB, Attribute("job-name", Name("<b>hostile</b>"))), b"x\n")
            await until(lambda: instance.engine.system.printers[1].jobs[1].ended)
            names = ("printer-more-info", "printer-icons", "printer-supply-info-uri")
            wanted = Attribute("requested-attributes", *(Keyword(name) for name in names))
            answer = await post(instance, ask(Operation.GET_PRINTER_ATTRIBUTES, wanted))
            group = answer.group(GroupTag.PRINTER)
            assert group is not None
            for attribute in group:
                for uri in attribute.values:
                    status, kind, body = await get(instance, urlsplit(str(uri)).path)
                    assert status == 200
                    if attribute.name == "printer-icons":
                        assert kind == "image/png"
                        size = int(str(uri).rpartition("-")[2].removesuffix(".png"))
                        assert Image.open(io.BytesIO(body)).size == (size, size)
            answer = await post(instance, ask(Operation.GET_JOB_ATTRIBUTES, Attribute("job-id", 1)))
            page = answer.get("job-more-info", GroupTag.JOB)
            assert page is not None
            status, kind, body = await get(instance, urlsplit(str(page.value)).path)
            assert (status, kind) == (200, "text/html")
            assert b"&lt;b&gt;hostile&lt;/b&gt;" in body
            assert b"<b>hostile" not in body

    run(test())


def test_sheets_are_shown_to_operators_only(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            await post(instance, ask(Operation.PRINT_JOB), b"one\n\x0ctwo\n")
            await until(lambda: instance.engine.system.printers[1].jobs[1].ended)
            assert b'src="/jobs/1/2.png"' in (await get(instance, "/jobs/1"))[2]
            status, kind, body = await get(instance, "/jobs/1/2.png")
            assert (status, kind) == (200, "image/png")
            assert Image.open(io.BytesIO(body)).size == (2480, 3507)
            assert (await get(instance, "/jobs/1/3.png"))[0] == 404
        async with running(tmp_path, desk(access={"operators": "nobody"})) as instance:
            assert (await get(instance, "/jobs/1/1.png"))[0] == 403
            assert b"1.png" not in (await get(instance, "/jobs/1"))[2]

    run(test())


def test_pages_load_nothing_from_elsewhere_and_unknown_ones_are_not_found(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            for path in (
                "/jobs/999999999",
                "/jobs/1/1.png",
                "/printers/7",
                "/icons/1-64.png",
                "/etc/passwd",
                "/static/style.css/x",
                "/static/..%2fpages.py",
            ):
                assert (await get(instance, path))[0] == 404
            body = (await get(instance, "/"))[2]
            assert b'http-equiv="refresh"' in body
            assert b'src="http' not in body

    run(test())


def test_strangers_see_the_queue_and_nothing_of_whose_and_what(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, desk(access={"operators": "nobody"})) as instance:
            me = [Attribute("requesting-user-name", Name("alice")), Attribute("job-name", Name("Letter to Bob"))]
            await post(instance, ask(Operation.PRINT_JOB, *me), b"x\n")
            await until(lambda: instance.engine.system.printers[1].jobs[1].ended)
            for path in ("/", "/printers/1", "/queue", "/sheets", "/jobs/1"):
                status, _, body = await get(instance, path)
                assert status == 200
                assert b"job 1" in body or path in ("/", "/printers/1", "/sheets")
                assert b"Bob" not in body
                assert b"alice" not in body
            status, _, body = await get(instance, "/privacy")
            assert status == 200
            assert b"its owner and the printer&#39;s operators" in body
            instance.engine.system.printers[1].settings = (Attribute("job-privacy-scope", Keyword("all")),)
            assert b"Letter to Bob" in (await get(instance, "/jobs/1"))[2]
            assert (await get(instance, "/jobs/1/1.png"))[0] == 403

    run(test())
