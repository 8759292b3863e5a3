"""The command line as shells complete it and as a manual page shows it, both made of its parser."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["completion", "manual"]


def completion(top: argparse.ArgumentParser, shell: str) -> str:
    """What bash, zsh or fish reads."""
    return _fish(top) if shell == "fish" else _bash(top, shell)


def _bash(top: argparse.ArgumentParser, shell: str) -> str:
    cases = []
    for words, command in _commands(top):
        options = [name for action in command._actions for name in action.option_strings]  # noqa: SLF001 -- see _commands
        nested = [name for name, _ in _subcommands(command)]
        values = "".join(
            f"      {'|'.join(action.option_strings)}) words='{' '.join(map(str, action.choices))}' ;;\n"
            for action in command._actions  # noqa: SLF001
            if action.option_strings and action.choices
        )
        cases.append(
            f"    '{' '.join(words)}')\n      words='{' '.join([*nested, *options])}'\n"
            f"      case $before in\n{values}      esac ;;\n"
        )
    names = "|".join(words[-1] for words, _ in _commands(top) if words)
    start = "autoload -U +X bashcompinit && bashcompinit\n" if shell == "zsh" else ""
    return (
        f"{start}_thumbox() {{\n"
        "  local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command='' word words=''\n"
        '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do\n'
        f'    case $word in {names}) command="${{command:+$command }}$word" ;; esac\n'
        "  done\n"
        f"  case $command in\n{''.join(cases)}  esac\n"
        '  COMPREPLY=( $(compgen -W "$words" -- "$now") )\n'
        "}\n"
        "complete -o default -F _thumbox thumbox\n"
    )


def _fish(top: argparse.ArgumentParser) -> str:
    lines = []
    for words, command in _commands(top):
        nested = [name for name, _ in _subcommands(command)]
        seen = "".join(f"; and __fish_seen_subcommand_from {word}" for word in words)[6:]
        unseen = f"not __fish_seen_subcommand_from {' '.join(nested)}" if nested else ""
        where = " ; and ".join(part for part in (seen, unseen) if part)
        at = f"complete -c thumbox -n '{where}'" if where else "complete -c thumbox"
        lines += [f"{at} -f -a '{name}' -d {_quoted(_help(sub))}" for name, sub in _subcommands(command)]
        for action in command._actions:  # noqa: SLF001 -- as above
            names = [f"-s {name[1:]}" if len(name) == 2 else f"-l {name[2:]}" for name in action.option_strings]  # noqa: PLR2004
            if names:
                values = f" -x -a '{' '.join(map(str, action.choices))}'" if action.choices else ""
                values = values or (" -r" if action.nargs != 0 else "")
                lines.append(f"{at} {' '.join(names)}{values} -d {_quoted(_said(action))}")
    return "\n".join(lines) + "\n"


def manual(top: argparse.ArgumentParser) -> str:
    """The page in the language of man(7)."""
    lines = [
        f'.TH THUMBOX 1 "" "thumbox {thumbox.__version__}"',
        ".SH NAME",
        r"thumbox \- thumbnails of images that you do not trust",
    ]
    lines += [".SH SYNOPSIS", ".B thumbox", r"\fICOMMAND\fR ..."]
    for words, command in _commands(top):
        if words and not _subcommands(command):
            lines += [f'.SH "THUMBOX {" ".join(words).upper()}"', _roff(command.description or "")]
            usage = re.sub(r"\s+", " ", command.format_usage().removeprefix("usage: ")).strip()
            lines += [".PP", rf"\fB{_roff(usage)}\fR"]
            lines += _described(command)
    lines += [".SH EXIT STATUS", _roff((top.epilog or "").removeprefix("Exit status: "))]
    return "\n".join(lines) + "\n"


def _described(command: argparse.ArgumentParser) -> Iterator[str]:
    for action in command._actions:  # noqa: SLF001 -- as above
        value = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else "")
        names = ", ".join(action.option_strings)
        yield ".TP"
        yield rf"\fB{_roff(names)}\fR \fI{_roff(str(value))}\fR".replace(r"\fB\fR ", "").replace(r" \fI\fR", "")
        yield _roff(_said(action))


def _commands(top: argparse.ArgumentParser) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every parser, with the words that lead to it. argparse has no public way to ask for them."""
    yield (), top
    for name, command in _subcommands(top):
        for words, inner in _commands(command):
            yield (name, *words), inner


def _subcommands(command: argparse.ArgumentParser) -> list[tuple[str, argparse.ArgumentParser]]:
    nested = [one for one in command._actions if isinstance(one, argparse._SubParsersAction)]  # noqa: SLF001 -- as above
    return [pair for one in nested for pair in one.choices.items()]


def _help(command: argparse.ArgumentParser) -> str:
    return (command.description or "").split(". ")[0].rstrip(".")


def _said(action: argparse.Action) -> str:
    """An option's help, with what stands for its default."""
    default = getattr(action, "default", None)
    return (action.help or "").replace("%(default)s", str(default)).replace("%(prog)s", "thumbox")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _roff(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return r"\&" + text if text.startswith((".", "'")) else text
