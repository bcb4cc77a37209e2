"""Metrics and health: read by the client library's own parser, and true."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from firmware.ipp import Operation
from tests.net.support import ask, desk, get, post, run, running, until


async def scraped(instance: object, local: bool = False) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    status, kind, body = await get(instance, "/metrics", local=local)  # type: ignore[arg-type]
    assert (status, kind) == (200, "text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_what_happened_is_counted(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            before = await scraped(instance)
            name = instance.engine.system.printers[1].name
            assert before[key("inkstand_jobs", printer=name, state="completed")] == 0
            await post(instance, ask(Operation.PRINT_JOB), b"one\n\x0ctwo\n")
            await until(lambda: instance.engine.system.printers[1].jobs[1].ended)
            await post(instance, ask(Operation.PAUSE_PRINTER))
            await post(instance, ask(Operation.GET_JOB_ATTRIBUTES))
            after = await scraped(instance)
            assert after[key("inkstand_jobs", printer=name, state="completed")] == 1
            assert after[key("inkstand_impressions_total", printer=name)] == 2
            assert after[key("inkstand_media_sheets_total", printer=name)] >= 1
            assert after[key("inkstand_printer_state", printer=name, state="stopped")] == 1
            done = key("inkstand_requests_total", operation="Print-Job", status="successful-ok")
            assert after[done] == 1
            bad = [
                labels
                for found, labels in after
                if found == "inkstand_requests_total" and ("operation", "Get-Job-Attributes") in labels
            ]
            assert [dict(labels)["status"] for labels in bad] == ["client-error-bad-request"]
            assert after[key("inkstand_http_responses_total", method="POST", code="200")] == 3
            assert after[key("inkstand_request_seconds_count")] == before[key("inkstand_request_seconds_count")] + 4
            assert (
                after[key("inkstand_request_seconds_bucket", le="+Inf")] == after[key("inkstand_request_seconds_count")]
            )
            assert after[key("inkstand_connections")] >= 1
            assert after[key("inkstand_spool_bytes")] == 0
            assert after[key("inkstand_usb_state", state="none")] == 1

    run(test())


def test_who_may_look(tmp_path: Path) -> None:
    async def test() -> None:
        for operators, metrics, status in (
            ("this-machine", "operators", 200),
            ("nobody", "operators", 403),
            ("nobody", "everyone", 200),
            ("this-machine", "nobody", 404),
        ):
            board = desk(access={"operators": operators, "metrics": metrics})
            async with running(tmp_path, board) as instance:
                assert (await get(instance, "/metrics"))[0] == status
                assert (await get(instance, "/healthz"))[0] == 200
                if metrics == "operators":
                    await scraped(instance, local=True)

    run(test())


def test_health_is_the_state_on_disk(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, desk(network={"tls": "required"})) as instance:
            status, _, body = await get(instance, "/healthz")
            assert (status, body) == (200, b"ok\n")

    run(test())
