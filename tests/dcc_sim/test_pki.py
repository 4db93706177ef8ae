"""``dcc-sim pki new``, folders of certificates, and a DCC that uses them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from dcc_sim import home, identities
from dcc_sim.pki_command import pki, whole
from dcc_sim.smki import Folder, KeyPair, Role, Smki, Usage, role_of
from dcc_sim.user import StandInUser
from schemas.duis.document import parse
from schemas.duis.xml_signature import verify
from schemas.errors import Malformed
from tests.dcc_sim.services import LATER
from tests.pairs import START, Pair, set_state


def made(folder: Path, seed: str = "test") -> Folder:
    """A folder that the command has filled."""
    result = CliRunner().invoke(pki, ["new", str(folder), "--seed", seed])
    assert result.exit_code == 0, result.output
    return Folder.load(folder)


def test_new_makes_everything_a_home_needs(tmp_path: Path) -> None:
    """Authorities, the DCC's parties, users with XML keys, devices; keys readable by the owner alone."""
    folder = made(tmp_path / "pki")
    assert len(folder.authorities) == 3 and folder.passed_over == ()
    parties = {eui for eui, _ in folder.pairs}
    assert parties >= {party.eui for party in home.PARTIES} | {identities.BROKER, home.METER, home.CHARGER, home.HUB}
    assert role_of(folder.pairs[identities.BROKER, Usage.XML_SIGNING].certificate) is Role.DSP_XML_SIGN
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "pki").glob("*.key")} == {0o600}


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    """And another one other keys."""
    for name, seed in (("a", "one"), ("b", "one"), ("c", "two")):
        made(tmp_path / name, seed)
    a, b, c = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "abc")
    assert a == b and a.keys() == c.keys()
    assert not [name for name in a if a[name] == c[name]]


def test_a_dcc_over_a_folder_takes_its_users_requests(tmp_path: Path) -> None:
    """The whole road with the keys of the folder: XML, GBCS and MACs, at the DCC and at the device."""
    folder = made(tmp_path)
    pair = Pair(pki=folder)
    smki, parties = whole("test")
    credentials = next(each for each in parties if each.eui == home.SUPPLIER)
    assert pair.world.users[home.SUPPLIER].signing.certificate == credentials.signing.certificate
    supplier = StandInUser("Supplier", credentials, smki)
    pair.charge()
    pair.command(supplier, home.CHARGER, "7.13", set_state(*LATER))
    pair.at(LATER[0] + timedelta(minutes=1))
    assert pair.power == 3.68
    (answer,) = pair.mailbox(pair.supplier)
    assert answer.code == "I0"
    stranger = StandInUser("Stranger", Smki(b"other").issue_organisation(home.SUPPLIER, Role.SUPPLIER, "X"), smki)
    request = stranger.request(home.CHARGER, "7.13", 4, set_state(*LATER))
    assert pair.post("serviceT", stranger.write(request)).code == "E100"
    pair.store.close()


def test_the_zaz1_set(reference: Path) -> None:
    """What real clients sign with is taken, and answers are signed with the key that they know (peers 3.2, 3.3)."""
    folder = Folder.load(reference / "pki")
    assert any("137" in line for line in folder.passed_over)
    pair = Pair(pki=folder)
    # Some of the set ended in 2025: the virtual clock begins where all that is used holds good.
    assert datetime(2025, 9, 1, tzinfo=UTC) < pair.world.clock.now < datetime(2025, 10, 29, tzinfo=UTC)
    for user in (pair.supplier, pair.network, pair.other_supplier):
        # Supplier 2 has no XML key in the set, and signs with its DS key.
        serial = 76986165265641917001207597343644863443 if user is pair.other_supplier else None
        xml = user.write(user.request(home.METER, "7.15", 1, set_state(*LATER)))
        if serial is not None:
            pairs = folder.pairs[home.OTHER_SUPPLIER, Usage.SIGNING]
            assert pairs.certificate.serial_number == serial
        answer = pair.post("serviceS", xml)
        assert answer.response is not None
        assert "X509" not in answer.reason and "certificate" not in answer.reason
        signer = verify(parse(answer.content), pair.world.smki.by_serial)
        assert signer.serial == 167048897159233642262001557408276884033
    pair.store.close()


def test_keys_of_one_party_only_are_used_with_our_own_for_the_rest(tmp_path: Path) -> None:
    """A folder need not be complete."""
    made(tmp_path)
    for path in tmp_path.iterdir():
        if not path.name.startswith((home.SUPPLIER.hex(), "issuing", "root")):
            path.unlink()
    pair = Pair(pki=Folder.load(tmp_path))
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(*LATER))
    pair.pass_time()
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0"]
    pair.store.close()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """Nothing in it, or the key of another certificate: told by the file."""
    with pytest.raises(Malformed, match="certificates of parties"):
        Folder.load(tmp_path)
    made(tmp_path)
    supplier, network = (tmp_path / f"{eui.hex()}-ds.key" for eui in (home.SUPPLIER, home.NETWORK_OPERATOR))
    supplier.write_bytes(network.read_bytes())
    with pytest.raises(Malformed, match=supplier.name):
        Folder.load(tmp_path)
    supplier.write_bytes(b"nothing")
    with pytest.raises(Malformed, match=supplier.name):
        Folder.load(tmp_path)
    (tmp_path / "x.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
    supplier.unlink()
    with pytest.raises(Malformed, match=r"x\.pem"):
        Folder.load(tmp_path)


def test_the_clock_of_a_set_that_still_holds(tmp_path: Path) -> None:
    """It begins where it was asked to."""
    assert made(tmp_path).start(START) == START
    assert isinstance(next(iter(Folder.load(tmp_path).pairs.values())), KeyPair)
