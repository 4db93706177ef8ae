"""Frames are lost: every message is delivered once, or reported as undelivered, each in its time."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from han.conditions import Conditions
from han.network import Han
from han.reports import Delivery, Undelivered
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message

START = datetime(2026, 1, 15, tzinfo=UTC)
HUB = EUI64.parse("00-DB-12-34-56-78-90-A2")
DEVICES = [EUI64.parse(f"00-DB-12-34-56-78-90-B{number}") for number in range(3)]
OPENING = timedelta(seconds=60)
"""RequestTunnel: once and 3 repeats, 10 s each; a device waits 60 s for it."""
BLOCK = timedelta(seconds=4 * 1.65)
"""APS: once and 3 repeats, 1.6 s each, and the time on the air."""
OCTETS_OF_A_BLOCK = 60


class Run:
    """A HAN whose messages are numbered, and what became of each."""

    def __init__(self, seed: int, conditions: Conditions) -> None:
        self.chance = Random(seed)
        self.han = Han(HUB, Random(seed))
        for eui in DEVICES:
            self.han.add_device(eui)
        for eui in DEVICES:
            self.han.conditions(eui, conditions)
        self.now = START
        self.sent: dict[bytes, datetime] = {}
        self.came: dict[bytes, list[datetime]] = {}
        self.failed: dict[bytes, datetime] = {}

    def send(self, device: EUI64, up: bool, size: int) -> None:
        message = len(self.sent).to_bytes(4) + self.chance.randbytes(size - 4)
        self.sent[message] = self.now
        (self.han.to_hub if up else self.han.to_device)(device, message, self.now)

    def send_long(self, device: EUI64, up: bool, size: int) -> None:
        """A GBCS message: longer ones than a transfer's 1,500 octets are cut in blocks."""
        ends = (device, HUB) if up else (HUB, device)
        cra = CraFlag.RESPONSE if up else CraFlag.COMMAND
        message = Message(cra, len(self.sent), *ends, 0x0062, self.chance.randbytes(size), signature=b"").encode()
        self.sent[message] = self.now
        (self.han.to_hub if up else self.han.to_device)(device, message, self.now)

    def until(self, end: datetime) -> None:
        while (due := self.han.next_timer()) is not None and due <= end:
            self.now = max(self.now, due)
            for result in self.han.handle_timer(self.now):
                if isinstance(result, Delivery):
                    self.came.setdefault(result.message, []).append(self.now)
                elif isinstance(result, Undelivered):
                    assert result.message not in self.failed
                    self.failed[result.message] = self.now
        self.now = max(self.now, end)

    def check(self) -> Counter[str]:
        """Each message has come once or is reported; returns how many of which."""
        ends: Counter[str] = Counter()
        for message in self.sent:
            times = len(self.came.get(message, ()))
            assert times <= 1
            assert times or message in self.failed, f"{len(message)} octets without an end"
            ends["delivered" if times else "reported"] += 1
        assert not self.came.keys() - self.sent.keys()
        return ends


