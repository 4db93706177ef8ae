"""Whom an HCALCS trusts: its supplier changes, its certificates are read and its keys renewed, as with any device."""

from __future__ import annotations

from datetime import timedelta

from dcc_sim import home
from dcc_sim.home import METER, SWITCH
from devices.trust import Role
from schemas.duis.node import branch, leaf
from schemas.gbcs.envelope import decode
from tests import credentials
from tests.credentials import alerts, codes, held, inject, moving, of, smki
from tests.pairs import START, Pair

UNJOIN = branch("UnjoinServiceCritical", leaf("OtherDeviceID", METER))


def test_the_new_supplier_commands_it_and_the_old_one_does_not() -> None:
    """SR 6.23 at the switch: the old supplier's signed command is refused by DCC and switch, the new one's obeyed."""
    pair = moving(Pair(), START + timedelta(minutes=30))
    request, message = pair.pre_command(pair.supplier, SWITCH, "8.8.1", UNJOIN)
    signed = pair.supplier.sign_pre_command(request, message)
    pair.at(START + timedelta(minutes=30))
    new = pair.world.users[home.OTHER_SUPPLIER]
    pair.read(pair.other_supplier, SWITCH, "6.23", credentials.by_cos(smki(pair), new))
    pair.pass_time()
    assert codes(pair, pair.other_supplier) == ["I0"]
    assert held(pair, Role.SUPPLIER, SWITCH) == of(new)
    assert pair.post("serviceS", pair.supplier.write(signed)).code == "E4"
    inject(pair, decode(signed.body.octets("GBCSPayload")))
    pair.pass_time()
    assert alerts(pair, pair.other_supplier) == [0x8F53]
    assert pair.world.home.switch.joined.meter == METER
    pair.command(pair.other_supplier, SWITCH, "8.8.1", UNJOIN)
    pair.pass_time()
    assert pair.world.home.switch.joined.meter is None


def test_what_it_holds_is_read() -> None:
    """SR 6.24.1: supplier and network operator have cells, a load controller has none."""
    pair = Pair()
    pair.read(pair.supplier, SWITCH, "6.24.1", credentials.read("Supplier", "NetworkOperator"))
    pair.pass_time()
    assert codes(pair, pair.supplier) == ["I0"]
    assert not any(cell.role is Role.LOAD_CONTROLLER for cell in pair.world.home.switch.trust.slots)


def test_new_certificates_of_its_supplier() -> None:
    """SR 6.15.1 places them again; SR 6.17 asks the switch for a new key, which it makes."""
    pair = Pair()
    supplier = pair.world.users[home.SUPPLIER]
    pair.command(pair.supplier, SWITCH, "6.15.1", credentials.by_party(smki(pair), supplier, "Supplier"))
    pair.pass_time()
    pair.command(
        pair.supplier, SWITCH, "6.17", branch("IssueSecurityCredentials", leaf("CredentialType", "Digital Signature"))
    )
    pair.pass_time()
    assert codes(pair, pair.supplier) == ["I0", "I0"]
