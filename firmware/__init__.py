"""The printer. The journey of a page, for those who are new here:

A client POSTs to ``/ipp/print``. Whatever carried the octets (TCP today, a USB cable tomorrow), aiohttp makes HTTP of
them and ``net.ipp`` feeds the body to ``ipp.Decoder`` until a whole ``Message`` is there. ``net.auth`` says who calls.

``core.engine`` – pure, it never waits – checks the request (``core.validate``) and hands a ``Call`` to the room that
has the operation: for Print-Job that is ``features.submission``. The room makes a ``Job`` and a ``Document`` and
answers with a ``Reply`` that wants the document's data.

``net.intake`` streams the rest of the body into ``runtime.spool``. As soon as a job can start, ``core.scheduler``
resolves its attributes into a ``core.ticket.Ticket`` and puts the order ``PrintJob`` into the outbox.
``runtime.press`` takes it to its worker thread, where ``document.pipeline`` turns octets into pages of bands,
``document.layout`` puts pages on sheets, and the board's ``PageSink`` marks them.

What happens on paper comes back as facts (``core.events``): ``ImpressionDone``, ``SheetDone``, ``JobDone``. Counters,
states and supplies move by them alone. Whatever changed, ``runtime.keeper`` has on disk before the client hears "ok".

Where things go: a new operation or attribute is one declaration in one room of ``features`` and one test in the test
file of the same name. A new kind of hardware is a part in ``board.parts`` behind a port in ``ports``.
"""
