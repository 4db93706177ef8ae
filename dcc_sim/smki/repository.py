"""The repository: every certificate by serial and by party, and whether it holds good. Public things only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from dcc_sim.smki.names import Name, comparable
from dcc_sim.smki.profiles import Role, Usage, eui_of, issuer_name, role_of, usage_of
from schemas.duis.xml_signature import P256, p256
from schemas.errors import NotAuthentic, NotPossible
from schemas.eui import EUI64


class Status(Enum):
    """CertificateStatus of the SMKI interface."""

    IN_USE = "I"
    NOT_IN_USE = "N"
    EXPIRED = "E"
    REVOKED = "R"


@dataclass(frozen=True)
class Entry:
    """One party's certificate, with what a search answers about it.

    Attributes:
        role: None for a device.
        key: None where it is of another kind.
    """

    certificate: x509.Certificate
    eui: EUI64
    usage: Usage
    role: Role | None
    key: EllipticCurvePublicKey | None

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(certificate: x509.Certificate) -> "Entry":
        """Read it all from the certificate itself; Malformed where it keeps to no profile."""
        role = role_of(certificate) if list(certificate.subject) else None
        key = certificate.public_key()
        known = key if isinstance(key, EllipticCurvePublicKey) else None
        return Entry(certificate, eui_of(certificate), usage_of(certificate), role, known)


class _Link(NamedTuple):
    """One certificate of a chain: what of it may stop holding good."""

    begin: datetime
    end: datetime
    serial: int


_MOST_KEPT = 10_000
"""Of each: issuer names and serials as they were written, in any number of ways, and certificates of any source."""


class Repository:
    """Certificates of parties and authorities, as everybody may read them."""

    def __init__(self) -> None:
        self._authorities: dict[x509.Name, list[x509.Certificate]] = {}
        self._by_serial: dict[tuple[Name, int], x509.Certificate] = {}
        self._by_number: dict[int, Entry] = {}
        self._entries: dict[EUI64, list[Entry]] = {}
        self._pinned: set[x509.Certificate] = set()
        self._revoked: set[int] = set()
        self._chains: dict[int, tuple[x509.Certificate, tuple[_Link, ...]]] = {}
        self._by_text: dict[tuple[str, int], x509.Certificate] = {}
        self._keys_by_text: dict[tuple[str, int], P256] = {}

    def by_serial(self, issuer_name: str, serial: int) -> x509.Certificate:
        """The certificate that X509IssuerSerial names, whatever its status.

        Args:
            issuer_name: RFC 4514 text; order, case and spaces do not count: "CN=Z1,OU=07" is "OU=07, CN=Z1".
            serial: as a number, 1..2^159.

        Raises:
            NotAuthentic: unknown.
        """
        asked = issuer_name, serial
        known = self._by_text.get(asked)
        if known is None:
            known = self._by_serial.get((comparable(issuer_name), serial))
            if known is None:
                raise NotAuthentic("X509IssuerSerial", f"names a known certificate, not {serial}")
            if len(self._by_text) < _MOST_KEPT:
                self._by_text[asked] = known
        return known

    def key_by_serial(self, issuer_name: str, serial: int) -> P256:
        """The key of the certificate that `by_serial` gives.

        Raises:
            NotAuthentic: unknown, or with another kind of key.
        """
        asked = issuer_name, serial
        known = self._keys_by_text.get(asked)
        if known is None:
            known = p256(self.by_serial(issuer_name, serial))
            if len(self._keys_by_text) < _MOST_KEPT:
                self._keys_by_text[asked] = known
        return known

    def certificate(self, eui: EUI64, usage: Usage) -> x509.Certificate:
        """The newest certificate of a party and usage that is not revoked.

        Raises:
            NotAuthentic: there is none.
        """
        for entry in reversed(self.entries(eui)):
            if entry.usage is usage and entry.certificate.serial_number not in self._revoked:
                return entry.certificate
        raise NotAuthentic("EntityIdentifier", f"{eui} has a certificate for {usage.name.lower()}")

    def keys(self, eui: EUI64, usage: Usage) -> Iterator[EllipticCurvePublicKey]:
        """The public keys of a party's certificates for a usage that are not revoked, newest first."""
        for entry in reversed(self.entries(eui)):
            if entry.usage is not usage or entry.certificate.serial_number in self._revoked:
                continue
            if entry.key is not None:
                yield entry.key

    def entries(self, eui: EUI64) -> list[Entry]:
        """All certificates of a party, oldest first; empty for an unknown one."""
        return list(self._entries.get(eui, ()))

    def entry(self, serial: int) -> Entry:
        """A party's certificate by its serial alone, as the SMKI interface asks for it.

        Raises:
            NotAuthentic: unknown, or an authority's.
        """
        try:
            return self._by_number[serial]
        except KeyError:
            raise NotAuthentic("CertificateSerial", f"is of a known certificate, not {serial:x}") from None

    def __iter__(self) -> Iterator[Entry]:
        """All parties' certificates, in the order in which they came."""
        return iter(self._by_number.values())

    def status(self, entry: Entry, at: datetime) -> Status:
        """Whether a certificate is in use: exactly one of a party and usage is."""
        certificate = entry.certificate
        if certificate.serial_number in self._revoked:
            return Status.REVOKED
        if at > certificate.not_valid_after_utc:
            return Status.EXPIRED
        newest = self.certificate(entry.eui, entry.usage)
        return Status.IN_USE if certificate == newest else Status.NOT_IN_USE

    def check(self, certificate: x509.Certificate, at: datetime) -> None:
        """That a certificate is ours up to the root or pinned, in validity at ``at`` (aware) and not revoked.

        Raises:
            NotAuthentic: naming what is wrong.
        """
        # Certificates never change and authorities stay: one look at each for its lifetime. Time and revocation do not.
        # By the object, which is kept: a hash of its octets takes as long as all else here.
        known = self._chains.get(id(certificate))
        if known is None:
            known = certificate, tuple(self._climb(certificate, at))
            if len(self._chains) < _MOST_KEPT:
                self._chains[id(certificate)] = known
        self._check_links(known[1], at)

    def _climb(self, certificate: x509.Certificate, at: datetime) -> Iterator[_Link]:
        """The chain from ``certificate`` to the root or a pinned one, each checked before the next is looked for."""
        here: x509.Certificate | None = certificate
        while here is not None:
            link = _Link(here.not_valid_before_utc, here.not_valid_after_utc, here.serial_number)
            self._check_links((link,), at)
            here = self._issuer(here)
            yield link

    def _check_links(self, links: tuple[_Link, ...], at: datetime) -> None:
        for link in links:
            if not link.begin <= at <= link.end:
                raise NotAuthentic("certificate validity", f"covers {at:%Y-%m-%dT%H:%M:%SZ}")
            if link.serial in self._revoked:
                raise NotAuthentic("CertificateSerial", f"{link.serial:x} is not revoked")

    def _issuer(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """The next of the chain; None above the root and above a pinned certificate."""
        if certificate in self._pinned:
            return None
        # Two SMKIs may have given their authorities the same name.
        issuers = self._authorities.get(certificate.issuer, [])
        if not issuers:
            raise NotAuthentic("X509IssuerName", f"is an authority of this SMKI, not {issuer_name(certificate)}")
        for issuer in issuers:
            try:
                certificate.verify_directly_issued_by(issuer)
            except (InvalidSignature, ValueError, TypeError):
                continue
            return None if certificate == issuer else issuer
        raise NotAuthentic("certificate signature", f"is made by {issuer_name(certificate)}")

    def revoke(self, serial: int) -> None:
        """Withdraw a party's certificate at once and for good; NotAuthentic when the serial is unknown."""
        self._revoked.add(self.entry(serial).certificate.serial_number)

    @property
    def revoked(self) -> frozenset[int]:
        """The serials of all that were withdrawn."""
        return frozenset(self._revoked)

    def take(self, certificate: x509.Certificate) -> None:
        """Put in a party's certificate that another copy of this repository has: one of its authorities', or pinned.

        Raises:
            Malformed, NotPossible: as for `pin`.
        """
        self._add(certificate) if certificate.issuer in self._authorities else self.pin(certificate)

    def pin(self, certificate: x509.Certificate) -> None:
        """Take a party's certificate of another SMKI as it is, e.g. one of the ZAZ1 set, whose authority is not public.

        Raises:
            Malformed: it keeps to no profile of ours.
            NotPossible: another certificate has its issuer and serial.
        """
        self._add(certificate)
        self._pinned.add(certificate)

    def is_pinned(self, certificate: x509.Certificate) -> bool:
        """Whether a certificate is taken as it is, because no authority here has made it."""
        return certificate in self._pinned

    def _add(self, certificate: x509.Certificate) -> None:
        """Put a party's certificate in; nothing happens when it is there already."""
        entry = Entry.of(certificate)
        if self._index(certificate):
            self._by_number[certificate.serial_number] = entry
            self._entries.setdefault(entry.eui, []).append(entry)

    def _add_authority(self, certificate: x509.Certificate) -> None:
        self._index(certificate)
        self._authorities.setdefault(certificate.subject, []).append(certificate)

    def _index(self, certificate: x509.Certificate) -> bool:
        """Make it found by serial; whether it is new."""
        key = comparable(issuer_name(certificate)), certificate.serial_number
        known = self._by_serial.get(key)
        if known is not None and known != certificate:
            raise NotPossible("CertificateSerial", f"{certificate.serial_number:x} is new for its issuer")
        self._by_serial[key] = certificate
        return known is None
