"""The test SMKI: profiles, chain, repository, repeatability."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509.oid import ExtensionOID, NameOID

from dcc_sim.smki import (
    Credentials,
    Entry,
    KeyPair,
    Repository,
    Role,
    Smki,
    Status,
    Usage,
    eui_of,
    issuer_name,
    role_of,
    save,
    usage_of,
)
from dcc_sim.smki.derive import private_key
from schemas.errors import Malformed, NotAuthentic, NotPossible
from schemas.eui import EUI64

SUPPLIER = EUI64.parse("90-B3-D5-1F-30-01-FF-00")
BROKER = EUI64.parse("90-B3-D5-1F-30-FF-00-02")
METER = EUI64.parse("00-DB-12-34-56-78-FF-A0")
PINNED_KEY = "7f1c1c9f0270f3fc47d6e19eafa8ac5d9a75394f576c80b215ead2709cca9d01"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def smki() -> Smki:
    return Smki(b"tests")


def pairs(credentials: Credentials) -> list[KeyPair]:
    return [p for p in (credentials.signing, credentials.key_agreement, credentials.xml_signing) if p is not None]


def der(credentials: Credentials) -> list[bytes]:
    return [pair.certificate.public_bytes(Encoding.DER) for pair in pairs(credentials)]


def test_same_seed_same_bytes_other_seed_other_keys() -> None:
    one, same, other = (Smki(seed) for seed in (b"a", b"a", b"b"))
    assert der(one.issue_device(METER)) == der(same.issue_device(METER)) != der(other.issue_device(METER))
    issued = [each.issue_organisation(SUPPLIER, Role.SUPPLIER, "S") for each in (one, same)]
    assert der(issued[0]) == der(issued[1])
    assert one.root == same.root != other.root


def test_the_order_of_issue_does_not_matter(smki: Smki) -> None:
    other = Smki(b"tests")
    first = smki.issue_device(METER)
    other.issue_organisation(SUPPLIER, Role.SUPPLIER, "S")
    assert der(other.issue_device(METER)) == der(first)


def test_derivation_stays_what_it_was() -> None:
    """Pinned: a change here changes every stored capture, and must be one on purpose."""
    assert f"{private_key(b'seed', b'label').private_numbers().private_value:064x}" == PINNED_KEY


def test_labels_do_not_run_into_each_other() -> None:
    one, other = private_key(b"s", b"ab", b"c"), private_key(b"s", b"a", b"bc")
    assert one.private_numbers() != other.private_numbers()


def test_organisation_profile(smki: Smki) -> None:
    credentials = smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "supplier")
    assert credentials.xml_signing is not None
    for pair, role in zip(pairs(credentials), [Role.SUPPLIER, Role.SUPPLIER, Role.XML_SIGN], strict=True):
        subject = [(attribute.oid, attribute.value) for attribute in pair.certificate.subject]
        assert subject == [
            (NameOID.COMMON_NAME, "supplier"),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, f"{role:02X}"),
            (NameOID.X500_UNIQUE_IDENTIFIER, b"\0" + SUPPLIER),
        ]
        assert (eui_of(pair.certificate), role_of(pair.certificate)) == (SUPPLIER, role)
        assert issuer_name(pair.certificate) == "CN=DSIM1,OU=07"
    assert credentials.xml_signing.certificate.subject.rfc4514_string().endswith("OU=87,CN=supplier")
    assert [usage_of(pair.certificate) for pair in pairs(credentials)] == list(Usage)
    assert [usage.published for usage in Usage] == ["DS", "KA", "DS"]


def test_device_profile(smki: Smki) -> None:
    credentials = smki.issue_device(METER)
    assert credentials.xml_signing is None
    for pair, usage in zip(pairs(credentials), [Usage.SIGNING, Usage.KEY_AGREEMENT], strict=True):
        certificate = pair.certificate
        assert list(certificate.subject) == []
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        name = extension.value.get_values_for_type(x509.OtherName)[0]
        assert extension.critical
        # The otherName of the RTDS device certificates, octet for octet.
        assert name.type_id.dotted_string == "1.3.6.1.5.5.7.8.4"
        assert name.value == bytes.fromhex("3019060d2a863a0001848fb90f010202010408") + METER
        assert (eui_of(certificate), usage_of(certificate)) == (METER, usage)
        assert certificate.not_valid_before_utc == datetime(2014, 1, 1, tzinfo=UTC)
        assert certificate.not_valid_after_utc == datetime(2050, 1, 1, tzinfo=UTC)
        with pytest.raises(Malformed):
            role_of(certificate)


def test_what_all_certificates_have(smki: Smki) -> None:
    issued = pairs(smki.issue_device(METER)) + pairs(smki.issue_organisation(BROKER, Role.ACCESS_CONTROL_BROKER, "A"))
    certificates = [pair.certificate for pair in issued] + [smki.root, smki.organisation_authority]
    for certificate in certificates:
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
        assert certificate.extensions.get_extension_for_oid(ExtensionOID.KEY_USAGE).critical
        assert certificate.extensions.get_extension_for_oid(ExtensionOID.CERTIFICATE_POLICIES).critical
        identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        assert len(identifier) == 8 and identifier[0] >> 4 == 4
        assert certificate.serial_number.bit_length() == 127
    assert len({certificate.serial_number for certificate in certificates}) == len(certificates)
    assert all(pair.key.public_key() == pair.certificate.public_key() for pair in issued)


def test_the_access_control_broker_signs_xml_as_the_dsp(smki: Smki) -> None:
    credentials = smki.issue_organisation(BROKER, Role.ACCESS_CONTROL_BROKER, "A")
    assert credentials.xml_signing is not None
    assert role_of(credentials.xml_signing.certificate) is Role.DSP_XML_SIGN
    assert smki.issue_organisation(METER, Role.RECOVERY, "R").xml_signing is None


@pytest.mark.parametrize("text", ["CN=DSIM1,OU=07", "OU=07, CN=DSIM1", " cn = dsim1 ,ou=07"])
def test_by_serial_takes_the_issuer_in_any_dress(smki: Smki, text: str) -> None:
    certificate = smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "S").signing.certificate
    assert smki.by_serial(text, certificate.serial_number) == certificate


@pytest.mark.parametrize("text", ["CN=DSIM2,OU=07", "CN=DSIM1", "CN=DSIM1,OU=07,O=x", "", "=,="])
def test_by_serial_refuses_another_issuer(smki: Smki, text: str) -> None:
    certificate = smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "S").signing.certificate
    with pytest.raises(NotAuthentic):
        smki.by_serial(text, certificate.serial_number)
    with pytest.raises(NotAuthentic):
        smki.by_serial("CN=DSIM1,OU=07", certificate.serial_number + 1)


def test_search(smki: Smki) -> None:
    credentials = smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "S")
    smki.issue_device(METER)
    assert [(entry.usage, entry.role) for entry in smki.entries(SUPPLIER)] == [
        (Usage.SIGNING, Role.SUPPLIER),
        (Usage.KEY_AGREEMENT, Role.SUPPLIER),
        (Usage.XML_SIGNING, Role.XML_SIGN),
    ]
    assert [entry.role for entry in smki.entries(METER)] == [None, None]
    assert len(list(smki)) == 5 and smki.entries(BROKER) == []
    certificate = credentials.key_agreement.certificate
    assert smki.certificate(SUPPLIER, Usage.KEY_AGREEMENT) == certificate
    assert smki.entry(certificate.serial_number) == Entry.of(certificate)
    with pytest.raises(NotAuthentic):
        smki.certificate(METER, Usage.XML_SIGNING)
    with pytest.raises(NotAuthentic):
        smki.entry(smki.root.serial_number)


def test_check_accepts_what_we_issued_and_the_authorities(smki: Smki) -> None:
    issued = pairs(smki.issue_device(METER)) + pairs(smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "S"))
    for certificate in [*(pair.certificate for pair in issued), smki.root, smki.device_authority]:
        smki.check(certificate, NOON)


def test_check_refuses_another_seed_under_the_same_names(smki: Smki) -> None:
    forged = Smki(b"forger").issue_device(METER).signing.certificate
    with pytest.raises(NotAuthentic, match="signature"):
        smki.check(forged, NOON)
    with pytest.raises(NotAuthentic, match="signature"):
        smki.check(Smki(b"forger").root, NOON)


def test_check_refuses_an_unknown_issuer_and_a_party_that_plays_authority(smki: Smki) -> None:
    supplier = smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "S").signing
    device = smki.issue_device(METER).signing.certificate
    builder = x509.CertificateBuilder(
        issuer_name=supplier.certificate.subject,
        subject_name=device.subject,
        public_key=device.public_key(),
        serial_number=7,
        not_valid_before=device.not_valid_before_utc,
        not_valid_after=device.not_valid_after_utc,
    )
    with pytest.raises(NotAuthentic, match="X509IssuerName"):
        smki.check(builder.sign(supplier.key, SHA256()), NOON)


@pytest.mark.parametrize("at", [datetime(2013, 12, 31, 23, 59, tzinfo=UTC), datetime(2050, 1, 1, 1, tzinfo=UTC)])
def test_check_refuses_out_of_validity(smki: Smki, at: datetime) -> None:
    certificate = smki.issue_device(METER).signing.certificate
    with pytest.raises(NotAuthentic, match="validity"):
        smki.check(certificate, at)


def test_revocation_and_the_next_generation(smki: Smki) -> None:
    old = smki.issue_device(METER).signing.certificate
    smki.revoke(old.serial_number)
    with pytest.raises(NotAuthentic, match="not revoked"):
        smki.check(old, NOON)
    with pytest.raises(NotAuthentic):
        smki.certificate(METER, Usage.SIGNING)
    with pytest.raises(NotPossible):
        smki.issue_device(METER)
    new = smki.issue_device(METER, generation=1)
    assert smki.certificate(METER, Usage.SIGNING) == new.signing.certificate
    assert smki.by_serial(issuer_name(old), old.serial_number) == old
    statuses = [smki.status(entry, NOON) for entry in smki.entries(METER)]
    assert statuses == [Status.REVOKED, Status.NOT_IN_USE, Status.IN_USE, Status.IN_USE]
    assert smki.status(smki.entries(METER)[3], datetime(2050, 1, 2, tzinfo=UTC)) is Status.EXPIRED
    with pytest.raises(NotAuthentic):
        smki.revoke(1)


def test_issuing_twice_is_issuing_once(smki: Smki) -> None:
    assert der(smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "S")) == der(
        smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "S")
    )
    assert len(smki.entries(SUPPLIER)) == 3


def test_one_eui_is_one_kind_of_party(smki: Smki) -> None:
    smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "S")
    with pytest.raises(NotPossible):
        smki.issue_organisation(SUPPLIER, Role.NETWORK_OPERATOR, "N")
    with pytest.raises(NotPossible):
        smki.issue_device(SUPPLIER)


@pytest.mark.parametrize("role", [Role.ROOT, Role.ISSUING_AUTHORITY, Role.XML_SIGN, Role.DSP_XML_SIGN])
def test_no_organisation_gets_an_authority_or_xml_role(smki: Smki, role: Role) -> None:
    with pytest.raises(NotPossible):
        smki.issue_organisation(SUPPLIER, role, "S")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x", "x" * 65, "ä", "a\n"])
def test_names_are_safe_as_file_names(smki: Smki, name: str) -> None:
    with pytest.raises(NotPossible):
        smki.issue_organisation(SUPPLIER, Role.SUPPLIER, name)


def test_an_empty_seed_is_none() -> None:
    with pytest.raises(ValueError):
        Smki(b"")


def test_pinning_a_foreign_certificate() -> None:
    foreign = Smki(b"elsewhere").issue_organisation(SUPPLIER, Role.SUPPLIER, "S")
    repository = Repository()
    certificate = foreign.signing.certificate
    repository.pin(certificate)
    repository.check(certificate, NOON)
    assert repository.certificate(SUPPLIER, Usage.SIGNING) == certificate
    with pytest.raises(NotAuthentic):  # its sister was not pinned
        repository.check(foreign.key_agreement.certificate, NOON)
    repository.revoke(certificate.serial_number)
    with pytest.raises(NotAuthentic):
        repository.check(certificate, NOON)


def test_pinning_refuses_a_serial_twice_and_no_profile(smki: Smki) -> None:
    device = smki.issue_device(METER).signing.certificate
    twin = x509.CertificateBuilder(
        issuer_name=device.issuer,
        subject_name=device.subject,
        public_key=device.public_key(),
        serial_number=device.serial_number,
        not_valid_before=device.not_valid_before_utc,
        not_valid_after=device.not_valid_after_utc,
    )
    with pytest.raises(Malformed):
        smki.pin(twin.sign(private_key(b"s"), SHA256()))
    for extension in device.extensions:
        twin = twin.add_extension(extension.value, extension.critical)
    with pytest.raises(NotPossible):
        smki.pin(twin.sign(private_key(b"s"), SHA256()))


def test_save(smki: Smki, tmp_path: Path) -> None:
    supplier = smki.issue_organisation(SUPPLIER, Role.SUPPLIER, "supplier")
    broker = smki.issue_organisation(BROKER, Role.ACCESS_CONTROL_BROKER, "accessControlBroker")
    written = [path for party in (supplier, broker, smki.issue_device(METER)) for path in save(party, tmp_path / "k")]
    assert {path.name for path in written if path.suffix == ".pem"} == {
        "supplier-ds.pem",
        "supplier-ka.pem",
        "xml-sign-90B3D51F3001FF00-ds.pem",
        "accessControlBroker-ds.pem",
        "accessControlBroker-ka.pem",
        "dsp-xml-sign-90B3D51F30FF0002-ds.pem",
        "00db12345678ffa0-ds.pem",
        "00db12345678ffa0-ka.pem",
    }
    for path in written:
        if path.suffix == ".pem":
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            key_path = path.with_suffix(".key")
            key = load_der_private_key(key_path.read_bytes(), None)
            assert key.public_key() == certificate.public_key()
            assert stat.S_IMODE(key_path.stat().st_mode) == 0o600


def test_no_secret_in_a_repr(smki: Smki) -> None:
    credentials = smki.issue_device(METER)
    secret = credentials.signing.key.private_numbers().private_value
    shown = repr(credentials) + repr(credentials.signing) + repr(smki)
    assert "key=" not in shown and f"{secret:x}" not in shown and str(secret) not in shown and "tests" not in shown


@pytest.mark.parametrize("unit", ["2", "137", "FF", "xx", "+2", "02 "])
def test_role_is_two_hex_digits_of_a_known_role(smki: Smki, unit: str) -> None:
    with pytest.raises(Malformed):
        role_of(self_signed([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)]))


@pytest.mark.parametrize(
    "value",
    [
        "0500",
        "3000",
        "0408" + "00" * 8,
        "300a0408" + "00" * 8,
        "3018060d2a863a0001848fb90f010202010407" + "00" * 7,
        "3019040d2a863a0001848fb90f010202010408" + "00" * 8,
        "3119060d2a863a0001848fb90f010202010408" + "00" * 8,
        "301b060d2a863a0001848fb90f010202010408" + "00" * 8 + "0500",
        "301706022a030500" + "06052a03040506" + "0408" + "00" * 8,
    ],
)
def test_a_broken_hardware_module_name(value: str) -> None:
    name = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4"), bytes.fromhex(value))
    with pytest.raises(Malformed):
        eui_of(self_signed([], x509.SubjectAlternativeName([name])))


def test_a_certificate_without_eui_or_usage() -> None:
    bare = self_signed([])
    for read in (eui_of, usage_of, role_of):
        with pytest.raises(Malformed):
            read(bare)
    with pytest.raises(Malformed):
        eui_of(self_signed([], x509.SubjectAlternativeName([x509.DNSName("example.test")])))


def self_signed(subject: list[x509.NameAttribute[str]], *extensions: x509.ExtensionType) -> x509.Certificate:
    key = private_key(b"self")
    builder = x509.CertificateBuilder(
        issuer_name=x509.Name([]),
        subject_name=x509.Name(subject),
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_valid_after=datetime(2050, 1, 1, tzinfo=UTC),
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, SHA256())
