"""Scripts by which bash, zsh and fish complete `nightjar`, made of the parser itself: they know what it knows. Pure.

Commands, options, choices, and files where an option wants one. Runs and steps are not looked up: a key that is pressed
shall not wait for a store.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

_FILES = frozenset({"FILE", "OUT", "DIR"})
"""Placeholders that stand for a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option or, without a flag, an argument. `choices` are its words; `files` says that it wants a path."""

    flag: str
    text: str
    choices: tuple[str, ...]
    files: bool
    takes_value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command with what may follow it."""

    name: str
    text: str
    options: tuple[Option, ...]


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The script for a shell."""
    writers = {"bash": _bash, "zsh": _zsh, "fish": _fish}
    return "".join(f"{line}\n" for line in writers[shell](commands(parser)))


def commands(parser: argparse.ArgumentParser) -> tuple[Command, ...]:
    """What the parser knows. argparse has no public way to ask it."""
    (subparsers,) = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))  # noqa: SLF001
    texts = {each.dest: each.help or "" for each in subparsers._choices_actions}  # noqa: SLF001
    return tuple(
        Command(name=name, text=_plain(texts.get(name, "")), options=tuple(map(_option, command._actions)))  # noqa: SLF001
        for name, command in subparsers.choices.items()
    )


def _option(action: argparse.Action) -> Option:
    return Option(
        flag=action.option_strings[-1] if action.option_strings else "",
        text=_plain(action.help or ""),
        choices=tuple(map(str, action.choices or ())),
        files=action.metavar in _FILES,
        takes_value=action.nargs != 0,
    )


def _plain(text: str) -> str:
    """A help text as one line without what a shell would read something into."""
    return " ".join(text.translate(str.maketrans("", "", "'\"`[]:$\\")).split())


def _bash(known: tuple[Command, ...]) -> Iterator[str]:
    yield "# For bash: source <(nightjar completion bash)"
    yield "_nightjar() {"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" words=""'
    yield "    COMPREPLY=()"
    yield "    if [[ $COMP_CWORD -eq 1 ]]; then"
    yield f'        COMPREPLY=($(compgen -W "{" ".join(each.name for each in known)} --help --version" -- "$word"))'
    yield "        return"
    yield "    fi"
    yield '    case "${COMP_WORDS[1]} $before" in'
    for command in known:
        for option in command.options:
            if option.flag and option.takes_value:
                yield f'        "{command.name} {option.flag}") {_bash_value(option)}; return ;;'
    yield "    esac"
    yield '    case "${COMP_WORDS[1]}" in'
    for command in known:
        words = [word for option in command.options for word in ([option.flag] if option.flag else option.choices)]
        yield f'        {command.name}) words="{" ".join(words)}" ;;'
    yield "    esac"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$word"))'
    with_files = [each.name for each in known if any(not option.flag and option.files for option in each.options)]
    yield f'    case "${{COMP_WORDS[1]}}" in {"|".join(with_files)}) COMPREPLY+=($(compgen -f -- "$word")) ;; esac'
    yield "}"
    yield "complete -o filenames -F _nightjar nightjar"


def _bash_value(option: Option) -> str:
    if option.choices:
        return f'COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$word"))'
    return 'COMPREPLY=($(compgen -f -- "$word"))' if option.files else ":"


def _zsh(known: tuple[Command, ...]) -> Iterator[str]:
    yield "#compdef nightjar"
    yield "# For zsh: source <(nightjar completion zsh), behind compinit"
    yield "_nightjar() {"
    yield "    local -a known=("
    yield from (f"        '{each.name}:{each.text}'" for each in known)
    yield "    )"
    yield "    if (( CURRENT == 2 )); then"
    yield "        _describe command known"
    yield "        return"
    yield "    fi"
    yield "    local command=$words[2]"
    yield "    shift words"
    yield "    (( CURRENT-- ))"
    yield "    case $command in"
    for command in known:
        yield f"        {command.name}) _arguments {' '.join(map(_zsh_option, command.options))} ;;"
    yield "    esac"
    yield "}"
    yield "compdef _nightjar nightjar"


def _zsh_option(option: Option) -> str:
    value = f"({' '.join(option.choices)})" if option.choices else "_files" if option.files else " "
    if not option.flag:
        return f"'::{option.text or 'argument'}:{value}'"
    return f"'{option.flag}[{option.text}]" + (f":value:{value}'" if option.takes_value else "'")


def _fish(known: tuple[Command, ...]) -> Iterator[str]:
    yield "# For fish: nightjar completion fish | source"
    yield "complete -c nightjar -f"
    for command in known:
        yield f"complete -c nightjar -n __fish_use_subcommand -a {command.name} -d '{command.text}'"
    for command in known:
        for option in command.options:
            start = f"complete -c nightjar -n '__fish_seen_subcommand_from {command.name}'"
            flag = f" -l {option.flag.removeprefix('--')}" if option.flag else ""
            choices = f" -a '{' '.join(option.choices)}'" if option.choices else ""
            wants = f" -r{' -F' if option.files else ''}" if flag and option.takes_value else ""
            files = " -F" if not flag and option.files else ""
            if flag or choices or files:
                yield f"{start}{flag}{wants}{choices}{files} -d '{option.text}'"
