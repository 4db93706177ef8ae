"""CS02 vectors against virtual devices: real keys and certificates in, responses and alerts out, octet by octet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509

from devices.certificates import key_identifier
from devices.device import Device
from devices.trust import Cell, Role, Use
from schemas.gbcs.envelope import CraFlag
from schemas.gbcs.protection import verify_signature
from tests.devices.home import DEVICE_SIGNING, ESME_EUI, NEW_YEAR, RTDS, sent, vector
from tests.devices.vector_parties import COS, as_sent, cells_of, device

if not RTDS.is_dir():
    pytest.skip("RTDS vectors not found (set DCC_SIM_REFERENCE)", allow_module_level=True)

REPLACED_NOW = [
    "CS02bNOByNO_6.15.1_SUCCESS",
    "CS02bNOByNOHandover_6.21_SUCCESS",
    "CS02bSupplierBySupplierHandover_6.21_SUCCESS",
    "CS02bACBByACB_8.5_SUCCESS",
    "CS02bWPByWP_NA_SUCCESS",
    "CS02bTransCoSByTransCoS_NA_SUCCESS",
    "CS02bAnyExceptAbnormalRootByRecovery_NA_SUCCESS",
    "CS02gLoadControllerBySupplier_6.15.1_IMMEDIATE_SUCCESS",
    "CS02gLoadControllerBySupplier_6.15.1_IMMEDIATE_ERROR",
    "CS02gLoadControllerByLoadController_NA_IMMEDIATE_SUCCESS",
]
CANCELLED = [
    "CS02bSupplierBySupplier_6.15.1_CANCELLATION_SUCCESS",
    "CS02bSupplierByTransCoS_6.23_CANCELLATION_SUCCESS",
]
LATER = [
    ("CS02bSupplierBySupplier_6.15.1", "FUTURE_DATED_SUCCESS", "8F66_FUTURE_DATED_SUCCESS"),
    ("CS02bSupplierBySupplier_6.15.1", "FUTURE_DATED_ERROR", "8F67_FUTURE_DATED_ERROR"),
    ("CS02bSupplierByTransCoS_6.23", "FUTURE_DATED_SUCCESS", "8F66_FUTURE_DATED_SUCCESS"),
    ("CS02gLoadControllerBySupplier_6.15.1", "FUTURE_DATED_SUCCESS", "8F66_FUTURE_DATED_SUCCESS"),
    ("CS02gLoadControllerBySupplier_6.15.1", "FUTURE_DATED_ERROR", "8F67_FUTURE_DATED_ERROR"),
    ("CS02gLoadControllerByLoadController_NA", "FUTURE_DATED_SUCCESS", "8F66_FUTURE_DATED_SUCCESS"),
]
READ = [
    ("CS02aMAC_6.24.1_SUCCESS", 1, set()),
    ("CS02aSignature_NA_SUCCESS", 0, set()),
    ("CS02aSignature_NA_ERROR", 0, set()),
    ("CS02fMAC_6.24.1_SUCCESS", 1, set()),
    ("CS02fMAC_6.24.1_ERROR", 0, {(Role.TRANSITIONAL_COS, Use.SIGNATURE)}),
    ("CS02fSignature_NA_SUCCESS", 1, set()),
    ("CS02fSignature_NA_ERROR", 0, {(Role.TRANSITIONAL_COS, Use.SIGNATURE)}),
]
"""Vector, floor of network operator and load controller, cells that fail."""


def device_of(name: str, **start: int) -> Device:
    return device(vector(name).target, **start)


def answer(made: Device, name: str) -> bytes:
    """The signed part of the one response to a vector's command."""
    (message,) = sent(made.receive(as_sent(vector(f"{name}_COMMAND")), NEW_YEAR))
    assert message.cra is CraFlag.RESPONSE
    expected = vector(f"{name}_RESPONSE")
    assert (message.mac is None, bool(message.signature)) == (expected.mac is None, bool(expected.signature))
    return message.signed_part()


@pytest.mark.parametrize("name", [*REPLACED_NOW, *CANCELLED])
def test_the_response(name: str) -> None:
    assert answer(device_of(f"{name}_COMMAND"), name) == vector(f"{name}_RESPONSE").signed_part()


