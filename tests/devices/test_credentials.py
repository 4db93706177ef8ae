"""Credentials at a device, rule by rule: what is refused with which status or alert, and that it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim.smki import Credentials, KeyPair, Smki
from dcc_sim.smki import Role as Certified
from dcc_sim.smki.profiles import VALID_FROM, VALID_TO
from devices.alerts import AlertCode
from devices.device import Device, Identity
from devices.esme import ESME
from devices.saved import restore, save
from devices.trust import Anchor, Cell, Role, TrustAnchorCell, Use
from schemas.eui import EUI64
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.protection import add_mac, shared_secret, sign
from schemas.gbcs.use_cases.asn1_fields import BITS, integer, sequence, time_value
from tests.devices.home import sent

NOW = datetime(2026, 1, 15, tzinfo=UTC)
METER = EUI64.parse("00DB1234567890A0")
SUPPLIER, OTHER, NETWORK, BROKER, COS, LC = (EUI64(bytes.fromhex(f"90B3D51F300{n}0000")) for n in range(1, 7))
SIGNING, AGREEMENT = Ber(BITS, bytes.fromhex("0780")), Ber(BITS, bytes.fromhex("0308"))
BY_SUPPLIER, BY_COS, BY_NETWORK, LC_BY_SUPPLIER, LC_BY_LC = 0x0102, 0x0107, 0x0103, 0x0126, 0x0125
MODES = {BY_SUPPLIER: 2, BY_NETWORK: 3, BY_COS: 7, LC_BY_LC: 10, LC_BY_SUPPLIER: 11}
SUCCESS, BAD, NO_ANCHOR, NO_CELL, FAULT = 0, 5, 10, 25, 127

SMKI = Smki(b"tests of credentials")
PARTIES = {
    eui: SMKI.issue_organisation(eui, role, role.name)
    for eui, role in (
        (SUPPLIER, Certified.SUPPLIER),
        (OTHER, Certified.SUPPLIER),
        (NETWORK, Certified.NETWORK_OPERATOR),
        (BROKER, Certified.ACCESS_CONTROL_BROKER),
        (COS, Certified.TRANSITIONAL_COS),
        (LC, Certified.LOAD_CONTROLLER),
    )
}
OWN = SMKI.issue_device(METER)
NEW = SMKI.issue_organisation(SUPPLIER, Certified.SUPPLIER, "SUPPLIER", generation=1)
PATH = (SMKI.organisation_authority,)
STRANGERS = Smki(b"another SMKI")
STRANGER = STRANGERS.issue_organisation(SUPPLIER, Certified.SUPPLIER, "SUPPLIER")


def public(pair: KeyPair) -> object:
    return pair.certificate.public_key()


def anchor(role: Role, eui: EUI64) -> TrustAnchorCell:
    held = PARTIES[eui]
    return TrustAnchorCell(role, eui, public(held.signing), public(held.key_agreement))  # type: ignore[arg-type]


ANCHORS = (
    TrustAnchorCell(Role.ROOT, EUI64(bytes(8)), certificate_signing=SMKI.root.public_key()),  # type: ignore[arg-type]
    anchor(Role.SUPPLIER, SUPPLIER),
    anchor(Role.NETWORK_OPERATOR, NETWORK),
    anchor(Role.ACCESS_CONTROL_BROKER, BROKER),
    anchor(Role.TRANSITIONAL_COS, COS),
    anchor(Role.LOAD_CONTROLLER, LC),
)


def meter(*anchors: TrustAnchorCell) -> ESME:
    return ESME(Identity(METER, OWN.signing.key, OWN.key_agreement.key, anchors or ANCHORS))


def cell(role: int, usage: Ber, *top_up: Ber) -> Ber:
    return sequence(integer(role), usage, *top_up)


def placed(role: int, held: Credentials) -> tuple[Ber, ...]:
    """Both certificates of a party, for the cells of a role."""
    pairs = ((held.signing, SIGNING), (held.key_agreement, AGREEMENT))
    return tuple(sequence(ber(pair.certificate), cell(role, usage)) for pair, usage in pairs)


def ber(certificate: x509.Certificate) -> Ber:
    return decode_ber(certificate.public_bytes(Encoding.DER))


def content(
    code: int,
    counter: int,
    replaced: tuple[Ber, ...],
    *,
    authority: int = 2,
    parts: tuple[Ber, ...] = (),
    path: tuple[x509.Certificate, ...] = PATH,
    at: datetime | None = None,
    timed: bool = True,
) -> Ber:
    """A replacement; ``parts`` are its floors."""
    checks = () if timed else (Ber(0x81, b"\x01"),)
    head = integer(MODES[code]), *checks, sequence(integer(authority), SIGNING, tag=0xA2), integer(counter, 0x83)
    time = () if at is None else (time_value(at),)
    return sequence(sequence(*head, *parts), sequence(*replaced), sequence(*map(ber, path)), *time)


def command(code: int, counter: int, value: Ber, originator: EUI64 = SUPPLIER, key: Credentials | None = None) -> bytes:
    """Signed by its originator, or with another's key, under the broker's MAC."""
    message = Message(CraFlag.COMMAND, counter, originator, METER, code, value.encode())
    secret = shared_secret(PARTIES[BROKER].key_agreement.key, OWN.key_agreement.key.public_key())
    return add_mac(sign(message, (key or PARTIES[originator]).signing.key), secret).encode()


def outcome(device: Device, data: bytes, now: datetime = NOW) -> list[int]:
    """The statuses in the one response."""
    (message,) = sent(device.receive(data, now))
    assert message.cra is CraFlag.RESPONSE
    _, told = decode_ber(message.payload).children
    return [row.children[1].number for row in told.children[-1].children]


def alert(device: Device, data: bytes) -> int:
    """The code of the alert that ``data`` gets, and nothing else; the cells stay as they were."""
    before = dict(device.trust.anchors), dict(device.credentials.pending)
    (message,) = sent(device.receive(data, NOW))
    assert message.cra is CraFlag.ALERT
    assert (dict(device.trust.anchors), dict(device.credentials.pending)) == before
    assert device.security_log.codes()[-1] == int.from_bytes(message.payload[9:11], "big")
    return device.security_log.codes()[-1]


def holds(device: Device, role: Role) -> list[Anchor]:
    return [device.trust.anchors[Cell(role, use)] for use in (Use.SIGNATURE, Use.AGREEMENT)]


GOOD = content(BY_SUPPLIER, 7, placed(2, NEW))


def test_good_certificates_are_placed() -> None:
    device = meter()
    assert outcome(device, command(BY_SUPPLIER, 7, GOOD)) == [SUCCESS, SUCCESS]
    assert [each.key for each in holds(device, Role.SUPPLIER)] == [public(NEW.signing), public(NEW.key_agreement)]
    assert device.security_log.codes() == [AlertCode.CREDENTIALS_UPDATED] * 2
    again = content(BY_SUPPLIER, 8, placed(2, NEW))
    assert alert(device, command(BY_SUPPLIER, 8, again)) == AlertCode.AUTHENTICATION_FAILED, "its old key"
    assert outcome(device, command(BY_SUPPLIER, 8, again, key=NEW)) == [SUCCESS, SUCCESS]


@pytest.mark.parametrize(
    ("replaced", "statuses"),
    [
        (placed(2, STRANGER), [NO_ANCHOR, NO_ANCHOR]),
        ((placed(2, NEW)[0], placed(2, STRANGER)[1]), [SUCCESS, NO_ANCHOR]),
        (placed(2, PARTIES[NETWORK]), [BAD, BAD]),
        (placed(2, replace(NEW, signing=NEW.key_agreement, key_agreement=NEW.signing)), [BAD, BAD]),
        (placed(2, OWN), [BAD, BAD]),
        ((sequence(sequence(integer(1), integer(2), integer(3)), cell(2, SIGNING)),), [BAD]),
        ((sequence(ber(NEW.key_agreement.certificate), cell(2, AGREEMENT, integer(1))),), [SUCCESS]),
    ],
)
def test_each_certificate_stands_for_itself(replaced: tuple[Ber, ...], statuses: list[int]) -> None:
    device = meter()
    before = dict(device.trust.anchors)
    assert outcome(device, command(BY_SUPPLIER, 7, content(BY_SUPPLIER, 7, replaced))) == statuses
    changed = sum(before.get(name) != held for name, held in device.trust.anchors.items())
    assert changed == statuses.count(SUCCESS)


def test_the_path_leads_to_the_root_of_the_device() -> None:
    """No path; another root's authority; a device without a root goes by the path alone, and by no path not at all."""
    for path in ((), (STRANGERS.organisation_authority,), (SMKI.device_authority,), (SMKI.root,)):
        value = content(BY_SUPPLIER, 7, placed(2, NEW), path=path)
        assert outcome(meter(), command(BY_SUPPLIER, 7, value)) == [NO_ANCHOR] * 2
    whole = content(BY_SUPPLIER, 7, placed(2, NEW), path=(SMKI.root, SMKI.device_authority, *PATH))
    assert outcome(meter(), command(BY_SUPPLIER, 7, whole)) == [SUCCESS] * 2
    stranger = content(BY_SUPPLIER, 7, placed(2, STRANGER), path=(STRANGERS.organisation_authority,))
    assert outcome(meter(), command(BY_SUPPLIER, 7, stranger)) == [NO_ANCHOR] * 2
    assert outcome(meter(*ANCHORS[1:]), command(BY_SUPPLIER, 7, stranger)) == [SUCCESS] * 2
    assert (
        outcome(meter(*ANCHORS[1:]), command(BY_SUPPLIER, 7, content(BY_SUPPLIER, 7, placed(2, NEW), path=())))
        == [NO_ANCHOR] * 2
    )


