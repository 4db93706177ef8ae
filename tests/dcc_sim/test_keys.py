"""A key folder: whose keys verify what, device to device too."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from dcc_sim.identities import BROKER, DISPLAY, GAS_METER
from dcc_sim.keys import HOLDS, NO_KEY, WRONG, KeyFolder
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.protection import add_mac, shared_secret

KEYS = {
    party: ec.derive_private_key(number, ec.SECP256R1()) for number, party in enumerate((BROKER, DISPLAY, GAS_METER), 5)
}
TOP_UP = bytes.fromhex("0109 01 01 0705 0018 01 00 04 02 14") + b"12345678901234567890"


def put(folder: Path, party: EUI64, *, private: bool) -> None:
    """A party's key agreement key in the folder."""
    name, key = str(party).replace("-", "").lower(), KEYS[party]
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{name}-ka.pem").write_bytes(public)
    if private:
        octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}-ka.key").write_bytes(octets)


def top_up(code: int, by: EUI64, other: EUI64) -> Message:
    """A command of the display to the meter, with the MAC of two parties."""
    message = Message(CraFlag.COMMAND, 10000, DISPLAY, GAS_METER, code, TOP_UP)
    return add_mac(message, shared_secret(KEYS[by], KEYS[other].public_key()))


@pytest.mark.parametrize("holder", [DISPLAY, GAS_METER])
def test_device_to_device_commands_have_no_broker(tmp_path: Path, holder: EUI64) -> None:
    """PCS01 and PCS02: the MAC is of the two devices, checked with the private key of either; not the broker's."""
    for party in KEYS:
        put(tmp_path, party, private=party in (holder, BROKER))
    keys = KeyFolder.load(tmp_path)
    for code in (0x0090, 0x009B):
        assert keys.verify(top_up(code, DISPLAY, GAS_METER), BROKER).mac == HOLDS
        assert keys.verify(top_up(code, BROKER, GAS_METER), BROKER).mac == WRONG
    assert keys.verify(top_up(0x0097, BROKER, GAS_METER), BROKER).mac == HOLDS
    assert keys.verify(top_up(0x0097, DISPLAY, GAS_METER), BROKER).mac == WRONG


def test_without_a_private_key_of_either_nothing_is_said(tmp_path: Path) -> None:
    """Two public keys make no secret."""
    for party in KEYS:
        put(tmp_path, party, private=party == BROKER)
    verdict = KeyFolder.load(tmp_path).verify(top_up(0x009B, DISPLAY, GAS_METER), BROKER)
    assert verdict.mac == NO_KEY and verdict.good


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    """By its name."""
    (tmp_path / "00db1234567890a0-ka.pem").write_text("not a key")
    with pytest.raises(Malformed, match="00db1234567890a0"):
        KeyFolder.load(tmp_path)
