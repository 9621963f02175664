"""A mock for a block or a function: unittest, notebooks, scripts, and inside of `@given`.

with harness.session(seed=7) as assistants:
    assistants.backend.run().replies("Paris.")
    assert ask("Capital of France?") == "Paris."     # reads OPENAI_BASE_URL and OPENAI_API_KEY

@harness.session(latency="instant")
def test_answer(self, assistants): ...                # or without the parameter
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from harness.durations import seconds
from harness.plugin.environment import Environment
from harness.plugin.hosting import free_key, new_key, shared_server
from harness.plugin.marks import fault_order

if TYPE_CHECKING:
    from harness.handle.assistants import Assistants

R = TypeVar("R")

PARAMETER = "assistants"


class session:  # noqa: N801 - used like a function, as contextlib's own are
    """A new world on this process's mock server, for a block (`with`) or for each call of a function (`@`).

    Inside, the environment leads to it, the real API is out of reach, and sleeping moves its virtual time.
    The server starts with the first session and ends with the interpreter. A function with a parameter
    `assistants` gets the handle; it may be a coroutine function. Of a class, every method whose name begins
    with `test` is decorated.
    """

    def __init__(
        self,
        *,
        seed: int | str = 0,
        clock: str = "virtual",
        bridge: bool = True,
        patience: float | str | timedelta = "1h",
        intercept: bool = False,
        allow_hosts: Sequence[str] = (),
        replies: Mapping[str, Any] | Sequence[Mapping[str, Any]] = (),
        faults: Sequence[str | Mapping[str, Any]] = (),
        **settings: Any,
    ) -> None:
        """Say what the world is like; nothing happens before it is entered.

        `clock` is `virtual`, `real` or `xN`; `bridge` lets sleep move virtual time, for at most `patience`
        where waiting is in vain. `intercept` also catches requests to https://api.openai.com, `allow_hosts`
        may really be reached. `replies` are reply rules, `faults` are armed at the beginning (`"lost_ack at
        messages.create"`). Further `settings` are those of `POST /_mock/world`. Raises ValueError for a
        patience that is no duration.
        """
        self._settings = {"seed": seed, "clock": clock, **settings}
        self._surroundings: dict[str, Any] = {
            "bridge": bridge and clock == "virtual",
            "patience": seconds(patience),
            "allow_hosts": tuple(allow_hosts),
            "intercept": intercept,
        }
        self._replies = replies
        self._faults = list(faults)
        self._entered: list[AbstractContextManager[Assistants]] = []

    def __enter__(self) -> Assistants:
        """Begin a new world. Raises ServerError when there is no server, ControlError for what it refuses."""
        block = self._block()
        assistants = block.__enter__()
        self._entered.append(block)
        return assistants

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.pop().__exit__(kind, error, trace)

    def __call__(self, decorated: Any) -> Any:
        """Decorate a function, a coroutine function, or a class of tests."""
        if inspect.isclass(decorated):
            for name, member in list(vars(decorated).items()):
                if name.startswith("test") and inspect.isfunction(member):
                    setattr(decorated, name, self(member))
            return decorated
        if inspect.iscoroutinefunction(decorated):
            return self._around_coroutine(decorated)
        if inspect.isgeneratorfunction(decorated) or inspect.isasyncgenfunction(decorated):
            raise TypeError(f"{decorated.__qualname__} is a generator; use `with session()` inside of it")
        return self._around(decorated)

    def _around(self, function: Callable[..., R]) -> Callable[..., R]:
        fill = _filler(function)

        @functools.wraps(function)
        def within(*args: Any, **kwargs: Any) -> R:
            with self._block() as assistants:
                args, kwargs = fill(assistants, args, kwargs)
                return function(*args, **kwargs)

        return _without_parameter(within, function)

    def _around_coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        fill = _filler(function)

        @functools.wraps(function)
        async def within(*args: Any, **kwargs: Any) -> Any:
            with self._block() as assistants:
                args, kwargs = fill(assistants, args, kwargs)
                return await function(*args, **kwargs)

        return _without_parameter(within, function)

    @contextmanager
    def _block(self) -> Generator[Assistants]:
        from harness.handle.assistants import Assistants
        from harness.plugin.surroundings import surrounded

        server = shared_server()
        server.ready()
        with ExitStack() as stack:
            key = new_key("session")
            stack.callback(free_key, key)
            assistants = stack.enter_context(Assistants(server.base_url, key, settings=self._settings))
            if self._replies:
                assistants.control.add_replies(self._replies)
            if self._faults:
                assistants.control.arm_all([fault_order(fault) for fault in self._faults])
            stack.enter_context(Environment(server.base_url, key))
            stack.enter_context(surrounded(assistants, **self._surroundings))
            yield assistants


Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def _filler(
    function: Callable[..., Any],
) -> Callable[[Assistants, tuple[Any, ...], dict[str, Any]], Arguments]:
    """Puts the handle among the arguments of a call, where the function has a parameter for it."""
    parameters = inspect.signature(function).parameters
    if PARAMETER not in parameters:
        return lambda assistants, args, kwargs: (args, kwargs)
    named_only = parameters[PARAMETER].kind is inspect.Parameter.KEYWORD_ONLY
    index = list(parameters).index(PARAMETER)

    def fill(assistants: Assistants, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
        if named_only or len(args) < index:
            return args, {**kwargs, PARAMETER: assistants}
        return (*args[:index], assistants, *args[index:]), kwargs

    return fill


def _without_parameter(wrapper: Callable[..., R], function: Callable[..., Any]) -> Callable[..., R]:
    """Hide the parameter that is filled in here, or pytest and hypothesis would want to fill it."""
    signature = inspect.signature(function)
    if PARAMETER in signature.parameters:
        others = [given for name, given in signature.parameters.items() if name != PARAMETER]
        wrapper.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
    return wrapper
