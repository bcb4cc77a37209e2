"""The workbench: documents in, sheets out. Runs in the press's worker thread.

job        what the press is given and tells          pipeline   one job from documents to sink
documents  a spooled source becomes an open document  stages     compression, finding out formats
layout     which page on which side of which sheet    placement  where on the side
compose    a side's pixels                            lines      cropping, scaling, turning as lines come
kinds      colour modes and pixel kinds               pagestore  going back to pages and sides
rendered   PDF, JPEG, PNG, text, drawn by a process   renderer   that process, seen from here
worker     that process, seen from within             sandbox    what it may do
"""