@pytest.mark.parametrize(
    ("now", "timed", "reliable", "status"),
    [
        (NOW, True, True, SUCCESS),
        (VALID_FROM - timedelta(days=1), True, True, BAD),
        (VALID_TO + timedelta(days=1), True, True, BAD),
        (VALID_FROM - timedelta(days=1), False, True, SUCCESS),
        (VALID_FROM - timedelta(days=1), True, False, SUCCESS),
    ],
)
def test_validity_counts_where_it_is_to_be_checked(now: datetime, timed: bool, reliable: bool, status: int) -> None:
    device = meter()
    device.clock.state = replace(device.clock.state, reliable=reliable)
    value = content(BY_SUPPLIER, 7, placed(2, NEW), timed=timed)
    assert outcome(device, command(BY_SUPPLIER, 7, value), now) == [status] * 2


def test_a_cell_that_fails_and_one_that_is_not_there() -> None:
    device = meter()
    device.credentials.faults.add(Cell(Role.SUPPLIER, Use.AGREEMENT))
    assert outcome(device, command(BY_SUPPLIER, 7, GOOD)) == [SUCCESS, FAULT]
    value = content(BY_NETWORK, 1, placed(3, PARTIES[NETWORK]), authority=3)
    top_up = (sequence(ber(PARTIES[NETWORK].key_agreement.certificate), cell(3, AGREEMENT, integer(1))),)
    assert outcome(device, command(BY_NETWORK, 1, value, NETWORK)) == [SUCCESS] * 2
    value = content(BY_NETWORK, 2, top_up, authority=3)
    assert outcome(device, command(BY_NETWORK, 2, value, NETWORK)) == [NO_CELL]


