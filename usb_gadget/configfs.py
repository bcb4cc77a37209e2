"""The privileged part of a gadget: configfs, mounts and their removal – Linux
Documentation/usb/gadget_configfs.rst.

What is to be made is data (`GadgetPlan`, `steps`); making it and clearing it away need root, and nothing else
does. Run in the firmware's own process when that is root, or as a set-up step before it:

    python -m usb_gadget.configfs up <plan.json
    python -m usb_gadget.configfs down NAME

after which the process that owns the plan's user id opens the endpoints and binds the controller.
"""

import contextlib
import ctypes
import errno
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from usb_gadget.descriptors import Speed
from usb_gadget.layout import UsbPrinter

CONFIGFS = Path("/sys/kernel/config/usb_gadget")
CONTROLLERS = Path("/sys/class/udc")
MOUNTS = Path("/run/inkstand-usb")
LANGUAGE = "0x409"
BUSY_SECONDS = 5.0
"""How long a function may take to let go of its files after it was unbound."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")
_SPEEDS = {Speed.FULL: "full-speed", Speed.HIGH: "high-speed", Speed.SUPER: "super-speed"}


class GadgetError(OSError):
    """The gadget cannot be made or removed; the text says why."""


@dataclass(frozen=True)
class KernelFunction:
    """A function that the kernel serves itself, beside the printer: network, serial."""

    kind: str
    """As configfs names it: "ncm", "ecm", "rndis", "acm", "gser"."""
    name: str = "usb0"
    attributes: tuple[tuple[str, str], ...] = ()
    """Files of the function's directory and what to write to them, e.g. ("host_addr", "02:00:…")."""


@dataclass(frozen=True)
class GadgetPlan:
    """A gadget as configfs is told of it; interfaces of the printer come first, so that they are numbered from 0."""

    name: str
    udc: str
    vendor_id: int
    product_id: int
    release: int
    manufacturer: str
    product: str
    serial_number: str
    interfaces: int
    """FunctionFS functions, one interface each."""
    functions: tuple[KernelFunction, ...] = ()
    max_power: int = 2
    self_powered: bool = True
    max_speed: str = "super-speed"
    owner: tuple[int, int] | None = None
    """User and group id of the process that will open the endpoints and bind; None: that of the set-up."""

    @classmethod
    def of(
        cls,
        printer: UsbPrinter,
        interfaces: int,
        udc: str,
        name: str = "inkstand",
        functions: tuple[KernelFunction, ...] = (),
        owner: tuple[int, int] | None = None,
    ) -> "GadgetPlan":
        """The plan of a printer with so many interfaces."""
        return cls(
            name, udc, printer.vendor_id, printer.product_id, printer.release, printer.manufacturer,
            printer.product, printer.serial_number, interfaces, functions, printer.max_power,
            printer.self_powered, _SPEEDS[max(printer.speeds)], owner,
        )  # fmt: skip

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "GadgetPlan":
        """What `to_json` made; GadgetError for names that lead elsewhere: whoever wrote it may be less than root."""
        data: dict[str, Any] = json.loads(text)
        functions = [
            KernelFunction(f["kind"], f["name"], tuple((k, v) for k, v in f["attributes"]))
            for f in data.pop("functions")
        ]
        owner = data.pop("owner")
        inner = [name for f in functions for name in (f.kind, f.name, *dict(f.attributes))]
        wrong = [name for name in (data["name"], data["udc"], *inner) if not _NAME.fullmatch(name)]
        if wrong:
            raise GadgetError(errno.EINVAL, f"a plan with a name that is no name: {wrong[0]!r}")
        return cls(**data, functions=tuple(functions), owner=tuple(owner) if owner else None)

    def function_name(self, interface: int) -> str:
        """Name of a FunctionFS instance, unique in the system."""
        return f"{self.name}.{interface}"

    def mount_point(self, interface: int) -> Path:
        return MOUNTS / self.name / str(interface)

    def is_set_up(self) -> bool:
        """Whether a set-up step has made it for this process: its endpoints may be opened."""
        points = map(self.mount_point, range(self.interfaces))
        return all(os.access(point / "ep0", os.R_OK | os.W_OK) for point in points)


@dataclass(frozen=True)
class Mkdir:
    """Make a directory; configfs fills it."""

    path: str


@dataclass(frozen=True)
class Write:
    """Write an attribute."""

    path: str
    text: str


@dataclass(frozen=True)
class Link:
    """Put a function into the configuration."""

    path: str
    target: str


Step = Mkdir | Write | Link


