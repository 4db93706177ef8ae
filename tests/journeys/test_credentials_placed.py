"""Credentials that parties place: their own, a load controller's, a hub handed over; and a device's own keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from lxml import etree

from dcc_sim import home, identities
from dcc_sim.policy import Regime
from dcc_sim.smki import Usage
from devices.trust import Role
from schemas.duis.node import branch, leaf
from schemas.duis.payloads import DeviceAlert
from schemas.gbcs.envelope import decode
from schemas.gbcs.protection import verify_signature
from tests import credentials
from tests.credentials import ask_for, codes, held, of, smki, wire
from tests.dcc_sim.conftest import checked
from tests.pairs import FULL_KW, HALF_KW, START, Pair, set_state

END = START + timedelta(hours=5)
BY_SUPPLIER = 0x0126


@pytest.fixture
def controlled(duis_schema: etree.XMLSchema | None) -> Iterator[Pair]:
    """A home in the load controller regime whose devices know no load controller yet."""
    for made in checked(duis_schema, Regime.LOAD_CONTROLLER):
        for eui in (home.CHARGER, home.METER):
            trust = made.world.home.devices[eui].trust
            others = {cell: held for cell, held in trust.anchors.items() if cell.role is not Role.LOAD_CONTROLLER}
            trust.restore(others, trust.counters, trust.floors, trust.top_up_floors)
            entry = made.world.dcc.inventory.devices[eui]
            known = entry.known_parties - {home.LOAD_CONTROLLER}
            made.world.dcc.inventory.devices[eui] = replace(entry, known_parties=known)
        yield made


def test_a_load_controller_is_placed_by_the_supplier(controlled: Pair) -> None:
    """Before: the device does not obey it. SR 6.15.1 by the supplier; after: it limits the charge point by 7.16."""
    pair = controlled
    pair.charge()
    limit = set_state(START + timedelta(minutes=10), END, 50, 1, "LimitAPCLevel")
    pair.command(pair.load_controller, home.CHARGER, "7.16", limit)
    pair.pass_time(60)
    assert codes(pair, pair.load_controller) == ["E21"]

    seen = wire(pair)
    body = credentials.by_party(smki(pair), pair.world.users[home.LOAD_CONTROLLER], "LoadController")
    pair.command(pair.supplier, home.CHARGER, "6.15.1", body)
    assert decode(seen[-1]).message_code == BY_SUPPLIER
    pair.pass_time()
    assert [each.code for each in pair.mailbox(pair.supplier) if not isinstance(each.payload, DeviceAlert)] == ["I0"]
    assert held(pair, Role.LOAD_CONTROLLER) == of(pair.world.users[home.LOAD_CONTROLLER])
    assert home.LOAD_CONTROLLER in pair.world.dcc.inventory.device(home.CHARGER).known_parties

    pair.command(pair.load_controller, home.CHARGER, "7.16", limit)
    pair.at(START + timedelta(minutes=11))
    assert codes(pair, pair.load_controller) == ["E21", "I0"]
    assert pair.power == HALF_KW


def test_a_load_controller_places_nobody(controlled: Pair) -> None:
    """The matrix gives 6.15.1 to suppliers and network parties alone."""
    body = credentials.by_party(smki(controlled), controlled.world.users[home.LOAD_CONTROLLER], "LoadController")
    assert controlled.ask(controlled.load_controller, home.CHARGER, "6.15.1", 4, body).code == "E2"


def test_new_certificates_of_the_same_supplier(pair: Pair) -> None:
    """6.15.1 for itself: its old keys are worth nothing at the device from then on, and the new ones control load."""
    pair.charge()
    old = pair.supplier.credentials
    new = smki(pair).issue_organisation(home.SUPPLIER, home.PARTIES[0].certified, old.name, generation=1)
    pair.command(pair.supplier, home.CHARGER, "6.15.1", credentials.by_party(smki(pair), new, "Supplier"))
    pair.pass_time()
    assert codes(pair, pair.supplier) == ["I0"]
    assert held(pair, Role.SUPPLIER) == of(new)
    pair.supplier.credentials = new
    assert ask_for(pair, 50, pair.supplier, END) == "I0"
    assert pair.power == HALF_KW


def test_a_network_operator_replaces_its_own_and_no_supplier(pair: Pair) -> None:
    """Its own pass; a supplier's certificates, or the supplier's cells, do not."""
    users, made = pair.world.users, smki(pair)
    new = made.issue_organisation(home.NETWORK_OPERATOR, home.PARTIES[2].certified, "Network", generation=1)
    pair.command(pair.network, home.METER, "6.15.1", credentials.by_party(made, new, "NetworkOperator"))
    pair.pass_time()
    assert codes(pair, pair.network) == ["I0"]
    assert held(pair, Role.NETWORK_OPERATOR, home.METER) == of(new)
    for body in (
        credentials.by_party(made, new, "Supplier"),
        credentials.by_party(made, users[home.SUPPLIER], "Supplier"),
        credentials.by_party(made, users[home.SUPPLIER], "NetworkOperator"),
    ):
        assert pair.ask(pair.network, home.METER, "6.15.1", 4, body).code == "E100"


def test_a_hub_is_handed_over(pair: Pair) -> None:
    """6.21: the broker gives its supplier's cells to the supplier, who is known to the hub from then on."""
    seen = wire(pair)
    assert [party for party, _ in held(pair, Role.SUPPLIER, home.HUB)] == [identities.BROKER] * 2
    body = credentials.handover(smki(pair), pair.world.users[home.SUPPLIER], "Supplier")
    pair.read(pair.supplier, home.HUB, "6.21", body)
    command = decode(seen[-1])
    assert (command.message_code, command.originator, bool(command.signature)) == (0x0102, identities.BROKER, True)
    pair.pass_time()
    assert codes(pair, pair.supplier) == ["I0"]
    assert held(pair, Role.SUPPLIER, home.HUB) == of(pair.world.users[home.SUPPLIER])
    known = pair.world.dcc.inventory.device(home.HUB).known_parties
    assert known == {identities.BROKER, home.SUPPLIER}
    pair.read(pair.supplier, home.HUB, "6.21", body)
    pair.pass_time(60)
    assert codes(pair, pair.supplier)[-1] == "E21", "the broker has nothing left to hand over"


