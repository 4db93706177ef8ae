"""Who may ask what of which device, when and how: the whole policy, over HTTP, with the code of each refusal."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dcc_sim import home, non_device
from dcc_sim.authorise import TO_DEVICES
from dcc_sim.inventory import DeviceStatus, Registration, User, UserRole
from dcc_sim.policy import NEVER_REGISTERED, RULES, Regime
from dcc_sim.smki import Role
from dcc_sim.user import StandInUser
from schemas.duis.node import branch, leaf
from schemas.eui import EUI64
from tests.dcc_sim.asking import ALWAYS, act_as, ask, ask_any, refused, variant_of
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Pair

TARGET, BODY = SERVICES["7.13"]


def test_every_service_asked_is_carried() -> None:
    """The requests here are those of load control and what supports it; test_every_service has the rest."""
    assert set(SERVICES) < TO_DEVICES


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_role(pair: Pair, service: str) -> None:
    """Registered in each role in turn: accepted where the role is eligible, E2 where it is not, and nothing between."""
    eligible = RULES[service].eligible(Regime.SUPPLIER_ONLY)
    accepted = "I0" if variant_of(service) == 4 else "I99"
    for role in UserRole:
        act_as(pair, role)
        before = pair.records()
        answer = ask(pair, service)
        assert answer.code == (accepted if role in eligible else "E2"), (role, answer.reason)
        if answer.code == "E2":
            assert str(role) in answer.reason
            assert pair.records() == before


@pytest.mark.parametrize("role", UserRole)
def test_every_variant_in_every_role(pair: Pair, reference: Path, role: UserRole) -> None:
    """129 variants to the gateway in each role: E2 where the public matrix has it not, and else the next answer."""
    rows = json.loads((reference / "duis-request-matrix.json").read_text(encoding="utf-8"))
    act_as(pair, role)
    asked = 0
    for row in rows:
        service = row["Service Reference Variant"]
        code = ask_any(pair, service).code
        if role not in row["Eligible User Roles"]:
            assert code == "E2", service
        elif service in SERVICES:
            assert code == ("I0" if row["Critical"] == "Yes" else "I99"), service
        elif service in TO_DEVICES | non_device.CARRIED:
            # Asked of a meter with a body of another service: one or the other is told. Nothing to read is no error.
            assert code in ("E11", "E100") or (code, service) == ("I99", "5.2"), service
        else:
            assert code == "E11", service
        asked += 1
    assert asked == 129


def test_every_variant_by_a_load_controller_in_its_regime(reference: Path) -> None:
    """7.16 and nothing else; for the supplier nothing has changed."""
    pair = Pair(policy=Regime.LOAD_CONTROLLER)
    act_as(pair, UserRole.LOAD_CONTROLLER)
    accepted = {service for service in RULES if ask_any(pair, service).code != "E2"}
    assert accepted == {"7.16"}
    act_as(pair, UserRole.IMPORT_SUPPLIER)
    refused_now = {service for service in RULES if ask_any(pair, service).code == "E2"}
    assert refused_now == {service for service, rule in RULES.items() if UserRole.IMPORT_SUPPLIER not in rule.roles}
    pair.store.close()


@pytest.mark.parametrize("service", sorted(service for service in SERVICES if RULES[service].roles))
def test_every_role_without_registration(pair: Pair, service: str) -> None:
    """Not registered, each eligible role gets E4, but for other users, who need no registration."""
    for role in RULES[service].roles:
        act_as(pair, role, registered=False)
        code = ask(pair, service).code
        assert (code == "E4") is (role not in NEVER_REGISTERED), (role, code)


def test_one_eligible_and_registered_role_is_enough(pair: Pair) -> None:
    """Roles are not added up: the role that is eligible must be the one that is registered."""
    act_as(pair, UserRole.IMPORT_SUPPLIER, UserRole.ELECTRICITY_DISTRIBUTOR)
    assert ask(pair, "7.13").code == "I0"
    registrations = pair.world.dcc.inventory.registrations
    registrations[:] = [entry for entry in registrations if entry.role is UserRole.ELECTRICITY_DISTRIBUTOR]
    assert ask(pair, "7.13").code == "E4"
    assert ask(pair, "7.15").code == "I99"


def test_registration_of_another_meter_point_or_user_is_none(pair: Pair) -> None:
    """E4 for another meter point, and for another user's registration."""
    entry = Registration(home.OTHER_MPAN, UserRole.IMPORT_SUPPLIER, home.SUPPLIER, ALWAYS)
    for other in (entry, replace(entry, mpxn=home.MPAN, user=home.OTHER_SUPPLIER)):
        pair.world.dcc.inventory.registrations[:] = [other]
        assert ask(pair, "7.13").code == "E4"


