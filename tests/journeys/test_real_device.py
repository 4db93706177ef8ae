"""A device that is none of the home's own: whitelisted by a request, joined and commanded through a coordinator."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
import zigpy_znp.commands as c
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim import home
from dcc_sim.cli import main
from devices.charge_point import ChargePoint
from devices.device import Identity
from devices.output import Send
from devices.sapc import SAPC
from devices.trust import Use
from han.frames.keys import device_log_key
from han.radio import configuration
from han.radio_choice import RadioChoice
from han.real_radio import RealRadio
from schemas.eui import EUI64
from tests.han.fake_znp import FakeZnp
from tests.han.real_device import RealDevice
from tests.han.waiting_radio import waiting
from tests.journeys.test_life_of_a_home import addition, commission, install_hub, notify, status
from tests.pairs import Pair, set_state
from tests.process import serving, url_of

REAL = EUI64.parse("00-DB-12-34-56-78-90-F0")
CODE = bytes(range(16))
PATIENCE = 5.0


class Home:
    """A DCC with a home whose hub has a Z-Stack coordinator, and a charge point on that one's air."""

    def __init__(self) -> None:
        self.at_device = RealDevice(REAL, answer=self._answer)
        self.znp = FakeZnp(self.at_device.at_znp)

    def begin(self, radio: RealRadio) -> None:
        self.pair = Pair(installed=False, radio=radio)
        world = self.pair.world
        credentials = world.smki.issue_device(REAL)
        pairs = {Use.SIGNATURE: credentials.signing, Use.AGREEMENT: credentials.key_agreement}
        certificates = {use: each.certificate.public_bytes(Encoding.DER) for use, each in pairs.items()}
        keys = credentials.signing.key, credentials.key_agreement.key
        self.charger = SAPC(Identity(REAL, *keys, (), certificates=certificates), ChargePoint())
        trusted = world.home.charger.trust
        self.charger.trust.place(trusted.anchors)
        self.charger.trust.slots = trusted.slots

    def until(self, see: Callable[[], Any]) -> None:
        """Let the clock run, slowly, until there is something to see."""
        end = time.monotonic() + PATIENCE
        while not see():
            assert time.monotonic() < end
            time.sleep(0.002)
            self.pair.world.advance(timedelta(milliseconds=20))

    def joined(self) -> None:
        """The device has joined, and the DCC has been told."""
        self.until(lambda: REAL in self.pair.world.home.on_air)
        self.pair.pass_time()
        assert status(self.pair, REAL) == "InstalledNotCommissioned"

    def commissioned(self) -> None:
        """SR 8.1.1, and its answer."""
        self.to_whole_second()
        commission(self.pair, REAL)
        answered = len(self.pair.mailbox(self.pair.supplier))
        self.until(lambda: len(self.pair.mailbox(self.pair.supplier)) > answered)
        assert status(self.pair, REAL) == "Commissioned"

    def to_whole_second(self) -> None:
        """GBCS times have no fractions."""
        now = self.pair.world.clock.now
        self.pair.world.advance(timedelta(microseconds=-now.microsecond % 1_000_000))

    def _answer(self, message: bytes) -> list[bytes]:
        outputs = self.charger.receive(message, self.pair.world.clock.now)
        return [each.message for each in outputs if isinstance(each, Send)]


@pytest.fixture
def real() -> Iterator[Home]:
    home = Home()
    yield home
    home.pair.store.close()


def whitelist(real: Home) -> None:
    """SR 12.2 and 8.11."""
    pair = real.pair
    install_hub(pair)
    assert notify(pair, REAL, "ESME", "AF").code == "I99"
    pair.read(pair.supplier, home.HUB, "8.11", addition(REAL, CODE))
    pair.pass_time()


def test_whitelisted_and_joined_through_zigpy_znp(real: Home) -> None:
    """All of its frames are small; a command with a signature is not, and fails at once."""
    with real.znp as znp, RealRadio(RadioChoice("znp", znp.url).application(), znp.url) as radio:
        real.begin(radio)
        whitelist(real)
        assert status(real.pair, REAL) == "Whitelisted"

        real.until(lambda: any(isinstance(each, c.AppConfig.BDBAddInstallCode.Req) for each in znp.asked))
        added = next(each for each in znp.asked if isinstance(each, c.AppConfig.BDBAddInstallCode.Req))
        assert bytes(added.InstallCode) == device_log_key(CODE)
        znp.say(real.at_device.announcement())
        real.joined()

        real.to_whole_second()
        commission(real.pair, REAL)
        real.until(lambda: radio.counted["delivery errors"])
        assert real.at_device.received == []


def test_commissioned_and_limited(real: Home) -> None:
    with RealRadio(waiting(real.at_device), "here", configuration(1)) as radio:
        real.begin(radio)
        pair = real.pair
        whitelist(real)
        real.joined()
        real.commissioned()

        real.charger.plug_in(home.car(), pair.world.clock.now)
        full = real.charger.charge_point.power_w
        real.to_whole_second()
        now = pair.world.clock.now
        answered = len(pair.mailbox(pair.supplier))
        pair.command(pair.supplier, REAL, "7.13", set_state(now + timedelta(minutes=1), now + timedelta(hours=1)))
        # Its answer, not the command at the device: the radio's thread is in the charge point until it has answered.
        real.until(lambda: len(pair.mailbox(pair.supplier)) > answered)
        pair.world.advance(timedelta(minutes=2))
        real.charger.handle_timer(pair.world.clock.now)
        assert real.charger.charge_point.power_w == full / 2


def test_a_new_process_finds_the_device_again(real: Home) -> None:
    """The hub's log has it; where it is, the hub asks the network."""
    with RealRadio(waiting(real.at_device), "here", configuration(1)) as radio:
        real.begin(radio)
        whitelist(real)
        real.joined()
        before = real.pair
        real.pair = Pair(store=before.store, installed=False, radio=radio)
        real.pair.world.smki.issue_device(REAL)  # of one seed, so they are the same
        real.pair.supplier = before.supplier
        real.until(lambda: REAL in real.pair.world.home.on_air)
        real.commissioned()


def test_served_with_a_real_radio_the_clock_is_the_computers() -> None:
    with Home().znp as znp, serving("--radio", f"znp:{znp.url}") as said:
        url = url_of(said["DUIS"][0])
        answer = httpx.get(f"{url}/sim/clock")
        clock = answer.json()
        assert clock["speed"] == 1
        assert (
            abs((datetime.fromisoformat(clock["now"]) - parsedate_to_datetime(answer.headers["date"])).total_seconds())
            < PATIENCE
        )
        for method, path, body in (
            ("POST", "advance", {"seconds": 10}),
            ("PUT", "speed", {"speed": 60}),
            ("POST", "pause", None),
        ):
            refused = httpx.request(method, f"{url}/sim/clock/{path}", json=body)
            assert refused.status_code == 409 and "real time" in refused.text, refused.text
        assert httpx.post(f"{url}/sim/reset", json={"seed": 2}).status_code == 409
        assert httpx.put(f"{url}/sim/clock/speed", json={"speed": 1}).json()["speed"] == 1
        assert any(isinstance(each, c.AF.Register.Req) and each.ProfileId == 0x0109 for each in znp.asked)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--radio", "deconz:/dev/ttyUSB0"), "is emulated or one of ezsp:PATH, znp:PATH"),
        (("--radio", "znp:/dev/nowhere"), "answers at /dev/nowhere"),
        (("--radio", "znp:/dev/nowhere", "--record", "file"), "without --workers and --record"),
    ],
)
def test_one_line_says_what_is_wrong(options: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", "0", *options])
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert said in line