def steps(plan: GadgetPlan) -> Iterator[Step]:
    """What to do below the gadget's directory in configfs, in order; paths are relative to it."""
    yield Mkdir("")
    numbers = {
        "idVendor": plan.vendor_id, "idProduct": plan.product_id, "bcdDevice": plan.release, "bcdUSB": 0x0200
    }  # fmt: skip
    for name, number in numbers.items():
        yield Write(name, f"{number:#06x}")
    yield Write("max_speed", plan.max_speed)
    yield Mkdir(f"strings/{LANGUAGE}")
    texts = {"manufacturer": plan.manufacturer, "product": plan.product, "serialnumber": plan.serial_number}
    for name, text in texts.items():
        yield Write(f"strings/{LANGUAGE}/{name}", text)
    yield Mkdir("configs/c.1")
    yield Write("configs/c.1/bmAttributes", f"{0x80 | plan.self_powered << 6:#x}")
    yield Write("configs/c.1/MaxPower", str(plan.max_power))
    for interface in range(plan.interfaces):
        function = f"ffs.{plan.function_name(interface)}"
        yield Mkdir(f"functions/{function}")
        yield Link(f"configs/c.1/{function}", f"functions/{function}")
    for extra in plan.functions:
        function = f"{extra.kind}.{extra.name}"
        yield Mkdir(f"functions/{function}")
        for name, text in extra.attributes:
            yield Write(f"functions/{function}/{name}", text)
        yield Link(f"configs/c.1/{function}", f"functions/{function}")


def set_up(plan: GadgetPlan) -> list[Path]:
    """Make the gadget and mount its functions, clearing away what a crashed predecessor left.

    Returns the mount points. The controller is bound later, by `bind`, once the endpoints have been
    described.
    """
    if not (CONTROLLERS / plan.udc).exists():
        have = ", ".join(sorted(p.name for p in CONTROLLERS.glob("*"))) or "none"
        raise GadgetError(f"no USB device controller {plan.udc!r}; there are: {have}")
    if not CONFIGFS.exists():
        raise GadgetError(f"{CONFIGFS} is not there: is configfs mounted and the module libcomposite loaded?")
    tear_down(plan.name)
    try:
        for step in steps(plan):
            _do(CONFIGFS / plan.name, step)
        mounts = [_mount(plan, interface) for interface in range(plan.interfaces)]
        if plan.owner:
            os.chown(CONFIGFS / plan.name / "UDC", *plan.owner)
    except BaseException:
        tear_down(plan.name)
        raise
    return mounts


def _do(gadget: Path, step: Step) -> None:
    path = gadget / step.path
    match step:
        case Mkdir():
            path.mkdir()
        case Write(_, text):
            # Kernels before 5.11 have no max_speed; whatever else is missing is an error.
            if path.name != "max_speed" or path.exists():
                path.write_text(text)
        case Link(_, target):
            path.symlink_to(gadget / target)


def bind(plan: GadgetPlan) -> None:
    """Show the gadget to the host. All endpoints must have been described by now."""
    try:
        (CONFIGFS / plan.name / "UDC").write_text(plan.udc)
    except OSError as error:
        reasons = {
            errno.EBUSY: "another gadget has this controller",
            errno.ENODEV: "a function is not ready",
            524: "the controller has too few endpoints",  # ENOTSUPP, which is not ENOTSUP
        }
        reason = reasons.get(error.errno or 0, error.strerror)
        raise GadgetError(error.errno, f"cannot bind {plan.name} to {plan.udc}: {reason}") from error


def unbind(name: str) -> None:
    """Take the gadget from the host; nothing happens if it was not bound."""
    with contextlib.suppress(FileNotFoundError):
        udc = CONFIGFS / name / "UDC"
        if udc.read_text().strip():
            udc.write_text("\n")


def tear_down(name: str) -> None:
    """Remove gadget `name` and its mounts, whatever state it is in; nothing happens if there is none."""
    unbind(name)
    mounts = MOUNTS / name
    for point in sorted(mounts.glob("*")):
        _unmount(point)
        point.rmdir()
    with contextlib.suppress(FileNotFoundError):
        mounts.rmdir()
    gadget = CONFIGFS / name
    if not gadget.exists():
        return
    for link in gadget.glob("configs/*/*"):
        if link.is_symlink():
            link.unlink()
    for pattern in ("configs/*/strings/*", "configs/*", "functions/*", "strings/*"):
        for directory in gadget.glob(pattern):
            directory.rmdir()
    gadget.rmdir()


def _mount(plan: GadgetPlan, interface: int) -> Path:
    point = plan.mount_point(interface)
    point.mkdir(parents=True)
    uid, gid = plan.owner or (os.getuid(), os.getgid())
    _libc_call("mount", plan.function_name(interface), str(point), "functionfs", 0, f"uid={uid},gid={gid}")
    return point


def _unmount(point: Path) -> None:
    """Unmount, as often as something is mounted there; the functions let go of their files with a little delay."""
    deadline = time.monotonic() + BUSY_SECONDS
    while os.path.ismount(point):
        try:
            _libc_call("umount", str(point))
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            if time.monotonic() > deadline:
                raise GadgetError(errno.EBUSY, f"{point} is in use: does another process serve it?") from error
            time.sleep(0.05)


def _libc_call(name: str, *arguments: str | int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    converted = [a if isinstance(a, int) else a.encode() for a in arguments]
    if getattr(libc, name)(*converted):
        number = ctypes.get_errno()
        raise OSError(number, f"{name} {arguments[0]}: {os.strerror(number)}")


def main(arguments: list[str]) -> int:
    """The set-up step; see the top of this file."""
    match arguments:
        case ["up"]:
            set_up(GadgetPlan.from_json(sys.stdin.read()))
        case ["down", name]:
            tear_down(name)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as error:
        sys.exit(f"usb_gadget.configfs: {error}")
