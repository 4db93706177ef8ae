"""Captures: what happens on emulated HANs as a pcapng file, and beside it the keys that open it.

The emulation carries whole Zigbee packets; the layers around them (MAC, NWK, APS, their security, fragments and
acknowledgements) are built here, for the file only, and its comment says so.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from han.clusters import SMART_ENERGY
from han.frames.aps import Block
from han.frames.keys import stand_in_key
from han.frames.nwk import ALL_RX_ON_WHEN_IDLE
from han.frames.station import Asdu, Station, mac_acknowledgement
from han.link import Fate
from han.network import Han
from han.node import ENDPOINT
from han.pcapng import enhanced_packet, interface_description, section_header
from han.reports import FrameRecord
from schemas.eui import EUI64

KEY_FILE: Final = "zigbee_pc_keys"
"""Name under which Wireshark looks for Zigbee keys in its configuration folder."""
APPLICATION: Final = "dcc-sim"
COMMENT: Final = (
    "Emulated GB Home Area Network. The emulation carries Zigbee packets with their ZCL frames. Built for this capture "
    "around them: IEEE 802.15.4, Zigbee NWK and APS headers, counters, security, fragments, acknowledgements, and the "
    "air time of each frame. Joining and key establishment are not emulated, so that the keys are stand-ins, listed in "
    f"{KEY_FILE} beside this file. A frame's comment gives the number of its message in the trace."
)
_PHY_HEADER = 6
_OCTET = timedelta(microseconds=32)  # 250 kbit/s
_TURNAROUND = timedelta(microseconds=192)  # aTurnaroundTime, 12 symbols
_LONG_SPACE = timedelta(microseconds=640)  # macMinLIFSPeriod, 40 symbols

Observer = Callable[[FrameRecord, int | None], None]


class Capture:
    """One file of any number of HANs.

    It is written as things happen, without a buffer, so that it is whole at any moment. Each frame is sent when the
    emulation sent its packet, or when the air is free after that, and takes its air time.

    Args:
        path: of the pcapng file; an old one is overwritten. The key file in its folder is added to.
        seed: of the keys; the same seed gives the same keys, and the same calls the same file.

    Attributes:
        frames: how many are written; Wireshark numbers them from 1.

    Raises:
        OSError: a file cannot be written, here and whenever a frame is captured.
    """

    def __init__(self, path: Path, seed: int) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        self._keys = path.parent / KEY_FILE
        self._seed = str(seed).encode()
        self._free: datetime | None = None
        self.frames = 0
        os.write(self._file, section_header(COMMENT, APPLICATION) + interface_description("emulated HAN"))

    def watch(self, han: Han) -> Observer:
        """What to call with each packet of ``han``, and the number of its message in the trace if there is one."""
        return _Synthesis(self, han).add

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def key(self, label: str, *parties: EUI64) -> bytes:
        """The key of these parties, written into the key file."""
        key = stand_in_key(self._seed, *parties)
        line = f'"{key.hex().upper()}","Normal","{label}"\n'
        # Another capture in the same folder keeps its keys.
        known = self._keys.read_bytes() if self._keys.exists() else b""
        if line.encode() not in known:
            end = b"\n" if known and not known.endswith(b"\n") else b""
            self._keys.write_bytes(known + end + line.encode())
        return key

    def write(self, earliest: datetime, psdu: bytes, comment: str, space: timedelta = _LONG_SPACE) -> None:
        """Append one frame.

        Args:
            earliest: it is sent then, or ``space`` after the frame before, whatever is later.
        """
        start = earliest if self._free is None else max(earliest, self._free + space)
        os.write(self._file, enhanced_packet(start, psdu, comment))
        self.frames += 1
        self._free = start + (_PHY_HEADER + len(psdu)) * _OCTET


class _Synthesis:
    """The layers of one HAN."""

    def __init__(self, capture: Capture, han: Han) -> None:
        self._capture = capture
        self._han = han
        self._stations: dict[EUI64, Station] = {}
        self._links: dict[frozenset[EUI64], bytes] = {}
        self._network_key = capture.key(f"network key of PAN 0x{han.pan_id:04X}", han.hub)
        self._broadcast: tuple[datetime, EUI64, bytes] | None = None

    def add(self, record: FrameRecord, message: int | None) -> None:
        """Write the frames of one packet."""
        about = "" if message is None else f"message {message}: "
        if record.destination is None:
            self._add_broadcast(record, about)
            return
        source, target = self._station(record.source), self._station(record.destination)
        key = self._link(record.source, record.destination)
        asdu = _asdu(record, source)
        arrives = record.fate in (Fate.SENT, Fate.DUPLICATED)
        blocks = source.data(target.address, asdu, key)
        for number, (block, psdu) in enumerate(blocks, 1):
            part = f", block {number} of {len(blocks)}" if block is not None else ""
            comment = f"{about}{record.description}{part}"
            if not arrives:
                # The emulation loses packets, not blocks: the first one is heard by nobody, and no other follows.
                self._capture.write(record.time, psdu, f"{comment}; {record.fate.value}: nobody acknowledges it")
                return
            if record.fate is Fate.DUPLICATED:
                self._capture.write(record.time, psdu, f"{comment}; its acknowledgement is lost, so it is sent again")
            self._send(record.time, psdu, comment)
            self._acknowledge(record.time, source, target, asdu, key, block, about)

    def _acknowledge(
        self,
        time: datetime,
        source: Station,
        target: Station,
        asdu: Asdu,
        key: bytes,
        block: Block | None,
        about: str,
    ) -> None:
        psdu = target.acknowledge(source.address, asdu, key, block)
        self._send(time, psdu, f"{about}APS acknowledgement, built for this capture")

    def _add_broadcast(self, record: FrameRecord, about: str) -> None:
        # The observer is told once a hearer; on the air it is one frame.
        heard = record.time, record.source, record.zcl
        if heard == self._broadcast:
            return
        self._broadcast = heard
        source = self._station(record.source)
        for _, psdu in source.data(ALL_RX_ON_WHEN_IDLE, _asdu(record, source), None):
            self._capture.write(record.time, psdu, f"{about}{record.description}")

    def _send(self, time: datetime, psdu: bytes, comment: str) -> None:
        self._capture.write(time, psdu, comment)
        self._capture.write(time, mac_acknowledgement(psdu), "MAC acknowledgement, built for this capture", _TURNAROUND)

    def _station(self, eui: EUI64) -> Station:
        station = self._stations.get(eui)
        if station is None:
            station = Station(self._han.address(eui), eui, self._han.pan_id, self._network_key)
            self._stations[eui] = station
        return station

    def _link(self, one: EUI64, other: EUI64) -> bytes:
        pair = frozenset((one, other))
        if pair not in self._links:
            first, second = sorted(pair)
            self._links[pair] = self._capture.key(f"link key {first} {second}", first, second)
        return self._links[pair]


def _asdu(record: FrameRecord, source: Station) -> Asdu:
    return Asdu(record.zcl, record.cluster, SMART_ENERGY, ENDPOINT, ENDPOINT, source.next_counter())
