"""A user of the DCC, as a test sees it: it has keys, sends, and reads its mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from dcc_sim.moments import When, moment
from dcc_sim.policy import RULES, Kind
from dcc_sim.request_bodies import body_of, checked, element_of
from schemas.duis.node import Node, lexical_of
from schemas.duis.payloads import DccAlert, DeviceAlert, FutureDatedDeviceAlert
from schemas.errors import NotPossible
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType, Known

if TYPE_CHECKING:
    from dcc_sim.user import StandInUser
    from schemas.duis.request import Request
    from schemas.duis.response import Response

STEP = timedelta(seconds=1)
WAIT = timedelta(seconds=60)
"""Virtual time that a device's answer is waited for: more than the DCC's own time-out."""
_NOTHING_MORE = Known()
_VARIANTS = {Kind.CRITICAL: 4, Kind.OTHER: 1, Kind.NON_DEVICE: 8}
_FOR_A_TIME = ("7.13", "7.16")
_WEB = {1: "serviceS", 2: "serviceS", 4: "serviceT", 5: "serviceS"}


@dataclass(frozen=True, slots=True)
class Received:
    """One document of a user's mailbox, its signature checked.

    Attributes:
        moment: virtual, when the DCC made it.
        request: text of the request it answers, or the name of an alert.
        code: the DUIS response code.
        alert: code of a device alert in four hex digits, of a DCC alert such as N12; empty for others.
        mmc: the decoded form; empty where there is none.
    """

    moment: datetime
    request: str
    code: str
    alert: str
    mmc: str = field(repr=False)
    response: Response = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a request.

    Attributes:
        request: it, with its RequestID.
        code: the last DUIS response code, or ``HTTP 400`` and the like for what is no DUIS request.
        reason: field and rule, of a refusal.
        final: False where a device's answer has not come yet.
        mmc: the decoded form of the device's answer; empty where there is none.
        response: the last DUIS response; None where there is none.
    """

    request: Request
    code: str
    reason: str = ""
    final: bool = True
    mmc: str = field(default="", repr=False)
    response: Response | None = field(default=None, repr=False)

    @property
    def good(self) -> bool:
        """Whether it had success."""
        return self.final and self.code.startswith("I")

    @property
    def request_id(self) -> str:
        """Its name, which is also its correlation id in the trace."""
        return str(self.request.request_id)


class _Clock(Protocol):
    @property
    def now(self) -> datetime: ...

    def advance(self, by: timedelta | None = None) -> datetime: ...


class Surroundings(Protocol):
    """The emulator that a user is at, in process or served."""

    @property
    def clock(self) -> _Clock:
        """The virtual clock."""

    def post(self, user: UserUnderTest, request: Request, xml: bytes, service: str) -> Sent:
        """Octets to a web service, and what the DCC says at once."""

    def kind_of(self, eui: EUI64) -> DeviceType | None:
        """The type of a device in the inventory."""


class _Target(Protocol):
    @property
    def eui(self) -> EUI64: ...


