"""One instance of the component's core module, driven through the canonical ABI."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from thumbox._errors import REPLY_SIZE, PluginError, ended, error_for
from thumbox._layouts import PANIC_TEXT, SHORT_REQUEST
from thumbox.sandbox.capi import Instance, Store, call_function, error_text, set_deadline
from thumbox.sandbox.memory import Memory
from thumbox.sandbox.pages import LARGE, advise_large, advise_soon
from thumbox.sandbox.traps import failed, lied, not_started, trapped

if TYPE_CHECKING:
    from thumbox._buffers import Parts
    from thumbox.sandbox.capi import Export, Function
    from thumbox.sandbox.program import Program

__all__ = ["Guest", "Limits"]


class Limits(NamedTuple):
    """What a guest may use."""

    memory: int
    """Bytes of its memory."""
    reply: int
    """Bytes of a reply."""
    ticks: int
    """Of the engine's clock, for one call."""


_REPLY_AREA = struct.Struct("<B3xIII")
_LONGEST_MESSAGE = 64 << 10

# Ticks to free a reply in.
_SOON = 3


class Guest:
    """An instance with a store of its own, and `ticks` of its clock for each call. One thread at a time.

    `alive` is false from `arm` until `settle`, and stays so if a call does not end as it should: a guest that has
    trapped is in no known state and must not be called again.
    """

    alive = False
    _advised = False

    def __init__(self, program: Program, limits: Limits, late: int = 0) -> None:
        """`late`: as for `arm`, since an instance may run code of its own when it is made."""
        # Not the program itself: a borrowed view may keep this guest until the process ends.
        self.exports = exports = program.exports
        self._limits = limits
        self._store = store = Store(program.engine_address, limits.memory)
        self._trap = store.trap
        self._deadline = store.deadline(limits.ticks)
        self.arm(late)
        self._owed: tuple[Export, int] | None = None
        self._instance = instance = Instance(store)
        error = instance.start(program.module_address)
        if error or store.trap.value:
            raise not_started(error_text(error) if error else store.take_trap())
        self.memory = memory = Memory(store, instance.extern(exports["memory"]))
        self._short: tuple[Function, int] | None = None
        if "short" in exports:
            area = instance.global_address(exports["short"])
            memory.check(area, _REPLY_AREA.size + SHORT_REQUEST)
            self._short = instance.function(exports["short_call"]), area

    def end(self) -> None:
        """Gives back all of its memory, now and not when the last error that shows this object is forgotten. Call no
        other method after this one.
        """
        self.alive = False
        self._store.end()

    def arm(self, late: int) -> None:
        """Begins a call: from now on it has its ticks. `late` more will come that belong to the time before it."""
        self.alive = False
        if late:
            set_deadline(self._store.context, self._limits.ticks + late)
        else:
            set_deadline(*self._deadline)

    def call(self, message_id: int, request: Parts) -> tuple[int, int]:
        """Where the reply to a binary request is; PluginError for the guest's own errors, and for its end."""
        total = request.total
        if total <= SHORT_REQUEST and self._short is not None:
            # One entry instead of three, of which each takes as long as a short call.
            call, area = self._short
            call.values[0], call.values[2] = message_id, total
            self.memory.put(area + _REPLY_AREA.size, request.pointers, request.lengths)
            self._enter(call)
            return self._value(area, self._limits.reply)
        exports = self.exports
        call = self._instance.function(exports["call"])
        values = call.values
        values[2] = self._copy_in(request.pointers, request.lengths, total)
        values[0], values[4] = message_id, total
        return self._result(self._enter(call), exports["post_call"], self._limits.reply)

    def call_json(self, tag: bytes, request: bytes) -> tuple[int, int]:
        """Where the reply to a JSON request is, in the same way."""
        exports = self.exports
        call = self._instance.function(exports["call_json"])
        values = call.values
        values[0], values[2] = self._copy_in([tag], [len(tag)], len(tag)), len(tag)
        values[4], values[6] = self._copy_in([request], [len(request)], len(request)), len(request)
        return self._result(self._enter(call), exports["post_call_json"], self._limits.reply)

    def configure(self, config: bytes) -> None:
        """Sets the core's limits."""
        exports = self.exports
        call = self._instance.function(exports["configure"])
        values = call.values
        values[0], values[2] = self._copy_in([config], [len(config)], len(config)), len(config)
        self._result(self._enter(call), exports["post_configure"], None)
        self.settle()
        self.alive = False

    @property
    def owes(self) -> bool:
        """Whether the last reply is not yet freed."""
        return self._owed is not None

    def settle_soon(self) -> None:
        """As `settle`, in a call of its own with a few ticks: another caller waits for it by now."""
        set_deadline(self._store.context, _SOON)
        self.settle()

    def settle(self) -> None:
        """Lets the guest free its last reply. If it traps as it does so, the reply stands and the guest stays dead."""
        owed, self._owed = self._owed, None
        if owed is not None:
            export, area = owed
            post = self._instance.function(export)
            post.values[0] = area
            try:
                self._enter(post)
            except PluginError:
                return
        self.memory.measured()
        self.alive = True

    def _copy_in(self, pointers: list[bytes | int], lengths: list[int], total: int) -> int:
        """Puts a request into memory that the guest allocates for it."""
        if total == 0:
            return 1
        memory = self.memory
        fresh = total >= LARGE and not self._advised
        if fresh:
            self._advised = True
            advise_large(memory.base, self._limits.memory)
        realloc = self._instance.function(self.exports["realloc"])
        values = realloc.values
        # A new allocation, of alignment 1.
        values[0], values[2], values[4], values[6] = 0, 0, 1, total
        start = self._enter(realloc)
        memory.check(start, total)
        if fresh:
            advise_soon(memory.base + start, total)
        memory.put(start, pointers, lengths)
        return start

    def _result(self, area: int, post: Export, most: int | None) -> tuple[int, int]:
        """Where the value of a result is, which is freed by `post` when the guest settles."""
        self.memory.check(area, _REPLY_AREA.size)
        self._owed = post, area
        return self._value(area, most)

    def _value(self, area: int, most: int | None) -> tuple[int, int]:
        """Where the value of a result is, of up to `most` bytes; (0, 0) if `most` is None and it has no value."""
        memory = self.memory
        is_error, first, second, third = _REPLY_AREA.unpack_from(memory.view, area)
        if is_error:
            if is_error > 1:
                raise lied(f"a result of kind {is_error}")
            raise self._said(first, second, third)
        if most is None:
            return 0, 0
        memory.check(first, second)
        if second > most:
            raise ended("trap", REPLY_SIZE, f"the sandbox answered with {second} bytes; max_reply allows {most}")
        return first, second

    def _said(self, code: int, start: int, length: int) -> PluginError:
        """The guest's own error; it may answer the next call."""
        self.memory.check(start, length)
        if length > _LONGEST_MESSAGE:
            raise lied(f"a message of {length} bytes")
        message = self.memory.copied((start, length)).decode(errors="replace")
        self.settle()
        return error_for(code, message)

    def _enter(self, function: Function) -> int:
        error = call_function(*function.call)
        if error or self._trap.value:
            raise self._ended(error)
        return function.values[0] & 0xFFFF_FFFF

    def _ended(self, error: int | None) -> PluginError:
        used = self.memory.measured()
        if error:
            return failed(error_text(error))
        return trapped(self._store.take_trap(), self._panic_text, used, self._limits.memory)

    def _panic_text(self) -> str:
        """From where the guest keeps it, without running the guest."""
        export = self.exports.get("panic_text")
        return "" if export is None else self.memory.text(self._instance.global_address(export), PANIC_TEXT)
