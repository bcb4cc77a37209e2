"""The page: a printer to look at and to touch.

It is a client of the same attributes and operations as everybody else: what it shows comes from ``Visit.said`` (what
IPP tells this caller) and from the simulated parts, what it does are IPP operations (``Visit.operate``) and
``Part.set``. It reads without JavaScript; with it, it is live.

How a view is added
-------------------
1. A module here with a class that satisfies ``site.View``: ``name`` and ``title`` for the navigation, ``path`` where
   it stands, ``routes()`` for all that it serves. A handler begins with ``visit = self._site.visit(request)`` and
   ends with ``visit.page("queue.html", lambda: {"jobs": …})``.
2. A template in ``templates/`` that extends ``shell.html`` and fills the blocks ``title`` and ``main``. Everything
   that it shows is escaped. ``_("Queue")`` is the text in the reader's language (``languages/*.toml``; English is the
   key, and what is not there stays English). The content security policy allows no inline style and no inline script:
   classes, SVG attributes, ``<meter>`` and ``<progress>`` do.
3. A line in ``views.VIEWS``.

What is live: an element with an ``id`` and ``data-live="job printer"`` is brought up to date when one of these topics
is told of (``static/live.js`` asks for the page again and changes what differs; what has the focus keeps it).
Topics come from ``feed.Feed``: ``printer``, ``job``, ``sheet``, ``part``; a view may publish its own
(``site.feed.publish("trace", {…})``), and a module of its own in ``static/`` hears them with
``import { on } from "./live.js"; on("trace", data => …)``. A view's script is named in the block ``scripts``:
``<script type="module" src="/static/lab.js"></script>``.

Forms post to routes of the view and work without JavaScript: ``visit.form()`` reads them, ``visit.done(message)``
answers (back to where the form stood, or JSON to ``static/forms.js``). The gate has refused what comes from other
sites before; ``visit.require(Role.OPERATOR)`` asks for a role. Pages are remembered until something happens, so that
many browsers cost as little as one: a page that depends on more than ``Visit.audience`` says ``fresh=True``.
"""
