"""The image: one file that makes a card, and a card that makes a board a printer.

    python -m board.image pi-zero-2w

A *target* (``targets/*.toml``) is a board as the image sees it: kernel, device tree, boot files. The way from
packages to a card:

    debian     apt decides on packages and says their hashes; the cache keeps them, `Record` names them
    wheels     the same for Python: locked requirements; our own extensions by the cross compiler
    rootfs     packages unpacked and finished on this machine: no program of the target runs
    verity     squashfs with a hash tree: the root of a slot
    initramfs  what finds the slot, proves it and mounts it
    slot       header, kernel, initramfs and device tree in front of the root: all that an update replaces
    disk       boot partition, slots A and B, data: the card
    sbom       what is inside, as CycloneDX

Nothing here needs root, loop devices or an emulator. The same record and cache give the same octets.

The card, in MiB:

    0  MBR        1  boot state (two sectors)       4  boot, FAT       68  slot A       slot B       data, grows
"""
