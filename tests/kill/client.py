"""A user's client that keeps books: what it sent, what it was told, and what it does not know because of a crash.

What is unknown is sent again, octet for octet, to the next process, as a careful head end does. I99 says that it was
not accepted before; E100 says that it was, because nothing else is wrong with it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event

import httpx

from dcc_sim.identities import CHARGER
from dcc_sim.media import XML
from dcc_sim.user import StandInUser
from schemas.duis.node import Node, branch
from schemas.duis.request import Request
from schemas.duis.response import Response
from tests.pairs import set_state

START = datetime(2030, 1, 1, tzinfo=UTC)
CRITICAL = set_state(START, START + timedelta(hours=1), 50)
READS: dict[str, tuple[str, Node]] = {
    "supplier": ("7.14", branch("ReadAuxiliaryControllerConfigurationData")),
    "other": ("7.15", branch("ReadAuxiliaryControllerOperationalData")),
}
ACKNOWLEDGED, REFUSED, PRE_COMMAND = "I99", "E100", "I0"


@dataclass
class Client:
    """One user under load.

    Attributes:
        critical: whether every second request is a critical one, through variants 4 and 5.
        accepted: RequestIDs that must end in exactly one final response.
        unknown: the body whose answer was lost, its request and its web service.
        outcomes: how often each answer came, resent bodies apart.
    """

    user: StandInUser
    read: tuple[str, Node]
    critical: bool
    accepted: set[str] = field(default_factory=set)
    unknown: tuple[str, bytes, Request] | None = None
    outcomes: Counter[str] = field(default_factory=Counter)

    def run(self, base: str, ending: Event) -> None:
        """Send until the server is gone; connections also end with one of its workers."""
        while True:
            try:
                with httpx.Client(base_url=base, timeout=30) as http:
                    self.resolve(http)
                    for number in count():
                        self.once(http, critical=self.critical and number % 2 == 0)
            except httpx.TransportError:
                if ending.is_set():
                    return

    def once(self, http: httpx.Client, critical: bool) -> None:
        """One new request up to its acknowledgement."""
        if not critical:
            service, body = self.read
            self._send(http, "serviceS", self.user.request(CHARGER, service, 1, body))
            return
        request = self.user.request(CHARGER, "7.13", 4, CRITICAL)
        answer = self._send(http, "serviceT", request)
        signed = self.user.sign_pre_command(request, self.user.correlate(request, answer))
        self._send(http, "serviceS", signed)

    def _send(self, http: httpx.Client, service: str, request: Request) -> Response:
        xml = self.user.write(request)
        self.unknown = service, xml, request
        answer = self._post(http, service, xml)
        self.unknown = None
        self._enter(request, service, answer.code)
        return answer

    def resolve(self, http: httpx.Client) -> None:
        """Send what is unknown again, and learn whether it had been accepted."""
        if self.unknown is None:
            return
        service, xml, request = self.unknown
        code = self._post(http, service, xml).code
        self.unknown = None
        self.outcomes[f"resent: {code}"] += 1
        if service == "serviceS" and code == REFUSED:
            self.accepted.add(str(request.request_id))
        else:
            self._enter(request, service, code, known=service == "serviceT" and code == REFUSED)

    def _enter(self, request: Request, service: str, code: str, known: bool = False) -> None:
        expected = ACKNOWLEDGED if service == "serviceS" else PRE_COMMAND
        if code != expected and not known:
            raise AssertionError(f"{request.request_id}: {service} answers {code}")
        self.outcomes[code] += 1
        if code == ACKNOWLEDGED:
            self.accepted.add(str(request.request_id))

    def _post(self, http: httpx.Client, service: str, xml: bytes) -> Response:
        got = http.post(f"/api/v1/{service}", content=xml, headers={"Content-Type": XML})
        assert got.status_code == 200, (got.status_code, got.text)
        return self.user.read(got.content)


def clients(users: dict[str, StandInUser]) -> list[Client]:
    """The supplier, who also commands, and a user that the device does not know: its reads go through the broker."""
    return [Client(user, READS[name], critical=name == "supplier") for name, user in users.items()]
