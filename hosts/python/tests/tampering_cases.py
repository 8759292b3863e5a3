"""What a case of tampering is, and how it is made from a good bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bundles import FEW, Entry, Parts, Zip, small

if TYPE_CHECKING:
    from collections.abc import Callable

Variant = Literal["wasm", "native", "sandbox"]


class Case(NamedTuple):
    """A bundle, the variant of it that is asked for, and what the refusal says."""

    name: str
    content: bytes
    words: str
    variant: Variant = "wasm"


def small_with(platforms: tuple[str, ...] = FEW, **fields: Any) -> Parts:
    parts = small(platforms)
    for name, value in fields.items():
        setattr(parts, name, value)
    return parts


def bundle_case(name: str, parts: Parts, words: str, variant: Variant = "wasm") -> Case:
    return Case(name, parts.bytes(), words, variant)


def zip_case(name: str, entries: list[Entry], words: str) -> Case:
    return Case(name, Zip(entries).bytes(), words)


def manifest_case(name: str, change: Callable[[dict[str, Any]], None], words: str) -> Case:
    parts = small()
    change(parts.manifest)
    return Case(name, parts.bytes(), words)


def setting(*keys: str, to: Any, everywhere: bool = False) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        for platform in FEW if everywhere else [None]:
            place = manifest
            for key in keys[:-1]:
                place = place[platform if platform and key in FEW else key]
            place[keys[-1]] = to

    return change


def removing(*keys: str) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        for key in keys[:-1]:
            manifest = manifest[key]
        del manifest[keys[-1]]

    return change


def renaming_schema(name: str) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        manifest["schemas"] = {name: manifest["schemas"]["thumbox.h"]}

    return change


def key_number(key_id: bytes) -> str:
    return key_id[::-1].hex().upper()
