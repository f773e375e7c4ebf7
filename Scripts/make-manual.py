"""Writes the manual pages of genrelens from what the command says of itself.

    python3 make-manual.py GENRELENS FOLDER

One page for the command and one for each of its own commands (genrelens-classify.1), in roff's man macros. Needs nothing
but Python 3.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys


def roff(text):
    """Text as roff has it: a backslash, and a dot or apostrophe at the start of a line, mean something there."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").split("\n")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def paragraphs(text):
    return "\n.PP\n".join(roff(part.strip()) for part in text.split("\n\n") if part.strip())


def spelled(argument):
    """How an option is written: -o, --output <folder>."""
    names = [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]
    value = f" <{argument['valueName']}>" if argument["kind"] == "option" else ""
    return ", ".join(sorted(names, key=len)) + value if names else f"<{argument['valueName']}>"


def synopsis(name, arguments):
    words = [name]
    if any(argument["kind"] != "positional" and argument["isOptional"] for argument in arguments):
        words.append("[<options>]")
    for argument in arguments:
        if argument["isOptional"] and argument["kind"] != "positional":
            continue
        word = spelled(argument).split(", ")[-1] + (" ..." if argument["isRepeating"] else "")
        words.append(f"[{word}]" if argument["isOptional"] else word)
    return " ".join(words)


def page(names, command, version, date):
    title, shown = "-".join(names), " ".join(names)
    arguments = [one for one in command.get("arguments", []) if one.get("shouldDisplay", True)]
    subcommands = [one for one in command.get("subcommands", []) if one["commandName"] != "help"]
    lines = [f'.TH "{title.upper()}" 1 "{date}" "genrelens {version}" "User Commands"', ".SH NAME"]
    lines.append(f"{roff(title)} \\- {roff(command.get('abstract', '').rstrip('.'))}")
    lines += [".SH SYNOPSIS", roff(synopsis(shown, arguments) if arguments else f"{shown} <command>")]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION", paragraphs(command["discussion"])]
    if arguments:
        lines.append(".SH OPTIONS")
        for argument in arguments:
            lines += [".TP", f".B {roff(spelled(argument))}", roff(argument.get("abstract", ""))]
    if subcommands:
        lines.append(".SH COMMANDS")
        for one in subcommands:
            lines += [".TP", f".BR {title}\\-{roff(one['commandName'])} (1)", roff(one.get("abstract", ""))]
    return title, "\n".join(line for line in lines if line) + "\n", subcommands


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    root = json.loads(subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True).stdout)["command"]
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    date = (datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc) if seconds else datetime.datetime.now()).date()
    waiting = [([root["commandName"]], root)]
    while waiting:
        names, command = waiting.pop()
        title, text, subcommands = page(names, command, version, date)
        (folder / f"{title}.1").write_text(text, encoding="utf-8")
        waiting += [(names + [one["commandName"]], one) for one in subcommands]


if __name__ == "__main__":
    main()
