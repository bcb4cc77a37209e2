"""The real controller: endpoints of FunctionFS on the event loop, without threads.

The one importer of the `functionfs` package (GPL-3.0-or-later) and of `libaio`, which it brings. Each printer
interface is a FunctionFS function of its own, so that SET_INTERFACE on one leaves the others alone. What the
kernel's composite layer makes of the rest is in `configfs`.

Of Linux' drivers/usb/gadget/function/f_fs.c, as far as it matters here: enabling a function again disables it
first, which ends its transfers with ESHUTDOWN; what is submitted before the ENABLE event has been read may
belong to either side of that. So nothing is submitted between ESHUTDOWN and ENABLE, and before the first
transfer of an idle endpoint pending events are read.
"""

import asyncio
import errno
import fcntl
import logging
import mmap
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import functionfs
from functionfs import ch9

from usb_gadget.device import Setup
from usb_gadget.endpoint import TRANSFER_LIMIT

logger = logging.getLogger(__name__)
libaio = functionfs.libaio

DEPTH = 64
"""Transfers of one interface that may be under way."""


class Transfers:
    """The asynchronous transfers of one interface: an AIO context and the eventfd that announces completions."""

    def __init__(self) -> None:
        self._context = libaio.AIOContext(DEPTH)
        self.eventfd = libaio.EventFD(flags=libaio.EFD_NONBLOCK | libaio.EFD_CLOEXEC)

    def submit(self, block: Any) -> None:
        """Start a transfer; OSError(EAGAIN or ESHUTDOWN) if the endpoint is not enabled."""
        self._context.submit((block,))

    def cancel(self, block: Any) -> None:
        """Ask for its end; it completes sooner or later."""
        try:
            self._context.cancel(block)
        except OSError as error:
            if _number(error) not in (errno.EINVAL, errno.EAGAIN):  # completed meanwhile
                raise

    def collect(self) -> None:
        """Call the completion callbacks that are due."""
        self._context.getEvents(0)

    def readable(self) -> None:
        """The eventfd is readable."""
        try:
            self.eventfd.read()
        except OSError as error:
            if _number(error) != errno.EAGAIN:
                raise
        self.collect()

    def close(self) -> None:
        """Wait for what is under way, which must have been ended."""
        self._context.close()
        self.eventfd.close()


def _number(error: OSError) -> int:
    """Its error number; the packages below raise some with the number as the only argument."""
    return error.errno if error.errno is not None else int(error.args[0])


class FunctionfsOut:
    """Host to device."""

    transfer_size = 1 * TRANSFER_LIMIT

    def __init__(self, transfers: Transfers, file: Any, settle: Callable[[], None]) -> None:
        self._transfers, self._file, self._settle = transfers, file, settle
        self._received: Callable[[memoryview], None] = lambda data: None
        self._free: list[_Read] = []
        self._busy: deque[_Read] = deque()
        self.packet_size = 512
        self.enabled = False

    def open(self, received: Callable[[memoryview], None]) -> None:
        self._received = received

    def read(self, size: int) -> None:
        if not self._busy:
            self._settle()
        if not self.enabled:
            return  # enabling makes everything fresh
        read = self._free.pop() if self._free else _Read(self._transfers, self._file, self._complete)
        read.size = size
        self._busy.append(read)
        try:
            self._transfers.submit(read.block)
        except OSError as error:
            self._busy.pop()
            self._free.append(read)
            self.enabled = False
            if _number(error) not in (errno.EAGAIN, errno.ESHUTDOWN, errno.ENODEV, errno.EINTR):
                raise

    def cancel(self) -> None:
        self._transfers.collect()
        while self._busy:
            read = self._busy.popleft()
            read.current = False  # it goes back to the free ones when it completes
            self._transfers.cancel(read.block)

    def _complete(self, read: "_Read", result: int) -> None:
        self._free.append(read)
        if not read.current:
            read.current = True
            return
        self._busy.popleft()
        if result >= 0:
            self._received(read.buffer[:result])
        else:
            self.enabled = False
            _report("OUT", result)