@pytest.mark.parametrize(("stem", "case", "alert"), LATER)
def test_the_outcome_of_a_command_for_later(stem: str, case: str, alert: str) -> None:
    expected = vector(f"{stem}_{alert}_ALERT")
    made = device_of(f"{stem}_{case}_COMMAND", alert_counter=expected.originator_counter - 1)
    before = dict(made.trust.anchors)
    assert answer(made, f"{stem}_{case}") == vector(f"{stem}_{case}_RESPONSE").signed_part()
    due = made.next_timer()
    assert due is not None and due > datetime(2030, 1, 1, tzinfo=UTC)
    assert dict(made.trust.anchors) == before
    (told,) = sent(made.handle_timer(due))
    assert told.signed_part() == expected.signed_part()
    verify_signature(told, DEVICE_SIGNING.public_key())
    assert made.next_timer() is None


def test_a_cancelled_command_never_happens() -> None:
    made = device(ESME_EUI)
    answer(made, "CS02bSupplierBySupplier_6.15.1_FUTURE_DATED_SUCCESS")
    before = dict(made.trust.anchors)
    answer(made, "CS02bSupplierBySupplier_6.15.1_CANCELLATION_SUCCESS")
    assert made.next_timer() is None
    assert sent(made.handle_timer(datetime(2031, 1, 1, tzinfo=UTC))) == []
    assert dict(made.trust.anchors) == before


def test_another_code_is_not_cancelled() -> None:
    made = device(ESME_EUI)
    answer(made, "CS02bSupplierByTransCoS_6.23_FUTURE_DATED_SUCCESS")
    answer(made, "CS02bSupplierBySupplier_6.15.1_CANCELLATION_SUCCESS")
    (told,) = sent(made.handle_timer(datetime(2031, 1, 1, tzinfo=UTC)))
    assert told.target == COS


@pytest.mark.parametrize(("name", "floor", "faults"), READ)
def test_what_is_held_is_read(name: str, floor: int, faults: set[tuple[Role, Use]]) -> None:
    made = device_of(f"{name}_COMMAND", floor=floor)
    made.credentials.faults |= cells_of(*faults)
    assert answer(made, name) == vector(f"{name}_RESPONSE").signed_part()


def test_new_keys_are_the_certificates() -> None:
    """After CS02g the load controller's cells hold the keys of the command's certificates."""
    made = device(ESME_EUI)
    answer(made, "CS02gLoadControllerBySupplier_6.15.1_IMMEDIATE_SUCCESS")
    held = made.trust.anchors[Cell(Role.LOAD_CONTROLLER, Use.SIGNATURE)]
    assert held.key_id.hex() == "43046b4fb7c4f11b" == key_identifier(held.key).hex()


def test_own_keys() -> None:
    """CS02c to CS02e: errors and the request as the vectors have them; only the own new key is taken."""
    made = device(ESME_EUI)
    expected = x509.load_der_x509_csr(vector("CS02c_6.17_SUCCESS_RESPONSE").payload)
    (message,) = sent(made.receive(as_sent(vector("CS02c_6.17_SUCCESS_COMMAND")), NEW_YEAR))
    request = x509.load_der_x509_csr(message.payload)
    assert request.is_signature_valid
    assert request.subject == expected.subject
    assert list(request.extensions) == list(expected.extensions)
    stored = vector("CS02d_6.15.2_SUCCESS_COMMAND")
    late = made.receive(as_sent(vector("CS02d_6.15.2_ERROR_COMMAND")), NEW_YEAR)
    assert sent(late)[0].signed_part() == vector("CS02d_6.15.2_ERROR_RESPONSE").signed_part()
    other = device(ESME_EUI)
    assert sent(other.receive(as_sent(stored), NEW_YEAR))[0].payload == b"\x02\x01\x04", "no key pair was made"


@pytest.mark.parametrize("name", ["CS02c_6.17_ERROR", "CS02e_6.24.2_ERROR"])
def test_own_keys_that_fail(name: str) -> None:
    made = device(ESME_EUI)
    made.keys.faults.add(Use.AGREEMENT)
    assert answer(made, name) == vector(f"{name}_RESPONSE").signed_part()


def test_the_own_certificate_is_read() -> None:
    made = device(ESME_EUI)
    made.keys.certificates[Use.SIGNATURE] = vector("CS02d_6.15.2_SUCCESS_COMMAND").payload
    assert answer(made, "CS02e_6.24.2_SUCCESS") == vector("CS02e_6.24.2_SUCCESS_RESPONSE").signed_part()
