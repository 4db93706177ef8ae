"""Trust anchor cells."""

from dataclasses import replace

import pytest

from devices.trust import Role, TrustStore
from schemas.errors import NotAllowed, NotAuthentic
from tests.devices.home import BROKER, DEVICE_AGREEMENT, ESME_EUI, SUPPLIER, command


def store() -> TrustStore:
    return TrustStore((SUPPLIER.cell, BROKER.cell), DEVICE_AGREEMENT)


def test_a_role_has_one_cell_and_a_party_may_have_two() -> None:
    with pytest.raises(NotAllowed, match="at most one"):
        TrustStore((SUPPLIER.cell, replace(SUPPLIER.cell, eui=ESME_EUI)), DEVICE_AGREEMENT)
    twin = TrustStore((SUPPLIER.cell, replace(SUPPLIER.cell, role=Role.LOAD_CONTROLLER)), DEVICE_AGREEMENT)
    assert twin.roles(SUPPLIER.eui) == {Role.SUPPLIER, Role.LOAD_CONTROLLER}


def test_cells_are_found_by_party_and_by_role() -> None:
    assert store().roles(SUPPLIER.eui) == {Role.SUPPLIER}
    assert store().holder(Role.SUPPLIER) == SUPPLIER.eui
    assert store().holder(Role.LOAD_CONTROLLER) is None
    with pytest.raises(NotAllowed, match="business originator"):
        store().roles(ESME_EUI)


def test_counters_rise() -> None:
    trust = store()
    for counter in (0, 1, 2**63):
        trust.check_counter(command(SUPPLIER, counter, 0x011E, b""))
        trust.accept_counter(command(SUPPLIER, counter, 0x011E, b""))
        with pytest.raises(NotAuthentic, match="originator counter"):
            trust.check_counter(command(SUPPLIER, counter, 0x011E, b""))
    trust.check_counter(command(BROKER, 0, 0x0059, b""))


def test_role_numbers_are_those_of_the_credentials_vectors() -> None:
    assert [role.value for role in Role] == [0, 1, 2, 3, 4, 5, 6, 8]
    assert str(Role.LOAD_CONTROLLER) == "load controller"
