"""Every service request through the gateway: HTTP in, the vector's pre-command back or its command on the WAN."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcc_sim import home
from dcc_sim.inventory import DeviceEntry, Registration, User, UserRole
from dcc_sim.inventory_file import Inventory
from dcc_sim.policy import RULES, Kind, Regime
from schemas.duis.document import parse
from schemas.duis.payloads import PreCommand
from schemas.duis.request import Request, read_request
from schemas.gbcs.envelope import Message, decode
from schemas.gbcs.use_cases.declare import Known
from schemas.gbcs.use_cases.table import by_name
from tests.conformance import EXCEPTIONS
from tests.dcc_sim.asking import ALWAYS
from tests.pairs import Pair
from tests.schemas.gbcs.use_cases.known import known_to_the_dcc
from tests.schemas.gbcs.use_cases.vectors import ROOT, octets

VECTORS_MADE = datetime(2015, 1, 1, tzinfo=UTC)
"""Nearly all: the issuer event ids of gas commands tell."""

BY_NAME = set(
    [
        "ECS08",
        "ECS23b",
        "ECS25r2",
        "ECS26d",
        "ECS26e",
        "ECS26i",
        "ECS26k",
        "ECS29f",
        "ECS35f",
        "GCS21d",
        "GCS21e",
        "GCS60",
        "CCS05CCS04",
    ]
)
"""The elder, or another, of the use cases that one request may become: only ``transform --use-case`` makes them."""
BY_OTHERS = {
    "CCS03": "the log of a hub that this DCC has not heard of",
    "GCS59": "the log of a gas proxy function, likewise",
    "CS02aMAC": "the broker asks as a user",
    "CS02fMAC": "the broker asks as a user",
    "CS03CCritical": "carries a certificate of another SMKI",
    "CS03CNonCritical": "carries a certificate of another SMKI",
    "ECS50": "carries the number that the DCC draws",
    "GCS36": "carries the number that the DCC draws",
}
"""Vectors that are not this DCC's commands, though equal to the transform's (tests of the conformance table)."""

_DEVICES = Inventory()


def cases() -> list[tuple[Path, Path]]:
    """Each template of a request to a device, with its vector."""
    found = []
    for template in sorted((ROOT / "duis-templates").glob("*_REQUEST_DUIS.XML")):
        stem = template.name.removesuffix("_REQUEST_DUIS.XML")
        name = stem.split("_")[0]
        # CS02b and CS02g place certificates, which must be of this SMKI: tests/journeys/test_credentials.py.
        if name in BY_NAME | BY_OTHERS.keys() or name.startswith(("CS02b", "CS02g")):
            continue
        vectors = [
            path
            for kind in ("PRECOMMAND", "COMMAND")
            for path in sorted((ROOT / "rtds").glob(f"*/{stem}_{kind}_*.HEX"))
        ]
        if vectors and stem not in EXCEPTIONS:
            found.append((template, vectors[0]))
    return found


CASES = cases()


def test_there_are_cases(reference: Path) -> None:
    """The parametrised test is not empty."""
    assert len(CASES) >= 200


@pytest.mark.parametrize(("template", "path"), CASES, ids=lambda path: path.stem)
def test_template_becomes_its_vector(template: Path, path: Path) -> None:
    """The octets are the vector's, where the DCC knows what the vector's knew; signatures and MACs have other keys."""
    request, vector = read_request(parse(template.read_bytes())), decode(octets(path))
    use_case = by_name(template.name.split("_")[0])
    pair = told(request, vector, known_to_the_dcc(use_case, vector))
    sent: list[bytes] = []
    pair.world.dcc.to_hub = lambda hub, message: sent.append(message)
    kind = RULES[request.service_reference_variant].kind
    user = pair.user(request.request_id.originator, "User")
    answer = pair.post("serviceT" if kind is Kind.CRITICAL else "serviceS", user.write(request))
    if kind is Kind.CRITICAL:
        assert answer.response is not None and isinstance(answer.response.payload, PreCommand), answer.reason
        assert answer.response.payload.payload == vector.stripped().encode()
    else:
        assert answer.code == "I99", answer.reason
        assert decode(sent[0]).stripped().encode() == vector.stripped().encode()
    pair.store.close()


def told(request: Request, vector: Message, facts: Known) -> Pair:
    """A DCC whose inventory has the devices, and who may ask for the request; its counters are those of the vector."""
    pair = Pair(start=VECTORS_MADE, policy=Regime.LOAD_CONTROLLER)
    inventory, service = pair.world.dcc.inventory, request.service_reference_variant
    user = request.request_id.originator
    direct = vector.originator == user
    target, other = request.request_id.target, facts.other
    kinds = {target: _DEVICES.type_of(target)}
    if other is not None:
        kinds[request.body.eui("OtherDeviceID")] = other.device_type
    for eui, kind in kinds.items():
        assert kind is not None, eui
        known = frozenset({user} if direct else set())
        inventory.devices[eui] = DeviceEntry(eui, kind, home.HUB, home.MPAN, known_parties=known, twin=facts.twin)
        pair.world.smki.issue_device(eui)
    roles = RULES[service].eligible(Regime.LOAD_CONTROLLER) or frozenset(UserRole)
    inventory.users[user] = User(user, "User", roles)
    inventory.registrations[:] = [Registration(home.MPAN, role, user, ALWAYS.replace(year=2014)) for role in roles]
    if not direct:
        pair.store.raise_counter(vector.originator, vector.originator_counter - 1)
    return pair