def within(size: int) -> timedelta:
    return OPENING + BLOCK * (1 + size // OCTETS_OF_A_BLOCK)


@given(
    st.integers(0, 10**6),
    st.lists(
        st.tuples(
            st.sampled_from(DEVICES),
            st.booleans(),
            st.sampled_from([60, 194, 1500]) | st.integers(4, 1500),
            st.sampled_from([0, 0.05, 2, 30]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(
        [
            Conditions(loss=0.3),
            Conditions(loss=0.3, duplication=0.3, reordering=0.3, jitter=timedelta(milliseconds=50)),
            Conditions(loss=0.6),
            Conditions(quality=112),
        ]
    ),
    st.sampled_from([0, 0, 1.7, 33]),
)
@settings(max_examples=40, deadline=None)
def test_every_message_comes_once_or_is_reported(
    seed: int, plan: list[tuple[EUI64, bool, int, float]], conditions: Conditions, off: float
) -> None:
    run = Run(seed, conditions)
    longest = timedelta()
    if off:
        # Somewhere in the middle the hub is without power.
        run.han.medium.call_at(START + timedelta(seconds=off), run.han.stop_hub)
        run.han.medium.call_at(START + timedelta(seconds=3 * off), run.han.start_hub)
    for device, up, size, pause in plan:
        run.send(device, up, size)
        longest += within(size)
        run.until(run.now + timedelta(seconds=pause))
    run.until(run.now + longest)
    run.check()


@pytest.mark.parametrize("up", [False, True])
def test_at_30_per_cent_each_message_alone_has_its_end_in_its_time(up: bool) -> None:
    ends: Counter[str] = Counter()
    for seed in range(40):
        run = Run(seed, Conditions(loss=0.3))
        for number in range(3):
            size = (60, 194, 1500)[number]
            run.send(DEVICES[seed % 3], up, size)
            run.until(run.now + within(size))
            run.check()
        ends += run.check()
    # A frame of which nobody hears an acknowledgement is sent up to 16 times.
    assert ends["delivered"] >= 118


@pytest.mark.parametrize("loss", [0.75, 0.9, 1.0])
def test_under_heavy_loss_many_are_reported_and_none_is_silent(loss: float) -> None:
    ends: Counter[str] = Counter()
    for seed in range(30):
        run = Run(seed, Conditions(loss=loss))
        run.send(DEVICES[0], bool(seed % 2), 600)
        run.until(run.now + within(600))
        ends += run.check()
    assert ends["reported"] > 5


@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("size", [60, 1500])
def test_what_nobody_acknowledges_is_reported_after_the_tries_of_the_aps_layer(up: bool, size: int) -> None:
    run = Run(1, Conditions())
    run.send(DEVICES[0], up, 60)
    run.until(START + timedelta(minutes=1))
    run.han.conditions(DEVICES[0], Conditions(loss=1.0))
    run.send(DEVICES[0], up, size)
    sent = run.now
    run.until(run.now + timedelta(minutes=1))
    assert run.check() == {"delivered": 1, "reported": 1}
    # 1.6 s after each of 4 tries, and the time that the radio takes for each of its own.
    assert timedelta(seconds=6.4) < next(iter(run.failed.values())) - sent < timedelta(seconds=6.6)


@pytest.mark.parametrize("off", [None, 0.005, 0.03, 3.0])
def test_a_sleepy_device_has_its_messages_once_or_they_are_reported(off: float | None) -> None:
    """``off``: seconds after it wakes, the hub is without power for a while."""
    ends: Counter[str] = Counter()
    wakes = timedelta(minutes=5)
    for seed in range(8):
        run = Run(seed, Conditions(loss=0.3))
        run.han.let_sleep(DEVICES[0], START, wakes)
        for size in (60, 194, 1400):
            run.send(DEVICES[0], False, size)
        run.until(START + wakes)
        run.send(DEVICES[0], True, 300)
        if off is not None:
            run.until(run.now + timedelta(seconds=off))
            run.han.stop_hub(run.now)
            run.until(run.now + timedelta(seconds=20))
            run.han.start_hub(run.now)
        run.until(run.now + 10 * wakes)
        before = run.check()
        for up in (False, True):
            run.send(DEVICES[0], up, 100)
        run.until(run.now + 10 * wakes)
        ends += run.check() - before
    # The device finds out that its tunnel is gone, and asks for another.
    assert ends["delivered"] >= 14


@pytest.mark.parametrize("up", [False, True])
def test_a_message_in_blocks_comes_once_or_is_reported_over_a_restart_too(up: bool) -> None:
    ends: Counter[str] = Counter()
    for seed in range(24):
        run = Run(seed, Conditions(loss=0.3))
        run.send(DEVICES[0], up, 60)
        run.until(run.now + timedelta(seconds=30))
        run.send_long(DEVICES[0], up, 4000)
        if seed % 2:
            run.until(run.now + timedelta(seconds=seed * 0.1))
            run.han.stop_hub(run.now)
            run.until(run.now + timedelta(seconds=8))
            run.han.start_hub(run.now)
        run.until(run.now + 3 * within(4000))
        ends += run.check()
    assert ends["delivered"] > 30
