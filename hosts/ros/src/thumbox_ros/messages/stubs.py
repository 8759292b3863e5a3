"""Type stubs of the built-in packages, from their definitions: `python -m thumbox_ros.messages.stubs` writes them."""

from __future__ import annotations

from thumbox_ros.messages.classes import attribute_name
from thumbox_ros.messages.codec import BYTES, CODES
from thumbox_ros.messages.definition import FieldType, MessageDefinition, ServiceDefinition
from thumbox_ros.messages.packages import names_in
from thumbox_ros.messages.registry import INTERFACES, REGISTRY

__all__ = ["packages", "stub"]


def packages() -> list[str]:
    """The built-in packages."""
    return sorted(folder.name for folder in INTERFACES.iterdir())


def stub(package: str) -> str:
    """The text of the stub of a package."""
    body = []
    for short, full in sorted(names_in(package).items()):
        definition = REGISTRY.definition(full)
        if isinstance(definition, ServiceDefinition):
            body += [f"class {short}(Service):", *_message("Request", definition.request, package, "    ")]
            body += _message("Response", definition.response, package, "    ")
            continue
        body += _message(short, definition, package, "")
    text = "\n".join(body)
    others = sorted({one for one in packages() if one != package and f"{one}." in text})
    head = [f'"""Made from interfaces/{package} by `python -m thumbox_ros.messages.stubs`."""']
    imports = {
        "array[": "from array import array",
        "Sequence[": "from collections.abc import Sequence",
        "ClassVar[": "from typing import ClassVar",
        "Buffer": "from typing_extensions import Buffer",
        "Bytes": "from thumbox_ros.messages.views import Bytes",
    }
    head += [line for word, line in imports.items() if word in text]
    kinds = [kind for kind in ("Message", "Service") if f"({kind})" in text]
    if others:
        head += [f"from thumbox_ros import {', '.join(others)}"]
    head += [f"from thumbox_ros.messages.message import {', '.join(kinds)}", ""]
    return "\n".join([*head, *body]) + "\n"


def _message(short: str, definition: MessageDefinition, package: str, indent: str) -> list[str]:
    lines = [f"{indent}class {short}(Message):"]
    lines += [f"{indent}    {one.name}: ClassVar[{type(one.value).__name__}]" for one in definition.constants]
    arguments = []
    for field in definition.fields:
        name = attribute_name(field.name)
        lines.append(f"{indent}    {name}: {_kind(field.type, package, given=False)}")
        arguments.append(f"{name}: {_kind(field.type, package, given=True)} = ...")
    if not arguments:
        return [*lines, f"{indent}    def __init__(self) -> None: ..."]
    return [*lines, f"{indent}    def __init__(self, {', '.join(arguments)}) -> None: ..."]


def _kind(kind: FieldType, package: str, *, given: bool) -> str:
    base = kind.base
    if kind.is_nested:
        other, _, short = base.split("/")
        single = short if other == package else f"{other}.{short}"
    elif base.endswith("string"):
        single = "str"
    else:
        single = "bool" if base == "bool" else "float" if base.startswith("float") else "int"
    if kind.kind == "single":
        return single
    if base in BYTES:
        return "Buffer" if given else "Bytes"
    if base in CODES:
        return f"Sequence[{single}] | array[{single}]" if given else f"array[{single}]"
    return f"list[{single}]"


def main() -> None:
    """Writes all stubs; `ruff format` and `ruff check --fix` lay them out."""
    for package in packages():
        (INTERFACES.parent / f"{package}.pyi").write_text(stub(package), encoding="utf-8")


if __name__ == "__main__":
    main()
