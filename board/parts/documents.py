"""Documents beside their sheets: for laboratories that want to see what a client really sent."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable

from board.parts.sink_virtual import VirtualSink
from firmware.core.events import DocumentToPrint, PrintJob
from firmware.runtime.spool import Spool

log = logging.getLogger("inkstand.documents")

ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/pwg-raster": "pwg",
    "image/urf": "urf",
    "application/PCLm": "pclm",
    "text/plain": "txt",
}
PACKED = {"gzip": ".gz", "deflate": ".zz"}


def keep_documents(sink: VirtualSink, spool: Spool) -> Callable[[PrintJob], None]:
    """Copies a job's documents, as they came, into the folder of its sheets: ``document-1.pdf``."""

    def keep(order: PrintJob) -> None:
        folder = sink.folder
        if folder is None:
            return
        for document in order.documents:
            source = spool.path(order.printer_id, order.job_id, document.number)
            try:
                shutil.copyfile(source, folder / name_of(document))
            except OSError as error:
                log.warning("document not kept", extra={"job": order.job_id, "error": str(error)})

    return keep


def name_of(document: DocumentToPrint) -> str:
    ending = ENDINGS.get(document.format, "bin")
    return f"document-{document.number}.{ending}{PACKED.get(document.compression, '')}"