class _Read:
    """A buffer and the AIO block that fills it."""

    def __init__(self, transfers: Transfers, file: Any, done: Callable[["_Read", int], None]) -> None:
        self.buffer = memoryview(mmap.mmap(-1, 1 * TRANSFER_LIMIT))  # page-aligned, as some controllers need it
        self.current = True
        self._done = done
        self._size = 1 * TRANSFER_LIMIT
        self.block = libaio.AIOBlock(
            mode=libaio.AIOBLOCK_MODE_READ, target_file=file, buffer_list=(self.buffer,), offset=0,
            eventfd=transfers.eventfd, onCompletion=self._completed,
        )  # fmt: skip

    @property
    def size(self) -> int:
        """Octets to be read at most."""
        return self._size

    @size.setter
    def size(self, size: int) -> None:
        if size != self._size:
            self._size = size
            self.block.buffer_list = (self.buffer[:size],)

    def _completed(self, _block: Any, result: int, _same: int) -> None:
        self._done(self, result)


class FunctionfsIn:
    """Device to host."""

    def __init__(self, transfers: Transfers, file: Any, settle: Callable[[], None]) -> None:
        self._transfers, self._file, self._settle = transfers, file, settle
        self._sent: Callable[[], None] = lambda: None
        self._busy: deque[Any] = deque()
        self._dead: set[Any] = set()
        self._halting = False
        self.packet_size = 512
        self.enabled = False

    def open(self, sent: Callable[[], None]) -> None:
        self._sent = sent

    def write(self, data: bytes) -> None:
        if not self._busy:
            self._settle()
        if not self.enabled:
            return
        buffers = (bytearray(data),) if data else ()  # the package wants them mutable
        block = libaio.AIOBlock(
            mode=libaio.AIOBLOCK_MODE_WRITE, target_file=self._file, buffer_list=buffers, offset=0,
            eventfd=self._transfers.eventfd, onCompletion=self._complete,
        )  # fmt: skip
        self._busy.append(block)
        try:
            self._transfers.submit(block)
        except OSError as error:
            self._busy.pop()
            self.enabled = False
            if _number(error) not in (errno.EAGAIN, errno.ESHUTDOWN, errno.ENODEV, errno.EINTR):
                raise

    def cancel(self) -> None:
        self._transfers.collect()
        while self._busy:
            block = self._busy.popleft()
            self._dead.add(block)
            self._transfers.cancel(block)

    def halt(self) -> None:
        try:
            self._file.halt()
        except OSError as error:
            logger.warning("IN endpoint does not halt: %s", error)

    def _complete(self, block: Any, result: int, _same: int) -> None:
        if block in self._dead:
            self._dead.discard(block)
            return
        self._busy.popleft()
        if result >= 0:
            self._sent()
        else:
            self.enabled = False
            _report("IN", result)


def _report(direction: str, result: int) -> None:
    """Log a transfer that did not end as transfers of a disabled endpoint do."""
    if -result not in (errno.ESHUTDOWN, errno.ECONNRESET, errno.EAGAIN):
        logger.warning("%s transfer: %s", direction, os.strerror(-result))


Events = Callable[[str], None]
Control = Callable[[Setup], bytes | None]