WRONG = {
    "another mode": content(BY_COS, 7, placed(2, NEW)),
    "another counter": content(BY_SUPPLIER, 8, placed(2, NEW)),
    "another authority": content(BY_SUPPLIER, 7, placed(2, NEW), authority=3),
    "another's cells": content(BY_SUPPLIER, 7, placed(3, PARTIES[NETWORK])),
    "no role": content(BY_SUPPLIER, 7, placed(7, NEW)),
    "a cell twice": content(BY_SUPPLIER, 7, placed(2, NEW) * 2),
    "nothing": content(BY_SUPPLIER, 7, ()),
    "a negative floor": content(BY_SUPPLIER, 7, placed(2, NEW), parts=(integer(-1, 0x84),)),
    "a floor of others": content(
        BY_SUPPLIER, 7, placed(2, NEW), parts=(sequence(sequence(integer(3), integer(0)), tag=0xA6),)
    ),
    "a top-up floor alone": content(
        BY_SUPPLIER, 7, placed(2, NEW), parts=(sequence(sequence(integer(0), integer(1)), tag=0xA5),)
    ),
    "a path of no certificates": sequence(*GOOD.children[:2], sequence(sequence(integer(1)))),
    "no path": sequence(*GOOD.children[:2]),
    "a time of no form": sequence(*GOOD.children, Ber(0x18, b"tomorrow")),
    "no sequence": integer(1),
}


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_what_is_no_command_of_its_code(value: Ber) -> None:
    assert alert(meter(), command(BY_SUPPLIER, 7, value)) == AlertCode.FORMAT_CHECK_FAILED


@pytest.mark.parametrize("originator", [NETWORK, COS, LC])
def test_who_may_not_send_it(originator: EUI64) -> None:
    """Under its own signature, in its own name."""
    assert alert(meter(), command(BY_SUPPLIER, 7, GOOD, originator)) == AlertCode.NO_AUTHORITY


