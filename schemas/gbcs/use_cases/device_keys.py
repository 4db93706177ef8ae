"""A device's own keys: CS02c new key pair (SR 6.17), CS02d new certificate (6.15.2), CS02e read (6.24.2)."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.duis.node import Node, leaf
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.names.statuses import DEVICE_CERTIFICATE_RESULTS, HELD_CERTIFICATE_RESULTS, KEY_PAIR_RESULTS
from schemas.gbcs.use_cases.asn1 import Asn1, Command, Read
from schemas.gbcs.use_cases.asn1_fields import INTEGER, SEQUENCE, certificate, expect, sequence, status
from schemas.gbcs.use_cases.credentials import AGREEMENT, SIGNING
from schemas.gbcs.use_cases.declare import Answer, Context, DeviceType, Part, UseCase

_DEVICES = frozenset(DeviceType) - {DeviceType.CHF, DeviceType.TYPE2}
_USAGES = {"Digital Signature": SIGNING, "Key Agreement": AGREEMENT}


def _usage(body: Node, context: Context) -> Ber:
    return sequence(_USAGES[body.text("CredentialType")])


def _certificate(body: Node, context: Context) -> Ber:
    return certificate("DeviceCertificate", body.octets("DeviceCertificate"))


def _either(result: str, words: Mapping[int, str], element: str) -> Read:
    """A number that says why there is none, or what was asked for."""

    def read(value: Ber) -> Answer:
        if value.tag == INTEGER:
            return Answer(value.number == 0, [Part(status(result, words, value))])
        return Answer(True, [Part(leaf(element, expect(value, element, SEQUENCE).encode()))])

    return read


def _replaced(value: Ber) -> Answer:
    element = "UpdateSecurityCredentialsResponseCode"
    result = expect(value, element, INTEGER)
    return Answer(result.number == 0, [Part(status(element, DEVICE_CERTIFICATE_RESULTS, result))])


def _use_case(name: str, code: int, service: str, element: str, command: Command, read: Read) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=True,
        devices=_DEVICES,
        content=Asn1(command, read),
        response=f"{element}Rsp",
    )


DEVICE_KEYS = (
    _use_case(
        "CS02c",
        0x000A,
        "6.17",
        "IssueSecurityCredentials",
        _usage,
        _either("IssueCredentialsResponseCode", KEY_PAIR_RESULTS, "CertificationRequest"),
    ),
    _use_case("CS02d", 0x000B, "6.15.2", "UpdateSecurityCredentialsDevice", _certificate, _replaced),
    _use_case(
        "CS02e",
        0x000C,
        "6.24.2",
        "RetrieveDeviceSecurityCredentialsDevice",
        _usage,
        _either("RetrieveDeviceSecurityCredentialsStatusCode", HELD_CERTIFICATE_RESULTS, "Certificate"),
    ),
)
