"""The control API: what it shows is what is so, and what it turns has its effect at the gateway and on the HAN."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dcc_sim import home
from dcc_sim.gateway import build
from dcc_sim.pace import Stage
from dcc_sim.policy import Regime
from dcc_sim.world import World
from schemas.duis.node import branch, leaf
from schemas.duis.payloads import DeviceAlert
from schemas.duis.request import Request
from tests.pairs import FULL_KW, HALF_KW, START, Pair, set_state

SIM = "/sim"
LATER, END = START + timedelta(hours=1), START + timedelta(hours=2)


def read(pair: Pair, path: str, **params: Any) -> Any:
    """What is at a path."""
    got = pair.http("GET", SIM + path, params=params)
    assert got.status_code == 200, got.text
    return got.json()


def test_devices_show_controllers_levels_and_power(pair: Pair) -> None:
    """The level in force, the layer that decided it, and the power that follows."""
    pair.charge()
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(LATER, END, 50))
    pair.pass_time()
    before = read(pair, f"/devices/{home.CHARGER}")
    assert (before["type"], before["status"], before["power_kw"]) == ("SAPC", "Commissioned", FULL_KW)
    assert [(each["level"], each["rule"]) for each in before["controllers"]] == [(100, "default")]
    pair.at(LATER)
    after = read(pair, f"/devices/{home.CHARGER}")
    assert [(each["level"], each["rule"]) for each in after["controllers"]] == [(50, "set state")]
    assert after["power_kw"] == HALF_KW
    assert after in read(pair, "/devices")
    meter = read(pair, f"/devices/{home.METER}")
    assert [(each["number"], each["type"]) for each in meter["controllers"]] == [(1, "ALCS"), (2, "HCALCS"), (3, "APC")]
    assert meter["power_kw"] is None


def test_why_a_level_holds(pair: Pair) -> None:
    """The rule, the command and what lost, of a moment past, present or coming."""
    request = pair.command(pair.supplier, home.CHARGER, "7.13", set_state(LATER, END, 50))
    pair.pass_time()
    path = f"/devices/{home.CHARGER}/why"
    told = {at: read(pair, path, **({} if at is None else {"at": at.isoformat()})) for at in (None, START, LATER, END)}
    assert [told[at]["level"] for at in told] == [100, 100, 50, 100]
    coming = told[LATER]
    assert [each["rule"] for each in coming["losers"]] == ["default"]
    winner = coming["winner"]
    assert (winner["rule"], winner["message_code"]) == ("set state", "011E")
    assert winner["originator"] == str(home.SUPPLIER)
    assert winner["originator_counter"] == str(request.request_id.counter)
    assert "50 % by set state" in coming["text"]
    pair.at(END + timedelta(minutes=1))
    assert read(pair, path, at=LATER.isoformat()) == coming
    assert read(pair, path, direction="input")["level"] == 0
    for wrong, status in (({"controller": 6}, 422), ({"at": "then"}, 422)):
        assert pair.http("GET", SIM + path, params=wrong).status_code == status
    assert pair.http("GET", f"{SIM}/devices/{home.HUB}/why").status_code == 409


def fate(pair: Pair, request: Request) -> Any:
    """What became of a user's request, by its RequestID."""
    name = request.request_id
    return read(pair, f"/devices/{name.target}/commands/{name.originator}/{name.counter}")


