"""Attempts that must not pass: each gets its code and reason, no stack trace, and leaves everything as it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from dcc_sim import home
from dcc_sim.smki import Usage, issuer_name
from dcc_sim.smki.profiles import VALID_TO
from dcc_sim.user import StandInUser
from schemas.duis.node import branch, leaf
from schemas.duis.request import Request, write_request
from schemas.duis.xml_signature import sign
from schemas.gbcs.envelope import decode
from schemas.gbcs.protection import add_mac
from tests.dcc_sim.services import LATER, SERVICES
from tests.pairs import Answer, Pair, changed, set_state

TARGET, BODY = SERVICES["7.13"]
OTHER_BODY = set_state(*LATER, level=0)


@contextmanager
def untouched(pair: Pair) -> Iterator[None]:
    """Records, device and HAN are the same after the block, and after ten more seconds."""
    pair.packets.clear()
    pair.watch_han()
    before = pair.records()
    yield
    pair.pass_time()
    assert pair.records() == before
    assert not pair.packets, "nothing reached the HAN"


def refusal(answer: Answer, code: str, word: str) -> None:
    """A business refusal: HTTP 200, a signed DUIS response with the code, the reason beside it."""
    assert (answer.status, answer.code) == (200, code), answer.reason
    assert word in answer.reason, answer.reason
    assert "Traceback" not in answer.content.decode() + answer.reason


def signed(pair: Pair) -> Request:
    """A SignedPreCommand that would be accepted."""
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    return pair.supplier.sign_pre_command(request, message)


def test_the_signed_pre_command_of_these_tests_is_good(pair: Pair) -> None:
    """Without a change it is accepted: what follows is refused for its change alone."""
    assert pair.post("serviceS", pair.supplier.write(signed(pair))).code == "I99"


def test_replayed_variant_4(pair: Pair) -> None:
    """The same request again: its counter does not rise. Nor does a lower one, and a gap is no matter."""
    request = pair.supplier.request(TARGET, "7.13", 4, BODY)
    xml = pair.supplier.write(request)
    assert pair.post("serviceT", xml).code == "I0"
    lower = replace(request, request_id=request.request_id._replace(counter=request.request_id.counter - 1))
    zero = replace(request, request_id=request.request_id._replace(counter=0))
    with untouched(pair):
        refusal(pair.post("serviceT", xml), "E100", "RequestID counter")
        refusal(pair.post("serviceT", pair.supplier.write(lower)), "E100", "RequestID counter")
        refusal(pair.post("serviceT", pair.supplier.write(zero)), "E100", "RequestID counter")
    higher = replace(request, request_id=request.request_id._replace(counter=10**15))
    assert pair.post("serviceT", pair.supplier.write(higher)).code == "I0"


def test_counters_are_the_originators_own(pair: Pair) -> None:
    """One row of counters over all devices, services and variants of an originator, and one for each originator."""
    read = SERVICES["7.15"][1]
    counter = 2000
    pair.supplier.counter = counter - 1
    assert pair.ask(pair.supplier, TARGET, "7.13", 4, BODY).code == "I0"
    for target, service, variant, body in ((TARGET, "7.15", 1, read), (home.METER, "7.15", 1, read)):
        pair.supplier.counter = counter - 1
        with untouched(pair):
            refusal(pair.ask(pair.supplier, target, service, variant, body), "E100", "RequestID counter")
    pair.other_user.counter = counter - 1
    assert pair.ask(pair.other_user, TARGET, "7.15", 1, read).code == "I99"
    pair.pass_time()


def test_the_highest_counter_is_the_last(pair: Pair) -> None:
    """2^64 - 1 is accepted, and then there is nothing above it."""
    pair.supplier.counter = 2**64 - 2
    assert pair.ask(pair.supplier, TARGET, "7.13", 4, BODY).code == "I0"
    for counter in (2**64 - 2, 2**63, 0):
        pair.supplier.counter = counter
        with untouched(pair):
            refusal(pair.ask(pair.supplier, TARGET, "7.13", 4, BODY), "E100", "RequestID counter")


def test_a_refused_request_keeps_its_counter(pair: Pair) -> None:
    """The same RequestID is accepted once what was wrong is put right."""
    request = pair.supplier.request(TARGET, "7.13", 4, BODY)
    with untouched(pair):
        wrong = replace(request, command_variant=9)
        refusal(pair.post("serviceT", pair.supplier.write(wrong)), "E12", "CommandVariant")
    assert pair.post("serviceT", pair.supplier.write(request)).code == "I0"


def test_replayed_variant_1(pair: Pair) -> None:
    """A read sent again, direct and through the broker, whose counter does not move for it."""
    for user in (pair.supplier, pair.other_user):
        xml = user.write(user.request(TARGET, "7.15", 1, SERVICES["7.15"][1]))
        assert pair.post("serviceS", xml).code == "I99"
        pair.pass_time()
        with untouched(pair):
            refusal(pair.post("serviceS", xml), "E100", "RequestID counter")


@pytest.mark.parametrize("wait", [0.0, 10.0, 40.0])
def test_replayed_variant_5(pair: Pair, wait: float) -> None:
    """In flight, answered: a signed pre-command is used once."""
    xml = pair.supplier.write(signed(pair))
    assert pair.post("serviceS", xml).code == "I99"
    pair.pass_time(wait or 0.001)
    name = pair.supplier.read(pair.documents[-1]).request_id
    assert name is not None
    before = pair.store.request(name)
    assert before is not None
    refusal(pair.post("serviceS", xml), "E100", "already")
    assert pair.store.request(before.request_id) == before
    pair.pass_time(60)
    assert [answer.code for answer in pair.mailbox(pair.supplier)] == ["I0"]


def test_variant_5_without_variant_4(pair: Pair) -> None:
    """A pre-command that the DCC never made."""
    request = signed(pair)
    unknown = replace(request, request_id=request.request_id._replace(counter=99_999))
    with untouched(pair):
        refusal(pair.post("serviceS", pair.supplier.write(unknown)), "E100", "RequestID")


def test_variant_5_of_another_service(pair: Pair) -> None:
    """The RequestID of a 7.13, sent as 7.12."""
    other = replace(signed(pair), service_reference="7.12", service_reference_variant="7.12")
    with untouched(pair):
        refusal(pair.post("serviceS", pair.supplier.write(other)), "E100", "RequestID")


def test_pre_command_of_someone_else(pair: Pair) -> None:
    """Another user may neither send it under the owner's RequestID nor under its own."""
    pair.world.dcc.inventory.registrations.extend(
        replace(entry, mpxn=home.MPAN)
        for entry in list(pair.world.dcc.inventory.registrations)
        if entry.user == home.OTHER_SUPPLIER
    )
    pair.other_supplier.counter = 5000
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    stolen = pair.other_supplier.sign_pre_command(request, message)
    mine = replace(stolen, request_id=stolen.request_id._replace(originator=home.OTHER_SUPPLIER))
    own, _ = pair.pre_command(pair.other_supplier, TARGET, "7.13", OTHER_BODY)
    with untouched(pair):
        refusal(pair.post("serviceS", pair.other_supplier.write(stolen)), "E100", "X509SerialNumber")
        refusal(pair.post("serviceS", pair.other_supplier.write(mine)), "E100", "RequestID")
        swapped = replace(mine, request_id=own.request_id)
        refusal(pair.post("serviceS", pair.other_supplier.write(swapped)), "E100", "GBCSPayload")


