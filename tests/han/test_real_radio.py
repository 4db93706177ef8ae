"""The hub on a coordinator that is not emulated: zigpy-znp over a socket, bellows' first words, and a slow radio."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
import zigpy.types as zt
import zigpy.util
import zigpy_znp.commands as c
import zigpy_znp.types as t

from han.frames.keys import device_log_key
from han.network import Han
from han.radio import configuration, zigpy_eui
from han.radio_choice import RadioChoice
from han.real_radio import RealRadio
from han.reports import Arrived, Delivery, NotArrived, Undelivered
from han.zcl import decode
from schemas.errors import Malformed, NotPossible, NotReached
from schemas.eui import EUI64
from tests.han.conftest import ESME, HUB, START
from tests.han.fake_znp import FakeZnp
from tests.han.real_device import RealDevice
from tests.han.waiting_radio import waiting

REAL = EUI64.parse("00-DB-12-34-56-78-90-F0")
PATIENCE = 5.0
"""Real seconds for what takes some milliseconds."""
CODE = bytes.fromhex("83FED3407A939723A5C639B26916D505")


def heard(han: Han, enough: Callable[[list[Any]], bool]) -> list[Any]:
    """Let a hub listen until it has heard enough; its clock stands still, so no timer of its own helps."""
    results: list[Any] = []
    end = time.monotonic() + PATIENCE
    while not enough(results):
        assert time.monotonic() < end, results
        time.sleep(0.002)
        han.listen(START)
        results += han.handle_timer(START)
    return results


def soon(see: Callable[[], Any]) -> Any:
    """What is seen, once there is something to see."""
    end = time.monotonic() + PATIENCE
    while not (seen := see()):
        assert time.monotonic() < end
        time.sleep(0.002)
    return seen


def some(kind: type, number: int = 1) -> Callable[[list[Any]], bool]:
    return lambda results: sum(isinstance(each, kind) for each in results) >= number


@pytest.fixture
def device() -> RealDevice:
    return RealDevice(REAL)


@pytest.fixture
def znp(device: RealDevice) -> Iterator[FakeZnp]:
    with FakeZnp(device.at_znp) as coordinator:
        yield coordinator


@pytest.fixture
def radio(znp: FakeZnp) -> Iterator[RealRadio]:
    radio = RealRadio(RadioChoice("znp", znp.url).application(), znp.url)
    radio.open(PATIENCE)
    yield radio
    radio.close()
    radio.close()


@pytest.fixture
def han(radio: RealRadio) -> Han:
    han = Han(HUB, Random(1), secret=b"1", radio=radio)
    han.add_device(ESME)
    return han


def found(han: Han) -> Han:
    assert han.real is not None
    han.real.expect(REAL)
    assert heard(han, some(Arrived)) == [Arrived(REAL)]
    return han


def data_requests(znp: FakeZnp) -> list[Any]:
    return [each for each in znp.asked if isinstance(each, c.AF.DataRequestExt.Req) and each.ClusterId == 0x0704]


def test_a_message_goes_through_zigpy_znp_and_the_answer_comes_back(
    han: Han, znp: FakeZnp, radio: RealRadio, device: RealDevice
) -> None:
    found(han)
    han.to_device(REAL, b"a GBCS command", START)
    assert heard(han, some(Delivery)) == [Delivery(REAL, HUB, b"dnammoc SCBG a")]
    assert device.received == [b"a GBCS command"]

    asked, carried = data_requests(znp)
    assert type(decode(0x0704, bytes(asked.Data)).command).__name__ == "RequestTunnel"
    assert type(decode(0x0704, bytes(carried.Data)).command).__name__ == "TransferData"
    for request in (asked, carried):
        assert (request.SrcEndpoint, request.DstEndpoint) == (1, 1)
        assert request.Options & c.af.TransmitOptions.ENABLE_SECURITY
        assert request.Options & c.af.TransmitOptions.ACK_REQUEST
    assert asked.TSN != carried.TSN
    registered = next(each for each in znp.asked if isinstance(each, c.AF.Register.Req))
    assert (registered.ProfileId, registered.DeviceId, registered.OutputClusters) == (0x0109, 0x0500, [0x0704])
    soon(lambda: radio.counted == {"sent": 2, "received": 2})


def test_devices_on_the_emulated_air_stand_beside_the_real_ones(han: Han, device: RealDevice) -> None:
    found(han)
    han.to_device(ESME, b"to the meter", START)
    han.to_device(REAL, b"to the charger", START)
    results = heard(han, some(Delivery))
    while (due := han.next_timer()) is not None:
        results += han.handle_timer(due)
    assert Delivery(HUB, ESME, b"to the meter") in results
    assert device.received == [b"to the charger"]


def test_what_the_coordinator_cannot_deliver_is_told_at_once(han: Han, radio: RealRadio, device: RealDevice) -> None:
    found(han)
    han.to_device(REAL, b"first", START)
    heard(han, some(Delivery))
    device.reachable = False
    han.to_device(REAL, b"second", START)
    (failed,) = heard(han, some(Undelivered))
    assert (failed.target, failed.message) == (REAL, b"second")
    assert radio.counted["delivery errors"] == 1


def test_a_device_that_never_answers_costs_four_requests_and_no_time(
    han: Han, znp: FakeZnp, radio: RealRadio, device: RealDevice
) -> None:
    device.reachable = False
    found(han)
    han.to_device(REAL, b"message", START)
    (failed,) = heard(han, some(Undelivered))
    assert failed.message == b"message"
    assert radio.counted["delivery errors"] == len(data_requests(znp)) == 4


def test_a_coordinator_that_is_unplugged(han: Han, znp: FakeZnp, radio: RealRadio) -> None:
    found(han)
    han.to_device(REAL, b"first", START)
    heard(han, some(Delivery))
    znp.unplug()
    time.sleep(0.05)
    han.to_device(REAL, b"second", START)
    assert heard(han, some(Undelivered))[0].message == b"second"
    assert radio.counted["delivery errors"] == 1


def test_a_device_joins_with_the_key_of_its_install_code(han: Han, znp: FakeZnp, device: RealDevice) -> None:
    assert han.real is not None
    key = device_log_key(CODE)
    crc = bytes.fromhex("C3B5")  # CRC-16/X-25 of the code, least significant octet first (ZSE 5.4.8.1.1.1)
    assert zigpy.util.convert_install_code(CODE + crc) == zt.KeyData(key)
    with pytest.raises(NotReached, match="has not joined"):
        han.real.to_device(REAL, b"too early", START)

    han.real.admit(REAL, key, 3600)
    added = soon(lambda: [each for each in znp.asked if isinstance(each, c.AppConfig.BDBAddInstallCode.Req)])
    assert (added[0].IEEE, bytes(added[0].InstallCode)) == (zigpy_eui(REAL), key)

    znp.say(RealDevice(EUI64.parse("00-DB-12-34-56-78-90-F1"), 0x7777).announcement())
    znp.say(device.announcement())
    assert heard(han, some(Arrived)) == [Arrived(REAL)]
    assert han.dropped(HUB)["device log"] == 1
    soon(lambda: [each.Duration for each in znp.asked if isinstance(each, c.ZDO.MgmtPermitJoinReq.Req)][-1] == 254)


def test_a_device_that_moves_gets_a_tunnel_at_its_new_address(han: Han, znp: FakeZnp, device: RealDevice) -> None:
    found(han)
    device.address = 0x1234
    znp.say(device.announcement())

    def asked() -> bool:
        han.listen(START)
        return any(each.DstAddrModeAddress.address == 0x1234 for each in data_requests(znp))

    soon(asked)
    han.to_device(REAL, b"abc", START)
    assert heard(han, some(Delivery)) == [Delivery(REAL, HUB, b"cba")]


def test_a_coordinator_that_refuses_a_key_says_so(han: Han, znp: FakeZnp, monkeypatch: pytest.MonkeyPatch) -> None:
    assert han.real is not None
    answers = znp._answers

    def full(request: Any) -> list[Any]:
        if isinstance(request, c.AppConfig.BDBAddInstallCode.Req):
            return [request.Rsp(Status=t.Status.FAILURE)]
        return answers(request)

    monkeypatch.setattr(znp, "_answers", full)
    han.real.admit(REAL, bytes(16), 60)
    (refused,) = heard(han, some(NotArrived))
    assert refused == NotArrived(REAL, "the coordinator says InvalidCommandResponse")


def test_a_coordinator_without_install_codes_does_not_bring_the_key_into_the_trace(
    han: Han, znp: FakeZnp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """zigpy-znp's own text for this error has the whole request in it."""
    assert han.real is not None
    caplog.set_level("INFO")
    answers = znp._answers

    def without(request: Any) -> list[Any]:
        if isinstance(request, c.AppConfig.BDBAddInstallCode.Req):
            unknown = c.rpc_error.ErrorCode.InvalidCommandId
            return [c.RPCError.CommandNotRecognized.Rsp(ErrorCode=unknown, RequestHeader=request.header)]
        return answers(request)

    monkeypatch.setattr(znp, "_answers", without)
    key = device_log_key(CODE)
    han.real.admit(REAL, key, 60)
    assert heard(han, some(NotArrived)) == [NotArrived(REAL, "the coordinator says CommandNotRecognized")]
    assert key.hex() not in caplog.text.lower() and str(zt.KeyData(key)) not in caplog.text


