"""``inkstand probe``: the other end of the cable, for any printer."""

from __future__ import annotations

import errno
import json
from typing import Any

import click

from firmware.ipp import MalformedMessage, Message, decode
from firmware.ipp.dump import dump_attribute
from usb_gadget.descriptors import DescriptorError
from usb_gadget.host import UsbDevice, find
from usb_gadget.host_checks import Finding, Probe, Severity, examine

SHOWN = (
    "printer-make-and-model",
    "printer-uuid",
    "printer-state",
    "printer-state-reasons",
    "ipp-versions-supported",
    "ipp-features-supported",
    "document-format-supported",
    "urf-supported",
    "media-ready",
)
_MARKS = {Severity.ERROR: "ERROR  ", Severity.WARNING: "warning", Severity.NOTE: "note   "}


class ProbeFailure(Exception):
    """The bus can't be looked at: one line, with what to do."""


def probe_bus(everything: bool, as_json: bool) -> bool:
    """Show every printer found; False when there is none, or one has an error."""
    try:
        devices = find(ipp_usb=not everything)
    except Exception as error:
        raise ProbeFailure(f"can't reach the USB bus: {error} (libusb: apt-get install libusb-1.0-0)") from error
    if not devices:
        what = "USB printer" if everything else "IPP-USB printer (try --all)"
        raise ProbeFailure(f"no {what} on this machine's bus")
    results = []
    for device in devices:
        probe = Probe(device, ipp_status=_status)
        try:
            if _in_use(device):
                raise ProbeFailure(f"{device}: in use by another program: stop it first (systemctl stop ipp-usb)")
            findings = examine(probe)
        except PermissionError as error:
            raise ProbeFailure(f"{device}: no permission: run as root, or stop ipp-usb first") from error
        finally:
            device.close()
        results.append((device, probe, findings))
    if as_json:
        click.echo(json.dumps([_as_json(*result) for result in results], indent=2))
    else:
        click.echo("\n\n".join("\n".join(_lines(*result)) for result in results))
    return not any(finding.severity is Severity.ERROR for _, _, findings in results for finding in findings)


def _in_use(device: UsbDevice) -> bool:
    """Whether another program has an interface: nothing could be asked on it, which is no fault of the printer."""
    for setting in device.settings():
        try:
            with device.open(setting):
                pass
        except OSError as error:
            if error.errno == errno.EBUSY:
                return True
        except DescriptorError:
            pass  # to be found by the checks
    return False


def _status(octets: bytes) -> int:
    return decode(octets)[0].code


def _message(probe: Probe) -> Message | None:
    try:
        return decode(probe.attributes)[0] if probe.attributes else None
    except MalformedMessage:
        return None


def _attributes(probe: Probe) -> list[str]:
    message = _message(probe)
    if message is None:
        return []
    return [dump_attribute(attribute) for group in message.groups for attribute in group if attribute.name in SHOWN]


def _lines(device: UsbDevice, probe: Probe, findings: list[Finding]) -> list[str]:
    lines = [str(device)]
    lines += [f"  {key:14} {value}" for key, value in probe.names.items()]
    lines.append(f"  {'device id':14} {probe.device_id or '–'}")
    claims = probe.class_descriptor
    lines.append(f"  {'capabilities':14} {claims.capabilities if claims is not None else 'not told'}")
    for setting in probe.settings:
        lines.append(f"  {'IPP-USB':14} interface {setting.number}, alternate setting {setting.alternate}")
    lines += [f"  {line}" for line in _attributes(probe)]
    lines += [f"  {_MARKS[finding.severity]} {finding.check}: {finding.text}" for finding in findings]
    return lines if findings else [*lines, "  Nothing is out of order."]


def _as_json(device: UsbDevice, probe: Probe, findings: list[Finding]) -> dict[str, Any]:
    return {
        "device": str(device),
        "names": probe.names,
        "device-id": probe.device_id,
        "interfaces": [{"number": each.number, "alternate": each.alternate} for each in probe.settings],
        "attributes": _attributes(probe),
        "findings": [
            {"severity": finding.severity.value, "check": finding.check, "text": finding.text} for finding in findings
        ],
    }
