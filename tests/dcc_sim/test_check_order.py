"""The order of the checks: of many faults the first is told, by its code and reason."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from dcc_sim import home
from dcc_sim.inventory import DeviceStatus, UserRole
from schemas.duis.node import branch
from schemas.duis.request import Request
from schemas.eui import EUI64
from tests.dcc_sim.services import SERVICES
from tests.pairs import Answer, Pair

TARGET, BODY = SERVICES["7.13"]


@dataclass
class Draft:
    """A request in the making, and where it goes."""

    pair: Pair
    request: Request
    web: str = "serviceT"
    forged: bool = False

    def change(self, **fields: object) -> None:
        """Other header fields or another body."""
        self.request = replace(self.request, **fields)  # type: ignore[arg-type]

    def name(self, **fields: object) -> None:
        """Another RequestID."""
        self.change(request_id=self.request.request_id._replace(**fields))  # type: ignore[arg-type]

    def user(self, **fields: object) -> None:
        """Something else about the user."""
        users = self.pair.world.dcc.inventory.users
        users[home.SUPPLIER] = replace(users[home.SUPPLIER], **fields)  # type: ignore[arg-type]

    def to(self, web: str, variant: int) -> None:
        """To a web service, in a command variant."""
        self.web = web
        self.change(command_variant=variant)

    def suspend_devices(self) -> None:
        """No device is commissioned."""
        devices = self.pair.world.dcc.inventory.devices
        devices.update({eui: replace(entry, status=DeviceStatus.SUSPENDED) for eui, entry in devices.items()})

    def post(self) -> Answer:
        """Send it."""
        xml = self.pair.supplier.write(self.request)
        return self.pair.post(self.web, xml.replace(b'"5.4"', b'"5.3"', 1) if self.forged else xml)


UNKNOWN = EUI64.parse("00-DB-12-34-56-78-90-FF")
FAULTS: tuple[tuple[str, str, Callable[[Draft], object]], ...] = (
    ("E1", "originator", lambda draft: draft.pair.world.dcc.inventory.users.clear()),
    ("E100", "RequestID counter", lambda draft: draft.name(counter=0)),
    ("E100", "DigestValue", lambda draft: setattr(draft, "forged", True)),
    ("E100", "ServiceReference:", lambda draft: draft.change(service_reference="7.14")),
    ("E2", "user role", lambda draft: draft.user(roles=frozenset({UserRole.OTHER_USER}))),
    ("E3", "user status", lambda draft: draft.user(suspended=True)),
    ("E11", "build carries", lambda draft: draft.change(service_reference="11.4", service_reference_variant="11.4")),
    ("E19", "target", lambda draft: draft.name(target=UNKNOWN)),
    ("E4", "user:", lambda draft: draft.pair.world.dcc.inventory.registrations.clear()),
    ("E5", "device status", lambda draft: draft.suspend_devices()),
    ("E11", "a CHF takes", lambda draft: draft.name(target=home.HUB)),
    ("E13", "another web service", lambda draft: draft.to("serviceD", 1)),
    ("E12", "CommandVariant", lambda draft: draft.to("serviceS", 1)),
    ("E100", "body of service", lambda draft: draft.change(body=branch("ReadFirmwareVersion"))),
)
"""Code, words of the reason, and how a request comes to it; in the order of the checks."""


@pytest.mark.parametrize("first", range(len(FAULTS)), ids=[f"{code} {word}" for code, word, _ in FAULTS])
def test_the_first_of_many_faults_is_told(pair: Pair, first: int) -> None:
    """A request with this fault and every later one is refused for this one; nothing is recorded."""
    draft = Draft(pair, pair.supplier.request(TARGET, "7.13", 4, BODY))
    for _, _, make in reversed(FAULTS[first:]):
        make(draft)
    before = pair.records()
    answer = draft.post()
    code, word, _ = FAULTS[first]
    assert answer.code == code, answer.reason
    assert word in answer.reason
    assert pair.records() == before


def test_without_a_fault_it_is_accepted(pair: Pair) -> None:
    """The request of these tests is good: each is refused for its faults alone."""
    assert Draft(pair, pair.supplier.request(TARGET, "7.13", 4, BODY)).post().code == "I0"
