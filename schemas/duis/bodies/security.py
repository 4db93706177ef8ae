"""Service chapter 6: security credentials (6.15, 6.17, 6.21, 6.23, 6.24) and their hand-over at opt-out (8.5)."""

from schemas.duis.bodies.parts import FUTURE_DATED
from schemas.duis.shape import Shape, choice, many, one, optional, shape
from schemas.duis.simple import OneOf
from schemas.duis.xsd import BOOLEAN, CERTIFICATE, DATE_TIME, MPXN, SEQUENCE_NUMBER, one_of

REMOTE_PARTY_ROLE = OneOf(
    frozenset(("ACB", "NetworkOperator", "Recovery", "Root", "Supplier", "TransCoS", "LoadController")), token=True
)
_CREDENTIAL_TYPE = one("CredentialType", one_of("Digital Signature", "Key Agreement"))

_CHAIN = one("CertificationPathCertificates", many("Certificate", 1, 3, CERTIFICATE))
_CHECK_DATES = one("ApplyTimeBasedCPVChecks", BOOLEAN)
"""Whether the device checks validity dates along the certification path."""

_ALL_OPTIONAL = shape(
    optional("DigitalSigningCertificate", CERTIFICATE),
    optional("KeyAgreementCertificate", CERTIFICATE),
    optional("KeyAgreementTopUpCertificate", CERTIFICATE),
)
_SIGNING_AT_LEAST = shape(
    one("DigitalSigningCertificate", CERTIFICATE),
    optional("KeyAgreementCertificate", CERTIFICATE),
    optional("KeyAgreementTopUpCertificate", CERTIFICATE),
)


def _update(replacement: Shape) -> Shape:
    return shape(
        FUTURE_DATED,
        one("RemotePartyRole", REMOTE_PARTY_ROLE),
        optional("RemotePartyFloorSeqNumber", SEQUENCE_NUMBER),
        optional("RemotePartyPrepaymentTopUpFloorSeqNumber", SEQUENCE_NUMBER),
        one("ReplacementCertificates", replacement),
        _CHAIN,
        _CHECK_DATES,
    )


BODIES: dict[str, Shape] = {
    # 6.15, 6.17
    "UpdateSecurityCredentialsKRP": _update(shape(choice(one("SupplierOrNetworkOperatorCertificates", _ALL_OPTIONAL)))),
    "UpdateSecurityCredentialsDevice": shape(one("DeviceCertificate", CERTIFICATE)),
    "IssueSecurityCredentials": shape(_CREDENTIAL_TYPE),
    # 6.21, 6.23, 6.24
    "RequestHandoverOfDCCControlledDevice": _update(_SIGNING_AT_LEAST),
    "UpdateSecurityCredentialsCoS": shape(
        FUTURE_DATED,
        one("SupplierFloorSeqNumber", SEQUENCE_NUMBER),
        optional("SupplierPrepaymentTopUpFloorSeqNumber", SEQUENCE_NUMBER),
        one("SupplierReplacementCertificates", _SIGNING_AT_LEAST),
        _CHAIN,
        _CHECK_DATES,
        one("ImportMPxN", MPXN),
    ),
    "RetrieveDeviceSecurityCredentialsKRP": shape(many("RemotePartyRole", 1, 7, REMOTE_PARTY_ROLE)),
    "RetrieveDeviceSecurityCredentialsDevice": shape(_CREDENTIAL_TYPE),
    # 8.5
    "ServiceOptOut": shape(
        one("ExecutionDateTime", DATE_TIME),
        one("ACBFloorSeqNumber", SEQUENCE_NUMBER),
        one(
            "ReplacementCertificates",
            optional("DigitalSigningCertificate", CERTIFICATE),
            one("KeyAgreementCertificate", CERTIFICATE),
        ),
        _CHAIN,
        _CHECK_DATES,
    ),
}
"""By element name."""
