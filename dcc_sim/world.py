"""The world: builds everything from one seed, owns the clock, and moves messages and timers in one fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random

from cryptography.hazmat.primitives.asymmetric import ec

from dcc_sim import border, home, identities, quarantine, records, road
from dcc_sim.access_control import AccessControlBroker, OwnParty
from dcc_sim.air import Air
from dcc_sim.awake import awake
from dcc_sim.clock import VirtualClock
from dcc_sim.dcc import Dcc
from dcc_sim.direct_line import DirectLine
from dcc_sim.identities import IN_HOME_DISPLAY
from dcc_sim.journal import Place
from dcc_sim.knowledge import Knowledge
from dcc_sim.policy import Regime
from dcc_sim.recovery import recover
from dcc_sim.sharing import Sharing
from dcc_sim.smki import Credentials, Folder, KeyPair, Role, Smki, Usage
from dcc_sim.store import Store
from dcc_sim.tell import Teller
from dcc_sim.timers import Timers
from dcc_sim.trace import Trace
from dcc_sim.wan import OnTheWan, Wan
from devices.charge_point import ChargePoint
from devices.device import Device
from devices.hcalcs import HCALCS
from devices.output import Output, Send, Tell
from devices.sapc import SAPC
from devices.saved import fingerprint, restore, save
from devices.vehicle import Vehicle
from han.capture import Capture
from han.network import Han
from han.real_radio import HubRadio
from han.reports import Arrived, Commanded, Delivery, Undelivered
from schemas.errors import NotPossible, NotReached, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DccParty

SERVICES = {
    "serviceT": road.transform_service,
    "serviceS": road.send_command_service,
    "serviceD": road.non_device_service,
}
"""The web services by the last part of their path."""


class World:
    """One DCC and one home on a virtual clock.

    Args:
        seed: of all keys and all chance; the same seed and calls give the same bytes.
        start: where the clock begins, aware; later, if the store has seen it later.
        store: the DCC's records; in memory if not given.
        traced: whether messages are kept and described in the trace; benchmarks turn it off.
        policy: who controls load.
        installed: whether the DCC knows the home's devices from the start; else requests bring them into its inventory.
        journal: told of every message on the WAN, and of every one that reaches a device: when, where, its octets.
        capture: takes every frame of the HAN.
        pki: certificates and keys to use wherever it has them; the clock then begins where they hold good.
        charge_point: the home's; one phase of 32 A if not given.
        radio: the hub's real coordinator; devices of its log that are none of the home's are real, and join there.
        direct: messages go between hub and devices without frames on the air; see `DirectLine`.

    Attributes:
        seed: as given.
        users: credentials of the users, for stand-ins; the DCC never sees them.
        wan: between the DCC and the hub.
        air: what is to go wrong on the HAN, and when.
        line: what carries messages in place of the HAN, if anything does.
        knowledge: where processes share the store, what this one knows; else None. In a worker it is all that lives:
            devices and clock are the world's.
    """

    def __init__(
        self,
        seed: int,
        start: datetime,
        store: Store | None = None,
        *,
        traced: bool = True,
        policy: Regime = Regime.SUPPLIER_ONLY,
        installed: bool = True,
        journal: Callable[[datetime, Place, bytes], None] | None = None,
        capture: Capture | None = None,
        pki: Folder | None = None,
        charge_point: ChargePoint | None = None,
        radio: HubRadio | None = None,
        direct: bool = False,
    ) -> None:
        self.seed = seed
        store = store or Store()
        start = start if pki is None else pki.start(start)
        self.clock = VirtualClock(max(start, store.moment() or start))
        self.trace = Trace()
        self.smki = Smki(f"dcc-sim world {seed}".encode(), pki)
        self.users: dict[EUI64, Credentials] = home.issue(self.smki)
        broker = self.smki.issue_organisation(identities.BROKER, Role.ACCESS_CONTROL_BROKER, "DCC")
        cos = self.smki.issue_organisation(identities.TRANSITIONAL_COS, Role.TRANSITIONAL_COS, "CoS")
        self.home = home.build(self.smki, self.users, broker, cos, seed, policy, charge_point, radio)
        self.dcc = self._build_dcc(broker, cos, store, Random(f"{seed} dcc"), policy, installed)
        self.wan = Wan()
        self.air = Air(self.home, self.wan, self._air_told, self._lost_at_hub)
        self.line = DirectLine() if direct else None
        self._timers = Timers()
        self._loads: dict[str, tuple[int, float]] = {}
        self._outbound: list[bytes] = []
        self._supplied = True
        self._kept: dict[EUI64, tuple[object, ...]] = {}
        self._journal = journal
        self._tell = Teller(self.trace, self.dcc.inventory, self.dcc.asked_for) if traced else None
        if self._tell is not None:
            self.home.han.observe(self._tell.frame)
        if capture is not None:
            self.start_capture(capture)
        self.knowledge = self._shared_knowledge(store, installed)
        if store.sharing is Sharing.WORKER:
            self.dcc.outbox = store.outbox
            return
        states = store.device_states()
        for device in self._devices():
            if device.eui in states:
                restore(device, states[device.eui])
            # Built anew, but no alert may have the name of one that its user has already.
            device.alert_counter = max(device.alert_counter, store.counter(device.eui))
        awake(self.home, self.clock.now)
        self._follow_supply(self.clock.now)
        recover(self.clock.now, self.dcc)
        self._keep_devices()
        if store.outlives:
            # Of workers of an earlier process.
            self.dcc.take_outbox(self.clock.now)
        self._send_outbound(self.clock.now)
        if self.knowledge is not None:
            store.keep_moment(self.clock.now)
            self.knowledge.publish()

    def post(self, service: str, xml: bytes) -> border.Reply:
        """A user's request to a web service, at the present virtual moment.

        Raises:
            NotPossible: there is no such service.
        """
        if service not in SERVICES:
            raise NotPossible("web service", f"is one of {', '.join(SERVICES)}, not {service}")
        now = self.clock.now
        reply = border.reply(SERVICES[service], xml, now, self.dcc)
        self.exchanged(now, service, xml, reply)
        # Only now, so that the trace tells the request before the command that it caused.
        self._send_outbound(now)
        return reply

    def release(self, event: int, user: EUI64) -> None:
        """The user lets a request of its own go out of quarantine, to its device; see `quarantine.release`."""
        quarantine.release(event, user, self.clock.now, self.dcc)
        self._send_outbound(self.clock.now)

    def advance(self, by: timedelta) -> None:
        """Let ``by`` pass: everything due happens, each thing at its own time."""
        # First what was accepted until now: a worker that sees the later moment is answered then.
        self.take_outbox()
        self.home.han.listen(self.clock.now)
        until = self.clock.now + by
        self.dcc.store.keep_moment(until)
        self._timers.ask_all(self._devices())
        while (due := self._quietly(until)) is not None and due <= until:
            self.clock.set(max(due, self.clock.now))
            self._fire(self.clock.now)
        self.clock.set(until)

    def take_outbox(self) -> None:
        """Send what workers have accepted since the last time, if there are any."""
        if self.knowledge is not None and self.dcc.take_outbox(self.clock.now):
            self._send_outbound(self.clock.now)

    def exchanged(self, now: datetime, service: str, xml: bytes, reply: border.Reply) -> None:
        """A worker has answered a request: the trace tells it."""
        if self._tell is not None:
            self._tell.exchange(now, service, xml, reply)

    def next_timer(self) -> datetime | None:
        """When something happens next by itself."""
        self._timers.ask_all(self._devices())
        return _first((self._off_air_timer(), self.home.han.next_timer()))

    def _quietly(self, until: datetime) -> datetime | None:
        """When something happens next that is not for the HAN alone; what is, has happened until then."""
        off_air, han = self._off_air_timer(), self.home.han
        due, end = han.next_timer(), until if off_air is None else min(off_air, until)
        if due is not None and due < end:
            han.run_quietly(end)
            due = han.next_timer()
        return _first((off_air, due))

    def _off_air_timer(self) -> datetime | None:
        timers = [self._timers.next(), self.dcc.next_timer(), self.wan.next_timer(), self.air.next_timer()]
        if self.line is not None:
            timers.append(self.line.next_timer())
        if self.home.display is not None:
            timers.append(self.home.display.next_timer())
        return _first(timers)

    def delivered(self, user: EUI64, document: bytes) -> None:
        """A user's callback has taken a document."""
        if self._tell is not None:
            self._tell.delivered(self.clock.now, user, document)

    def start_capture(self, capture: Capture) -> None:
        """Every frame of the HAN goes to ``capture`` from now on, in the place of any other."""
        capture.watch(self.home.han, lambda message, frame: self.trace.frames.setdefault(message, frame))

    def go_on(self, han: Han, *, supplied: bool) -> None:
        """The home's devices are as a snapshot has them: its HAN takes the place of this one, and nothing is sent.

        Args:
            han: with the home's devices on it.
            supplied: whether they had power.
        """
        self.home.take_han(han)
        self._supplied = supplied
        if self._tell is not None:
            han.observe(self._tell.frame)

    @property
    def supplied(self) -> bool:
        """Whether what is behind the meter has power."""
        return self._supplied

    def plug_in_car(self, vehicle: Vehicle | None = None) -> None:
        """A car comes home and is plugged in, the demonstration's if none is given."""
        self.happened(self.home.charger, self.home.charger.plug_in(vehicle or home.car(), self.clock.now))

    def happened(self, device: Device, outputs: list[Output]) -> None:
        """Somebody has done something at a device of the home, now: what the device says to it goes its way."""
        self._from_device(device, outputs, self.clock.now)
        self._follow_supply(self.clock.now)

    def look_at_display(self) -> None:
        """Somebody looks at the in-home display, if there is one: it asks its meter for what it shows."""
        if self.home.display is not None:
            self._from_display(self.home.display.look(self.clock.now), self.clock.now)

    def _fire(self, now: datetime) -> None:
        trouble = self.air.next_timer()
        if trouble is not None and trouble <= now:
            self.air.handle_timer(now)
            self._timers.ask_all(self._devices())
        for item, arrived in self.wan.arrivals(now):
            self._off_the_wan(item, arrived, now)
        for delivery in () if self.line is None else self.line.arrivals(now):
            self._off_the_line(delivery, now)
        for result in self.home.han.handle_timer(now):
            if isinstance(result, Delivery):
                self._off_the_han(result, now)
            elif isinstance(result, Commanded):
                self._at_device(result, now)
            elif isinstance(result, Arrived):
                self._from_device(self.home.hub, self.home.arrived(result.device, now), now)
            if self._tell is not None and not isinstance(result, Delivery | Commanded):
                self._tell.of_the_han(now, result)
        for device in self._timers.due(now):
            self._from_device(device, device.handle_timer(now), now)
        if self.home.display is not None:
            self._from_display(self.home.display.handle_timer(now), now)
        self._follow_supply(now)
        road.expire(now, self.dcc)
        road.begin_due(now, self.dcc)
        self._send_outbound(now)
        self._keep_devices()

    def _air_told(self, now: datetime, device: EUI64 | None, what: str) -> None:
        if self._tell is not None:
            self._tell.air(now, device, what)

    def _lost_at_hub(self, now: datetime, message: bytes) -> None:
        if self._tell is not None:
            self._tell.lost(now, message)

    def _keep_devices(self) -> None:
        if not self.dcc.store.outlives:
            return
        changed = {}
        for device in self._devices():
            seen = fingerprint(device)
            if self._kept.get(device.eui) != seen:
                self._kept[device.eui] = seen
                changed[device.eui] = save(device)
        self.dcc.store.keep_devices(changed)

    def _off_the_wan(self, item: OnTheWan, arrived: bool, now: datetime) -> None:
        if not arrived:
            if self._tell is not None:
                self._tell.dropped(now, "Hub", NotReached("Communications Hub", "is online; it is tried again"))
            return
        if item.to_hub:
            self._at_hub(item.message, now)
            return
        try:
            road.device_message(item.message, now, self.dcc)
        except SmartMeterError as error:
            # Nobody is to be answered: a message that fits no request is dropped, and the trace says why.
            if self._tell is not None:
                self._tell.dropped(now, "DCC", error)

    def _at_hub(self, message: bytes, now: datetime) -> None:
        hub = self.home.hub
        try:
            target = hub.route(message)
            if target == hub.eui:
                self._note(now, "device", message)
                self._from_device(hub, hub.receive(message, now), now)
                self.home.follow_log(now)
            else:
                self._from_hub(target, message, now)
        except SmartMeterError as error:
            if self._tell is not None:
                self._tell.dropped(now, "Hub", error)

    def _from_hub(self, target: EUI64, message: bytes, now: datetime) -> None:
        self._onto_han(message)
        if self.line is None:
            self.home.han.to_device(target, message, now)
        elif target in self.home.on_air:
            self.line.send(Delivery(self.home.hub.eui, target, message), now)
        else:
            raise NotReached("device", f"{target} is not on this HAN")

    def _off_the_line(self, delivery: Delivery, now: datetime) -> None:
        han = self.home.han
        if not han.hub_is_on or not han.silent.isdisjoint((delivery.source, delivery.target)):
            if self._tell is not None:
                self._tell.undelivered(now, Undelivered(delivery.target, delivery.message, "nobody hears it"))
            return
        if self._tell is not None:
            self._tell.direct(now, delivery)
        self._off_the_han(delivery, now)

    def _off_the_han(self, delivery: Delivery, now: datetime) -> None:
        if delivery.target == self.home.hub.eui:
            try:
                self._to_wan(False, self.home.hub.forward(delivery.message, delivery.source), now)
            except SmartMeterError as error:
                if self._tell is not None:
                    self._tell.dropped(now, "Hub", error)
            return
        device = self.home.devices.get(delivery.target)
        if device is None:
            # The in-home display is on the HAN and takes no GBCS message.
            if self._tell is not None:
                self._tell.dropped(now, "IHD", NotReached("business target", f"takes GBCS, {delivery.target} does not"))
            return
        self._note(now, "device", delivery.message)
        self._from_device(device, self.home.take_message(device, delivery.message, now), now)

    def _at_device(self, heard: Commanded, now: datetime) -> None:
        """A command between two devices; the hub has no cluster for any."""
        display = self.home.display
        if display is not None and heard.target == display.eui:
            self._from_display(display.hear(heard.source, heard.command, now), now)
        device = self.home.devices.get(heard.target)
        if device is not None:
            self._from_device(device, device.hear(heard.source, heard.command, now), now)

    def _from_device(self, device: Device, outputs: list[Output], now: datetime) -> None:
        self._timers.touch(device.eui)
        if isinstance(device, SAPC):
            name = "charge point" if device is self.home.charger else f"charge point {device.eui}"
            point = device.charge_point
            self._draws(name, point.power_w, point.power_factor, now)
        elif isinstance(device, HCALCS):
            name = "storage heater" if device is self.home.switch else f"switch {device.eui}"
            self._draws(name, device.power_w, 1.0, now)
        for output in outputs:
            if isinstance(output, Tell):
                self._on_the_air(device.eui, output, now)
            elif not isinstance(output, Send):
                if self._tell is not None:
                    self._tell.note(now, device.eui, output)
            elif device is self.home.hub:
                self._to_wan(False, output.message, now)
            elif device.eui in self.home.on_air:
                # One that is not joined to the HAN speaks to nobody.
                self._to_hub(device.eui, output.message, now)

    def _draws(self, name: str, power_w: int, power_factor: float, now: datetime) -> None:
        """The meter is told what has changed."""
        if self._loads.get(name) == (power_w, power_factor):
            return
        self.home.meter.set_load(name, power_w, now, power_factor)
        self._loads[name] = power_w, power_factor
        self._timers.touch(self.home.meter.eui)

    def _to_hub(self, device: EUI64, message: bytes, now: datetime) -> None:
        self._onto_han(message)
        if self.line is None:
            self.home.han.to_hub(device, message, now)
        else:
            self.line.send(Delivery(device, self.home.hub.eui, message), now)

    def _from_display(self, outputs: list[Output], now: datetime) -> None:
        for output in outputs:
            if isinstance(output, Tell):
                self._on_the_air(IN_HOME_DISPLAY, output, now)

    def _follow_supply(self, now: datetime) -> None:
        """The meter has put the supply on or off: what is behind it has power, or has none."""
        if self.home.meter.supply.on == self._supplied:
            return
        self._supplied = self.home.meter.supply.on
        for device in self.home.devices.values():
            if isinstance(device, SAPC | HCALCS):
                self._from_device(device, device.supply(self._supplied, now), now)

    def _on_the_air(self, source: EUI64, told: Tell, now: datetime) -> None:
        if {source, told.target} <= self.home.on_air:
            self.home.han.command(source, told.target, told.command, now)

    def _send_outbound(self, now: datetime) -> None:
        for message in self._outbound:
            self._to_wan(True, message, now)
        self._outbound.clear()

    def _onto_han(self, message: bytes) -> None:
        if self._tell is not None:
            self._tell.onto_han(message)

    def _note(self, now: datetime, place: Place, message: bytes) -> None:
        if self._journal is not None:
            self._journal(now, place, message)

    def _to_wan(self, to_hub: bool, message: bytes, now: datetime) -> None:
        self._note(now, "hub" if to_hub else "dcc", message)
        if self._tell is not None:
            self._tell.wan(now, to_hub, message)
        self.wan.send(to_hub, self.home.hub.eui, message, now)

    def _devices(self) -> tuple[Device, ...]:
        return (self.home.hub, *self.home.devices.values())

    def _build_dcc(
        self, broker: Credentials, cos: Credentials, store: Store, rng: Random, policy: Regime, installed: bool
    ) -> Dcc:
        known = home.inventory(policy, installed=installed)
        records.restore(known, store)
        home.install(self.home, known)
        access_control = AccessControlBroker(
            broker.eui,
            broker.key_agreement.key,
            lambda eui: self._public_key(eui, Usage.KEY_AGREEMENT),
            lambda eui: self.smki.keys(eui, Usage.SIGNING),
            {
                DccParty.BROKER: OwnParty(broker.eui, broker.signing.key),
                DccParty.COS: OwnParty(cos.eui, cos.signing.key),
            },
        )
        signing: KeyPair | None = broker.xml_signing
        assert signing is not None
        return Dcc(
            known,
            store,
            self.smki,
            access_control,
            signing,
            lambda hub, message: self._outbound.append(message),
            lambda message: self.wan.recall(message),
            rng,
            policy,
        )

    def _shared_knowledge(self, store: Store, installed: bool) -> Knowledge | None:
        if store.shared is None:
            return None
        knowledge = Knowledge(self.dcc, store, home.inventory(self.dcc.regime, installed=installed).devices)
        if store.sharing is Sharing.WORLD:
            store.shared.moved = knowledge.follow_store
        return knowledge

    def _public_key(self, eui: EUI64, usage: Usage) -> ec.EllipticCurvePublicKey:
        key = self.smki.certificate(eui, usage).public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return key


def _first(timers: Iterable[datetime | None]) -> datetime | None:
    return min((timer for timer in timers if timer is not None), default=None)
