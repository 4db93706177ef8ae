"""Several worlds in one served process, and the typed client that drives them with the words of the test harness."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from dcc_sim.cli import main
from dcc_sim.testing import Emulator, Served
from schemas.errors import NotPossible, NotReached
from tests.process import serving, url_of


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of one served emulator for all tests of this file: each begins by a reset."""
    with serving() as said:
        yield url_of(said["DUIS"][0])


@pytest.fixture
def dcc(url: str) -> Iterator[Served]:
    with Served(url) as served:
        yield served.reset()


def evening(dcc: Served | Emulator) -> list[object]:
    """The same words in process and served."""
    dcc.clock.to("16:30")
    dcc.charger.unplug()
    dcc.charger.plug_in()
    sent = dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
    at_peak = dcc.at("18:30").charger
    told = at_peak.power_kw, at_peak.level(), at_peak.rule(), at_peak.status
    return [sent.good, sent.code, told, dcc.at("19:00").charger.power_kw, len(dcc.supplier.received)]


def test_the_same_words_as_in_process(dcc: Served) -> None:
    with Emulator(seed=1) as inside:
        assert evening(dcc) == evening(inside) == [True, "I0", (3.68, 50, "set state", "Commissioned"), 7.36, 1]


def test_reading_refusing_and_why(dcc: Served) -> None:
    read = dcc.network.send("7.15", dcc.charger)
    assert read.good
    assert "<ra:OutputState>100</ra:OutputState>" in read.mmc
    refused = dcc.other_supplier.send("7.13", dcc.charger, level=0, start="+0s", end="+1h")
    assert refused.code.startswith("E")
    assert dcc.why(dcc.charger)["winner"]["rule"] == "default"
    assert "ReadAuxiliaryController" in dcc.ladder(read) or "7.15" in dcc.ladder(read)
    assert any(record["correlation"] == read.request_id for record in dcc.trace)


def test_what_happens_to_a_device(dcc: Served) -> None:
    dcc.charger.unplug()
    assert dcc.charger.power_kw == 0
    dcc.charger.plug_in(state_of_charge=50)
    assert dcc.charger.power_kw == 7.36
    dcc.charger.silent()
    assert dcc.supplier.send("7.15", dcc.charger).code in ("E20", "E21")
    dcc.charger.silent(False)
    assert dcc.supplier.send("7.15", dcc.charger).good
    with pytest.raises(NotPossible, match="charge point"):
        _ = dcc.meter.power_kw


def test_reset_is_a_clean_state(dcc: Served) -> None:
    """Of the same seed the same octets again, of another seed other keys; nothing of before is left."""
    first = dcc.supplier.send("7.13", dcc.charger, level=0, start="+0s", end="+1h")
    again = dcc.reset().supplier.send("7.13", dcc.charger, level=0, start="+0s", end="+1h")
    assert first.mmc == again.mmc
    assert dcc.reset(seed=2).supplier.received == []
    assert not any(record["correlation"] for record in dcc.trace)
    other = dcc.supplier.send("7.13", dcc.charger, level=0, start="+0s", end="+1h")
    assert other.good


def test_tenants_know_nothing_of_each_other(dcc: Served) -> None:
    """Clock, power, counters, mailboxes, trace and faults of one are not the other's, nor the emulator's own."""
    with dcc.tenant("one") as one, dcc.tenant("two", seed=2) as two:
        try:
            began = two.clock.now
            one.supplier.send("7.13", one.charger, level=0, start="+0s", end="+9h")
            one.clock.advance(hours=1)
            one.hub.silent()
            assert one.charger.power_kw == 0
            for other in (two, dcc):
                assert other.charger.power_kw == 7.36
                assert other.clock.now == began
                assert not any(record["correlation"] for record in other.trace)
                assert other.supplier.received == []
                assert other.json("GET", "/sim/faults") == []
            one.supplier.stand_in.counter = two.supplier.stand_in.counter = 5000
            assert two.supplier.send("7.15", two.charger).good
            assert [each["name"] for each in dcc.json("GET", "/sim/tenants")] == ["one", "two"]
            with pytest.raises(NotPossible, match="taken"):
                dcc.tenant("one")
            foreign = one.supplier.stand_in.write(one.supplier.request("7.15", one.charger))
            assert two.supplier.post(foreign, "serviceS").code != "I99"
        finally:
            dcc.remove_tenant("one")
            dcc.remove_tenant("two")
    with pytest.raises(NotPossible, match="404"):
        dcc.remove_tenant("one")


def test_who_is_not_there(dcc: Served, url: str) -> None:
    with pytest.raises(NotPossible, match="no such tenant"):
        Served(f"{url}/t/nobody")
    with pytest.raises(NotPossible, match="422"):
        dcc.json("POST", "/sim/tenants", json={"name": "a b"})
    assert dcc.supplier.post(b"<x/>", "serviceT").code == "HTTP 400"
    with pytest.raises(NotReached):
        Served("http://127.0.0.1:1")


def test_a_snapshot_by_command_brings_the_home_back(dcc: Served, url: str, tmp_path: Path) -> None:
    """Saved with a set state to come, and gone on from later: the evening is the same a second time."""
    dcc.clock.to("16:30")
    dcc.charger.unplug()
    dcc.charger.plug_in()
    dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
    file = tmp_path / "home.json"
    told = CliRunner().invoke(main, ["snapshot", "save", str(file), "--url", url])
    assert told.exit_code == 0, told.output
    before, first = dcc.clock.now, dcc.at("18:30").charger.power_kw
    dcc.charger.unplug()
    told = CliRunner().invoke(main, ["snapshot", "load", str(file), "--url", url])
    assert told.exit_code == 0, told.output
    assert dcc.clock.now == before
    assert dcc.at("18:30").charger.power_kw == first == 3.68


def test_a_file_that_was_changed_is_no_snapshot(dcc: Served, url: str, tmp_path: Path) -> None:
    """Over HTTP 409 with the reason, and the home stays."""
    got = httpx.get(f"{url}/sim/snapshot").json()
    got["content"]["moment"] = "2030-01-01T00:00:00+00:00"
    refused = httpx.put(f"{url}/sim/snapshot", json=got)
    assert (refused.status_code, "digest" in refused.text) == (409, True)
    (tmp_path / "changed.json").write_text(json.dumps(got))
    told = CliRunner().invoke(main, ["snapshot", "load", str(tmp_path / "changed.json"), "--url", url])
    assert told.exit_code == 1
    assert "digest" in told.output
    assert dcc.clock.now.year == 2026
