"""The effects that rewritten code yields, and how one is carried out on a running state.

An effect is a tuple: (LOAD, word), (STORE, word, value), (CALL, primitive, arguments), (FAULT, kind, text).
"""

from collections.abc import Callable
from typing import Any, get_type_hints

from ktwviz.machine.context import Context
from ktwviz.machine.language import Primitive, Stepped, parameters
from ktwviz.machine.memory import Handle, WildPointer, Word, members, struct_of, text_of
from ktwviz.machine.run import Fault, Run, running
from ktwviz.machine.structs import Struct, Time, fields_of

LOAD, STORE, CALL, FAULT = range(4)

Effect = tuple[Any, ...]

_WRONG_ARGUMENT = (TypeError, AttributeError, LookupError, ValueError, OverflowError)
"""What the host says where a primitive gets something that it cannot work with."""


def _target(owner: object, name: str, verb: str) -> Any:
    """Return the word or embedded handle that `owner.name` is, or the effect of an access that cannot work."""
    if isinstance(owner, Handle):
        member = members(owner).get(name)
        if member is not None:
            return member
        return (FAULT, "oops", f"{struct_of(owner).__name__} has no field {name!r}")
    if owner is None or owner == 0:
        return (FAULT, "oops", f"NULL pointer dereference: {verb} of .{name}")
    if isinstance(owner, WildPointer):
        return (FAULT, "oops", f"wild pointer: {verb} of .{name} through {owner.name}")
    return (FAULT, "oops", f"{text_of(owner)} is no pointer: {verb} of .{name}")


def field_effect(owner: object, name: str) -> Any:
    """Return the embedded handle `owner.name`, which costs nothing, or the effect that loads the word."""
    target = _target(owner, name, "load")
    return (LOAD, target) if isinstance(target, Word) else target


def store_effect(owner: object, name: str, value: Any) -> Effect:
    """Return the effect that stores `value` into the word `owner.name`."""
    target = _target(owner, name, "store")
    if isinstance(target, Word):
        return (STORE, target, value)
    if isinstance(target, tuple):
        return target
    return (FAULT, "oops", f"{target} is a struct: assign its fields one by one")


def perform(run: Run, effect: Effect) -> Any:
    """Carry out one effect; return its result. Raises Blocked or Fault."""
    kind = effect[0]
    if kind == LOAD:
        return run.read(effect[1])
    if kind == STORE:
        if run.context is not None:
            _check_moment(effect[1], effect[2])
        _check_store(effect[1], effect[2])
        run.buffered = True
        run.write(effect[1], effect[2])
        return None
    if kind == FAULT:
        raise Fault(effect[1], effect[2])
    primitive: Primitive = effect[1]
    if primitive.order == "full":
        run.drain()
    run.buffered = primitive.order == "plain"
    with running(run):
        try:
            result = primitive.body(*effect[2])
        except _WRONG_ARGUMENT as error:
            raise _wrong_argument(primitive, effect[2], error) from error
    _check_writes(run, primitive, effect[2])
    return result


def _check_moment(word: Word, value: Any) -> None:
    """Keep moments in jiffies and plain numbers apart: states are compared as if it were always now."""
    if word.kind == "time" and not isinstance(value, Time):
        raise Fault(
            "oops", f"{word.path} is a moment in jiffies: store jiffies plus a number, not {text_of(value)}"
        )
    if word.kind != "time" and isinstance(value, Time):
        raise Fault("oops", f"{word.path} holds no moment in jiffies: store the difference of two moments")


def _check_store(word: Word, value: Any) -> None:
    """Refuse what code may not store into a word: the machine's own words, and values that are not of its type."""
    if word.local or word.kind == "internal":
        raise Fault("oops", f"{word.path} belongs to the machine: no code stores into it")
    if not _fits(word, value) or isinstance(value, Context):
        raise Fault("oops", f"{word.path} is {_type_text(word)}: {text_of(value)} is none")


