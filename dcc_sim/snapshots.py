"""A world's DCC and home at a moment, whole, as one JSON file: saved, and gone on from, octet for octet.

The file's members and what is not in it: docs/devices.md, "Snapshots". It is JSON and makes no other objects than the
values of devices, so that one from another machine can be read; a digest finds what was changed or cut off.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any, Self

from dcc_sim import records
from dcc_sim.extra_devices import build_charge_point
from dcc_sim.identities import IN_HOME_DISPLAY, METER
from dcc_sim.inventory import UserRole
from dcc_sim.knowledge import parties_text, take_parties
from dcc_sim.policy import Regime
from dcc_sim.smki import Role
from dcc_sim.store import Store
from dcc_sim.wan import OnTheWan
from dcc_sim.world import World
from devices.display import Display
from devices.whole import give_state, give_whole, random_state, set_random_state, state_of, whole
from han import saved
from schemas.errors import Malformed, NotPossible, SmartMeterError
from schemas.eui import EUI64

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dcc_sim.journal import Place
    from han.capture import Capture

FORMAT, VERSION = "dcc-sim snapshot", 1
_CERTIFIED = {UserRole.IMPORT_SUPPLIER: Role.SUPPLIER, UserRole.ELECTRICITY_DISTRIBUTOR: Role.NETWORK_OPERATOR}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One world at a moment.

    Attributes:
        content: its JSON values, by name.
    """

    content: dict[str, Any]

    @classmethod
    def of(cls, world: World) -> Self:
        """What ``world`` is now.

        Raises:
            NotPossible: a frame is on the air or waits for its answer, a fault of the air is planned or under way, the
                world has keys from a folder, its records are shared with other processes, or chance comes from a
                function whose state cannot be read.
        """
        if world.dcc.store.shared is not None:
            raise NotPossible("snapshot", "is of a world that shares its records with no other process")
        if world.smki.from_folder:
            raise NotPossible("snapshot", "is of a world whose keys all grow from its seed")
        if world.line is not None:
            raise NotPossible("snapshot", "is of a home whose messages go over the HAN, not of one without frames")
        if not world.air.undisturbed:
            raise NotPossible("snapshot", "is taken while no fault of the air is set: end them first")
        home, dcc = world.home, world.dcc
        return cls(
            {
                "seed": world.seed,
                "policy": dcc.regime.value,
                "moment": world.clock.now.isoformat(),
                "dcc": {
                    "records": dcc.store.rows(),
                    "parties": json.loads(parties_text(dcc.inventory, world.smki)),
                    "devices": {str(eui): records.entry_text(each) for eui, each in dcc.inventory.devices.items()},
                    "chance": random_state(dcc.rng),
                },
                "wan": {
                    "offline": world.wan.offline,
                    "sent": world.wan.sent,
                    "under way": [
                        [each.due.isoformat(), each.number, each.to_hub, str(each.hub), each.message.hex(), each.waits]
                        for each in world.wan.under_way
                    ],
                },
                "han": saved.save(home.han),
                "supplied": world.supplied,
                "display": None if home.display is None else state_of(home.display),
                "hub": whole(home.hub),
                "home": {str(eui): whole(device) for eui, device in home.devices.items()},
            }
        )

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """A snapshot as ``text`` gave it.

        Raises:
            Malformed: it is no snapshot, or of a newer format, or is not whole.
        """
        try:
            file = json.loads(text)
            kind, version, content = file["format"], file["version"], file["content"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Malformed("snapshot", f"is a JSON file of a snapshot: {type(error).__name__}") from error
        if kind != FORMAT or version != VERSION or not isinstance(content, dict):
            raise Malformed("snapshot", f"is a {FORMAT} of version {VERSION}")
        if file.get("sha256") != _digest(content):
            raise Malformed("snapshot", "is whole: its digest does not fit its content")
        return cls(content)

    @classmethod
    def load(cls, path: Path) -> Self:
        """A snapshot's file.

        Raises:
            Malformed: as ``read``.
            OSError: it cannot be read.
        """
        return cls.read(path.read_bytes())

    @property
    def text(self) -> str:
        """The file: the same state gives the same octets."""
        head = {"format": FORMAT, "version": VERSION, "sha256": _digest(self.content)}
        return json.dumps({**head, "content": self.content}) + "\n"

    def write(self, path: Path) -> None:
        """Write the file."""
        path.write_text(self.text)

    @property
    def moment(self) -> datetime:
        """When it was taken, virtual time."""
        return datetime.fromisoformat(self.content["moment"])

    def world(
        self,
        *,
        traced: bool = True,
        journal: Callable[[datetime, Place, bytes], None] | None = None,
        capture: Capture | None = None,
    ) -> World:
        """A new world that goes on from here, its records in memory.

        Args:
            traced, journal, capture: as for `World`; none of them has what was before.

        Raises:
            Malformed: a member is missing or not of its kind.
        """
        try:
            return self._world(traced, journal, capture)
        except SmartMeterError as error:
            raise Malformed("snapshot", f"has all of a home: {error}") from error
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise Malformed("snapshot", f"has all of a home: {error!r}") from error

    def _world(
        self, traced: bool, journal: Callable[[datetime, Place, bytes], None] | None, capture: Capture | None
    ) -> World:
        given = self.content
        if not isinstance(given["seed"], int):
            raise Malformed("seed", "is a whole number")
        store = Store()
        store.fill(given["dcc"]["records"])
        world = World(given["seed"], self.moment, store, traced=traced, policy=Regime(given["policy"]), journal=journal)
        if world.clock.now != self.moment:
            raise Malformed("moment", "is that of its records")
        self._give_dcc(world)
        home = world.home
        for text, each in given["home"].items():
            eui = EUI64.parse(text)
            if eui not in home.devices:
                build_charge_point(world, eui, text, None)
            give_whole(home.devices[eui], each, Random)
        give_whole(home.hub, given["hub"], Random)
        world.go_on(saved.restored(home.hub.eui, given["han"], str(world.seed).encode()), supplied=given["supplied"])
        home.display = None
        if given["display"] is not None:
            home.display = Display(IN_HOME_DISPLAY, METER)
            give_state(home.display, given["display"])
        world.wan.offline = given["wan"]["offline"]
        world.wan.go_on(
            given["wan"]["sent"],
            [
                OnTheWan(datetime.fromisoformat(due), number, to_hub, EUI64.parse(hub), bytes.fromhex(message), waits)
                for due, number, to_hub, hub, message, waits in given["wan"]["under way"]
            ],
        )
        if capture is not None:
            world.start_capture(capture)
        return world

    def _give_dcc(self, world: World) -> None:
        given, dcc = self.content["dcc"], world.dcc
        take_parties(json.dumps(given["parties"]), dcc.inventory, world.smki)
        for user in dcc.inventory.users.values():
            if user.eui not in world.users:
                certified = next((_CERTIFIED[role] for role in sorted(user.roles) if role in _CERTIFIED), Role.OTHER)
                world.users[user.eui] = world.smki.issue_organisation(user.eui, certified, user.name)
        dcc.inventory.devices.clear()
        for text, entry in given["devices"].items():
            eui = EUI64.parse(text)
            dcc.inventory.devices[eui] = records.read_entry(eui, entry)
        set_random_state(dcc.rng, given["chance"])


def _digest(content: dict[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
