"""Authority by message code and role: every code of every kind of device, from each of the seven remote party roles."""

import pytest

from devices.alerts import AlertCode
from devices.charge_point import ChargePoint
from devices.comms_hub import CommsHub
from devices.device import Device
from devices.esme import ESME
from devices.hcalcs import HCALCS
from devices.sapc import SAPC
from devices.trust import Role
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Supplementary
from schemas.gbcs.protection import add_mac, sign
from tests.devices.home import BROKER, NEW_YEAR, SUPPLIER, Party, command, identity, secret, sent

TARGET = EUI64.parse("00DB1234567890A7")
ROLES = tuple(role for role in Role if role is not Role.ROOT)
PARTIES = {
    role: BROKER if role is Role.ACCESS_CONTROL_BROKER else Party(role, EUI64.parse(f"90B3D51F3002000{int(role)}"))
    for role in ROLES
}
KINDS: dict[str, type[Device]] = {"ESME": ESME, "SAPC": SAPC, "HCALCS": HCALCS, "hub": CommsHub}
CREDENTIALS = {
    0x0102: Role.SUPPLIER,
    0x0103: Role.NETWORK_OPERATOR,
    0x0104: Role.ACCESS_CONTROL_BROKER,
    0x0105: Role.WAN_PROVIDER,
    0x0106: Role.TRANSITIONAL_COS,
    0x0107: Role.TRANSITIONAL_COS,
    0x0108: Role.RECOVERY,
    0x0125: Role.LOAD_CONTROLLER,
    0x0126: Role.SUPPLIER,
}
"""Who may have which certificates replaced (vectors CS02b and CS02g)."""


def device(kind: str) -> Device:
    """One that knows a party in each of the seven roles, with both keys of each."""
    known = identity(TARGET, anchors=tuple(party.cell for party in PARTIES.values()))
    if kind == "SAPC":
        return SAPC(known, ChargePoint())
    if kind == "HCALCS":
        return HCALCS(known, load_w=3000, draw=lambda: 0.0)
    return KINDS[kind](known)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_code_is_for_its_roles_alone(kind: str, role: Role) -> None:
    some, party = device(kind), PARTIES[role]
    for counter, use_case in enumerate(some.use_cases, start=1):
        broker = role is Role.ACCESS_CONTROL_BROKER and not use_case.in_own_name
        behind = Supplementary(SUPPLIER.eui, 1) if broker else None
        message = command(party, counter, use_case.code, b"\xff", device=TARGET, supplementary=behind)
        message = add_mac(sign(message, party.signing), secret(BROKER.eui))
        outputs = some.receive(message.encode(), NEW_YEAR)
        # What is authorised is refused for its content, which is none.
        expected = AlertCode.FORMAT_CHECK_FAILED if role in use_case.roles else AlertCode.NO_AUTHORITY
        assert (use_case.name, some.security_log.codes()[-1]) == (use_case.name, expected)
        assert CraFlag.RESPONSE not in {each.cra for each in sent(outputs)}
        if use_case.code in CREDENTIALS:
            assert use_case.roles == {CREDENTIALS[use_case.code]}


def test_every_role_has_something_to_say_somewhere() -> None:
    said = {role for kind in KINDS.values() for use_case in kind.use_cases for role in use_case.roles}
    assert said == set(ROLES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_party_that_the_device_does_not_know_is_refused(kind: str) -> None:
    some = device(kind)
    stranger = Party(Role.SUPPLIER, EUI64.parse("90B3D51F300300FF"))
    for counter, use_case in enumerate(some.use_cases, start=1):
        message = command(stranger, counter, use_case.code, b"\xff", device=TARGET)
        some.receive(add_mac(sign(message, stranger.signing), secret(BROKER.eui)).encode(), NEW_YEAR)
        assert some.security_log.codes()[-1] == AlertCode.NOT_AUTHENTIC_OTHER
    assert len(some.security_log) == min(len(some.use_cases), 100)
