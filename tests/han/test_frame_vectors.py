"""The frames of the HAN reference sheet, section 4.4, octet for octet: tshark decrypts them."""

import re
from pathlib import Path

import pytest

from han.clusters import SMART_ENERGY, Tunneling
from han.frames.aps import ApsFrame, ApsType
from han.frames.keys import install_code_key, key_load_key, key_transport_key
from han.frames.mac import MacFrame, MacType
from han.frames.management import KeyType, TransportKey, read_transport_key
from han.frames.nwk import NwkFrame, NwkType
from han.frames.receiver import Receiver
from han.frames.security import Auxiliary, KeyId
from schemas.eui import EUI64

HUB, ESME = EUI64.parse("00-DB-12-34-56-78-90-C1"), EUI64.parse("00-DB-12-34-56-78-90-A0")
ADDRESS, PAN = 0x5E01, 0x1A2B


@pytest.fixture(scope="module")
def sheet(reference: Path) -> str:
    """The section's block of vectors."""
    text = (reference / "han-reference.md").read_text(encoding="utf-8")
    return text.split("### 4.4", 1)[1].split("```")[1]


def given(sheet: str, label: str) -> bytes:
    """The octets after ``label``, which may begin on the next line."""
    found = re.search(re.escape(label) + r"\s+([0-9A-Fa-f]{10,}(?: [0-9A-Fa-f]{4}\b)?)", sheet)
    assert found is not None, label
    return bytes.fromhex(found[1])


def test_keys(sheet: str) -> None:
    key = install_code_key(given(sheet, "install code"))
    assert key == given(sheet, "link key")
    assert key_transport_key(key) == given(sheet, "key-transport key")
    assert key_load_key(key) == given(sheet, "key-load key")


def test_request_tunnel(sheet: str) -> None:
    network, link = given(sheet, "network key"), bytes.fromhex("E0E0E0E0E0E0E0E00102030405060708")
    plain = ApsFrame(ApsType.DATA, 3, given(sheet, "RequestTunnel, ZCL"), 1, Tunneling.cluster_id, SMART_ENERGY, 1)
    plain = plain._replace(ack_request=True)
    assert plain.encode() == given(sheet, "APS, plain")
    aps = plain.sealed(link, Auxiliary(KeyId.LINK, 0x1000, HUB), HUB)
    assert aps == given(sheet, "APS, counter 0x1000")
    nwk = NwkFrame(NwkType.DATA, ADDRESS, 0, 7, aps).sealed(network, 0x100, HUB)
    assert nwk == given(sheet, "NWK, counter 0x100")
    psdu = MacFrame(MacType.DATA, 9, PAN, ADDRESS, 0, nwk, ack_request=True).encode()
    head, tail = re.search(r"PSDU \(71\)\s+([0-9a-f]+) <NWK> ([0-9a-f]+)", sheet).groups()  # type: ignore[union-attr]
    assert psdu == bytes.fromhex(head) + nwk + bytes.fromhex(tail)
    assert Receiver((network,), (link,)).receive(psdu).payload == plain.payload


def test_transport_key(sheet: str) -> None:
    network, link = given(sheet, "network key"), given(sheet, "link key")
    said = TransportKey(KeyType.NETWORK, network, ESME, HUB, 0)
    command = ApsFrame(ApsType.COMMAND, 0, said.encode())
    aps = command.sealed(key_transport_key(link), Auxiliary(KeyId.KEY_TRANSPORT, 0x10, HUB), HUB)
    head, tail = re.search(r"PSDU \(73\)\s+([0-9a-f]+) <APS> ([0-9a-f]+)", sheet).groups()  # type: ignore[union-attr]
    assert aps == bytes.fromhex(re.search(r"(210030\w+)", sheet)[1])  # type: ignore[index]
    nwk = NwkFrame(NwkType.DATA, ADDRESS, 0, 0, aps).encode()
    psdu = MacFrame(MacType.DATA, 1, PAN, ADDRESS, 0, nwk, ack_request=True).encode()
    assert psdu == bytes.fromhex(head) + aps + bytes.fromhex(tail)
    heard = Receiver((), (link,)).receive(psdu)
    assert heard.aps is not None and read_transport_key(heard.aps.payload) == said
