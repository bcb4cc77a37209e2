"""Document formats. ``pwg``, ``urf`` and ``pclm`` are read in the press's own process as they arrive; ``pdf``,
``jpeg``, ``png`` and ``text`` only in the renderer process (``firmware.document.worker``), which imports
nothing else of the project.
"""