def test_registration_window(pair: Pair) -> None:
    """From its start, included, to its end, not included."""
    begin, end = START + timedelta(hours=1), START + timedelta(hours=2)
    moment = timedelta(seconds=1)
    pair.world.dcc.inventory.registrations[:] = [
        Registration(home.MPAN, UserRole.IMPORT_SUPPLIER, home.SUPPLIER, begin, end)
    ]
    for at, code in (
        (begin - moment, "E4"),
        (begin, "I0"),
        (end - moment, "I0"),
        (end, "E4"),
        (end + timedelta(days=300), "E4"),
    ):
        pair.at(at)
        assert ask(pair, "7.13").code == code, at


def test_change_of_supplier(pair: Pair) -> None:
    """At the change the old supplier is out and the new one in: a pre-command made before cannot be sent after."""
    change = START + timedelta(hours=1)
    role = UserRole.IMPORT_SUPPLIER
    pair.world.dcc.inventory.registrations[:] = [
        Registration(home.MPAN, role, home.SUPPLIER, ALWAYS, change),
        Registration(home.MPAN, role, home.OTHER_SUPPLIER, change),
    ]
    assert ask(pair, "7.13", pair.other_supplier).code == "E4"
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    pair.at(change)
    assert refused(pair, pair.supplier.sign_pre_command(request, message), "serviceS") == "E4"
    assert ask(pair, "7.13").code == "E4"
    assert ask(pair, "7.13", pair.other_supplier).code == "I0"


def test_a_registration_ends_where_the_next_one_begins(pair: Pair) -> None:
    """Though its end was never written down: there is one responsible supplier. Another meter point's is no matter."""
    change = START + timedelta(hours=1)
    role = UserRole.IMPORT_SUPPLIER
    pair.world.dcc.inventory.registrations[:] = [
        Registration(home.MPAN, role, home.SUPPLIER, ALWAYS),
        Registration(home.MPAN, role, home.OTHER_SUPPLIER, change, change + timedelta(hours=1)),
        Registration(home.OTHER_MPAN, role, home.OTHER_SUPPLIER, ALWAYS + timedelta(hours=1)),
    ]
    assert [ask(pair, "7.13", user).code for user in (pair.supplier, pair.other_supplier)] == ["I0", "E4"]
    pair.at(change)
    assert [ask(pair, "7.13", user).code for user in (pair.supplier, pair.other_supplier)] == ["E4", "I0"]


def test_unknown_user(pair: Pair) -> None:
    """E1, although the certificate is good: the party is in the SMKI and no user of the DCC."""
    del pair.world.dcc.inventory.users[home.SUPPLIER]
    assert refused(pair, pair.supplier.request(TARGET, "7.13", 4, BODY), "serviceT") == "E1"


def test_suspended_user(pair: Pair) -> None:
    """E3, also for the second half of a request; once it is no longer suspended, the same is accepted."""
    signed = pair.supplier.sign_pre_command(*pair.pre_command(pair.supplier, TARGET, "7.13", BODY))
    users = pair.world.dcc.inventory.users
    user = users[home.SUPPLIER]
    users[home.SUPPLIER] = replace(user, suspended=True)
    assert refused(pair, signed, "serviceS") == "E3"
    assert refused(pair, pair.supplier.request(TARGET, "7.13", 4, BODY), "serviceT") == "E3"
    users[home.SUPPLIER] = user
    assert pair.post("serviceS", pair.supplier.write(signed)).code == "I99"


def test_a_key_of_the_dcc_is_no_users_key(pair: Pair) -> None:
    """A certificate of role DspXmlSign signs no request, though it is for XML and its party were a user."""
    eui = EUI64.parse("90-B3-D5-1F-30-05-00-00")
    posing = StandInUser(
        "Posing", pair.world.smki.issue_organisation(eui, Role.ACCESS_CONTROL_BROKER, "Posing"), pair.world.smki
    )
    pair.world.dcc.inventory.users[eui] = User(eui, "Posing", frozenset({UserRole.OTHER_USER}))
    answer = ask(pair, "7.15", posing)
    assert (answer.code, answer.reason.split(":")[0]) == ("E100", "X509SerialNumber")