def test_gbcs_signature_of_someone_else(pair: Pair) -> None:
    """The XML is the supplier's, the GBCS signature is not."""
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    for thief in (pair.other_supplier, pair.network):
        with untouched(pair):
            forged = pair.supplier.write(thief.sign_pre_command(request, message))
            refusal(pair.post("serviceS", forged), "E100", "signature")
    assert pair.post("serviceS", pair.supplier.write(pair.supplier.sign_pre_command(request, message))).code == "I99"


def test_another_command_signed_by_its_user(pair: Pair) -> None:
    """A right signature over other content is still not what the DCC made: level 0 instead of 50."""
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    other = replace(message, payload=message.payload[:-1] + b"\x00")
    with untouched(pair):
        forged = pair.supplier.write(pair.supplier.sign_pre_command(request, other))
        refusal(pair.post("serviceS", forged), "E100", "GBCSPayload")


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated by one": lambda octets: octets[:-1],
    "truncated to the header": lambda octets: octets[:27],
    "one octet": lambda octets: octets[:1],
    "trailing octet": lambda octets: octets + b"\x00",
    "over-long": lambda octets: octets + bytes(5000),
    "twice": lambda octets: octets * 2,
    "unsigned": lambda octets: octets[:-65],
    "signature length 00": lambda octets: octets[:-65] + b"\x00",
    "signature length 41": lambda octets: octets[:-65] + b"\x41" + octets[-64:],
    "signature of zeros": lambda octets: octets[:-64] + bytes(64),
    "signature of ones": lambda octets: octets[:-64] + b"\xff" * 64,
    "r and s exchanged": lambda octets: octets[:-64] + octets[-32:] + octets[-64:-32],
    "one bit of the signature": lambda octets: octets[:-1] + bytes((octets[-1] ^ 1,)),
    "one bit of the content": lambda octets: octets[:-66] + bytes((octets[-66] ^ 1,)) + octets[-65:],
    "one bit of the counter": lambda octets: octets[:10] + bytes((octets[10] ^ 1,)) + octets[11:],
    "another target": lambda octets: octets.replace(bytes(home.CHARGER), bytes(home.METER)),
    "another code": lambda octets: octets.replace(b"\x02\x01\x1e", b"\x02\x01\x1f", 1),
    "a response": lambda octets: octets[:2] + b"\x02" + octets[3:],
    "no GBCS": lambda octets: b"GBCS",
    "a MAC tag": lambda octets: b"\xdd" + octets[1:],
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_gbcs_payload(still: Pair, change: str) -> None:
    """However the payload is changed, it is refused with a reason that names a field of it."""
    good = signed(still)
    with untouched(still):
        answer = still.post("serviceS", still.supplier.write(changed(good, CHANGES[change])))
        refusal(answer, "E100", ":")
    assert still.post("serviceS", still.supplier.write(good)).code == "I99", "a refusal costs the user nothing"
    still.pass_time()


