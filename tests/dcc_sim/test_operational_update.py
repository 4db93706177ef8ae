"""Alert 8F88 on its way: a load says something, the supplier hears it and a load controller gets a copy."""

import pytest

from dcc_sim import home
from dcc_sim.testing.emulator import Emulator
from schemas.errors import NotPossible
from tests.pairs import Pair


def test_supplier_and_load_controller_are_told_with_its_levels_and_text() -> None:
    """Both have the same payload under a name of their own, once each, and its MMC has levels and text."""
    with Emulator(policy="load-controller") as run:
        run.users["Supplier"].send("7.13", run.charger, level=50, start="+0s", end="+1h")
        run.charger.inform("contactor hot")
        run.clock.advance(seconds=5)
        told = [run.users[name].received[-1] for name in ("Supplier", "LoadController")]
        assert [each.alert for each in told] == ["8F88"] * 2
        assert told[0].response.payload == told[1].response.payload
        assert told[0].request != told[1].request
        for text in ("<ra:OutputState>50</ra:OutputState>", "<ra:InputState>0</ra:InputState>", "contactor hot"):
            assert text in told[0].mmc
        assert all(user.alerts.count("8F88") <= 1 for user in run.users.values())
        read = run.users["Supplier"].send("7.15", run.charger)
        assert "contactor hot" in read.mmc


def test_without_a_load_controller_the_supplier_alone_is_told() -> None:
    """The default policy; of another kind of controller there is nothing to say."""
    with Emulator() as run:
        run.meter.inform("half full", controller=3)
        run.clock.advance(seconds=5)
        assert [name for name, user in run.users.items() if user.alerts] == ["Supplier"]
        with pytest.raises(NotPossible, match="is an APC"):
            run.meter.inform("", controller=1)
        with pytest.raises(NotPossible, match="other-data"):
            run.meter.inform("x" * 1001, controller=3)


def test_over_the_control_api(pair: Pair) -> None:
    """What a load says is put there over HTTP."""
    at = f"/sim/devices/{home.CHARGER}/controllers/1/information"
    put = pair.http("PUT", at, json={"text": "full at 06:00"})
    assert put.status_code == 204, put.text
    pair.pass_time()
    (alert,) = pair.mailbox(pair.supplier)
    assert alert.payload is not None
    assert getattr(alert.payload, "alert_code", None) == 0x8F88
    assert pair.http("PUT", at.replace("/1/", "/2/"), json={"text": ""}).status_code == 409
    assert pair.http("PUT", at, json={"text": "x" * 1001}).status_code == 422
