"""What is out of order with an IPP-USB printer, as hosts would find it – for any printer.

Each check is a generator of findings about a `Probe`; none of them prints or changes anything but the state
of a pipe. `examine` runs them all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from usb_gadget.descriptors import (
    Capabilities,
    ConfigurationDescriptor,
    DescriptorError,
    InterfaceDescriptor,
    IppUsbDescriptor,
)
from usb_gadget.host import Channel, UsbDevice, get_printer_attributes
from usb_gadget.host_http import HttpResponse, exchange, request_bytes

FRAMING_TIMEOUT = 5.0
"""Seconds that `ipp-usb` waits for an answer while it takes a device."""


class Severity(Enum):
    """How bad a finding is."""

    ERROR = "error"
    """Hosts do not take the printer, or cannot use it."""
    WARNING = "warning"
    """Hosts work around it, or some do."""
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """Something out of order."""

    severity: Severity
    check: str
    text: str


@dataclass
class Probe:
    """A device and what was learnt of it on the way."""

    device: UsbDevice
    names: dict[str, str] = field(default_factory=dict)
    configuration: ConfigurationDescriptor | None = None
    class_descriptor: IppUsbDescriptor | None = None
    device_id: str = ""
    attributes: bytes = b""
    """Body of the answer to Get-Printer-Attributes."""
    ipp_status: Callable[[bytes], int] | None = None
    """Status code of an IPP message, given by someone who understands IPP; ValueError if it is none."""

    @property
    def settings(self) -> list[InterfaceDescriptor]:
        """IPP-USB alternate settings."""
        return [i for i in self.configuration.interfaces if i.is_ipp_usb] if self.configuration else []


Findings = Iterator[tuple[Severity, str]]
Check = Callable[[Probe], Findings]
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def strings(probe: Probe) -> Findings:
    """Manufacturer, product and serial number can be read and are not empty."""
    probe.names = probe.device.names()
    for name, text in probe.names.items():
        if not text:
            yield ERROR, f"no {name.replace('_', ' ')}: ipp-usb since 0.9.31 does not take the device"


def configuration(probe: Probe) -> Findings:
    """The configuration can be read, and is the one in force."""
    try:
        probe.configuration = probe.device.configuration()
    except (DescriptorError, OSError) as error:
        yield ERROR, f"the configuration cannot be read: {error}"
        return
    value = probe.device.control(0x80, 8, length=1)[0]
    if value != probe.configuration.value:
        yield WARNING, f"GET_CONFIGURATION says {value}, the configuration has {probe.configuration.value}"
    numbers = probe.configuration.numbers()
    if numbers != list(range(len(numbers))):
        yield WARNING, f"interface numbers are not contiguous: {numbers}"


def interfaces(probe: Probe) -> Findings:
    """Two IPP-USB interfaces or more, each with one bulk pair of the right packet size."""
    settings = probe.settings
    if len(settings) < 2:
        yield ERROR, f"{len(settings)} IPP-USB interface(s); hosts want two or more"
    for setting in settings:
        where = f"interface {setting.number}, alternate setting {setting.alternate}"
        if setting.triple != (7, 1, 4):
            yield WARNING, f"{where}: class {setting.triple}, known to hosts for one vendor only"
        for direction in (False, True):
            found = [e for e in setting.endpoints if e.is_bulk and e.is_in == direction]
            if len(found) != 1:
                yield ERROR, f"{where}: {len(found)} bulk {'IN' if direction else 'OUT'} endpoints"
            speed = probe.device.speed
            for endpoint in found if speed else []:
                assert speed is not None
                if endpoint.max_packet_size != speed.bulk_packet_size:
                    yield WARNING, f"{where}: packets of {endpoint.max_packet_size} at {speed.name} speed"


def class_descriptor(probe: Probe) -> Findings:
    """Descriptor 0x21 is there and says something."""
    try:
        probe.class_descriptor = probe.device.class_descriptor()
    except OSError:
        yield NOTE, "no class descriptor 0x21: hosts assume printing, scanning and fax (all Linux gadgets are so)"
        return
    except DescriptorError as error:
        yield WARNING, f"class descriptor 0x21: {error}"
        return
    if not probe.class_descriptor.capabilities:
        yield WARNING, "class descriptor 0x21 names no capability: hosts assume all"


def identity(probe: Probe) -> Findings:
    """GET_DEVICE_ID answers on every printer interface, and names maker, model and command set."""
    for setting in probe.settings:
        try:
            text = probe.device.device_id(setting)
        except (OSError, DescriptorError) as error:
            yield WARNING, f"GET_DEVICE_ID on interface {setting.number}: {error}"
            continue
        probe.device_id = probe.device_id or text
        if text != probe.device_id:
            yield WARNING, f"the device id of interface {setting.number} is another one: {text}"
    keys = {part.partition(":")[0].strip().upper() for part in probe.device_id.split(";")}
    for names in ({"MFG", "MANUFACTURER"}, {"MDL", "MODEL"}, {"CMD", "COMMAND SET"}):
        if probe.device_id and not keys & names:
            yield WARNING, f"the device id lacks {' or '.join(sorted(names))}"


def port_status(probe: Probe) -> Findings:
    """GET_PORT_STATUS answers."""
    for setting in probe.settings[:1]:
        try:
            probe.device.port_status(setting)
        except (OSError, IndexError) as error:
            yield NOTE, f"GET_PORT_STATUS on interface {setting.number}: {error}"


def attributes(probe: Probe) -> Findings:
    """Get-Printer-Attributes is answered on every IPP-USB interface."""
    for setting in probe.settings:
        where = f"interface {setting.number}"
        try:
            with probe.device.open(setting) as channel:
                if stale := channel.drain():
                    yield WARNING, f"{where}: {stale} octets of an earlier session"
                answer = channel.post_ipp("/ipp/print", get_printer_attributes(), FRAMING_TIMEOUT)
        except (OSError, DescriptorError) as error:
            yield ERROR, f"{where}: Get-Printer-Attributes: {error}"
            continue
        yield from _judge(probe, where, answer)


def _judge(probe: Probe, where: str, answer: HttpResponse) -> Findings:
    if answer.status != 200:
        yield ERROR, f"{where}: Get-Printer-Attributes: HTTP status {answer.status}"
        return
    if not answer.fields.get("content-type", "").startswith("application/ipp"):
        yield WARNING, f"{where}: IPP with Content-Type {answer.fields.get('content-type')!r}"
    if answer.empty_reads > 1:
        yield NOTE, f"{where}: {answer.empty_reads} zero-length packets in one answer slow hosts down"
    if probe.ipp_status:
        try:
            status = probe.ipp_status(answer.body)
        except ValueError as error:
            yield ERROR, f"{where}: not an IPP message: {error}"
            return
        if status >= 0x100:
            yield ERROR, f"{where}: Get-Printer-Attributes: IPP status {status:#06x}"
    probe.attributes = probe.attributes or answer.body


def framing(probe: Probe) -> Findings:
    """Requests that end with a full packet, and either Connection field, are answered alike."""
    for setting in probe.settings[:1]:
        try:
            with probe.device.open(setting) as channel:
                yield from _framing(channel)
        except (OSError, DescriptorError) as error:
            yield ERROR, f"interface {setting.number}: {error}"


def _framing(channel: Channel) -> Findings:
    message = get_printer_attributes()
    fields = {"Content-Type": "application/ipp"}
    for total in (1024, 4096):
        data = request_bytes("POST", "/ipp/print", message, fields, total)
        if (problem := _answers(channel, data)) and len(data) == total:
            yield ERROR, f"a request of {total} octets without a zero-length packet: {problem}"
    for value in ("close", "keep-alive"):
        data = request_bytes("POST", "/ipp/print", message, {**fields, "Connection": value})
        if problem := _answers(channel, data):
            yield WARNING, f"with Connection: {value}: {problem}"


def _answers(channel: Channel, data: bytes) -> str:
    """What is wrong with the answer, "" if nothing."""
    try:
        exchange(channel, data, FRAMING_TIMEOUT)
    except OSError as error:
        return str(error) or type(error).__name__
    return ""


def services(probe: Probe) -> Findings:
    """What the device claims or hosts take for granted is answered: with a framed refusal at least."""
    claimed = probe.class_descriptor.capabilities if probe.class_descriptor else Capabilities(0)
    wanted = (
        (Capabilities.FAX, "fax", "POST", "/ipp/faxout", get_printer_attributes("ipp://localhost/ipp/faxout")),
        (Capabilities.SCAN, "scanner", "GET", "/eSCL/ScannerCapabilities", None),
    )
    for setting in probe.settings[:1]:
        for capability, name, method, path, body in wanted:
            try:
                with probe.device.open(setting) as channel:
                    fields = {"Content-Type": "application/ipp"} if body else {}
                    answer = channel.request(method, path, body, fields, FRAMING_TIMEOUT)
            except (OSError, DescriptorError) as error:
                yield ERROR, f"{path}: {error or type(error).__name__}; hosts ask it while they take the device"
                continue
            if claimed & capability and answer.status != 200:
                yield WARNING, f"a {name} is claimed, but {path} answers {answer.status}"


CHECKS: tuple[Check, ...] = (
    strings, configuration, interfaces, class_descriptor, identity, port_status, attributes, framing, services
)  # fmt: skip


def examine(probe: Probe) -> list[Finding]:
    """All findings; `probe` is filled on the way."""
    found = []
    for check in CHECKS:
        try:
            found += [Finding(severity, check.__name__, text) for severity, text in check(probe)]
        except OSError as error:
            found.append(Finding(ERROR, check.__name__, str(error) or type(error).__name__))
    return found
