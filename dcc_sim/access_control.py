"""Step 5 of the road: the access control broker admits a signed pre-command and puts its MAC on every command.

Parties of the DCC that command devices in their own name, or sign for a user whose request is not critical, sign here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest

from cryptography.hazmat.primitives.asymmetric import ec

from schemas.errors import Malformed, NotAuthentic
from schemas.eui import EUI64
from schemas.gbcs.envelope import Message, decode
from schemas.gbcs.protection import add_mac, shared_secret, sign, verify_mac, verify_signature
from schemas.gbcs.use_cases.declare import DccParty, UseCase

_NON_CRITICAL_ALERT = 0x1001
"""Message code of GNCA."""

PublicKey = Callable[[EUI64], ec.EllipticCurvePublicKey]
PublicKeys = Callable[[EUI64], Iterable[ec.EllipticCurvePublicKey]]


@dataclass(frozen=True, slots=True)
class OwnParty:
    """A party of the DCC: its EUI-64 and its private digital signing key, which is in no repr."""

    eui: EUI64
    signing: ec.EllipticCurvePrivateKey = field(repr=False)


@dataclass(slots=True)
class AccessControlBroker:
    """The broker's keys and identity.

    Attributes:
        eui: its EUI-64, business originator where it acts for an unknown remote party.
        key_agreement: its private key agreement key, in no repr.
        device_key: the key agreement public key of a device.
        signing_keys: the digital signing public keys of a user, newest first: who replaces its own certificates on a
            device signs with the key that the device still holds.
        own: the parties of the DCC.
    """

    eui: EUI64
    key_agreement: ec.EllipticCurvePrivateKey = field(repr=False)
    device_key: PublicKey
    signing_keys: PublicKeys
    own: Mapping[DccParty, OwnParty]
    _secrets: dict[EUI64, bytes] = field(default_factory=dict, repr=False)

    def admit(self, payload: bytes, pre_command: bytes) -> Message:
        """The signed pre-command in ``payload``, if it is the pre-command that was made and its user signed it.

        Raises:
            Malformed: the bytes are no GBCS message, or not a signed one without a MAC.
            NotAuthentic: it is another message, or the signature is not the originator's.
        """
        signed = decode(payload)
        if signed.mac is not None or not signed.signature:
            raise Malformed("GBCSPayload", "is a pre-command with its 64-octet signature and no MAC")
        if not compare_digest(signed.stripped_octets(), pre_command):
            raise NotAuthentic("GBCSPayload", "is the pre-command that the Transform Service returned, octet for octet")
        self.check_signature(signed)
        return signed

    def check_signature(self, message: Message) -> None:
        """The message is signed with one of its originator's keys.

        Raises:
            NotAuthentic: it is not, or the originator has none.
        """
        wrong: NotAuthentic | None = None
        for key in self.signing_keys(message.originator):
            try:
                verify_signature(message, key)
            except NotAuthentic as error:
                wrong = error
            else:
                return
        raise wrong or NotAuthentic("signature", f"is of {message.originator}, who has no signing certificate")

    def check_alert(self, alert: Message) -> None:
        """A device's alert is signed by the device, or has its MAC for the broker, where it is for the broker.

        A non-critical alert for a user bears a MAC for that user (vector GNCA), which nobody else can check.

        Raises:
            NotAuthentic: it is not.
        """
        if alert.signature:
            self.check_signature(alert)
        elif alert.target == self.eui:
            verify_mac(alert, self._secret(alert.originator))
        elif alert.mac is None or alert.message_code != _NON_CRITICAL_ALERT:
            raise NotAuthentic("alert", f"of {alert.originator} is signed, or has a MAC for the broker")

    def party(self, use_case: UseCase) -> OwnParty:
        """The party of the DCC that commands where the user does not."""
        return self.own[use_case.dcc_party or DccParty.BROKER]

    def sign(self, message: Message, use_case: UseCase) -> Message:
        """``message`` with the signature of the DCC's party, where the device asks for one and no user gives it."""
        return sign(message, self.party(use_case).signing) if use_case.broker_signs else message

    def forget(self, device: EUI64) -> None:
        """``device`` may have another key agreement key from now on."""
        self._secrets.pop(device, None)

    def forget_all(self) -> None:
        """Any device may have another key agreement key."""
        self._secrets.clear()

    def check(self, message: Message) -> None:
        """A device's message to the broker bears the device's MAC.

        Raises:
            NotAuthentic: it has none, or another.
        """
        verify_mac(message, self._secret(message.originator))

    def protect(self, message: Message) -> Message:
        """The command: ``message`` with the broker's MAC for its target device."""
        return add_mac(message, self._secret(message.target))

    def _secret(self, device: EUI64) -> bytes:
        # Z is the same for every message of a pair; ECDH is the dearest step left on the road, so it is kept.
        if device not in self._secrets:
            self._secrets[device] = shared_secret(self.key_agreement, self.device_key(device))
        return self._secrets[device]
