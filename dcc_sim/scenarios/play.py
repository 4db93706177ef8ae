"""Plays a scenario: its homes, its faults, its steps in order, and what came of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dcc_sim.identities import MPAN
from dcc_sim.moments import moment, span
from dcc_sim.scenarios import model
from dcc_sim.scenarios.checks import Failed, Scene, failures
from dcc_sim.scenarios.reading import File
from dcc_sim.testing.emulator import Emulator
from dcc_sim.trace_file import Line, lines
from devices.charge_point import ChargePoint
from devices.sapc import SAPC
from devices.vehicle import Vehicle
from schemas.errors import SmartMeterError

if TYPE_CHECKING:
    from dcc_sim.air_plan import AirFault
    from dcc_sim.testing.devices import DeviceUnderTest
    from dcc_sim.testing.users import UserUnderTest
    from schemas.eui import EUI64


@dataclass(frozen=True, slots=True)
class Done:
    """One step.

    Attributes:
        line: in the file.
        words: what it was.
        moment: virtual, when it was over.
        faults: what did not hold; empty where all is well.
    """

    line: int
    words: str
    moment: datetime
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Played:
    """What came of a scenario.

    Attributes:
        path: of the file.
        messages: the trace of each home.
        broken: why it could not go on; empty where it was played to its end.
    """

    path: str
    scenario: model.Scenario
    steps: list[Done] = field(default_factory=list)
    messages: dict[str, list[Line]] = field(default_factory=dict)
    broken: str = ""

    @property
    def good(self) -> bool:
        """Whether everything held."""
        return not self.broken and not any(step.faults for step in self.steps)


def play(
    file: File,
    seed: int | None = None,
    told: Callable[[Done], None] = lambda step: None,
    captures: Path | None = None,
) -> Played:
    """Play a scenario from its start to its last step; what does not hold is noted, and it goes on.

    Args:
        seed: in the place of the file's.
        told: called after each step.
        captures: folder for the frames of each home's HAN, as pcapng.
    """
    stage = _Stage(file, file.scenario.seed if seed is None else seed, captures)
    played = Played(file.path, file.scenario)
    try:
        stage.set_up()
        for line, step in zip(file.lines, file.scenario.steps, strict=True):
            faults = tuple(stage.perform(step))
            done = Done(line, words(step), stage.now, faults)
            played.steps.append(done)
            told(done)
    except (SmartMeterError, Failed) as error:
        number = len(played.steps)
        played.broken = f"{file.path} line {(*file.lines, 1)[number]}: {error}"
    finally:
        played.messages = {name: list(lines(home.trace)) for name, home in stage.homes.items()}
        stage.close()
    return played


def words(step: object) -> str:
    """A step in a few words."""
    if isinstance(step, model.Send):
        level = "" if step.level is None else f" level {step.level} %"
        return f"{step.by} sends {step.send} to {step.to or 'the DCC'}{level}"
    if isinstance(step, model.Post):
        return f"{step.by} posts {len(step.xml)} characters to {step.post}"
    if isinstance(step, model.Repeat):
        return f"{step.repeat} once more"
    if isinstance(step, model.Do):
        return f"{step.do} {step.user or step.device}"
    if isinstance(step, model.Trouble):
        return f"trouble on the air of {step.air.device or 'every link'}"
    if isinstance(step, model.Assert):
        return "check " + ", ".join(sorted(step.check.model_fields_set))
    return "time passes"


class _Stage:
    def __init__(self, file: File, seed: int, captures: Path | None) -> None:
        self._scenario, self._seed, self._captures = file.scenario, seed, captures
        self._stem = Path(file.path).stem
        self.homes: dict[str, Emulator] = {}
        self._scenes: dict[str, Scene] = {}

    @property
    def now(self) -> datetime:
        return max(home.clock.now for home in self.homes.values())

    def set_up(self) -> None:
        for number, (name, home) in enumerate(self._scenario.homes.items()):
            made = Emulator(
                # Each home has keys of its own; the first one has those of the seed.
                self._seed + number * 1_000_003,
                self._scenario.start,
                policy=self._scenario.policy,
                installed=home.installed,
                car=False,
                charge_point=_charge_point(home.charger),
                capture=None if self._captures is None else self._captures / f"{self._stem}-{name}.pcapng",
            )
            self.homes[name] = made
            self._scenes[name] = Scene(made, {})
            if home.charger.car is not None:
                made.charger.plug_in(_car(home.charger.car))
            for other, point in home.more.items():
                made.add_charge_point(other, _charge_point(point), None if point.car is None else _car(point.car))
            for user in self._scenario.users:
                made.add_user(user.name, user.role, user.mpan)
        for fault in self._scenario.faults:
            self._plan(fault, fault.home)

    def close(self) -> None:
        for home in self.homes.values():
            home.close()

    def perform(self, step: object) -> Iterator[str]:
        assert isinstance(step, model._Step)
        if step.at is not None:
            self._to(moment(step.at, self.now))
        scene = self._scene(step.home)
        if isinstance(step, model.Assert):
            yield from failures(step.check, scene)
        elif isinstance(step, model.Do):
            self._do(step, scene)
        elif isinstance(step, model.Trouble):
            self._plan(step.air, step.home)
        elif isinstance(step, model.Send | model.Repeat | model.Post):
            code, reason = self._sent(step, scene)
            self._to(scene.dcc.clock.now)
            if step.expect and code != step.expect:
                yield f"response {step.expect} expected, {code} seen{f', {reason}' if reason else ''}"

    def _sent(self, step: model.Send | model.Repeat | model.Post, scene: Scene) -> tuple[str, str]:
        dcc = scene.dcc
        if isinstance(step, model.Post):
            sent = _user(dcc, step.by).post(step.xml.encode(), step.post)
        elif isinstance(step, model.Repeat):
            name = scene.named(step.repeat).request_id.encode()
            last = next(each for each in reversed(dcc.exchanges) if name in each.request)
            sent = _user(dcc, _owner(dcc, scene.named(step.repeat).request.request_id.originator)).post(
                last.request, last.service
            )
        else:
            sent = _user(dcc, step.by).send(
                step.send,
                scene.device(step.to) if step.to else None,
                level=step.level,
                start=step.start,
                end=step.end,
                controller=step.controller,
                values=step.values,
                wait=span(step.wait),
            )
            if step.name:
                scene.sent[step.name] = sent
        return sent.code, sent.reason

    def _do(self, step: model.Do, scene: Scene) -> None:
        dcc = scene.dcc
        if step.do in ("register", "deregister"):
            user = _user(dcc, step.user)
            inventory = dcc.world.dcc.inventory
            if step.do == "register":
                dcc.register(user, step.role)
            else:
                inventory.registrations[:] = [
                    each for each in inventory.registrations if (each.user, each.mpxn) != (user.eui, MPAN)
                ]
            return
        device = scene.device(step.device)
        if step.do == "plug in":
            device.plug_in()
        elif step.do == "unplug":
            device.unplug()
        elif step.do == "boost":
            _boost(device, dcc, span(step.period))
        else:
            device.silent(step.do == "silent")

    def _plan(self, fault: AirFault, home: str) -> None:
        scene = self._scene(home)
        # More charge points have names of their own.
        known = scene.dcc.devices
        named = {end: str(known[name].eui) for end in ("device", "peer") if (name := getattr(fault, end)) in known}
        fault = fault.model_copy(update=named)
        world = scene.dcc.world
        world.air.plan(fault.trouble(world), world.clock.now)

    def _to(self, when: datetime) -> None:
        for home in self.homes.values():
            home.clock.advance(max(when - home.clock.now, timedelta()))

    def _scene(self, name: str) -> Scene:
        found = self._scenes.get(name or next(iter(self._scenes)))
        if found is None:
            raise Failed(f"there is no home {name}: there are {', '.join(self._scenes)}")
        return found


def _boost(device: DeviceUnderTest, dcc: Emulator, period: timedelta) -> None:
    if not isinstance(device.device, SAPC):
        raise Failed(f"{device.name} has no boost")
    dcc.world.happened(device.device, device.device.boost_now(dcc.clock.now, period))


def _user(dcc: Emulator, name: str) -> UserUnderTest:
    if name not in dcc.users:
        raise Failed(f"there is no user {name}: there are {', '.join(dcc.users)}")
    return dcc.users[name]


def _owner(dcc: Emulator, eui: EUI64) -> str:
    return next(name for name, user in dcc.users.items() if user.eui == eui)


def _charge_point(made: model.ChargePoint) -> ChargePoint:
    return ChargePoint(rating_amps=made.rating_amps, phases=made.phases, bidirectional=made.bidirectional)


def _car(made: model.Car) -> Vehicle:
    return Vehicle(
        capacity_kwh=made.capacity_kwh,
        state_of_charge=made.state_of_charge,
        max_power_w=made.max_power_w,
        phases=made.phases,
    )