def test_who_signs_for_another() -> None:
    """Nobody's key but the originator's; and a stranger has none."""
    for key in (PARTIES[OTHER], PARTIES[NETWORK], PARTIES[COS], NEW):
        assert alert(meter(), command(BY_SUPPLIER, 7, GOOD, key=key)) == AlertCode.AUTHENTICATION_FAILED
    assert alert(meter(), command(BY_SUPPLIER, 7, GOOD, OTHER)) == AlertCode.NOT_AUTHENTIC_OTHER


def test_a_replayed_replacement() -> None:
    device = meter()
    value = content(BY_COS, 7, placed(2, PARTIES[OTHER]), authority=5)
    assert outcome(device, command(BY_COS, 7, value, COS)) == [SUCCESS] * 2
    back = content(BY_COS, 8, placed(2, PARTIES[SUPPLIER]), authority=5)
    assert outcome(device, command(BY_COS, 8, back, COS)) == [SUCCESS] * 2
    assert alert(device, command(BY_COS, 7, value, COS)) == AlertCode.NOT_AUTHENTIC_OTHER


def floor(number: int, tag: int = 0x84) -> tuple[Ber, ...]:
    return (integer(number, tag),)


def test_a_floor_holds_for_the_new_party() -> None:
    """Of counters up to it nothing is taken; a party that comes back never starts lower than it was."""
    device = meter()
    other = (sequence(sequence(integer(2), integer(500)), tag=0xA6),)
    value = content(BY_COS, 1, placed(2, PARTIES[OTHER]), authority=5, parts=other)
    assert outcome(device, command(BY_COS, 1, value, COS)) == [SUCCESS] * 2
    for counter, refused in ((500, True), (501, False), (501, True)):
        mine = content(BY_SUPPLIER, counter, placed(2, PARTIES[OTHER]))
        data = command(BY_SUPPLIER, counter, mine, OTHER)
        if refused:
            assert alert(device, data) == AlertCode.NOT_AUTHENTIC_OTHER
        else:
            assert outcome(device, data) == [SUCCESS] * 2
    lower = (sequence(sequence(integer(2), integer(0)), tag=0xA6),)
    value = content(BY_COS, 2, placed(2, PARTIES[OTHER]), authority=5, parts=lower)
    assert outcome(device, command(BY_COS, 2, value, COS)) == [SUCCESS] * 2
    assert device.trust.counters[OTHER] == 501


def test_a_load_controller_is_replaced_by_itself_and_by_the_supplier() -> None:
    new = SMKI.issue_organisation(LC, Certified.LOAD_CONTROLLER, "LOAD_CONTROLLER", generation=1)
    device = meter()
    own = content(LC_BY_LC, 1, placed(8, new), authority=8)
    assert outcome(device, command(LC_BY_LC, 1, own, LC)) == [SUCCESS] * 2
    assert [each.key for each in holds(device, Role.LOAD_CONTROLLER)] == [
        public(new.signing),
        public(new.key_agreement),
    ]
    back = content(LC_BY_SUPPLIER, 1, placed(8, PARTIES[LC]))
    assert outcome(device, command(LC_BY_SUPPLIER, 1, back)) == [SUCCESS] * 2
    assert alert(device, command(LC_BY_SUPPLIER, 2, content(LC_BY_SUPPLIER, 2, placed(8, new)), LC)) == (
        AlertCode.NO_AUTHORITY
    )


def test_later_is_nothing_for_whoever_has_lost_its_cell() -> None:
    """The supplier's own replacement for later dies with the change of supplier."""
    device = meter()
    later = content(BY_SUPPLIER, 7, placed(2, NEW), at=NOW + timedelta(hours=1))
    (answer,) = sent(device.receive(command(BY_SUPPLIER, 7, later), NOW))
    assert answer.payload == bytes.fromhex("30020500")
    change = content(BY_COS, 1, placed(2, PARTIES[OTHER]), authority=5)
    assert outcome(device, command(BY_COS, 1, change, COS)) == [SUCCESS] * 2
    assert sent(device.handle_timer(NOW + timedelta(hours=2))) == []
    assert [each.party for each in holds(device, Role.SUPPLIER)] == [OTHER, OTHER]
    assert device.security_log.codes()[-1] == AlertCode.NO_AUTHORITY
    assert device.next_timer() is None


def test_one_for_later_takes_the_place_of_another() -> None:
    device = meter()
    for counter, held, hours in ((7, NEW, 1), (8, PARTIES[SUPPLIER], 2)):
        value = content(BY_SUPPLIER, counter, placed(2, held), at=NOW + timedelta(hours=hours))
        device.receive(command(BY_SUPPLIER, counter, value), NOW)
    assert device.next_timer() == NOW + timedelta(hours=2)
    assert len(sent(device.handle_timer(NOW + timedelta(hours=3)))) == 1


