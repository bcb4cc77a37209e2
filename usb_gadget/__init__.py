"""The plug: IPP-USB descriptors as data, and the ways to be such a device.

A leaf package. It knows USB and IPP-USB; not IPP, not printers, and it imports nothing of ours.
"""