def test_a_hub_without_power_neither_speaks_nor_hears(han: Han, znp: FakeZnp, device: RealDevice) -> None:
    found(han)
    han.to_device(REAL, b"first", START)
    heard(han, some(Delivery))
    han.stop_hub(START)
    before = len(data_requests(znp))
    znp.say(device.announcement())
    time.sleep(0.05)
    han.listen(START)
    assert han.handle_timer(START) == [] and len(data_requests(znp)) == before
    han.start_hub(START)
    han.to_device(REAL, b"abc", START)
    assert heard(han, some(Delivery))[-1] == Delivery(REAL, HUB, b"cba")


def test_a_radio_that_waits_keeps_the_order_of_what_goes_to_a_device(device: RealDevice) -> None:
    radio = RealRadio(waiting(device), "here", configuration(1))
    with pytest.raises(NotPossible, match="is open"):
        radio.find(REAL)
    radio.open(PATIENCE)
    try:
        han = found(Han(HUB, Random(1), radio=radio))
        messages = [bytes([number]) * 3 for number in range(20)]
        for message in messages:
            han.to_device(REAL, message, START)
        heard(han, some(Delivery, len(messages)))
        assert device.received == messages
    finally:
        radio.close()


def test_bellows_says_its_first_word_and_gives_up_in_time() -> None:
    coordinator, port = os.openpty()
    path = os.ttyname(port)
    try:
        with pytest.raises(NotPossible, match=f"answers at {path}") as refused:
            RealRadio(RadioChoice("ezsp", path).application(), path).open(0.5)
        assert "\n" not in str(refused.value)
        # ASH: cancel, then RST with its CRC and flag (Silicon Labs UG101 4.2).
        assert bytes.fromhex("1AC038BC7E") in os.read(coordinator, 1000)
    finally:
        os.close(coordinator)
        os.close(port)


def test_nobody_at_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        path = f"socket://127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(NotPossible, match=f"answers at {path}"):
        RealRadio(RadioChoice("znp", path).application(), path).open(PATIENCE)
    with pytest.raises(NotPossible, match=r"answers at /dev/nowhere.*No such file"):
        RealRadio(RadioChoice("znp", path).application(), "/dev/nowhere").open(PATIENCE)


@pytest.mark.parametrize(("kind", "module", "extra"), [("ezsp", "bellows", "bellows"), ("znp", "zigpy_znp", "znp")])
def test_a_driver_that_is_not_installed(kind: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"{module}.zigbee.application", None)
    with pytest.raises(NotPossible, match=rf"pip install 'dcc-sim\[{extra}\]'"):
        RadioChoice(kind, "/dev/ttyUSB0").application()


def test_the_choice() -> None:
    assert RadioChoice.parse("emulated") is None
    assert RadioChoice.parse("znp:socket://host:6638") == RadioChoice("znp", "socket://host:6638")
    for wrong in ("", "znp", "znp:", "deconz:/dev/ttyUSB0", "ezsp"):
        with pytest.raises(Malformed, match="ezsp:PATH"):
            RadioChoice.parse(wrong)
