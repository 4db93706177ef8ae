"""Encrypted parts: who opens them, with which counter; what decode and mmc show with a folder of keys."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from lxml import etree

from dcc_sim.cli import main
from dcc_sim.identities import BROKER, METER, SUPPLIER
from dcc_sim.keys import KeyFolder
from schemas.duis.node import branch
from schemas.errors import NotAuthentic
from schemas.eui import EUI64
from schemas.gbcs.describe import describe, to_text
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Item, decode_dlms, liid
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.envelope import CraFlag, Message, Supplementary, decode
from schemas.gbcs.gbz import Component, GbzMessage
from schemas.gbcs.protection import ENCRYPTION_FLAG, derive_key, encrypt, shared_secret
from schemas.gbcs.sealed import gbcs_data, is_sealed, opener, reader_of
from schemas.gbcs.use_cases.declare import Context
from schemas.gbcs.use_cases.protected_reads import IMPORT_REGISTERS
from schemas.gbcs.use_cases.table import by_code
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.conftest import Tell, Vectors

USER = EUI64.parse("90-B3-D5-1F-30-02-00-00")
READER, DEVICE = (ec.derive_private_key(number, ec.SECP256R1()) for number in (21, 22))
SECRET = shared_secret(READER, DEVICE.public_key())
REGISTERS, BILLING_ALERT, GAS_READ = 0x0027, 0x0061, 0x0073
WATT_HOURS, REACTIVE = (dlms.structure(dlms.integer(0), dlms.enum(unit)) for unit in (30, 32))
PLAIN = dlms.structure(
    dlms.structure(dlms.double_long_unsigned(41), WATT_HOURS, dlms.double_long_unsigned(42), REACTIVE)
)


def sealed(plaintext: bytes, counter: int = 7, reader: EUI64 = SUPPLIER) -> bytes:
    """Encrypted as a meter does."""
    return encrypt(plaintext, derive_key(SECRET, METER, ENCRYPTION_FLAG, counter, reader), METER)


def registers(octets: bytes) -> Message:
    """An answer to SRV 4.1.1."""
    value = dlms.structure(dlms.array(), dlms.octets(octets))
    content = AccessResponse(liid(7), (value,), ((Choice.ACTION, 0),)).encode()
    return Message(CraFlag.RESPONSE, 7, METER, SUPPLIER, REGISTERS, content, signature=b"")


def billing_alert(log: Data) -> Message:
    """Alert 8F0A."""
    at = dlms.octets(bytes.fromhex("07DF0101FF000000008000FF"))
    body = dlms.structure(
        dlms.long_unsigned(0x8F0A), at, dlms.octets(b"\x01"), dlms.octets(sealed(dlms.structure(log).encode()))
    )
    content = DataNotification(liid(7), body).encode()
    return Message(CraFlag.ALERT, 7, METER, SUPPLIER, BILLING_ALERT, content, signature=bytes(64))


@pytest.mark.parametrize(
    ("supplementary", "reader", "counter"),
    [
        (None, SUPPLIER, 7),
        (Supplementary(USER, 3), USER, 7),
        (Supplementary(USER, 3, 12), USER, 12),
        (Supplementary(USER), USER, 7),
    ],
)
def test_for_whom_and_under_which_counter(supplementary: Supplementary | None, reader: EUI64, counter: int) -> None:
    """The remote party of the supplementary fields, else the target; the device's own counter, else the header's."""
    message = replace(registers(b""), supplementary=supplementary)
    assert reader_of(message) == reader
    open_part = opener(SECRET, message)
    assert open_part(sealed(b"meter data", counter, reader)) == b"meter data"
    for other in (sealed(b"meter data", counter + 1, reader), sealed(b"meter data", counter, BROKER)):
        with pytest.raises(NotAuthentic):
            open_part(other)


def test_form_of_an_encrypted_part() -> None:
    """Header, any ciphertext, tag of 12 octets."""
    assert is_sealed(sealed(b""))
    assert not is_sealed(sealed(b"")[:-1])
    assert not is_sealed(b"\x30" + sealed(b"123")[1:])
    assert gbcs_data(b"1", "Registers", 2, "zigbeeCiphered").attributes == {
        "format": "encrypted",
        "sequence": 2,
        "name": "Registers",
        "type": "zigbeeCiphered",
    }


def test_every_encrypted_part_of_the_vectors_opens(
    vectors: Vectors, keys: KeyFolder, reference: Path, schema: etree.XMLSchema, tell: Tell
) -> None:
    """decode shows each plaintext; MMC, where this build maps the message, is valid with the key and without."""
    opened, mapped = 0, 0
    for name, octets in vectors:
        message = decode(octets)
        if message.cra is CraFlag.COMMAND:
            continue
        open_part = keys.opener(message)
        if open_part is None:
            continue
        shown = [line.strip() for line in to_text(describe(octets, open_part)).splitlines()]
        parts = [line for line in shown if line.startswith("plaintext: ")]
        assert all(line.endswith(" octets") for line in parts), name
        opened += len(parts)
        use_case = next((each for each in by_code(message.message_code) if each.name == name.split("_")[0]), None)
        if parts and (use_case is not None or message.cra is CraFlag.ALERT):
            for given in (None, open_part):
                document = etree.fromstring(write_mmc(message, use_case, given))
                schema.assertValid(document)
                closed = list(document.iter("{*}GBCSData"))
                assert bool(closed) is (given is None), name
            mapped += 1
    assert opened > 40
    assert mapped > 10
    tell(f"{opened} encrypted parts described in clear, {mapped} messages with them in MMC")


def lines(message: Message, secret: bytes) -> list[str]:
    """What decode shows of the encrypted part."""
    shown = [line.strip() for line in to_text(describe(message.encode(), opener(secret, message))).splitlines()]
    return [line for line in shown if "plaintext" in line or " import: " in line or "octets:" in line]


def test_described_with_the_key_and_with_another() -> None:
    """The values by name; or a word that it does not open, and nothing else changes."""
    message = registers(sealed(PLAIN.encode()))
    assert lines(message, SECRET) == [
        f"plaintext: {len(PLAIN.encode())} octets",
        "active import: double-long-unsigned 41",
        "reactive import: double-long-unsigned 42",
    ]
    assert lines(message, bytes(32)) == ["plaintext: does not open with this key"]
    strange = registers(sealed(b"\xff\x00"))
    assert lines(strange, SECRET) == ["plaintext: 2 octets", "octets: FF00"]
    assert lines(registers(b"in clear"), SECRET) == []


@pytest.mark.parametrize(
    ("plaintext", "shown"),
    [
        (dlms.long_unsigned(5), "value: long-unsigned 5"),
        (dlms.structure(dlms.array()), "value 1: array of 0"),
        (dlms.structure(dlms.array(dlms.structure())), "1: structure of 0"),
        (dlms.structure(dlms.array(dlms.long_unsigned(6))), "1: long-unsigned 6"),
        (
            dlms.structure(dlms.array(dlms.structure(dlms.double_long_unsigned(0), dlms.enum(1), dlms.array()))),
            "column 2: enum 1",
        ),
    ],
)
def test_other_plaintexts_are_described_as_what_they_are(plaintext: Data, shown: str) -> None:
    """Describing refuses nothing."""
    message = registers(sealed(plaintext.encode()))
    assert shown in [line.strip() for line in to_text(describe(message.encode(), opener(SECRET, message))).splitlines()]


def read_command(parameter: Data) -> list[str]:
    """What decode shows of a command that reads protected attributes."""
    item = Item(Choice.ACTION, 30, bytes.fromhex("00002B0208FF"), 1, parameter)
    message = Message(CraFlag.COMMAND, 7, SUPPLIER, METER, REGISTERS, AccessRequest(liid(7), (item,)).encode())
    return [line.strip() for line in to_text(describe(message.encode())).splitlines()]


def test_what_is_read_and_for_whom() -> None:
    """A command and its parties by name; other forms as plain data."""
    context = Context(SUPPLIER, METER, 7, SUPPLIER, 7)
    content = decode_dlms(IMPORT_REGISTERS.encode(branch(IMPORT_REGISTERS.element), context))
    assert isinstance(content, AccessRequest)
    parameter = content.items[0].data
    shown = read_command(parameter)
    for line in (
        "object: 0-0:94.44.34.10, instantaneous import registers",
        "kind: none",
        "transaction id: flag 04, counter 7",
        f"originator: {SUPPLIER}",
        f"recipient: {METER}",
    ):
        assert line in shown
    attributes, protection = parameter.fields(2)
    source = attributes.items[0].fields(5)
    for other in (
        dlms.structure(attributes),
        dlms.structure(dlms.array(dlms.structure(source[0], dlms.octets(b"1"), *source[2:])), protection),
        dlms.structure(attributes, dlms.array(dlms.structure(dlms.enum(2), dlms.structure(*[dlms.octets(b"")] * 5)))),
    ):
        assert f"parameter: structure of {len(other.items)}" in read_command(other)


def test_gbz_component_with_the_key() -> None:
    """Its ZCL payload, described as a clear one's."""
    inside = bytes.fromhex("0000" + "00" + "25" + "2A0000000000")  # attribute 0000, success, uint48 42
    component = Component(True, 0x0702, None, 0x18, 0, 0x01, sealed(inside), encrypted=True)
    content = GbzMessage((component,)).encode()
    message = Message(CraFlag.RESPONSE, 7, METER, SUPPLIER, GAS_READ, content, signature=b"")
    shown = to_text(describe(message.encode(), opener(SECRET, message)))
    assert f"plaintext: {len(inside)} octets" in shown
    assert "42" in shown.split("plaintext")[1]
    assert "plaintext" not in to_text(describe(message.encode()))


