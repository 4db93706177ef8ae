"""What must hold in a scenario: each check says what was seen, when, and why, where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dcc_sim.moments import moment
from dcc_sim.scenarios import model
from dcc_sim.trace_file import Line, lines
from schemas.errors import SmartMeterError

if TYPE_CHECKING:
    from dcc_sim.testing.devices import DeviceUnderTest
    from dcc_sim.testing.emulator import Emulator
    from dcc_sim.testing.users import Sent

_SHOWN = 12
"""Messages in the words of a failure."""


@dataclass(slots=True)
class Scene:
    """What a check looks at.

    Attributes:
        sent: the send steps by name, as far as they have happened.
    """

    dcc: Emulator
    sent: dict[str, Sent]
    _known: list[Line] = field(default_factory=list)

    @property
    def messages(self) -> list[Line]:
        """The trace so far, decoded."""
        if len(self._known) != len(self.dcc.trace):
            self._known = list(lines(self.dcc.trace))
        return self._known

    def device(self, name: str) -> DeviceUnderTest:
        """A device by its name.

        Raises:
            Failed: there is none.
        """
        found = self.dcc.devices.get(name)
        if found is None:
            raise Failed(f"there is no device {name}: there are {', '.join(sorted(self.dcc.devices))}")
        return found

    def named(self, name: str) -> Sent:
        """A send step by its name.

        Raises:
            Failed: there is none.
        """
        if name not in self.sent:
            raise Failed(f"no send step of the name {name} has happened: {', '.join(self.sent) or 'none has a name'}")
        return self.sent[name]


class Failed(Exception):
    """A check does not hold; the text says what was seen."""


def failures(check: model.Check, scene: Scene) -> Iterator[str]:
    """What does not hold, in words; nothing where everything does."""
    for name in type(check).model_fields:
        asked = getattr(check, name)
        if not asked:
            continue
        try:
            _CHECKS[name](asked, scene)
        except Failed as failed:
            now = scene.dcc.clock.now
            yield f"{name}: {failed} (at {now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03})"
        except SmartMeterError as error:
            yield f"{name}: {error}"


def _sent(asked: model.Message, scene: Scene) -> None:
    found = _matching(asked, scene)
    if (asked.count is None and not found) or (asked.count is not None and len(found) != asked.count):
        wanted = "at least one" if asked.count is None else str(asked.count)
        raise Failed(f"{wanted} message of {_words(asked)} expected, {len(found)} seen{_listed(found, scene)}")


def _received(asked: model.Message, scene: Scene) -> None:
    # What was lost or refused on its way has been sent, and not received.
    _sent(asked if asked.refused is not None else asked.model_copy(update={"refused": False}), scene)


def _absent(asked: model.Message, scene: Scene) -> None:
    found = _matching(asked, scene)
    if found:
        raise Failed(f"no message of {_words(asked)} expected, {len(found)} seen{_listed(found, scene)}")


def _order(asked: list[model.Message], scene: Scene) -> None:
    after = 0
    for number, each in enumerate(asked, 1):
        found = next((line for line in _matching(each, scene) if line.sequence > after), None)
        if found is None:
            before = _matching(each, scene)
            late = f"; there is one earlier{_listed(before, scene)}" if before else "; there is none at all"
            raise Failed(f"number {number}, {_words(each)}, expected after message {after}{late}")
        after = found.sequence


def _response(asked: model.Response, scene: Scene) -> None:
    sent = scene.named(asked.to)
    found = scene.dcc.users[_user_of(sent, scene)].answer_to(sent)
    code = sent.code if found is None else found.code
    if code != asked.code:
        reason = f", {sent.reason}" if sent.reason else ""
        raise Failed(f"{asked.to} answered with {asked.code} expected, {code} seen{reason}{_about(sent, scene)}")


def _alert(asked: model.Alert, scene: Scene) -> None:
    user = scene.dcc.users.get(asked.by)
    if user is None:
        raise Failed(f"there is no user {asked.by}: there are {', '.join(scene.dcc.users)}")
    count = user.alerts.count(asked.code)
    if (asked.count is None and not count) or (asked.count is not None and count != asked.count):
        seen = ", ".join(f"{each.alert} at {each.moment:%H:%M:%S}" for each in user.received if each.alert)
        wanted = "" if asked.count is None else f"{asked.count} times "
        raise Failed(f"{asked.code} {wanted}in the mailbox of {asked.by} expected, seen: {seen or 'no alert'}")


def _power(asked: model.Power, scene: Scene) -> None:
    device = scene.device(asked.of)
    kw = device.power_kw
    rules = [
        (asked.kw is not None and abs(kw - asked.kw) > asked.tolerance, f"{asked.kw} kW ± {asked.tolerance}"),
        (asked.above is not None and kw <= asked.above, f"above {asked.above} kW"),
        (asked.below is not None and kw >= asked.below, f"below {asked.below} kW"),
    ]
    for broken, wanted in rules:
        if broken:
            raise Failed(f"{wanted} of {asked.of} expected, {kw} kW seen; {device.why()}")


def _state(asked: model.State, scene: Scene) -> None:
    device = scene.device(asked.of)
    if asked.status and device.status != asked.status:
        raise Failed(f"{asked.of} {asked.status} expected, {device.status} seen")
    if asked.level is None and not asked.rule:
        return
    level = device.level(asked.controller, asked.direction)
    rule = device.rule(asked.controller, asked.direction)
    if asked.level not in (None, level) or asked.rule not in ("", rule):
        wanted = " ".join(each for each in (_percent(asked.level), asked.rule and f"by {asked.rule}") if each)
        why = device.why(controller=asked.controller, direction=asked.direction)
        raise Failed(f"{asked.of} {wanted} expected, {level} % by {rule} seen; {why}")


def _why(asked: model.Why, scene: Scene) -> None:
    told = scene.device(asked.of).why(asked.at, asked.controller, asked.direction)
    if asked.level not in (None, told.percent) or asked.rule not in ("", str(told.winner.rule)):
        wanted = " ".join(each for each in (_percent(asked.level), asked.rule and f"by {asked.rule}") if each)
        raise Failed(f"{wanted} expected; {told}")
    if asked.by:
        name = scene.named(asked.by).request.request_id
        origin = told.winner.origin
        if origin is None or (origin.originator, origin.originator_counter) != (name.originator, name.counter):
            raise Failed(f"the command of {asked.by}, counter {name.counter}, expected to decide; {told}")
    lost = [str(claim.rule) for claim in told.losers]
    missing = [rule for rule in asked.against if rule not in lost]
    if missing:
        raise Failed(f"{', '.join(missing)} expected to have lost; {told}")


_CHECKS: dict[str, Callable[..., None]] = {
    "sent": _sent,
    "received": _received,
    "absent": _absent,
    "order": _order,
    "response": _response,
    "alert": _alert,
    "power": _power,
    "state": _state,
    "why": _why,
}


def _matching(asked: model.Message, scene: Scene) -> list[Line]:
    now, start = scene.dcc.clock.now, next(iter(scene.dcc.trace)).time if len(scene.dcc.trace) else scene.dcc.clock.now
    since = None if asked.since is None else moment(asked.since, start)
    until = None if asked.until is None else moment(asked.until, start)
    request = scene.named(asked.request).request_id if asked.request else ""
    return [
        line
        for line in scene.messages
        if line.time <= now
        and asked.what in line.what
        and asked.kind in (None, line.kind)
        and asked.source in ("", line.source)
        and asked.target in ("", line.target)
        and asked.service in ("", line.service)
        and asked.message_code in ("", line.message_code)
        and request in ("", line.correlation)
        and (asked.refused is None or asked.refused == (line.verdict not in ("", "ok")))
        and (since is None or line.time >= since)
        and (until is None or line.time <= until)
    ]


def _words(asked: model.Message) -> str:
    given = asked.model_dump(by_alias=True, exclude_defaults=True, exclude={"count"})
    return ", ".join(f"{name} {value}" for name, value in given.items()) or "any kind"


def _listed(found: list[Line], scene: Scene) -> str:
    shown = found or [line for line in scene.messages if line.source != line.target][-_SHOWN:]
    what = "" if found else "; the last messages are"
    return what + "".join(f"\n    {_told(line)}" for line in shown[:_SHOWN])


def _about(sent: Sent, scene: Scene) -> str:
    return "".join(f"\n    {_told(line)}" for line in scene.messages if line.correlation == sent.request_id)


def _told(line: Line) -> str:
    verdict = "" if line.verdict in ("", "ok") else f": {line.verdict}"
    return f"{line.sequence} {line.time:%H:%M:%S.%f} {line.source} > {line.target}: {line.what}{verdict}"


def _user_of(sent: Sent, scene: Scene) -> str:
    eui = sent.request.request_id.originator
    return next(name for name, user in scene.dcc.users.items() if user.eui == eui)


def _percent(level: int | None) -> str:
    return "" if level is None else f"{level} %"
