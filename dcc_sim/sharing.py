"""One store for several processes: whose turn it is to change it, and whether what a process knows is still so.

With worker processes (docs/architecture.md) there is one *world*, which owns clock, hub and devices, and *workers*,
which answer users. Each keeps in memory what it knows (devices, registrations, certificates, settings); the store has
one version number that every change of it raises. A transaction begins with a look at that number, under a lock that
keeps it until the end: the world takes in what has changed, a worker begins its request again.

One writer at a time on SQLite, as SQLite has it. On PostgreSQL transactions go side by side where they neither change
what is known nor use a counter of the DCC; the others, and all of the world's, are alone.
"""

import os
from collections.abc import Callable
from enum import Enum

from sqlalchemy import Engine

from dcc_sim import outbox
from dcc_sim.prepared import Statements

try:
    import fcntl
except ImportError:  # there is none for Windows, where a server has no workers
    fcntl = None  # type: ignore[assignment]
POSSIBLE = fcntl is not None
"""Whether processes can share a store here."""

NEVER = -1
"""The version of a process that has not looked yet, or whose memory may be ahead of the store."""


class Sharing(Enum):
    """How a process shares its store."""

    ALONE = "with nobody"
    WORLD = "as the world, with workers"
    WORKER = "as a worker"


class Overtaken(Exception):
    """What this process knows has been replaced meanwhile: nothing was changed, begin the request again."""


class SharedStatements(Statements):
    """Statements of a process among several.

    A killed process holds nobody up: the kernel gives its file lock back, and PostgreSQL its row lock.

    Attributes:
        version: of what this process has in memory.
        alone: whether the transaction that begins next keeps all others out.
        moved: called at the beginning of a transaction where the store has another version than ``version``; it is
            given that, and makes memory good or raises Overtaken.
    """

    def __init__(self, engine: Engine, sharing: Sharing) -> None:
        super().__init__(engine)
        self.version = NEVER
        self.always_alone = self.alone = sharing is Sharing.WORLD
        self.moved: Callable[[int], None] = _overtaken
        self._raised = False
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        # SQLite's own waiting is a sleep of up to 0.1 s; a lock on a file wakes the next one at once.
        self._turn = None if file is None else os.open(f"{file}-turn", os.O_RDWR | os.O_CREAT, 0o600)

    def raise_version(self) -> None:
        """What is known changes with this transaction; memory is changed by whoever changes the store.

        Raises:
            RuntimeError: the transaction is not alone.
        """
        if not self.within or not self.alone:
            raise RuntimeError("what is known changes in a transaction that is alone")
        self.execute(outbox.RAISED_VERSION, {})
        self._raised = True

    def start(self, single: bool) -> None:
        """Begin, when it is this process's turn; every transaction has a BEGIN of its own here."""
        self._raised = False
        self._take_turn()
        try:
            if self._turn is None:
                self._run("BEGIN")
            else:
                self._run("BEGIN IMMEDIATE")
            self.within = True
            found = self._found()
            if found != self.version:
                self.moved(found)
        except BaseException:
            self.within = False
            try:
                if self.cursor is not None:
                    super().end("ROLLBACK", single=False)
            finally:
                self._give_turn()
            raise

    def end(self, how: str, single: bool) -> None:
        """COMMIT or ROLLBACK, and the next one's turn."""
        try:
            super().end(how, single=False)
        finally:
            self._give_turn()
        if self._raised:
            # After a rollback memory may be ahead of the store.
            self.version = self.version + 1 if how == "COMMIT" else NEVER
            self._raised = False

    def close(self) -> None:
        """Give the connection back, and the file of turns."""
        super().close()
        if self._turn is not None:
            os.close(self._turn)
            self._turn = None

    def _found(self) -> int:
        lock = outbox.VERSION_ALONE if self.alone else outbox.VERSION_SHARED
        return int(self.execute(lock, {}).scalar() or 0)

    def _take_turn(self) -> None:
        if self._turn is not None:
            fcntl.flock(self._turn, fcntl.LOCK_EX)

    def _give_turn(self) -> None:
        if self._turn is not None:
            fcntl.flock(self._turn, fcntl.LOCK_UN)
        self.alone = self.always_alone


def _overtaken(_: int) -> None:
    raise Overtaken
