"""Captures, as tshark reads them: every message that goes over the HAN is in them, and nothing is malformed."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import zigpy.types as t

from han.capture import KEY_FILE, Capture
from han.captured import read_keys, transfers
from han.conditions import Conditions
from han.frames.receiver import Receiver
from han.frames.station import MAX_BLOCK
from han.network import Han
from han.node import tunnel_packet
from han.pcapng import read
from han.reports import FrameRecord
from han.tunnel import MAX_TRANSFER
from schemas.gbcs.envelope import CraFlag, Message, decode
from tests.han.conftest import ESME, HUB, SECOND, START, make_han, run
from tests.han.tshark import UNREADABLE, fields

HEADER = "gbcs_message.grouping_header"


def message(number: int, cra: CraFlag = CraFlag.COMMAND, length: int = 100) -> bytes:
    originator, target = (HUB, ESME) if cra is CraFlag.COMMAND else (ESME, HUB)
    return Message(cra, number, originator, target, 0x0062, bytes(length), signature=b"").encode()


def watched(capture: Capture, seed: int = 1) -> Han:
    """A HAN whose packets are numbered from 1."""
    records: list[FrameRecord] = []
    han = make_han(None, seed)
    capture.watch(han)

    def add(record: FrameRecord) -> int:
        records.append(record)
        return len(records)

    han.observe(add)
    return han


def said_by_tshark(path: Path) -> list[tuple[int, int, str, str, int]]:
    """What tshark reads of every GBCS message: flag, code, originator, target, counter."""
    names = ("cra_flag", "message_code", "business_originator_id", "business_target_id", "originator_counter")
    rows = fields(path, f"{HEADER}.message_code", *(f"{HEADER}.{name}" for name in names))
    return [
        (int(flag, 0), int(code, 0), originator.replace(":", ""), target.replace(":", ""), int(counter, 0))
        for flag, code, originator, target, counter in rows
    ]


def expected(octets: bytes) -> tuple[int, int, str, str, int]:
    """The same of the message as sent."""
    sent = decode(octets)
    return int(sent.cra), sent.message_code, sent.originator.hex(), sent.target.hex(), sent.originator_counter


def test_tshark_reads_what_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "home.pcapng"
    sent = [
        *(message(number, CraFlag.COMMAND, 20 + 60 * number) for number in range(1, 20)),
        *(message(number, CraFlag.RESPONSE, 33 * number) for number in range(1, 20)),
        *(message(number, CraFlag.ALERT, 20 + number) for number in range(1, 20)),
    ]
    with Capture(path) as capture:
        han = watched(capture)
        for number, octets in enumerate(sent):
            now = START + SECOND * number
            if decode(octets).cra is CraFlag.COMMAND:
                han.to_device(ESME, octets, now)
            else:
                han.to_hub(ESME, octets, now)
            run(han)
    assert fields(path, UNREADABLE, "frame.number") == []
    assert said_by_tshark(path) == [expected(octets) for octets in sent]
    assert [item.data for item in transfers(path, Counter())] == sent


def test_every_reference_message_that_travels(reference: Path, tmp_path: Path) -> None:
    path = tmp_path / "reference.pcapng"
    sent: list[bytes] = []
    with Capture(path) as capture:
        han = watched(capture)
        for file in sorted(reference.glob("rtds/*/*.HEX")):
            octets = bytes.fromhex(file.read_text(encoding="ascii").strip())
            travels = decode(octets)
            if travels.is_pre_command:
                continue
            now = START + SECOND * len(sent)
            if travels.cra is CraFlag.COMMAND:
                han.to_device(ESME, octets, now)
            else:
                han.to_hub(ESME, octets, now)
            run(han)
            sent.append(octets)
    assert len(sent) > 900 and max(map(len, sent)) > 2 * MAX_TRANSFER
    assert fields(path, UNREADABLE, "frame.number") == []
    assert Counter(said_by_tshark(path)) == Counter(map(expected, sent))
    assert [item.data for item in transfers(path, Counter())] == sent


def test_comments_name_the_message_and_say_what_is_synthetic(tmp_path: Path) -> None:
    path = tmp_path / "home.pcapng"
    with Capture(path) as capture:
        han = watched(capture)
        han.to_device(ESME, message(1), START)
        run(han)
    assert b"Synthetic: the air itself" in path.read_bytes()[:1000]
    comments = [packet.comment for packet in read(path.read_bytes())]
    blocks = [comment for comment in comments if ", block " in comment]
    assert comments[0].startswith("message 1: RequestTunnel protocol_id=6")
    assert [comment.split(":")[0] for comment in blocks] == ["message 3"] * -(-(len(message(1)) + 5) // MAX_BLOCK)
    assert {comment for comment in comments if "cknowledgement" in comment} == {
        "MAC acknowledgement",
        "APS acknowledgement",
    }
    [(comment,)] = fields(path, f"{HEADER}.message_code", "frame.comment")
    assert comment.startswith("message 3: TransferData")


def test_times_rise_and_packets_begin_when_they_were_sent(tmp_path: Path) -> None:
    path = tmp_path / "home.pcapng"
    with Capture(path) as capture:
        han = watched(capture)
        for number in range(3):
            han.to_device(ESME, message(number, length=1000), START)
        run(han)
        han.to_hub(ESME, message(4, CraFlag.ALERT), START + 60 * SECOND)
        run(han)
    packets = list(read(path.read_bytes()))
    times = [packet.time for packet in packets]
    assert times == sorted(set(times)) and times[0] == START
    assert next(packet.time for packet in packets if packet.comment.startswith("message 6:")) == START + 60 * SECOND
    for one, next_one in pairwise(packets):
        assert next_one.time - one.time >= timedelta(microseconds=32) * (len(one.octets) + 6)


def test_the_capture_is_what_the_nodes_heard(tmp_path: Path) -> None:
    """Each frame in the file, given to a stack with this network's keys and no other help, is in order."""
    path = tmp_path / "home.pcapng"
    with Capture(path) as capture:
        han = watched(capture)
        han.to_device(ESME, message(1), START)
        run(han)
        heard = Counter[str]()
        sniffer = Receiver((han.pan.network_key,), lambda source: (han.pan.link_key(HUB, ESME),))
        for packet in read(path.read_bytes()):
            frame = sniffer.receive(packet.octets)
            heard[frame.mac.kind.name if frame.aps is None else frame.aps.kind.name] += 1
    data = 2 + -(-(len(message(1)) + 5) // MAX_BLOCK)
    assert heard == {"DATA": data, "ACKNOWLEDGEMENT": 3 * data}  # of the MAC layer for each, and of the APS layer


def test_lost_packets_are_not_acknowledged_and_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "home.pcapng"
    with Capture(path) as capture:
        han = watched(capture)
        han.conditions(ESME, Conditions(loss=1.0))
        han.to_device(ESME, message(1), START)
        run(han)
    packets = list(read(path.read_bytes()))
    tries = ("", ", try 2", ", try 3", ", try 4")
    [requested] = {
        packet.comment.split(": ", 1)[1] for packet in packets if packet.comment.startswith("message 1: ")
    } & {packet.comment.split(": ", 1)[1] for packet in packets[:1]}
    assert [packet.comment.split(": ", 1)[1] for packet in packets[:16]] == [
        f"{requested}{number}{again}" for number in tries for again in ("", *3 * (", sent again",))
    ]
    assert len(packets) == 64
    # The radio sends the same frame again; the APS layer makes another one.
    assert len({packet.octets for packet in packets}) == 16
    assert fields(path, UNREADABLE, "frame.number") == []


def test_a_frame_whose_acknowledgement_is_lost_is_taken_once(tmp_path: Path) -> None:
    path = tmp_path / "home.pcapng"
    with Capture(path) as capture:
        han = watched(capture)
        han.conditions(ESME, Conditions(loss=0.7, seed=5))
        han.to_device(ESME, message(1), START)
        assert [result.message for result in run(han)] == [message(1)]
    comments = [packet.comment for packet in read(path.read_bytes())]
    assert any(comment.endswith(", sent again") for comment in comments)
    assert any(", try 2" in comment for comment in comments)
    dropped: Counter[str] = Counter()
    assert [item.data for item in transfers(path, dropped)] == [message(1)]
    assert dropped["frame counter"] > 0
    assert fields(path, UNREADABLE, "frame.number") == []


def test_a_broadcast_is_one_frame_however_many_hear_it(tmp_path: Path) -> None:
    path = tmp_path / "home.pcapng"
    with Capture(path) as capture:
        han = watched(capture)
        everyone = t.AddrModeAddress(t.AddrMode.Broadcast, t.BroadcastAddress.RX_ON_WHEN_IDLE)
        packet = tunnel_packet(0, b"\x11\x01\x06\x00", START).replace(dst=everyone)
        han.port(ESME).send(packet, START)
        run(han)
    [frame] = read(path.read_bytes())
    assert frame.comment.startswith("message 1: GetSupportedTunnelProtocols")
    assert fields(path, "", "wpan.dst16", "zbee_nwk.dst", "zbee_aps.delivery") == [("0xffff", "0xfffd", "0x02")]


def test_two_networks_in_one_file_keep_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "street.pcapng"
    with Capture(path) as capture:
        for seed in (1, 2):
            han = watched(capture, seed)
            han.to_device(ESME, message(seed), START)
            run(han)
    assert [counter for *_, counter in said_by_tshark(path)] == [1, 2]
    assert len(set(fields(path, "wpan.dst_pan", "wpan.dst_pan"))) == 2


def test_captures_in_one_folder_share_the_key_file(tmp_path: Path) -> None:
    for seed in (1, 2):
        with Capture(tmp_path / f"{seed}.pcapng") as capture:
            han = watched(capture, seed)
            han.to_device(ESME, message(seed), START)
            run(han)
    for seed in (1, 2):
        assert [counter for *_, counter in said_by_tshark(tmp_path / f"{seed}.pcapng")] == [seed]
    assert len(read_keys((tmp_path / KEY_FILE).read_text())) == 4


def test_keys_of_ones_own_stay_in_the_key_file(tmp_path: Path) -> None:
    own = f'"{"0F" * 16}","Normal","Küche"'
    (tmp_path / KEY_FILE).write_text(own, encoding="utf-8")
    for _ in range(2):
        with Capture(tmp_path / "home.pcapng") as capture:
            capture.watch(make_han())
    lines = (tmp_path / KEY_FILE).read_text(encoding="utf-8").splitlines()
    assert lines[0] == own and len(lines) == 2


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        with Capture(tmp_path / name / "home.pcapng") as capture:
            han = watched(capture, 7)
            han.conditions(ESME, Conditions(loss=0.2, duplication=0.3, jitter=SECOND / 50))
            for number in range(5):
                han.to_device(ESME, message(number), START + number * SECOND)
            run(han)
    for name in ("home.pcapng", KEY_FILE):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_a_sleepy_device_in_wireshark(tmp_path: Path) -> None:
    """GET, its answer and PUT are told apart, and the messages behind them read."""
    path = tmp_path / "sleepy.pcapng"
    sent = [message(1), message(2, CraFlag.RESPONSE), message(3, length=1470), message(4, CraFlag.ALERT)]
    with Capture(path) as capture:
        han = watched(capture)
        han.let_sleep(ESME, START, 60 * SECOND)
        for octets in sent:
            if decode(octets).cra is CraFlag.COMMAND:
                han.to_device(ESME, octets, START)
            else:
                han.to_hub(ESME, octets, START)
        han.handle_timer(START + 90 * SECOND)
    assert fields(path, UNREADABLE, "frame.number") == []
    commands = Counter(int(value, 0) for (value,) in fields(path, "gbcs_tunnel.command", "gbcs_tunnel.command"))
    assert commands == {1: 3, 2: 3, 3: 2}
    assert Counter(said_by_tshark(path)) == Counter(map(expected, sent))
    assert Counter(item.data for item in transfers(path, Counter())) == Counter(sent)


def test_a_capture_is_whole_before_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "home.pcapng"
    with Capture(path) as capture:
        han = watched(capture)
        han.to_device(ESME, message(1), START)
        run(han)
        assert len(said_by_tshark(path)) == 1


def test_tshark_would_tell_a_damaged_frame(tmp_path: Path) -> None:
    """The filter of these tests sees what it is there for."""
    path = tmp_path / "home.pcapng"
    with Capture(path) as capture:
        han = watched(capture)
        han.to_device(ESME, message(1), START)
        run(han)
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    (tmp_path / KEY_FILE).write_text((tmp_path / KEY_FILE).read_text().replace("A", "B"))
    path.write_bytes(octets)
    assert fields(path, UNREADABLE, "frame.number")
