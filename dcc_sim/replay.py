"""Gives the commands of a capture to the devices of a fresh home."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from dcc_sim.trace import TraceRecord
from dcc_sim.world import World
from han.captured import Transferred, transfers
from schemas.errors import Malformed, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.names.message_codes import message_code

SETTLE = timedelta(seconds=10)
"""How long a device is given to answer."""


def run(file: Path, seed: int, only: EUI64 | None, times: int, say: Callable[[str], None]) -> None:
    """Say of every command what its device made of it.

    Args:
        seed: of the home; the same as the capture's gives devices with the keys that the commands are made for.
        only: the device whose commands are given; None for all.
        times: how often each is given, from 1.

    Raises:
        Malformed: the file, or the keys beside it.
        OSError: one of them cannot be read.
    """
    dropped: Counter[str] = Counter()
    captured = list(transfers(file, dropped))
    commands = [(item, message) for item in captured if (message := _command(item)) is not None]
    commands = [pair for pair in commands if only in (None, pair[1].target)]
    for reason, count in sorted(dropped.items()):
        say(f"frames passed over: {count}, {reason}")
    say(f"commands: {len(commands)}, of {len(captured)} transfers")
    if not commands:
        return
    answers = {item.data for item in captured}
    world = World(seed, min(item.time for item, _ in commands))
    for item, message in commands:
        world.advance(max(item.time - world.clock.now, timedelta(0)))
        for _ in range(times):
            say(f"frame {item.number}: {message_code(message.message_code)} for {message.target}")
            for line in _given(world, item.data, message.target, answers):
                say(f"  {line}")


def _given(world: World, octets: bytes, target: EUI64, answers: set[bytes]) -> list[str]:
    seen = len(world.trace)
    try:
        world.home.han.to_device(target, octets, world.clock.now)
    except SmartMeterError as error:
        return [str(error)]
    world.advance(SETTLE)
    return [line for record in list(world.trace)[seen:] if (line := _line(record, answers))]


def _command(item: Transferred) -> Message | None:
    try:
        message = decode(item.data)
    except Malformed:
        return None
    return message if message.cra is CraFlag.COMMAND else None


def _line(record: TraceRecord, answers: set[bytes]) -> str:
    if record.kind == "note" and record.source != "DCC":
        return f"{record.source}: {record.what}"
    if record.kind == "GBCS" and record.target == "DCC":
        same = "as in the capture, octet for octet" if record.body in answers else "not in the capture"
        return f"{record.source}: {record.what}, {same}"
    return ""