def _check_writes(run: Run, primitive: Primitive, arguments: tuple[Any, ...]) -> None:
    """Refuse a primitive that wrote an argument into a word of another type."""
    if run.context is None:
        return
    words = run.machine.words
    for index, value in run.writes.items():
        if index < len(words) and not _fits(words[index], value):
            wrong = f"{words[index].path} is {_type_text(words[index])}"
            raise Fault("oops", f"wrong argument: {_call_text(primitive, arguments)}: {wrong}")


def _fits(word: Word, value: Any) -> bool:
    if word.kind in ("int", "bool"):
        return isinstance(value, int)
    if word.kind != "pointer" or value is None or isinstance(value, WildPointer):
        return True
    if word.target is Callable:
        return isinstance(value, Stepped | Primitive)
    if word.target is object:
        return isinstance(value, Handle | Stepped | Primitive | Context | int)
    if isinstance(value, Handle):
        return issubclass(struct_of(value), word.target)
    return isinstance(value, word.target)


def _type_text(word: Word) -> str:
    if word.kind in ("int", "bool"):
        return "a number"
    if word.target is Callable:
        return "a pointer to a function"
    return "a pointer" if word.target is object else f"a pointer to a {word.target.__name__}"


def _wrong_argument(primitive: Primitive, arguments: tuple[Any, ...], error: Exception) -> Fault:
    """Return the oops for a primitive that was handed NULL or something that is no pointer of its type.

    Where no argument is to blame the primitive itself is wrong, and its error must be seen.
    """
    call = _call_text(primitive, arguments)
    if any(argument is None or argument == 0 or isinstance(argument, WildPointer) for argument in arguments):
        return Fault("oops", f"NULL or wild pointer dereference: {call}")
    blamed = error.obj if isinstance(error, AttributeError) else None
    if blamed is not None and any(argument is blamed for argument in arguments):
        return Fault("oops", f"wrong argument: {call}: {text_of(blamed)} has no .{error.name}")  # type: ignore[attr-defined]  # an AttributeError
    for argument, wanted in zip(arguments, _wanted(primitive), strict=False):
        if not _is_a(argument, wanted):
            return Fault("oops", f"wrong argument: {call}: {text_of(argument)} is no {wanted.__name__}")
    raise error


def _wanted(primitive: Primitive) -> list[Any]:
    """Return the types of a primitive's parameters, object where anything goes."""
    hints = get_type_hints(primitive.body)
    return [hints.get(name, object) for name in parameters(primitive)]


def _is_a(argument: object, wanted: Any) -> bool:
    """Tell whether an argument may be passed for a struct, a number or a text; of other types anything may."""
    if isinstance(argument, Handle):
        return wanted not in (int, str) and not (
            is_struct(wanted) and not issubclass(struct_of(argument), wanted)
        )
    return not is_struct(wanted) and (wanted not in (int, bool, str) or isinstance(argument, wanted))


def effect_text(effect: Effect) -> str:
    """Return an effect as people read it, without its outcome: "load worker.task", "spin_lock(worker.lock)"."""
    kind = effect[0]
    if kind == LOAD:
        return f"load {effect[1].path}"
    if kind == STORE:
        return f"store {effect[1].path} = {effect[1].text(effect[2])}"
    if kind == FAULT:
        return str(effect[2])
    return _call_text(effect[1], effect[2])


def _call_text(primitive: Primitive, arguments: tuple[Any, ...]) -> str:
    given = ", ".join(_argument_text(argument) for argument in arguments)
    return f"{primitive.shown or primitive.name}({given})"


def _argument_text(argument: object) -> str:
    if argument is True or argument is False:
        return str(argument).lower()
    return argument.__name__ if isinstance(argument, type) else text_of(argument)


def is_struct(value: object) -> bool:
    """Tell whether a value is a struct type (an argument of `kzalloc` and `container_of`)."""
    return isinstance(value, type) and issubclass(value, Struct) and bool(fields_of(value))
