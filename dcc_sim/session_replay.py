"""Plays a session's journal again, on a fresh world: the same requests, the same ticks, and every octet compared."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

import httpx

from dcc_sim.delivery import Callbacks
from dcc_sim.gateway import build
from dcc_sim.pace import Stage
from dcc_sim.policy import Regime
from dcc_sim.session import Recorder, Recording, read
from dcc_sim.store import Store
from dcc_sim.world import World
from schemas.errors import Malformed
from schemas.eui import EUI64


@dataclass(slots=True)
class Replayed:
    """What came of a replay.

    Attributes:
        lines: how many there are.
        different: the first line that is not the same, from 1; 0 where all are.
        was, now: that line, as recorded and as replayed.
        world: as it stands at the end.
        asked: the requests with their answers, and the virtual moment of each.
    """

    lines: int
    world: World
    different: int = 0
    was: str = ""
    now: str = ""
    asked: list[tuple[datetime, dict[str, Any], dict[str, Any]]] = field(default_factory=list)


def replay(path: Path) -> Replayed:
    """Play a journal again.

    Raises:
        Malformed: it is none.
        OSError: it cannot be read.
    """
    script = read(path)
    try:
        return asyncio.run(_Replay(script).run(path.read_text(encoding="utf-8").splitlines()))
    except (KeyError, ValueError, TypeError) as error:
        raise Malformed(str(path), f"has the fields of a session's journal ({error!r})") from None


class _Played(Stage):
    """A stage whose pace is the journal's."""

    @property
    def keeps_pace(self) -> bool:
        return True


class _Script(Callbacks):
    """Callbacks that take what they took then, when they took it."""

    def __init__(self, store: Store, client: httpx.AsyncClient, world: World, replay: "_Replay") -> None:
        super().__init__(store, client, world.delivered)
        self._world, self._replay = world, replay

    async def deliver(self) -> int:
        taken = 0
        while (line := self._replay.next_delivered()) is not None:
            self.taken(EUI64.parse(line["delivered"]), bytes.fromhex(line["document"]))
            taken += 1
        return taken

    def taken(self, user: EUI64, document: bytes) -> None:
        store = self._world.dcc.store
        for each in store.undelivered():
            if each.document == document and each.user == str(user):
                store.mark_delivered(each.number)
                break
        self._replay.recorder.delivered(user, document)
        self._world.delivered(user, document)


class _Replay:
    def __init__(self, script: list[dict[str, Any]]) -> None:
        self._script = script
        self._inputs = [line for line in script if {"request", "answer", "tick", "delivered"} & line.keys()]
        self._at = 0
        self._written: list[str] = []
        self.recorder = Recorder(self._written.append)

    async def run(self, recorded: list[str]) -> Replayed:
        head = self._script[0]
        start, policy = datetime.fromisoformat(head["start"]), Regime(head["policy"])
        self.recorder.begin(head["seed"], start, policy.value, head["installed"])

        def made(seed: int) -> tuple[World, _Script]:
            world = World(seed, start, Store(), policy=policy, installed=head["installed"])
            self.recorder.watch(world)
            world.plug_in_car()
            return world, _Script(world.dcc.store, client, world, self)

        async with httpx.AsyncClient() as client:
            stage = _Played(*made(head["seed"]), renew=made)
            asked = await self._perform(stage)
        replayed = Replayed(len(recorded), stage.world, asked=asked)
        now = [line.rstrip("\n") for line in self._written]
        for number, (was, came) in enumerate(zip_longest(recorded, now, fillvalue=""), 1):
            if was != came:
                replayed.different, replayed.was, replayed.now = number, was, came
                break
        return replayed

    async def _perform(self, stage: Stage) -> list[tuple[datetime, dict[str, Any], dict[str, Any]]]:
        asked = []
        transport = httpx.ASGITransport(
            app=Recording(build(stage.world, stage=stage), stage, self.recorder), raise_app_exceptions=False
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            while self._at < len(self._inputs):
                line = self._inputs[self._at]
                self._at += 1
                if "request" in line:
                    moment = stage.world.clock.now
                    await client.request(
                        line["request"],
                        line["path"],
                        content=bytes.fromhex(line["body"]),
                        headers={"Content-Type": line["type"]} if line["type"] else {},
                    )
                    asked.append((moment, line, self._last_answer()))
                elif "tick" in line:
                    by = timedelta(microseconds=line["tick"])
                    self.recorder.ticked(by)
                    await stage.advance(by)
                elif "delivered" in line:
                    assert isinstance(stage.callbacks, _Script)
                    stage.callbacks.taken(EUI64.parse(line["delivered"]), bytes.fromhex(line["document"]))
        return asked

    def next_delivered(self) -> dict[str, Any] | None:
        """What the callbacks took next, before anything else came in."""
        if self._at < len(self._inputs) and "delivered" in self._inputs[self._at]:
            self._at += 1
            return self._inputs[self._at - 1]
        return None

    def _last_answer(self) -> dict[str, Any]:
        found: dict[str, Any] = next(each for each in map(json.loads, reversed(self._written)) if "answer" in each)
        return found
