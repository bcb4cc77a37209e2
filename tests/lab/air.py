"""Radios that are none: the kernel's mac80211_hwsim, with an access point in a network namespace of its own.

The access point's radio carries all networks of the contract (``tests.parts.radio_contract``), each with hostapd's
own beacon, on one bridge with a DHCP server. The other radio, ``wlan1``, is the printer's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.neighbour import Neighbour, avahi, neighbour
from tests.lab.vm import Lab, Process
from tests.parts.radio_contract import AWKWARD, HIDDEN, MODERN, PASSWORD, PLAIN

HOME = "/run/air"
INTERFACE = "wlan1"
ADDRESS = "10.9.9.1"
_WPA2 = "wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase={password}\n"
_WPA3 = "wpa=2\nwpa_key_mgmt=SAE\nrsn_pairwise=CCMP\nieee80211w=2\nsae_password={password}\n"
_RADIO = f"interface=wlan0\ndriver=nl80211\nctrl_interface={HOME}/hostapd\nhw_mode=g\nchannel=1\nbridge=br0\n"


def hostapd_file() -> str:
    """Four networks on one radio."""
    kinds = ((PLAIN, _WPA2), (AWKWARD, _WPA2), (MODERN, _WPA3), (HIDDEN, "ignore_broadcast_ssid=1\n"))
    text = _RADIO
    for number, (ssid, security) in enumerate(kinds):
        text += f"bss=wlan0_{number}\nbridge=br0\n" if number else ""
        text += f"ssid2={ssid.encode().hex()}\nutf8_ssid=1\n" + security.format(password=PASSWORD.decode())
    return text


class AccessPoint:
    """hostapd in a namespace."""

    def __init__(self, where: Neighbour) -> None:
        self.where = where
        self._hostapd: Process | None = None

    def appear(self) -> None:
        self._hostapd = self.where.start(f"hostapd {HOME}/hostapd.conf", "hostapd")
        self.where.lab.wait_for(f"grep -q AP-ENABLED {self._hostapd.log_file}", 30)

    def vanish(self) -> None:
        assert self._hostapd
        self._hostapd.stop()


@contextmanager
def air(lab: Lab) -> Iterator[AccessPoint]:
    """Two radios, and an access point that is on."""
    # Under load the processor's clock is measured wrongly, and time-outs of seconds come far too early.
    lab.run("echo hpet >/sys/devices/system/clocksource/clocksource0/current_clocksource").check()
    # regtest=6: of the kernel's own regulatory domains for tests the one with the fewest channels to scan.
    lab.run("modprobe mac80211_hwsim radios=2 regtest=6 && udevadm settle -t 20").check()
    lab.run(f"mkdir -p {HOME}; cat >{HOME}/hostapd.conf", data=hostapd_file().encode()).check()
    try:
        with neighbour(lab, "ap") as where, avahi(where):
            lab.run(f"iw phy $(cat /sys/class/net/wlan0/phy80211/name) set netns $(cat {where.anchor_file})").check()
            where.run(f"ip link add br0 type bridge; ip addr add {ADDRESS}/24 dev br0; ip link set br0 up")
            point = AccessPoint(where)
            point.appear()
            dnsmasq = where.start(
                "dnsmasq --keep-in-foreground --conf-file=/dev/null --interface=br0 --bind-interfaces --port=0 "
                "--no-ping --dhcp-authoritative --dhcp-range=10.9.9.10,10.9.9.50,1h --user=root "
                f"--dhcp-leasefile={HOME}/leases --pid-file=",
                "dnsmasq",
            )
            try:
                yield point
            finally:
                dnsmasq.stop()
                point.vanish()
    finally:
        lab.run("rmmod mac80211_hwsim")


@contextmanager
def wpa_supplicant(lab: Lab) -> Iterator[None]:
    """As on an image: wpa_supplicant for the interface, systemd-networkd for addresses."""
    netif = "/run/systemd/netif"
    network = "[Match]\\nName=wlan1\\n[Network]\\nDHCP=ipv4\\n"
    lab.run(
        f"printf 'ctrl_interface=/run/wpa_supplicant\\nupdate_config=1\\n' >{HOME}/wpa.conf; "
        f"mkdir -p /run/systemd/network {netif}/links {netif}/leases {netif}/lldp; chown -R systemd-network {netif}; "
        f"printf '{network}' >/run/systemd/network/wlan.network"
    ).check()
    supplicant = lab.start(["wpa_supplicant", "-i", INTERFACE, "-c", f"{HOME}/wpa.conf", "-D", "nl80211"], name="wpa")
    networkd = lab.start(["/lib/systemd/systemd-networkd"], name="networkd")
    try:
        yield
    finally:
        networkd.stop()
        supplicant.stop()


@contextmanager
def networkmanager(lab: Lab) -> Iterator[None]:
    """NetworkManager with the wpa_supplicant that it wants on D-Bus."""
    text = "[main]\\nplugins=keyfile\\ndhcp=internal\\n[keyfile]\\nunmanaged-devices=interface-name:hwsim*\\n"
    text += "[device]\\nwifi.scan-rand-mac-address=no\\n"
    lab.run(f"printf '{text}' >{HOME}/nm.conf; mkdir -p /var/lib/NetworkManager").check()
    supplicant = lab.start(["wpa_supplicant", "-u", "-s"], name="wpa-dbus")
    lab.wait_for("busctl --system status fi.w1.wpa_supplicant1 >/dev/null", 30)
    manager = lab.start(
        ["NetworkManager", "--no-daemon", f"--config={HOME}/nm.conf", f"--config-dir={HOME}/none", "--debug"], name="nm"
    )
    try:
        lab.wait_for(f"nmcli -t -f DEVICE,STATE device | grep -q '{INTERFACE}:disconnected'", 60)
        yield
    finally:
        manager.stop()
        supplicant.stop()
