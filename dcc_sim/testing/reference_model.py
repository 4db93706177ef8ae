"""A model of one auxiliary proportional controller's output, as simple as it can be, and independent of `devices`.

It holds what was accepted and works the level out anew for every question. Its rules are those of docs/devices.md:
default 100 % < set state < boost, a limit takes away from the result; a start is included, an end is not; a later
set state or limit replaces the one before, begun or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

DEFAULT = 100
ELIGIBLE = {"7.13": ("Supplier",), "7.16": ("LoadController",)}
"""Who may send what, in the regime with a load controller."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A level in percent from a start to an end, and the name of the command behind it."""

    level: int
    start: datetime
    end: datetime
    name: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it does at a moment."""
        return self.start <= at < self.end


@dataclass(slots=True)
class ControllerModel:
    """What one controller was told.

    Attributes:
        edges: every moment at which its level may change.
    """

    set_state: Claim | None = None
    limit: Claim | None = None
    boost: Claim | None = None
    edges: set[datetime] = field(default_factory=set)

    def command(self, user: str, service: str, claim: Claim, now: datetime) -> str:
        """A request of a user; the DUIS response code, and the claim is taken where it is one.

        A command that the device cannot carry out is answered with I0 too: its failure is in the GBCS response.
        """
        if user not in ELIGIBLE[service]:
            return "E4" if (user, service) == ("Supplier2", "7.13") else "E2"
        if claim.start < claim.end and claim.end > now:
            if service == "7.13":
                self.set_state = claim
            else:
                self.limit = claim
            self.edges |= {claim.start, claim.end}
        return "I0"

    def press(self, now: datetime, end: datetime) -> None:
        """The driver boosts; pressing again ends the running boost and begins another."""
        self.boost = Claim(DEFAULT, now, end)
        self.edges |= {now, end}

    def level(self, at: datetime) -> tuple[int, str, str]:
        """Percent, the rule that decides, and the name of its command."""
        best = DEFAULT, "default", ""
        if self.set_state is not None and self.set_state.holds(at):
            best = self.set_state.level, "set state", self.set_state.name
        if self.boost is not None and self.boost.holds(at):
            best = DEFAULT, "boost", ""
        if self.limit is not None and self.limit.holds(at) and self.limit.level < best[0]:
            best = self.limit.level, "limit", self.limit.name
        return best
