"""Frames and tunnel round trips per second on one core, beside the bare AES-CCM of the same frames in the same run.

A round is one tunnel message of 194 octets there (ECS47a's command) and one of 117 back (its response), each with the
APS acknowledgement of every block: 12 frames under NWK and APS security, MAC acknowledgements not counted. Building
starts with the ZCL frame and ends with PSDUs; parsing starts with PSDUs and ends with the ZCL frame, everything checked
on its way. The floor is AESCCM of the same octets, twice a frame, with nonces and authenticated data at hand.

A tunnel round trip is the same two messages through a whole HAN: tunnel, ZCL, stacks, MAC acknowledgements, the virtual
air and its clock, both ends; its floor is AESCCM of the 12 frames, sealed and opened again.

    python -m benchmarks.frames [--rounds 500] [--repeats 5] [--json FILE]
"""

import argparse
import json
import statistics
from datetime import UTC, datetime, timedelta
from random import Random
from time import perf_counter

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from han.clusters import SMART_ENERGY, Tunneling
from han.frames.aps import decode_aps
from han.frames.keys import stand_in_key
from han.frames.mac import decode_mac
from han.frames.nwk import open_nwk
from han.frames.receiver import Receiver
from han.frames.security import LEVEL, MIC_LENGTH, Auxiliary
from han.frames.station import Asdu, Station
from han.network import Han
from schemas.eui import EUI64

HUB, DEVICE = EUI64.parse("00-DB-12-34-56-78-90-C1"), EUI64.parse("00-DB-12-34-56-78-90-A6")
ADDRESS, PAN = 0x5E01, 0x1A2B
NETWORK, LINK = stand_in_key(b"bench", HUB), stand_in_key(b"bench", HUB, DEVICE)
ZCL_HEADER = 5
START = datetime(2025, 1, 1, tzinfo=UTC)
COMMAND, RESPONSE = bytes(ZCL_HEADER + 194), bytes(ZCL_HEADER + 117)

Operation = tuple[bytes, bytes, bytes, bytes]
"""Key, nonce, plain octets, authenticated data."""


def build(rounds: int) -> tuple[float, list[bytes]]:
    """Seconds, and the PSDUs."""
    hub, device = Station(0, HUB, PAN, NETWORK), Station(ADDRESS, DEVICE, PAN, NETWORK)
    psdus: list[bytes] = []
    start = perf_counter()
    for _ in range(rounds):
        for source, target, zcl in ((hub, device, COMMAND), (device, hub, RESPONSE)):
            asdu = Asdu(zcl, Tunneling.cluster_id, SMART_ENERGY, 1, 1, source.next_counter())
            for block, psdu in source.data(target.address, asdu, LINK):
                psdus.append(psdu)
                psdus.append(target.acknowledge(source.address, asdu, LINK, block))
    return perf_counter() - start, psdus


def parse(psdus: list[bytes]) -> float:
    """Seconds."""
    receiver = Receiver([NETWORK], [LINK])
    start = perf_counter()
    heard = [receiver.receive(psdu) for psdu in psdus]
    seconds = perf_counter() - start
    whole = sum(each.payload in (COMMAND, RESPONSE) for each in heard)
    if whole != len(psdus) // 6:
        raise SystemExit(f"{whole} messages of {len(psdus)} frames were read")
    return seconds


def operations(psdus: list[bytes]) -> list[Operation]:
    """The bare sealing of the same frames: the network layer's and the link's."""
    found: list[Operation] = []
    for psdu in psdus:
        sealed = decode_mac(psdu).payload
        opened, _ = open_nwk(sealed, (NETWORK,))
        aps = decode_aps(opened.payload)
        assert opened.auxiliary is not None and aps.auxiliary is not None
        found.append((NETWORK, *_inputs(opened.auxiliary, opened.header()), opened.payload))
        found.append((LINK, *_inputs(aps.auxiliary, aps.header()), aps.payload[:-MIC_LENGTH]))
    return [(key, nonce, plain, data) for key, nonce, data, plain in found]


def _inputs(auxiliary: Auxiliary, header: bytes) -> tuple[bytes, bytes]:
    inner = auxiliary.encode(LEVEL)
    assert auxiliary.source is not None
    return auxiliary.source[::-1] + inner[1:5] + inner[:1], header + inner


def floor(todo: list[Operation]) -> tuple[float, float]:
    """Seconds to seal, seconds to open again."""
    ciphers = {key: AESCCM(key, tag_length=MIC_LENGTH) for key in (NETWORK, LINK)}
    start = perf_counter()
    sealed = [ciphers[key].encrypt(nonce, plain, data) for key, nonce, plain, data in todo]
    between = perf_counter()
    for (key, nonce, _, data), octets in zip(todo, sealed, strict=True):
        ciphers[key].decrypt(nonce, octets, data)
    return between - start, perf_counter() - between


def round_trips(rounds: int) -> float:
    """Seconds of so many messages to a device and back, through an open tunnel."""
    han = Han(HUB, Random(1), PAN, secret=b"bench")
    han.add_device(DEVICE)
    now, second, arrived = START, timedelta(seconds=1), 0
    start = 0.0
    for number in range(rounds + 1):
        if number == 1:
            # The first one has opened the tunnel.
            arrived, start = 0, perf_counter()
        for send, message in ((han.to_device, COMMAND[ZCL_HEADER:]), (han.to_hub, RESPONSE[ZCL_HEADER:])):
            send(DEVICE, message, now)
            now += second
            arrived += len(han.handle_timer(now))
    seconds = perf_counter() - start
    if arrived != 2 * rounds:
        raise SystemExit(f"{arrived} of {2 * rounds} messages arrived")
    return seconds


def main() -> None:
    """Measure all in turn, and print medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", help="write the figures into this file too")
    options = parser.parse_args()
    rates: dict[str, list[float]] = {"built": [], "sealed": [], "parsed": [], "opened": [], "tunnel": [], "bare": []}
    for _ in range(options.repeats):
        seconds, psdus = build(options.rounds)
        todo = operations(psdus)
        sealing, opening = floor(todo)
        for name, taken in (("built", seconds), ("sealed", sealing), ("parsed", parse(psdus)), ("opened", opening)):
            rates[name].append(len(psdus) / taken)
        rates["tunnel"].append(options.rounds / round_trips(options.rounds))
        rates["bare"].append(options.rounds / (sealing + opening))
    figures = {f"frames_{name}_per_second": statistics.median(each) for name, each in rates.items()}
    for ours, bare in (("built", "sealed"), ("parsed", "opened")):
        ratio = statistics.median(a / b for a, b in zip(rates[ours], rates[bare], strict=True))
        figures[f"ratio_{ours}"] = ratio
        print(
            f"frames {ours:<7} {statistics.median(rates[ours]):9.0f} /s   "
            f"bare AES-CCM of them {bare:<7} {statistics.median(rates[bare]):9.0f} /s   ratio {ratio:.2f}"
        )
    ratio = statistics.median(a / b for a, b in zip(rates["tunnel"], rates["bare"], strict=True))
    figures["tunnel_round_trips_per_second"] = statistics.median(rates["tunnel"])
    figures["ratio_tunnel"] = ratio
    print(
        f"tunnel round trips {statistics.median(rates['tunnel']):9.0f} /s   "
        f"bare AES-CCM of their frames {statistics.median(rates['bare']):9.0f} /s   ratio {ratio:.2f}"
    )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