def test_empty_gbcs_payload(still: Pair) -> None:
    """No octets at all: no request, or a refused one, and nothing else."""
    good = signed(still)
    with untouched(still):
        answer = still.post("serviceS", still.supplier.write(changed(good, lambda octets: b"")))
        assert answer.code in ("E100", "HTTP 400")
        assert answer.reason


def test_gbcs_payload_with_a_mac(pair: Pair) -> None:
    """The user has no business with the MAC: it is the broker's to put on."""
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    good = pair.supplier.sign_pre_command(request, message)
    maced = add_mac(decode(good.body.octets("GBCSPayload")), bytes(32)).encode()
    with untouched(pair):
        refusal(pair.post("serviceS", pair.supplier.write(changed(good, lambda octets: maced))), "E100", "MAC")


@pytest.mark.parametrize("text", ["!!!!", "3w", "3wkB=", "=", "3wkBAAAA\u00e9", "3wkB 3wk"])
def test_bad_base64(still: Pair, text: str) -> None:
    """HTTP 400 that names the element: it is no DUIS request."""
    good = signed(still)
    body = branch("SignedPreCommand", leaf("GBCSPayload", text))
    with untouched(still):
        answer = still.post("serviceS", still.supplier.write(replace(good, body=body)))
        assert answer.status == 400
        assert answer.content.startswith(b'{"title"')
        assert b"GBCSPayload" in answer.content


# XML signatures


def write_as(request: Request, user: StandInUser, pair_name: str = "xml_signing") -> bytes:
    """The request signed with a key pair of ``user``, whoever its originator is."""
    pair = getattr(user.credentials, pair_name)
    certificate = pair.certificate
    return sign(write_request(request), pair.key, issuer_name(certificate), certificate.serial_number)


def test_forged_xml(pair: Pair) -> None:
    """Anything changed after signing: a value, the RequestID, an attribute, the order."""
    xml = pair.supplier.write(pair.supplier.request(TARGET, "7.13", 4, BODY))
    for old, new in (
        (b">50<", b">51<"),
        (b'auxiliaryControllerN="1"', b'auxiliaryControllerN="2"'),
        (b":1001<", b":1002<"),
        (b'schemaVersion="5.4"', b'schemaVersion="5.5"'),
        (b"<sr:CommandVariant>4<", b"<sr:CommandVariant> 4<"),
    ):
        assert old in xml
        with untouched(pair):
            refusal(pair.post("serviceT", xml.replace(old, new, 1)), "E100", "DigestValue")
    assert pair.post("serviceT", xml).code == "I0"


