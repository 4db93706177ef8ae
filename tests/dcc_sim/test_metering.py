"""What a supplier reads of a home's meter to see that load control worked, over HTTP; and its supply."""

from datetime import timedelta

from dcc_sim import home
from dcc_sim.smki import Usage
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import ServiceResponse
from schemas.gbcs.envelope import decode
from schemas.gbcs.protection import shared_secret
from schemas.gbcs.sealed import opener
from schemas.gbcs.use_cases.table import by_name
from schemas.mmc.document import write_mmc
from tests.pairs import Pair, set_state

HOUR = timedelta(hours=1)


def told(pair: Pair, service: str, body: Node, use_case: str) -> str:
    """The meter's answer to the supplier, opened with the supplier's key, as MMC."""
    request = pair.read(pair.supplier, home.METER, service, body)
    pair.pass_time()
    answers = [each for each in pair.mailbox(pair.supplier) if each.request_id == request.request_id]
    assert isinstance(answers[-1].payload, ServiceResponse)
    message = decode(answers[-1].payload.payload)
    key = pair.world.smki.certificate(home.METER, Usage.KEY_AGREEMENT).public_key()
    secret = shared_secret(pair.supplier.credentials.key_agreement.key, key)  # type: ignore[arg-type]
    return write_mmc(message, by_name(use_case), opener(secret, message)).decode()


def period(start: object, end: object) -> Node:
    """Of a log."""
    return branch("ReadLogPeriod", leaf("StartDateTime", start), leaf("EndDateTime", end))  # type: ignore[arg-type]


def values(document: str, name: str) -> list[int]:
    """The numbers of an element."""
    return [int(piece.partition("<")[0]) for piece in document.split(f"<ra:{name}>")[1:]]


def test_the_half_hours_show_the_limit(pair: Pair) -> None:
    """A car at 7.36 kW, half of it for an hour: the profile of the supplier's meter tells when."""
    start = pair.world.clock.now
    pair.charge()
    base = pair.world.home.meter.import_power_w - 7360
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(start + HOUR, start + 2 * HOUR, 50))
    pair.at(start + 3 * HOUR)
    log = told(pair, "4.8.1", branch("ReadActiveImportProfileData", period(start, start + 3 * HOUR)), "ECS22b")
    half_hours = values(log, "PrimaryValue")
    assert half_hours[-6:] == [each + base // 2 for each in (3680, 3680, 1840, 1840, 3680, 3680)]
    registers = told(pair, "4.1.1", branch("ReadInstantaneousImportRegisters"), "ECS17b")
    assert values(registers, "Value")[0] >= 18_400 + 3 * base


def test_reactive_import_is_in_the_registers(pair: Pair) -> None:
    """A motor of 3 kW at a power factor of 0.6 for two hours: 8 kvarh more beside 6 kWh."""
    meter, name = pair.world.home.meter, "Value"
    asked = branch("ReadInstantaneousImportRegisters")
    before = values(told(pair, "4.1.1", asked, "ECS17b"), name)
    meter.set_load("motor", 3000, pair.world.clock.now, 0.6)
    pair.at(pair.world.clock.now + 2 * HOUR)
    meter.set_load("motor", 0, pair.world.clock.now)
    after = values(told(pair, "4.1.1", asked, "ECS17b"), name)
    assert [now - then for now, then in zip(after, before, strict=True)][1] == 8000


def test_the_day_is_in_the_daily_log(pair: Pair) -> None:
    start = pair.world.clock.now
    pair.charge()
    pair.pass_time(86_400)
    log = told(pair, "4.17", branch("RetrieveDailyConsumptionLog", period(start, start + 30 * HOUR)), "ECS66")
    (day,) = values(log, "Value")
    assert day > 7000


def test_supply_off_stops_the_charge_point(pair: Pair) -> None:
    """Disabled, read, armed and enabled again: the power at the charge point follows; nobody else may."""
    pair.charge()
    assert pair.power == 7.36
    answer = pair.ask(pair.network, home.METER, "7.2", 4, branch("DisableSupply"))
    assert answer.code.startswith("E")
    pair.command(pair.supplier, home.METER, "7.2", branch("DisableSupply"))
    pair.pass_time()
    assert pair.power == 0
    assert pair.world.home.meter.import_power_w == 0
    assert "<ra:SupplyState>Disabled<" in told(pair, "7.4", branch("ReadSupplyStatus"), "ECS45")
    pair.command(pair.supplier, home.METER, "7.3", branch("ArmSupply"))
    pair.pass_time()
    assert "<ra:SupplyState>Armed<" in told(pair, "7.4", branch("ReadSupplyStatus"), "ECS45")
    assert pair.power == 0
    pair.command(pair.supplier, home.METER, "7.1", branch("EnableSupply"))
    pair.pass_time()
    assert pair.power == 7.36