def test_alert_in_mmc() -> None:
    """8F0A: GBCSData without the key, the payload with it; the wrong key is said, not passed over."""
    matrices = (dlms.array(*[dlms.double_long_unsigned(1)] * size) for size in (48, 8, 8, 8, 8))
    entry = dlms.structure(dlms.double_long_unsigned(0), dlms.double_long_unsigned(77), *matrices)
    message = billing_alert(dlms.array(entry))
    assert b"GBCSData" in write_mmc(message, None)
    document = write_mmc(message, None, opener(SECRET, message))
    assert b"GBCSData" not in document
    assert b"ActiveImportRegisterValueConsumption>77<" in document
    with pytest.raises(NotAuthentic):
        write_mmc(message, None, opener(bytes(32), message))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The reader's private key and the meter's public one."""
    private = READER.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = DEVICE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / f"{bytes(SUPPLIER).hex()}-ka.key").write_bytes(private)
    (tmp_path / f"{bytes(METER).hex()}-ka.pem").write_bytes(public)
    return tmp_path


def run(*arguments: str) -> Result:
    """The command in process."""
    return CliRunner().invoke(main, arguments)


def test_commands_with_keys(folder: Path) -> None:
    """decode and mmc open what the folder has keys for, and leave the rest closed."""
    message = registers(sealed(PLAIN.encode())).encode().hex()
    assert "active import: double-long-unsigned 41" in run("decode", "--keys", str(folder), message).output
    assert "plaintext" not in run("decode", message).output
    assert ">41<" in json.loads(run("mmc", "--keys", str(folder), "--json", message).output)["mmc"]
    assert "GBCSData" in run("mmc", message).output
    other = replace(registers(sealed(PLAIN.encode())), target=USER).encode().hex()
    assert "GBCSData" in run("mmc", "--keys", str(folder), other).output
    wrong = run(
        "mmc", "--keys", str(folder), replace(decode(bytes.fromhex(message)), originator_counter=8).encode().hex()
    )
    assert wrong.exit_code == 1
    assert "tag" in wrong.stderr


def test_either_private_key_will_do(folder: Path) -> None:
    """A device's own key store opens what it sent."""
    keys = KeyFolder.load(folder)
    message = registers(sealed(b"meter data"))
    swapped = KeyFolder({(SUPPLIER, "ka"): READER.public_key()}, {(METER, "ka"): DEVICE})
    for each in (keys, swapped):
        found = each.opener(message)
        assert found is not None
        assert found(sealed(b"meter data")) == b"meter data"
    assert keys.opener(replace(message, target=USER)) is None


@pytest.mark.parametrize("command", ["decode", "mmc"])
def test_bad_keys_are_refused(tmp_path: Path, command: str) -> None:
    """A file that says it is a key and is none."""
    (tmp_path / f"{bytes(METER).hex()}-ka.pem").write_bytes(b"nothing")
    result = run(command, "--keys", str(tmp_path), "00")
    assert result.exit_code == 1
    assert "in PEM" in result.stderr