class Function(functionfs.Function):  # type: ignore[misc]
    """A FunctionFS function with one interface and one bulk pair."""

    def __init__(self, path: Path, triple: tuple[int, int, int], control: Control, event: Events) -> None:
        """`control` answers class requests, None for a stall; `event`: "enable", "disable", "suspend", "resume"."""
        self._control, self._event = control, event
        full, high, fast = functionfs.getInterfaceInAllSpeeds(
            interface={
                "bInterfaceNumber": 0, "bAlternateSetting": 0, "bInterfaceClass": triple[0],
                "bInterfaceSubClass": triple[1], "bInterfaceProtocol": triple[2], "iInterface": 0,
            },
            endpoint_list=[_bulk(1), _bulk(2 | ch9.USB_DIR_IN)],
        )  # fmt: skip
        super().__init__(
            str(path), fs_list=full, hs_list=high, ss_list=fast, all_ctrl_recip=True,
            # The package's own reads are never started: they know no back-pressure and no speed but the
            # highest.
            out_aio_blocks_per_endpoint=1, out_aio_blocks_max_packet_count=1,
        )  # fmt: skip
        self.transfers = Transfers()
        self._settling = False

    def open(self) -> None:
        """Describe the endpoints to the kernel and open them; events come from now on."""
        self.__enter__()
        out, in_ = self.getEndpoint(1), self.getEndpoint(2)
        for file in (out, in_):
            # Without this a transfer on an endpoint that is not enabled would wait in io_submit.
            fcntl.fcntl(file, fcntl.F_SETFL, fcntl.fcntl(file, fcntl.F_GETFL) | os.O_NONBLOCK)
        self.out = FunctionfsOut(self.transfers, out, self._settle)
        self.in_ = FunctionfsIn(self.transfers, in_, self._settle)
        loop = asyncio.get_running_loop()
        loop.add_reader(self.eventfd.fileno(), self._readable)
        loop.add_reader(self.transfers.eventfd.fileno(), self.transfers.readable)

    def close(self) -> None:
        """Let go of all files; the gadget must have been unbound."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.eventfd.fileno())
        loop.remove_reader(self.transfers.eventfd.fileno())
        self.out.cancel()
        self.in_.cancel()
        self.__exit__(None, None, None)
        self.transfers.close()
        self.eventfd.close()

    def has_interface(self, number: int) -> bool:
        """Whether the host knows this function's interface by that number; only while enabled."""
        # The kernel's answer is the other way round than the package's documentation: bus number in, ours out.
        return self.ep0.getRealInterfaceNumber(number) is not None

    def _readable(self) -> None:
        self.transfers.collect()  # what was completed before an event comes before it
        self._settle()

    def _settle(self) -> None:
        """Handle events that are due, before a transfer is started – unless one is being handled.

        A request that has not been answered is answered by the next read of endpoint 0, so nothing may read it.
        """
        if not self._settling:
            self._settling = True
            try:
                self.processEvents()
            finally:
                self._settling = False

    # Called by the package

    def onEnable(self) -> None:
        for endpoint, file in (self.out, self.getEndpoint(1)), (self.in_, self.getEndpoint(2)):
            endpoint.packet_size = file.getDescriptor().wMaxPacketSize  # that of the speed in force
            endpoint.enabled = True
        self._event("enable")

    def onDisable(self) -> None:
        self.out.enabled = self.in_.enabled = False
        self._event("disable")

    def onUnbind(self) -> None:
        self.onDisable()

    def onSuspend(self) -> None:
        self._event("suspend")

    def onResume(self) -> None:
        self._event("resume")

    def onSetup(self, request_type: int, request: int, value: int, index: int, length: int) -> None:
        setup = Setup(request_type, request, value, index, length)
        if setup.kind == 0x00:
            super().onSetup(request_type, request, value, index, length)
            return
        answer = self._control(setup)
        try:
            if answer is None:
                self.ep0.halt(request_type)
            elif setup.is_in:
                self.ep0.write(answer)
            else:
                self.ep0.read(0)  # the status stage
        except OSError as error:
            if error.errno != errno.EIDRM:  # the host has gone on to another request
                raise


def _bulk(address: int) -> dict[str, Any]:
    return {
        "endpoint": {"bEndpointAddress": address, "bmAttributes": ch9.USB_ENDPOINT_XFER_BULK},
        "superspeed": {"bMaxBurst": 0, "bmAttributes": 0, "wBytesPerInterval": 0},
    }
