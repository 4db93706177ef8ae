"""Step 5 of the road: the access control broker admits a signed pre-command and puts its MAC on every command."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest

from cryptography.hazmat.primitives.asymmetric import ec

from schemas.errors import Malformed, NotAuthentic
from schemas.eui import EUI64
from schemas.gbcs.envelope import Message, decode
from schemas.gbcs.protection import add_mac, shared_secret, verify_signature

PublicKey = Callable[[EUI64], ec.EllipticCurvePublicKey]


@dataclass(slots=True)
class AccessControlBroker:
    """The broker's keys and identity.

    Attributes:
        eui: its EUI-64, business originator where it acts for an unknown remote party.
        key_agreement: its private key agreement key, in no repr.
        device_key: the key agreement public key of a device.
        signing_key: the digital signing public key of a user.
    """

    eui: EUI64
    key_agreement: ec.EllipticCurvePrivateKey = field(repr=False)
    device_key: PublicKey
    signing_key: PublicKey
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
        if not compare_digest(signed.stripped().encode(), pre_command):
            raise NotAuthentic("GBCSPayload", "is the pre-command that the Transform Service returned, octet for octet")
        verify_signature(signed, self.signing_key(signed.originator))
        return signed

    def protect(self, message: Message) -> Message:
        """The command: ``message`` with the broker's MAC for its target device."""
        return add_mac(message, self._secret(message.target))

    def _secret(self, device: EUI64) -> bytes:
        # Z is the same for every message of a pair; ECDH is the dearest step left on the road, so it is kept.
        if device not in self._secrets:
            self._secrets[device] = shared_secret(self.key_agreement, self.device_key(device))
        return self._secrets[device]
