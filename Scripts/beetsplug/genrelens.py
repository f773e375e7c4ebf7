"""Takes what `genrelens tag --json` says into a beets library: `beet genrelens genres.json`.

In beets' config.yaml: `pluginpath: [/where/GenreLens/Scripts/beetsplug]` and `plugins: [genrelens]`. docs/tagging.md shows it.
"""

import json
import os
import sys

from beets import ui
from beets.dbcore import types
from beets.library import Item
from beets.plugins import BeetsPlugin


class GenreLensPlugin(BeetsPlugin):
    item_types = {"genrelens_label": types.STRING, "genrelens_confidence": types.FLOAT}

    def commands(self):
        command = ui.Subcommand("genrelens", help="take genres from the JSON of genrelens tag")
        command.parser.add_option("-p", "--pretend", action="store_true", help="only say what would change")
        command.parser.add_option("-w", "--write", action="store_true", help="write the files' tags too")
        command.func = self.take
        return [command]

    def take(self, library, options, arguments):
        if len(arguments) != 1:
            raise ui.UserError("name one JSON file, or - for standard input")
        try:
            with sys.stdin if arguments[0] == "-" else open(arguments[0], encoding="utf-8") as file:
                document = json.load(file)
            tracks = [(track["path"], track["genresAfter"], track["label"], track["confidence"])
                      for track in document["tracks"] if track["outcome"] in ("planned", "written")]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ui.UserError(f"{arguments[0]}: not the JSON of genrelens tag: {error!r}") from error
        items = {os.path.realpath(item.path): item for item in library.items()}
        changed, missing = 0, 0
        for path, genres, label, confidence in tracks:
            item = items.get(os.path.realpath(os.fsencode(path)))
            if item is None:
                missing += 1
                ui.print_(f"not in the library: {path}")
                continue
            # An item has a list of genres, in older beets one text.
            if "genres" in Item._fields:
                item.genres = genres
            else:
                item.genre = "; ".join(genres)
            item.genrelens_label, item.genrelens_confidence = label, confidence
            if not ui.show_model_changes(item):
                continue
            changed += 1
            if not options.pretend:
                item.try_sync(write=bool(options.write), move=False)
        ui.print_(f"{changed} of {len(tracks)} tracks {'would change' if options.pretend else 'changed'}, "
                  f"{missing} not in the library")