@pytest.mark.parametrize(
    ("words", "use"), [("Digital Signature", Usage.SIGNING), ("Key Agreement", Usage.KEY_AGREEMENT)]
)
def test_a_device_gets_a_new_key(pair: Pair, words: str, use: Usage) -> None:
    """6.17, a certificate for the request, 6.15.2, 6.24.2; then everything goes on under the new key."""
    pair.charge()
    assert ask_for(pair, 50, pair.supplier, END) == "I0"
    kind = leaf("CredentialType", words)
    seen = wire(pair)
    pair.command(pair.supplier, home.CHARGER, "6.17", branch("IssueSecurityCredentials", kind))
    pair.pass_time()
    request = x509.load_der_x509_csr(decode(seen[-1]).payload)
    old = smki(pair).certificate(home.CHARGER, use)
    certificate = smki(pair).certify_device(request)
    assert certificate != old and smki(pair).certificate(home.CHARGER, use) == certificate
    stored = branch("UpdateSecurityCredentialsDevice", leaf("DeviceCertificate", credentials.der(certificate)))
    pair.command(pair.supplier, home.CHARGER, "6.15.2", stored)
    pair.pass_time()
    assert decode(seen[-1]).payload == b"\x02\x01\x00"
    pair.command(pair.supplier, home.CHARGER, "6.24.2", branch("RetrieveDeviceSecurityCredentialsDevice", kind))
    pair.pass_time()
    assert decode(seen[-1]).payload == credentials.der(certificate)
    verify_signature(decode(seen[-1]), smki(pair).certificate(home.CHARGER, Usage.SIGNING).public_key())  # type: ignore[arg-type]
    assert ask_for(pair, 100, pair.supplier, END) == "I0"
    assert pair.power == FULL_KW
    assert set(codes(pair, pair.supplier)) == {"I0"}