def test_what_became_of_a_request(pair: Pair) -> None:
    """Obeyed, replaced, sent by the broker under another counter, lost on its way: each is told."""
    first = pair.command(pair.supplier, home.CHARGER, "7.13", set_state(LATER, END, 50))
    second = pair.command(pair.supplier, home.CHARGER, "7.13", set_state(LATER, END, 25))
    body = branch("ReadAuxiliaryControllerOperationalData", leaf("ExecutionDateTime", LATER))
    brokered = pair.read(pair.supplier, home.CHARGER, "7.15", body)
    pair.at(END)
    told = fate(pair, first)
    assert (told["service"], told["state"], told["had_effect"]) == ("7.13", "responded", False)
    assert told["gone"][0]["originator_counter"] == str(second.request_id.counter)
    assert fate(pair, second)["had_effect"]
    kept = fate(pair, brokered)
    assert (kept["state"], kept["receipts"][0]["use_case"]) == ("responded", "ECS61e")
    assert kept["text"].endswith("it is no command on levels")

    device = f"{SIM}/devices/{home.CHARGER}"
    assert pair.http("PUT", f"{SIM}/faults/{home.CHARGER}", json={"silent": True}).status_code < 300
    lost = pair.command(pair.supplier, home.CHARGER, "7.13", set_state(END, END + timedelta(hours=9), 0))
    pair.pass_time(60)
    assert fate(pair, lost)["text"] == "SR 7.13 is timed out at the DCC; no such command has come to this device"
    assert pair.http("GET", f"{device}/commands/{home.SUPPLIER}/77").status_code == 404
    assert pair.http("GET", f"{device}/commands/nobody/1").status_code == 404


def test_homes(pair: Pair) -> None:
    """The one home, with its seed."""
    assert read(pair, "/homes") == [
        {
            "seed": 1,
            "hub": str(home.HUB),
            "mpans": [home.MPAN],
            "devices": sorted([str(home.METER), str(home.SWITCH), str(home.CHARGER)]),
        }
    ]


def test_suspended_user_is_refused_and_let_in_again(pair: Pair) -> None:
    """E3 while suspended, and the counter shown is that of the last request taken."""
    path = f"/users/{home.SUPPLIER}"
    assert read(pair, path)["roles"] == ["IS"]
    assert read(pair, path)["counter"] == 0
    assert pair.http("PUT", f"{SIM}{path}/suspended", json={"suspended": True}).json()["suspended"] is True
    body = set_state(LATER, END)
    assert pair.ask(pair.supplier, home.CHARGER, "7.13", 4, body).code == "E3"
    assert read(pair, path)["counter"] == 0
    assert pair.http("PUT", f"{SIM}{path}/suspended", json={"suspended": False}).status_code == 200
    assert pair.ask(pair.supplier, home.CHARGER, "7.13", 4, body).code == "I0"
    assert read(pair, path)["counter"] == pair.supplier.counter
    assert read(pair, path) in read(pair, "/users")


def test_change_of_supplier(pair: Pair) -> None:
    """From the start of its registration the new import supplier is let in, and the old one is not."""
    asked = {"mpxn": home.MPAN, "role": "IS", "user": str(home.OTHER_SUPPLIER), "start": LATER.isoformat()}
    assert pair.http("POST", f"{SIM}/registrations", json=asked).status_code == 201
    assert {"mpxn": home.MPAN, "role": "IS", "user": str(home.OTHER_SUPPLIER)}.items() <= read(pair, "/registrations")[
        -1
    ].items()

    def codes() -> tuple[str, str]:
        body = branch("ReadFirmwareVersion")
        old = pair.ask(pair.supplier, home.CHARGER, "11.2", 1, body).code
        return old, pair.ask(pair.other_supplier, home.CHARGER, "11.2", 1, body).code

    assert codes() == ("I99", "E4")
    pair.at(LATER)
    assert codes() == ("E4", "I99")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"user": str(home.CHARGER)}, 404),
        ({"user": "x"}, 404),
        ({"role": "GS"}, 409),
        ({"role": "XX"}, 422),
        ({"mpxn": "12345678901234"}, 422),
        ({"mpxn": "a"}, 422),
        ({"start": "2026-01-15T00:00:00"}, 422),
        ({"start": "1999-12-31T00:00:00Z"}, 422),
        ({"end": START.isoformat()}, 409),
        ({"more": 1}, 422),
    ],
)
def test_registration_that_cannot_be(still: Pair, changed: dict[str, Any], status: int) -> None:
    """Refused, and nothing is registered."""
    before = read(still, "/registrations")
    asked = {"mpxn": home.MPAN, "role": "IS", "user": str(home.SUPPLIER), "start": START.isoformat(), **changed}
    assert still.http("POST", f"{SIM}/registrations", json=asked).status_code == status
    assert read(still, "/registrations") == before


