# make run | test | lab | bench | lint. Everything happens in .venv; nothing is installed elsewhere, but for Debian
# packages that the tests need (as root; otherwise the line to type is shown).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
SOURCES := pyproject.toml $(wildcard raster_ext/*.pyx raster_ext/*.h)

# Shows or, as root, runs the apt line for what is missing: $(call need,packages)
define need
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing $(1)"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $(1) >/dev/null; \
	else echo "Missing: type this, then try again:  sudo apt-get install --no-install-recommends $(1)" >&2; exit 1; fi
endef

.PHONY: run image image-test test test-fast build docs bench lab lint clean host-build host-test host-lab
.DELETE_ON_ERROR:

run: build
	@exec $(BIN)/inkstand run $(ARGS)

build: $(VENV)/.built

host-build:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Inkstand wants Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) -V 2>&1); try make PYTHON=python3.12 …" >&2; exit 1; }
	@missing=; command -v gcc >/dev/null || missing="$$missing gcc libc6-dev"; \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || missing="$$missing python3-venv"; \
	$(PYTHON) -c 'import sysconfig, os, sys; sys.exit(not os.path.exists(sysconfig.get_paths()["include"] + "/Python.h"))' \
		|| missing="$$missing python3-dev"; \
	if [ -n "$$missing" ]; then $(call need,$$missing); fi

$(VENV)/bin/python: | host-build
	@echo "making $(VENV)"; $(PYTHON) -m venv $(VENV)

$(VENV)/.built: $(SOURCES) | $(VENV)/bin/python
	@echo "building (about a minute)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# One build for both: what the tests need comes with it.
$(VENV)/.test-built: $(SOURCES) | $(VENV)/bin/python
	@echo "building, installing what the tests need (two minutes)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $(VENV)/.built $@

# Debian packages of the tests: peers, clients and other people's writers.
DEB_TEST := cups cups-client cups-ipp-utils cups-filters ghostscript mupdf-tools poppler-utils libcups2-dev \
	libcupsimage2-dev gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user fonts-dejavu-core wrk \
	openssl apt dpkg squashfs-tools cryptsetup-bin dosfstools mtools e2fsprogs fdisk u-boot-tools kmod zstd xz-utils \
	device-tree-compiler systemd busybox-static debian-archive-keyring
# What the laboratory adds: the virtual machine, and what runs as the USB host inside it.
DEB_LAB := qemu-system-x86 busybox-static kmod udev usbutils usbip libaio1 libusb-1.0-0 dbus avahi-daemon ipp-usb cups \
	cups-client cups-ipp-utils avahi-utils hostapd wpasupplicant network-manager iw dnsmasq-base gcc xz-utils
missing-of = missing=; for package in $(1); do dpkg-query -W -f '$${Status}' $$package 2>/dev/null | \
	grep -q 'ok installed' || missing="$$missing $$package"; done; if [ -n "$$missing" ]; then $(call need,$$missing); fi

host-test:
	@$(call missing-of,$(DEB_TEST) $(DEB_LAB))

# What an image is made with, and the emulator that tries it.
DEB_IMAGE := apt dpkg squashfs-tools cryptsetup-bin dosfstools mtools e2fsprogs fdisk u-boot-tools kmod zstd xz-utils \
	device-tree-compiler gcc-aarch64-linux-gnu libc6-dev-arm64-cross binutils debian-archive-keyring

DEB_IMAGE_TEST := qemu-system-arm ghostscript

host-lab:
	@$(call missing-of,$(DEB_LAB))

# The fast tests first.
test: $(VENV)/.test-built host-test lint docs test-fast
	$(BIN)/python -m pytest -q tests/conformance
	$(BIN)/python -m pytest -q tests/clients
	$(BIN)/python -m pytest -q tests/hostile
	$(BIN)/python -m pytest -q tests/lab --junitxml=build/lab.xml

# A virtual machine with the kernel's own USB stack: LAB='run COMMAND' runs a shell line in it instead of the tests.
lab: $(VENV)/.test-built host-lab
	$(BIN)/python -m tests.lab $(LAB)

# One file to write to a card: make image BOARD=pi-zero-2w [ARGS="--model my.toml --board my-board.toml"]
BOARD ?=
image: $(VENV)/.test-built
	@$(call missing-of,$(DEB_IMAGE))
	@$(BIN)/python -m board.image $(BOARD) $(ARGS)

# The image in an emulated board: twenty minutes and more. ARGS="boot" does a part of it: twice, boot, power.
image-test: $(VENV)/.test-built
	@$(call missing-of,$(DEB_IMAGE) $(DEB_IMAGE_TEST))
	$(BIN)/python -m tests.image $(ARGS)

test-fast: $(VENV)/.test-built
	$(BIN)/python -m pytest -q -n auto --dist loadfile tests/ipp tests/core tests/features tests/document tests/raster tests/parts tests/usb \
		tests/house tests/runtime tests/net tests/board tests/image

lint: $(VENV)/.test-built
	$(BIN)/ruff check .
	$(BIN)/mypy

# docs/conformance.md: what is supported, where, and tested by.
docs: $(VENV)/.test-built
	@$(BIN)/python -m tests.house.conformance

bench: $(VENV)/.test-built host-test
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) build dist *.egg-info