def test_a_device_gets_back_what_it_kept() -> None:
    """A new device of the same identity, restored: the same text again, and the replay is still one."""
    device = meter()
    value = content(BY_SUPPLIER, 7, placed(2, NEW), parts=floor(3))
    outcome(device, command(BY_SUPPLIER, 7, value))
    later = content(BY_COS, 9, placed(2, PARTIES[OTHER]), authority=5, at=NOW + timedelta(hours=1))
    device.receive(command(BY_COS, 9, later, COS), NOW)
    device.receive(command(0x000A, 8, sequence(AGREEMENT), key=NEW), NOW)
    device.receive(b"noise", NOW)
    kept = save(device)
    new = meter()
    assert save(new) != kept
    restore(new, kept)
    assert save(new) == kept
    assert alert(new, command(BY_SUPPLIER, 7, value, key=NEW)) == AlertCode.NOT_AUTHENTIC_OTHER
    assert new.next_timer() == NOW + timedelta(hours=1)
    (told,) = sent(new.handle_timer(NOW + timedelta(hours=1)))
    assert (told.target, told.message_code) == (COS, 0x00CB)
    assert [each.party for each in holds(new, Role.SUPPLIER)] == [OTHER, OTHER]


def test_the_private_keys_are_not_in_what_is_kept() -> None:
    for pair in (OWN.signing, OWN.key_agreement):
        assert f"{pair.key.private_numbers().private_value:x}" not in save(meter())


@pytest.mark.parametrize("use", [SIGNING, AGREEMENT])
def test_an_own_key_is_used_once_its_certificate_is_there(use: Ber) -> None:
    """And still after a power loss."""
    device = meter()
    (asked,) = sent(device.receive(command(0x000A, 1, sequence(use)), NOW))
    first = device.keys.signing, device.keys.agreement
    request = x509.load_der_x509_csr(asked.payload)
    certificate = SMKI.certify_device(request)
    (answer,) = sent(device.receive(command(0x000B, 2, ber(certificate)), NOW))
    assert answer.payload == bytes.fromhex("020100")
    assert (device.keys.signing, device.keys.agreement) != first
    new = meter()
    restore(new, save(device))
    assert new.keys.signing.public_key() == device.keys.signing.public_key()
    assert new.keys.agreement.public_key() == device.keys.agreement.public_key()
    assert certificate.public_key() in (new.keys.signing.public_key(), new.keys.agreement.public_key())


def test_own_certificates_that_are_not_taken() -> None:
    """Of another device, of no pair that was made, of an older pair, and what is no certificate."""
    device = meter()
    other = SMKI.issue_device(EUI64.parse("00DB1234567890A6")).signing.certificate
    requests = []
    for counter in (1, 2):
        (asked,) = sent(device.receive(command(0x000A, counter, sequence(SIGNING)), NOW))
        requests.append(x509.load_der_x509_csr(asked.payload))
    older = SMKI.certify_device(requests[0])
    for counter, value, result in (
        (3, ber(other), 2),
        (4, ber(older), 5),
        (5, ber(OWN.key_agreement.certificate), 4),
        (6, sequence(integer(1)), 1),
    ):
        (answer,) = sent(device.receive(command(0x000B, counter, value), NOW))
        assert decode_ber(answer.payload).number == result
    assert device.keys.signing == OWN.signing.key


def test_who_asks_names_a_cell_of_its_own() -> None:
    """CS02f by the network operator with its own cell; with the supplier's it has no authority."""
    device = meter()
    mine = sequence(cell(3, SIGNING), sequence(integer(2)))
    (answer,) = sent(device.receive(command(0x011B, 1, mine, NETWORK), NOW))
    assert answer.cra is CraFlag.RESPONSE
    theirs = sequence(cell(2, SIGNING), sequence(integer(2)))
    assert alert(device, command(0x011B, 2, theirs, NETWORK)) == AlertCode.NO_AUTHORITY


def test_who_cannot_be_answered_is_refused() -> None:
    """The transitional CoS party has no key agreement cell here: what is answered with a MAC it cannot ask."""
    device = meter(*ANCHORS[:4], replace(ANCHORS[4], key_agreement=None))
    asked = sequence(cell(5, SIGNING), sequence(integer(2)))
    assert alert(device, command(0x011B, 1, asked, COS)) == AlertCode.NO_AUTHORITY
