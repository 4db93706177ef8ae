"""Reading a capture again: the messages that went through its tunnels, decrypted with the keys beside it."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from han.capture import KEY_FILE
from han.clusters import TransferData, Tunneling
from han.frames.mac import check_sequence
from han.frames.receiver import Receiver
from han.frames.security import KEY_LENGTH
from han.pcapng import WITHOUT_FCS, read
from han.sleepy import without_prefix
from han.stack import REMEMBERED
from han.zcl import decode
from schemas.errors import Malformed, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.block_transfer import Assembler

_KEY_LINE = re.compile(r'"((?:[0-9A-Fa-f]{2}:?){16})","(Normal|Reverse)"(?:,.*)?')


@dataclass(frozen=True, slots=True)
class Transferred:
    """One message that went through a tunnel.

    Attributes:
        number: of the frame that completes it, from 1, as Wireshark counts.
        time: of that frame.
        source: who made it, as its security header says; None where that says nothing.
        data: the message; one that went in blocks, put together.
        comment: of the frame.
    """

    number: int
    time: datetime
    source: EUI64 | None
    data: bytes
    comment: str


def transfers(path: Path, dropped: Counter[str]) -> Iterator[Transferred]:
    """What went through the tunnels of the capture at ``path``, in its order.

    Args:
        dropped: told how many frames were passed over, by reason.

    Raises:
        Malformed: the file is no pcapng of IEEE 802.15.4 frames, or the key file beside it none of Wireshark's.
        OSError: one of them cannot be read.
    """
    keys = read_keys((path.parent / KEY_FILE).read_text(encoding="utf-8", errors="replace"))
    # The key file does not say which of its keys is which.
    receiver = Receiver(keys, keys)
    assemblers: dict[tuple[int, int], Assembler] = {}
    taken: dict[tuple[int, int], deque[int]] = {}
    for number, packet in enumerate(read(path.read_bytes()), 1):
        octets = packet.octets
        if packet.link_type == WITHOUT_FCS:
            octets += check_sequence(octets)
        heard = receiver.hear(octets)
        if heard is None or heard.nwk is None or heard.aps is None or heard.payload is None:
            continue
        if heard.aps.cluster != Tunneling.cluster_id:
            continue
        way = heard.nwk.source, heard.nwk.destination
        counters = taken.setdefault(way, deque(maxlen=REMEMBERED))
        if heard.aps.counter in counters:
            continue  # its acknowledgement was lost, and the APS layer has sent it again
        counters.append(heard.aps.counter)
        try:
            command = decode(heard.aps.cluster, heard.payload).command
            if not isinstance(command, TransferData):
                continue
            carried = without_prefix(bytes(command.data))
            data = assemblers.setdefault(way, Assembler()).take(carried) if carried else None
        except SmartMeterError as error:
            dropped[error.field] += 1
            continue
        if data is not None:
            source = None if heard.aps.auxiliary is None else heard.aps.auxiliary.source
            yield Transferred(number, packet.time, source, data, packet.comment)
    dropped.update(receiver.dropped)


def read_keys(text: str) -> list[bytes]:
    """The keys of a ``zigbee_pc_keys`` file.

    Raises:
        Malformed: a line is none of such a file.
    """
    keys = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _KEY_LINE.fullmatch(line.strip())
        if match is None:
            raise Malformed(KEY_FILE, f'has lines "KEY","Normal" or "Reverse","LABEL"; line {number} is none')
        key = bytes.fromhex(match[1].replace(":", ""))
        assert len(key) == KEY_LENGTH
        keys.append(key if match[2] == "Normal" else key[::-1])
    return keys
