"""How a link of the air behaves: which frames get through, when, and with which bits turned over.

Pure: frames and times in, arrivals out; all chance comes from the generator that a link is given.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from schemas.errors import Malformed

OCTET_TIME = timedelta(microseconds=32)  # IEEE 802.15.4 O-QPSK at 2.4 GHz: 250 kbit/s
HEADER_OCTETS = 6  # preamble 4, start of frame 1, length 1: before the PSDU on the air
QUALITY_BEST = 255
# IEEE 802.15.4 only asks that 0 is the weakest compliant signal, 255 the strongest, evenly spread between them. The
# ends in dB are our assumption: at 0 every frame is broken, at 255 none in the life of a home.
_WORST_DB = -6.0
_BEST_DB = 6.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """How one link behaves, both ways.

    Attributes:
        delay: after a frame's air time until the other end's stack has it, from 0. The default of 5 ms is our
            assumption for channel access and the stacks at both ends. Above 800 ms no acknowledgement comes in time.
        jitter: up to this much more, evenly spread. Frames still arrive in the order sent.
        loss: probability, 0 to 1, that a frame never arrives.
        duplication: probability that it arrives twice.
        reordering: probability that it is held back by up to ``hold``, so that later ones overtake it.
        hold: the longest a reordered packet is held back.
        seed: of this link's own chance, both ways; that of the medium if not given.
        bit_error_rate: probability, 0 to 1, that a bit of a frame is turned over, each bit by itself.
        quality: link quality indication, 0 (out of range) to 255 (side by side): adds the bit errors of
            :func:`bit_error_rate`, so long frames are lost more often than short ones. None: no errors of range.

    Raises:
        Malformed: for a negative time, a probability outside 0 to 1, or a quality outside 0 to 255.
    """

    delay: timedelta = timedelta(milliseconds=5)
    jitter: timedelta = timedelta(0)
    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    hold: timedelta = timedelta(milliseconds=200)
    seed: int | None = None
    bit_error_rate: float = 0.0
    quality: int | None = None

    def __post_init__(self) -> None:
        for name in ("delay", "jitter", "hold"):
            if getattr(self, name) < timedelta(0):
                raise Malformed(f"Conditions.{name}", "is not negative")
        for name in ("loss", "duplication", "reordering", "bit_error_rate"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise Malformed(f"Conditions.{name}", f"is a probability from 0 to 1, not {getattr(self, name)}")
        if self.quality is not None and not 0 <= self.quality <= QUALITY_BEST:
            raise Malformed("Conditions.quality", f"is a link quality from 0 to 255, not {self.quality}")


@dataclass(frozen=True, slots=True)
class Burst:
    """A source of interference: a microwave oven, a video stream next door.

    Attributes:
        start: of the first burst.
        duration: of each burst, more than 0.
        strength: how far it lowers the signal-to-noise ratio of what it meets, in dB, from 0.
        period: from the start of one burst to that of the next, at least ``duration``; None for a single burst.
        end: no burst begins at or after this time; None for no end.

    Raises:
        Malformed: a time or the strength is out of range.
    """

    start: datetime
    duration: timedelta
    strength: float
    period: timedelta | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.duration <= timedelta(0):
            raise Malformed("Burst.duration", "is more than 0")
        if not 0 <= self.strength < math.inf:
            raise Malformed("Burst.strength", f"is a number of dB from 0, not {self.strength}")
        if self.period is not None and self.period < self.duration:
            raise Malformed("Burst.period", "is at least the duration of one burst")

    def active(self, at: datetime) -> bool:
        """Whether it disturbs at this time."""
        since = at - self.start
        if since < timedelta(0):
            return False
        if self.period is not None:
            since %= self.period
        began = at - since
        return since < self.duration and (self.end is None or began < self.end)


class Arrival(NamedTuple):
    """A frame as it comes out of the air.

    Attributes:
        at: when its last bit is there.
        psdu: its octets, FCS included, perhaps with bits turned over: the receiver's FCS check is what finds out.
    """

    at: datetime
    psdu: bytes


@lru_cache(maxsize=1024)
def bit_error_rate(signal_to_noise: float) -> float:
    """Return the probability of a bit error at this ratio in dB: IEEE 802.15.4-2006, E.4.1.8 (O-QPSK, 2.4 GHz)."""
    ratio = math.pow(10, signal_to_noise / 10)
    total = sum((1 - k % 2 * 2) * math.comb(16, k) * math.exp(20 * ratio * (1 / k - 1)) for k in range(2, 17))
    return min(0.5, max(0.0, 8 / 15 / 16 * total))


def signal_to_noise(quality: int) -> float:
    """Return the ratio in dB that a link quality of 0 to 255 stands for."""
    return _WORST_DB + (_BEST_DB - _WORST_DB) * quality / QUALITY_BEST


class Link:
    """One way from one node to another: what it does to each frame.

    Attributes:
        conditions: may be replaced at any time; holds for frames from then on.
        chance: where all of its chance comes from. It is drawn only where a condition asks for it, so a perfect link
            disturbs no other's draws.
        bursts: interference that meets it; may be replaced as ``conditions``.
        perfect: each frame arrives once, as it was sent, after the delay.
    """

    __slots__ = ("_bursts", "_conditions", "_last", "chance", "perfect")

    def __init__(self, conditions: Conditions, chance: Random, bursts: Sequence[Burst] = ()) -> None:
        self.chance = chance
        self._conditions = conditions
        self._bursts = bursts
        self._last: datetime | None = None
        self._look()

    @property
    def conditions(self) -> Conditions:
        """See above."""
        return self._conditions

    @conditions.setter
    def conditions(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._look()

    @property
    def bursts(self) -> Sequence[Burst]:
        """See above."""
        return self._bursts

    @bursts.setter
    def bursts(self, bursts: Sequence[Burst]) -> None:
        self._bursts = bursts
        self._look()

    def arrival(self, now: datetime) -> datetime:
        """When a frame sent at ``now`` arrives, on a link that is perfect: what ``carry`` says, without its draws."""
        at = now + self._conditions.delay
        last = self._last
        self._last = at = at if last is None or at >= last else last
        return at

    def _look(self) -> None:
        link = self._conditions
        trouble = link.loss or link.duplication or link.jitter or link.reordering or link.bit_error_rate
        self.perfect = not trouble and link.quality is None and not self._bursts

    def carry(self, psdu: bytes, now: datetime) -> list[Arrival]:
        """Return how a frame sent at ``now`` arrives: not at all (empty), once or twice, in order of the draws."""
        link, chance = self._conditions, self.chance
        if link.loss and chance.random() < link.loss:
            return []
        arrivals = [self._arrive(psdu, now)]
        if link.duplication and chance.random() < link.duplication:
            arrivals.append(self._arrive(psdu, now))
        return arrivals

    def _arrive(self, psdu: bytes, now: datetime) -> Arrival:
        link, chance = self._conditions, self.chance
        at = now + link.delay
        if link.jitter:
            at += link.jitter * chance.random()
        if link.reordering and chance.random() < link.reordering:
            at += link.hold * chance.random()
        else:
            # A sender finishes one frame before the next, so jitter alone never reorders.
            self._last = at = at if self._last is None else max(at, self._last)
        return Arrival(at, self._disturbed(psdu, now))

    def _disturbed(self, psdu: bytes, now: datetime) -> bytes:
        quiet = self._rate(0.0)
        if not self._bursts:
            return _turned(psdu, quiet, self.chance)
        parts: list[tuple[bytearray, float]] = []
        for index, octet in enumerate(psdu):
            at = now + OCTET_TIME * (HEADER_OCTETS + index)
            strength = sum(burst.strength for burst in self._bursts if burst.active(at))
            rate = self._rate(strength) if strength else quiet
            if not parts or parts[-1][1] != rate:
                parts.append((bytearray(), rate))
            parts[-1][0].append(octet)
        return b"".join(_turned(bytes(part), rate, self.chance) for part, rate in parts)

    def _rate(self, strength: float) -> float:
        link = self._conditions
        if link.quality is None and not strength:
            return link.bit_error_rate
        quality = QUALITY_BEST if link.quality is None else link.quality
        ranged = bit_error_rate(signal_to_noise(quality) - strength)
        # Two causes turn the same bit over independently of each other; both at once leave it as it was.
        return link.bit_error_rate + ranged - 2 * link.bit_error_rate * ranged


def _turned(psdu: bytes, rate: float, chance: Random) -> bytes:
    """``psdu`` with each bit turned over at ``rate``: one draw a turned bit, not one a bit."""
    # Rarer than one bit in the life of a home is none: a good link draws no chance.
    if rate < 1e-12 or not psdu:
        return psdu
    bits = len(psdu) * 8
    turned = bytearray(psdu)
    place = _skip(rate, chance)
    while place < bits:
        turned[place >> 3] ^= 1 << (place & 7)
        place += 1 + _skip(rate, chance)
    return bytes(turned)


def _skip(rate: float, chance: Random) -> int:
    """How many bits stay as they are before the next turned one: geometric."""
    if rate >= 1.0:
        return 0
    return int(math.log(1.0 - chance.random()) / math.log1p(-rate))