class UserUnderTest:
    """One user.

    Attributes:
        stand_in: signs, correlates and checks for it.
        received: its mailbox so far, oldest first.
    """

    def __init__(self, emulator: Surroundings, stand_in: StandInUser) -> None:
        self._emulator = emulator
        self.stand_in = stand_in
        self.received: list[Received] = []

    def __repr__(self) -> str:
        return f"{self.name} {self.eui}"

    @property
    def name(self) -> str:
        """As in the ladder."""
        return self.stand_in.name

    @property
    def eui(self) -> EUI64:
        """Its EUI-64."""
        return self.stand_in.eui

    @property
    def alerts(self) -> list[str]:
        """The codes of the alerts in its mailbox, in order."""
        return [each.alert for each in self.received if each.alert]

    def send(
        self,
        service: str,
        device: _Target | None = None,
        *,
        level: int | None = None,
        start: When | None = None,
        end: When | None = None,
        controller: int = 1,
        values: Mapping[str, str] | None = None,
        body: Node | None = None,
        variant: int | None = None,
        known: Known = _NOTHING_MORE,
        wait: timedelta = WAIT,
    ) -> Sent:
        """A service request on its whole road: a critical one is transformed, correlated and signed first.

        Args:
            service: a service reference variant such as ``7.13``.
            device: the target; the DCC itself if not given.
            level, start, end, controller: of 7.13 and 7.16; percent, moments (`moments.When`), 1 to 5.
            values: elements and attributes of the body by path, such as ``{"RandomisedOffsetLimit": "600"}``, in order.
            body: the whole body instead.
            variant: command variant instead of the service's usual one.
            known: what the user knows besides, such as the other device of a join.
            wait: virtual time to wait for the device's answer; zero leaves the clock alone.

        Raises:
            Malformed, NotPossible: there is no such service, or the body is not one of it.
        """
        request = self.request(
            service,
            device,
            level=level,
            start=start,
            end=end,
            controller=controller,
            values=values,
            body=body,
            variant=variant,
        )
        sent = self.post(request)
        if request.command_variant == 4 and sent.good and sent.response is not None:
            kind = None if device is None else self._kind(device.eui)
            signed = self.stand_in.correlate(request, sent.response, known, kind)
            sent = self.post(self.stand_in.sign_pre_command(request, signed))
        return self._answered(sent, wait) if sent.code == "I99" and request.command_variant != 8 else sent

    def request(
        self,
        service: str,
        device: _Target | None = None,
        *,
        level: int | None = None,
        start: When | None = None,
        end: When | None = None,
        controller: int = 1,
        values: Mapping[str, str] | None = None,
        body: Node | None = None,
        variant: int | None = None,
    ) -> Request:
        """The request of `send`, with the next counter and not sent yet."""
        from dcc_sim.identities import BROKER

        target = BROKER if device is None else device.eui
        if body is None:
            element = element_of(service, None if device is None else self._kind(target))
            given = (level, start, end) != (None, None, None) or not values
            period = self._period(service, level, start, end, controller) if given else []
            body = body_of(element, [*period, *(values or {}).items()])
        number = _VARIANTS[RULES[service].kind] if variant is None else variant
        return checked(self.stand_in.request(target, service, number, body))

    def post(self, request: Request | bytes, service: str = "") -> Sent:
        """Sign a request and send it, once: what the DCC says at once.

        Args:
            request: of this or any other name; octets are sent as they are, in the name of a request of nobody's.
            service: web service; by the command variant if not given.
        """
        if isinstance(request, bytes):
            return self._emulator.post(self, self.stand_in.request(self.eui, "8.2", 8, Node("")), request, service)
        xml = self.stand_in.write(request)
        return self._emulator.post(self, request, xml, service or _WEB.get(request.command_variant, "serviceD"))

    def answer_to(self, sent: Sent) -> Received | None:
        """The document that answers a request, if it has come."""
        return next((each for each in self.received if each.request == sent.request_id), None)

    def take(self, request: str, document: bytes, mmc: str) -> None:
        """A document has come into the mailbox."""
        response = self.stand_in.read(document)
        self.received.append(Received(response.moment, request, response.code, _alert(response), mmc, response))

    def _answered(self, sent: Sent, wait: timedelta) -> Sent:
        until = self._emulator.clock.now + wait
        while True:
            found = self.answer_to(sent)
            if found is not None:
                return Sent(sent.request, found.code, "", True, found.mmc, found.response)
            if self._emulator.clock.now >= until:
                return Sent(sent.request, sent.code, sent.reason, False, "", sent.response)
            self._emulator.clock.advance(min(STEP, until - self._emulator.clock.now))

    def _kind(self, eui: EUI64) -> DeviceType | None:
        return self._emulator.kind_of(eui)

    def _period(
        self, service: str, level: int | None, start: When | None, end: When | None, controller: int
    ) -> list[tuple[str, str]]:
        if service not in _FOR_A_TIME:
            if (level, start, end) != (None, None, None):
                raise NotPossible("level, start and end", f"are for {' and '.join(_FOR_A_TIME)}, not {service}")
            return []
        if level is None or start is None or end is None:
            raise NotPossible("level, start and end", f"are given with {service}")
        now = self._emulator.clock.now
        return [
            ("@auxiliaryControllerN", str(controller)),
            ("StartDateTime", lexical_of(moment(start, now))),
            ("EndDateTime", lexical_of(moment(end, now))),
            ("CommandedStateLevel", str(level)),
        ]


def _alert(response: Response) -> str:
    payload = response.payload
    if isinstance(payload, DeviceAlert | FutureDatedDeviceAlert):
        return f"{payload.alert_code:04X}"
    return payload.alert_code if isinstance(payload, DccAlert) else ""