def test_new_certificates_in_place_of_revoked_ones(pair: Pair) -> None:
    """What is signed with the old key is refused; the next generation signs for the same user, with the same roles."""
    smki = pair.world.smki
    old = [entry.certificate.serial_number for entry in smki.entries(home.SUPPLIER)]
    renewed = StandInUser(
        "Supplier", smki.issue_organisation(home.SUPPLIER, Role.SUPPLIER, "Supplier", generation=1), smki
    )
    assert ask(pair, "7.13").code == "I0", "both hold until one is revoked"
    for serial in old:
        smki.revoke(serial)
    assert (ask(pair, "7.13").code, "revoked" in ask(pair, "7.13").reason) == ("E100", True)
    renewed.counter = pair.supplier.counter
    assert ask(pair, "7.13", renewed).code == "I0"


def test_before_a_certificate_is_valid() -> None:
    """In 2013 no certificate of this SMKI holds yet."""
    pair = Pair(start=START.replace(year=2013))
    answer = ask(pair, "7.13")
    assert (answer.code, "validity" in answer.reason) == ("E100", True)
    pair.store.close()


@pytest.mark.parametrize("status", [status for status in DeviceStatus if status is not DeviceStatus.COMMISSIONED])
def test_device_status(pair: Pair, status: DeviceStatus) -> None:
    """E5 for every status but Commissioned, to all three ways of asking."""
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    devices = pair.world.dcc.inventory.devices
    devices[TARGET] = replace(devices[TARGET], status=status)
    assert refused(pair, pair.supplier.sign_pre_command(request, message), "serviceS") == "E5"
    assert refused(pair, pair.supplier.request(TARGET, "7.13", 4, BODY), "serviceT") == "E5"
    reading = pair.supplier.request(TARGET, "7.15", 1, SERVICES["7.15"][1])
    assert refused(pair, reading, "serviceS") == "E5"


@pytest.mark.parametrize(
    ("service", "target"),
    [("7.5", home.CHARGER), ("7.7", home.CHARGER), ("8.11", home.METER), ("7.13", home.HUB), ("7.14", home.HUB)],
)
def test_device_type(still: Pair, service: str, target: EUI64) -> None:
    """E11 for a request that this type of device does not take."""
    request = still.supplier.request(target, service, variant_of(service), SERVICES[service][1])
    assert refused(still, request, "serviceT" if variant_of(service) == 4 else "serviceS") == "E11"


def test_service_that_is_not_carried(still: Pair) -> None:
    """E11 for a DUIS service that this build has not got yet."""
    request = still.supplier.request(home.BROKER, "11.1", 8, branch("ReadFirmwareVersion"))
    assert refused(still, request, "serviceD") == "E11"


def test_unknown_device(still: Pair) -> None:
    """E19."""
    unknown = EUI64.parse("00-DB-12-34-56-78-90-FF")
    assert refused(still, still.supplier.request(unknown, "7.13", 4, BODY), "serviceT") == "E19"
    assert refused(still, still.supplier.request(unknown, "7.15", 1, SERVICES["7.15"][1]), "serviceS") == "E19"


def test_add_and_remove_go_by_the_request_type(still: Pair) -> None:
    """8.11: Add without what is to be added is refused, and never carried out as a removal."""
    add = branch("UpdateHANDeviceLog", leaf("DeviceID", home.CHARGER), leaf("RequestType", "Add"))
    assert refused(still, still.supplier.request(home.HUB, "8.11", 1, add), "serviceS") == "E100"


def test_user_that_joins_later(pair: Pair) -> None:
    """A user whose certificates no device holds is carried by the broker, and only in its own role."""
    eui = EUI64.parse("90-B3-D5-1F-30-04-00-00")
    credentials = pair.world.smki.issue_organisation(eui, Role.OTHER, "Newcomer")
    newcomer = StandInUser("Newcomer", credentials, pair.world.smki)
    assert ask(pair, "7.15", newcomer).code == "E1"
    pair.world.dcc.inventory.users[eui] = User(eui, "Newcomer", frozenset({UserRole.OTHER_USER}))
    assert ask(pair, "7.15", newcomer).code == "I99"
    assert ask(pair, "7.13", newcomer).code == "E2"