def test_silent_device_ends_in_e21_and_answers_when_it_is_back(pair: Pair) -> None:
    """Nothing arrives while it is silent."""
    path = f"{SIM}/faults/{home.CHARGER}"
    assert pair.http("PUT", path, json={"silent": True}).status_code == 200
    assert [each["eui"] for each in read(pair, "/faults")] == [str(home.CHARGER)]
    pair.read(pair.supplier, home.CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time(40)
    assert pair.mailbox(pair.supplier)[-1].code == "E21"
    assert pair.http("DELETE", path).status_code == 204
    assert read(pair, "/faults") == []
    pair.read(pair.supplier, home.CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time()
    assert pair.mailbox(pair.supplier)[-1].code == "I0"


def test_delay_on_the_han_is_seen_in_the_answers_time(pair: Pair) -> None:
    """0.7 s more on every frame: the answer is not there when it was before."""
    assert pair.http("PUT", f"{SIM}/faults/{home.CHARGER}", json={"delay_ms": 700}).status_code == 200
    pair.read(pair.supplier, home.CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time(5)
    assert pair.mailbox(pair.supplier) == []
    pair.pass_time(20)
    assert pair.mailbox(pair.supplier)[-1].code == "I0"


def test_hub_offline(pair: Pair) -> None:
    """No packet reaches the HAN: E20, and the command is not carried out after all; a hub has no other fault."""
    pair.watch_han()
    path = f"{SIM}/faults/{home.HUB}"
    assert pair.http("PUT", path, json={"loss": 0.5}).status_code == 409
    assert pair.http("PUT", path, json={"silent": True}).status_code == 200
    pair.read(pair.supplier, home.CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time(40)
    assert pair.packets == []
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["E20"]
    assert pair.http("DELETE", path).status_code == 204
    pair.pass_time(60)
    assert pair.packets == []
    pair.read(pair.supplier, home.CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time()
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["E20", "I0"]


def test_hub_that_comes_back_in_time(pair: Pair) -> None:
    """The network tries again: one answer, and the device was asked once."""
    path = f"{SIM}/faults/{home.HUB}"
    assert pair.http("PUT", path, json={"silent": True}).status_code == 200
    pair.read(pair.supplier, home.CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time(20)
    counters = pair.device(home.CHARGER)["counters"]
    assert pair.http("DELETE", path).status_code == 204
    pair.pass_time(20)
    assert pair.device(home.CHARGER)["counters"] != counters
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0"]


def test_alert_of_a_limit_that_ends_while_the_hub_is_offline() -> None:
    """The charge point goes on without the DCC, and its alert comes when the hub is back; nothing is lost."""
    pair = Pair(policy=Regime.LOAD_CONTROLLER)
    pair.charge()
    limit = set_state(LATER, END, 50, element="LimitAPCLevel")
    pair.command(pair.load_controller, home.CHARGER, "7.16", limit)
    pair.at(LATER + timedelta(minutes=1))
    assert pair.power == HALF_KW
    told = len(pair.mailbox(pair.supplier))
    path = f"{SIM}/faults/{home.HUB}"
    assert pair.http("PUT", path, json={"silent": True}).status_code == 200
    pair.at(END + timedelta(hours=1))
    assert pair.power == FULL_KW
    assert len(pair.mailbox(pair.supplier)) == told
    assert pair.http("DELETE", path).status_code == 204
    pair.pass_time()
    (alert,) = pair.mailbox(pair.supplier)[told:]
    assert isinstance(alert.payload, DeviceAlert) and alert.payload.alert_code == 0x8F87
    pair.store.close()


def test_trace_and_ladder_of_one_request() -> None:
    """One request's records with what went over the HAN for it, and nothing of another's."""
    pair = Pair(traced=True)
    first = pair.read(pair.supplier, home.CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time()
    second = pair.read(pair.supplier, home.METER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time()
    records = read(pair, "/trace", request=str(first.request_id))
    assert {each["correlation"] for each in records} == {"", str(first.request_id)}
    assert {each["kind"] for each in records} >= {"DUIS", "GBCS", "HAN"}
    assert bytes.fromhex(records[0]["body"]).startswith(b"<?xml")
    page = read(pair, "/trace", after=records[1]["sequence"], limit=2)
    assert [each["sequence"] for each in page] == [records[1]["sequence"] + 1, records[1]["sequence"] + 2]
    ladder = pair.http("GET", f"{SIM}/ladder", params={"request": str(second.request_id)})
    assert ladder.headers["content-type"].startswith("text/plain")
    assert "ESME" in ladder.text
    assert "SAPC" not in ladder.text
    assert read(pair, "/trace", request="no such request") == []
    pair.store.close()


def test_certificates_are_public() -> None:
    """Every party's, and no key."""
    pair = Pair()
    found = read(pair, "/certificates")
    assert len(found) == len(list(pair.world.smki))
    assert all("BEGIN CERTIFICATE" in each and "PRIVATE" not in each for each in found)
    pair.store.close()


def staged(tell: Any) -> None:
    """Run ``tell(stage, client)`` over a gateway that can be reset and keeps its pace."""

    async def run() -> None:
        stage = Stage(World(1, START, traced=False), None, lambda seed: (World(seed, START, traced=False), None))
        pace = asyncio.create_task(stage.run())
        await asyncio.sleep(0)
        try:
            transport = httpx.ASGITransport(app=build(stage.world, stage=stage))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway/sim") as client:
                await tell(stage, client)
        finally:
            pace.cancel()

    asyncio.run(run())


def test_reset_serves_another_world() -> None:
    """Another seed, other keys; faults and speed are gone, and the clock is at its start."""

    async def tell(stage: Stage, client: httpx.AsyncClient) -> None:
        before = (await client.get("/certificates")).json()
        await client.post("/clock/advance", json={"seconds": 60})
        await client.put(f"/faults/{home.CHARGER}", json={"silent": True})
        assert (await client.post("/reset", json={"seed": 2})).json()["seed"] == 2
        assert (await client.get("/faults")).json() == []
        assert stage.world.clock.now == START
        assert (await client.get("/certificates")).json() != before
        assert (await client.post("/reset", json={"seed": 1})).status_code == 200
        assert (await client.get("/certificates")).json() == before

    staged(tell)


def test_reset_needs_records_in_memory(still: Pair) -> None:
    """409 where it cannot be, and 422 for what is no seed."""
    assert still.http("POST", f"{SIM}/reset", json={"seed": 2}).status_code == 409
    assert still.http("POST", f"{SIM}/reset", json={"seed": -1}).status_code == 422


def test_clock_runs_at_a_speed_and_pauses() -> None:
    """At 1000 it goes far in a moment; paused it stands."""

    async def tell(stage: Stage, client: httpx.AsyncClient) -> None:
        assert (await client.put("/clock/speed", json={"speed": 1000})).json()["speed"] == 1000
        for _ in range(200):
            await asyncio.sleep(0.02)
            if stage.world.clock.now > START + timedelta(seconds=30):
                break
        else:
            pytest.fail("the clock does not run")
        stood = (await client.post("/clock/pause")).json()
        assert stood["speed"] == 0
        await asyncio.sleep(0.2)
        assert (await client.get("/clock")).json()["now"] == stood["now"]
        assert (await client.put("/clock/speed", json={"speed": -1})).status_code == 422
        assert (await client.put("/clock/speed", json={"speed": 3601})).status_code == 422

    staged(tell)


def test_speed_needs_somebody_who_moves_the_clock(still: Pair) -> None:
    """409 where nobody does; 0 is what it has already."""
    assert still.http("PUT", f"{SIM}/clock/speed", json={"speed": 1}).status_code == 409
    assert still.http("PUT", f"{SIM}/clock/speed", json={"speed": 0}).status_code == 200


def test_openapi_describes_every_operation(still: Pair) -> None:
    """Each has a description, and its error answers have a form."""
    described = still.http("GET", "/openapi.json").json()
    paths = {path: operations for path, operations in described["paths"].items() if path.startswith(SIM)}
    assert len(paths) > 15
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            for status, answer in operation["responses"].items():
                if status.startswith("4"):
                    assert answer["content"]["application/json"]["schema"], (method, path, status)
