"""Captures: the frames of emulated HANs as a pcapng file, and beside it the keys that open it."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from han.network import Han
from han.pcapng import enhanced_packet, interface_description, section_header

KEY_FILE: Final = "zigbee_pc_keys"
"""Name under which Wireshark looks for Zigbee keys in its configuration folder."""
APPLICATION: Final = "dcc-sim"
COMMENT: Final = (
    "Emulated GB Home Area Network: IEEE 802.15.4, Zigbee NWK, APS and ZCL as the emulation's nodes sent and heard "
    "them, with their security, fragments, acknowledgements and repeats. Synthetic: the air itself (times from "
    "250 kbit/s, one frame at a time, no collisions) and the link keys, which stand for what key establishment (CBKE) "
    f"would give and are listed in {KEY_FILE} beside this file. A frame's comment gives the number of its message in "
    "the trace."
)

First = Callable[[int, int], object]
"""Told the number of a message in the trace and of the first frame that carries it."""


class Capture:
    """One file of any number of HANs.

    It is written as things happen, without a buffer, so that it is whole at any moment.

    Args:
        path: of the pcapng file; an old one is overwritten. The key file in its folder is added to.
    Attributes:
        frames: how many are written; Wireshark numbers them from 1.

    Raises:
        OSError: a file cannot be written, here and whenever a frame is captured.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        self._keys = path.parent / KEY_FILE
        self.frames = 0
        os.write(self._file, section_header(COMMENT, APPLICATION) + interface_description("emulated HAN"))

    def watch(self, han: Han, first: First | None = None) -> None:
        """Take every frame of ``han`` from now on, and write its keys into the key file."""
        self._add_keys(han)
        told: set[int] = set()

        def take(time: datetime, psdu: bytes, about: str, message: int | None) -> None:
            if message is not None:
                about = f"message {message}: {about}"
                if first is not None and message not in told:
                    told.add(message)
                    first(message, self.frames + 1)
            os.write(self._file, enhanced_packet(time, psdu, about))
            self.frames += 1

        han.medium.sniffer = take
        han.pan.new_key = lambda label, key: self._add_key(label, key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def _add_keys(self, han: Han) -> None:
        self._add_key(f"network key of PAN 0x{han.pan.pan_id:04X}", han.pan.network_key)
        for one, other, key in han.pan.link_keys():
            self._add_key(f"link key {one} {other}", key)

    def _add_key(self, label: str, key: bytes) -> None:
        line = f'"{key.hex().upper()}","Normal","{label}"\n'
        # Another capture in the same folder keeps its keys.
        known = self._keys.read_bytes() if self._keys.exists() else b""
        if line.encode() not in known:
            end = b"\n" if known and not known.endswith(b"\n") else b""
            self._keys.write_bytes(known + end + line.encode())