def test_unsigned_xml(still: Pair) -> None:
    """A request without a signature."""
    with untouched(still):
        request = still.supplier.request(TARGET, "7.13", 4, BODY)
        refusal(still.post("serviceT", write_request(request)), "E100", "Signature")


@pytest.mark.parametrize("pair_name", ["xml_signing", "signing", "key_agreement"])
def test_certificate_of_another_user(still: Pair, pair_name: str) -> None:
    """A good signature by someone else, with any of its certificates, in the supplier's name."""
    with untouched(still):
        xml = write_as(still.supplier.request(TARGET, "7.13", 4, BODY), still.network, pair_name)
        refusal(still.post("serviceT", xml), "E100", "X509SerialNumber")


@pytest.mark.parametrize("pair_name", ["signing", "key_agreement"])
def test_certificate_for_another_use(still: Pair, pair_name: str) -> None:
    """The user's own certificates for GBCS do not sign XML."""
    with untouched(still):
        xml = write_as(still.supplier.request(TARGET, "7.13", 4, BODY), still.supplier, pair_name)
        refusal(still.post("serviceT", xml), "E100", "X509SerialNumber")


def test_unknown_certificate(pair: Pair) -> None:
    """A certificate of another world's SMKI."""
    stranger = Pair(seed=2)
    with untouched(pair):
        xml = write_as(pair.supplier.request(TARGET, "7.13", 4, BODY), stranger.supplier)
        assert pair.post("serviceT", xml).code == "E100"
    stranger.store.close()


def test_revoked_certificate(pair: Pair) -> None:
    """From the moment of revocation on, also for the second half of a request; other users are not touched."""
    good = signed(pair)
    xml_signing = pair.supplier.credentials.xml_signing
    assert xml_signing is not None
    pair.world.smki.revoke(xml_signing.certificate.serial_number)
    with untouched(pair):
        refusal(pair.post("serviceS", pair.supplier.write(good)), "E100", "revoked")
        refusal(pair.ask(pair.supplier, TARGET, "7.13", 4, BODY), "E100", "revoked")
    assert pair.ask(pair.network, TARGET, "7.15", 1, SERVICES["7.15"][1]).code == "I99"


def test_revoked_gbcs_certificate(pair: Pair) -> None:
    """A revoked digital signing certificate signs no pre-command any more."""
    good = signed(pair)
    pair.world.smki.revoke(pair.world.smki.certificate(home.SUPPLIER, Usage.SIGNING).serial_number)
    with untouched(pair):
        refusal(pair.post("serviceS", pair.supplier.write(good)), "E100", "certificate")


def test_expired_certificate() -> None:
    """Virtual time counts: an hour later no certificate of today holds."""
    pair = Pair(start=VALID_TO - timedelta(minutes=30))
    later = set_state(VALID_TO, VALID_TO + timedelta(hours=1))
    assert pair.ask(pair.supplier, TARGET, "7.13", 4, later).code == "I0"
    pair.pass_time(3600)
    with untouched(pair):
        refusal(pair.ask(pair.supplier, TARGET, "7.13", 4, BODY), "E100", "validity")


def test_broker_does_not_act_as_a_user(pair: Pair) -> None:
    """E1: the DCC's own party is no user, whoever signs in its name."""
    request = pair.supplier.request(TARGET, "7.13", 4, BODY)
    posed = replace(request, request_id=request.request_id._replace(originator=home.BROKER))
    with untouched(pair):
        refusal(pair.post("serviceT", pair.supplier.write(posed)), "E1", "RequestID originator")


def test_device_without_a_certificate(pair: Pair) -> None:
    """A device whose key agreement certificate is revoked gets no command; the counter is not used up."""
    pair.world.smki.revoke(pair.world.smki.certificate(TARGET, Usage.KEY_AGREEMENT).serial_number)
    with untouched(pair):
        refusal(pair.ask(pair.supplier, TARGET, "7.15", 1, SERVICES["7.15"][1]), "E100", "certificate")
