"""Makes a miniature of FMA's tracks.csv with the quirks of the real one, and what is to be read of it.

    python3 generate_tracks.py                           # tracks.csv and expected.csv beside this file
    python3 generate_tracks.py --tracks 106574 --to DIR  # one of the real size (about 260 MB), to measure speed with

Nothing in it is from the real file: names, texts and numbers are made up by a seeded generator. The columns are those of the
real one: 52 of them, three header lines. expected.csv is read back by Python's own csv and ast modules.
Made with Python 3.11.
"""
import argparse
import ast
import csv
import os
import random

ALBUM = "comments date_created date_released engineer favorites id information listens producer tags title tracks type".split()
ARTIST = ("active_year_begin active_year_end associated_labels bio comments date_created favorites id latitude location "
          "longitude members name related_projects tags website wikipedia_page").split()
SET = ["split", "subset"]
TRACK = ("bit_rate comments composer date_created date_recorded duration favorites genre_top genres genres_all information "
         "interest language_code license listens lyricist number publisher tags title").split()
GENRES = {"Hip-Hop": 21, "Pop": 10, "Folk": 17, "Experimental": 38, "Rock": 12, "International": 2, "Electronic": 15,
          "Instrumental": 1235}
WORDS = "river stone night paper long blue wire moth field old radio glass tin harbour winter low echo salt".split()
TITLES = ["Caf\u00e9 \u201cNoir\u201d", "12\" mix, part 2", "\u97f3\u697d", "a\u2028b", "\U0001F3B5 tune", "nan", "  edge  ",
          "\u05e9\u05dc\u05d5\u05dd", "it's \\ over", "Tab\there"]
BAD = [98565, 98567, 98569, 99134, 108925, 133297]


def words(rng, count):
    return " ".join(rng.choice(WORDS) for _ in range(count))


def html(rng, paragraphs):
    """What curators paste: tags, quotes, commas, line ends of all kinds."""
    parts = []
    for _ in range(paragraphs):
        parts.append(f'<p class="bio">{words(rng, 12)}, "{words(rng, 3)}"; <a href="http://example.org/?a=1&b=2">'
                     f'{words(rng, 4)}</a>&nbsp;</p>')
    return rng.choice(["\r\n", "\n", "\n\n"]).join(parts)


def record(rng, track_id, large):
    artist = track_id // 7 + 1
    near = random.Random(artist)
    genre = near.choice(list(GENRES))
    split = near.choice(["training"] * 8 + ["validation", "test"])
    subset = rng.choice(["small", "medium", "large", "large"])
    if track_id in BAD:
        subset = "small"
    top = genre if subset != "large" or rng.random() < 0.3 else ""
    listed = [GENRES[genre]] + ([rng.randrange(1, 1236)] if rng.random() < 0.5 or not top else [])
    date = f"{rng.randrange(1978, 2017)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02} 00:00:00"
    album = {name: "" for name in ALBUM} | {
        "comments": rng.randrange(5), "date_created": "2008-11-26 01:44:45", "favorites": rng.randrange(40),
        "date_released": date if rng.random() < 0.7 else "", "id": track_id // 3 + 1, "listens": rng.randrange(90000),
        "information": html(rng, rng.randrange(6 if large else 2)), "tags": str([words(rng, 2), "b'side"][:rng.randrange(3)]),
        "title": words(near, 3).title(), "tracks": rng.randrange(1, 30), "type": rng.choice(["Album", "Single Tracks", ""])}
    person = {name: "" for name in ARTIST} | {
        "bio": html(near, near.randrange(16 if large else 3)), "comments": near.randrange(9), "date_created": "2008-11-26 01:42:32",
        "favorites": near.randrange(99), "id": artist, "latitude": f"{near.uniform(-60, 60):.6f}" if near.random() < .5 else "",
        "longitude": f"{near.uniform(-180, 180):.6f}", "location": words(near, 2).title() + ", XX",
        "members": words(near, 4).replace(" ", "\r\n"), "name": near.choice(["The ", "", "DJ "]) + words(near, 2).title(),
        "tags": str([words(near, 1)]), "website": "http://example.org/" + str(artist)}
    own = {name: "" for name in TRACK} | {
        "bit_rate": rng.choice([256000, 320000, 192000, 128000]), "comments": 0, "date_created": "2008-11-26 01:48:12",
        "date_recorded": date if rng.random() < 0.3 else "", "duration": rng.randrange(30, 900), "favorites": rng.randrange(9),
        "genre_top": top, "genres": str(listed), "genres_all": str(sorted(set(listed))), "interest": rng.randrange(9000),
        "information": html(rng, rng.randrange(4 if large else 2)), "language_code": rng.choice(["en", "", "fr"]),
        "license": "Attribution-NonCommercial-ShareAlike 3.0 International", "listens": rng.randrange(9000),
        "number": rng.randrange(1, 20), "tags": "[]", "title": rng.choice(TITLES) if rng.random() < .4 else words(rng, 3).title()}
    return ([track_id] + [album[n] for n in ALBUM] + [person[n] for n in ARTIST] + [split, subset] + [own[n] for n in TRACK])


def write(path, ids, large):
    rng = random.Random(17)
    groups = ["album"] * len(ALBUM) + ["artist"] * len(ARTIST) + ["set"] * len(SET) + ["track"] * len(TRACK)
    assert len(groups) == 52
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([""] + groups)
        out.writerow([""] + ALBUM + ARTIST + SET + TRACK)
        out.writerow(["track_id"] + [""] * 52)
        for track_id in ids:
            out.writerow(record(rng, track_id, large))


def expected(path):
    """The tracks of subset medium with a top genre, by Python's own reading."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    names = ["track_id"] + [f"{a}.{b}" for a, b in zip(rows[0][1:], rows[1][1:])]
    result = []
    for row in rows[3:]:
        cell = dict(zip(names, row))
        if cell["set.subset"] not in ("small", "medium") or not cell["track.genre_top"]:
            continue
        date = (cell["album.date_released"] or cell["track.date_recorded"])[:10]
        one_line = lambda text: " ".join(text.split())
        result.append([
            f"{int(row[0]):06}"[:3] + f"/{int(row[0]):06}.mp3", cell["track.genre_top"],
            {"training": "train", "validation": "valid", "test": "test"}[cell["set.split"]], cell["artist.id"], row[0],
            one_line(cell["track.title"]), cell["artist.id"], one_line(cell["artist.name"]), cell["album.id"],
            one_line(cell["album.title"]), date, date[:3] + "0" if date else "",
            " ".join(str(number) for number in ast.literal_eval(cell["track.genres"])), cell["set.subset"],
            cell["track.bit_rate"], cell["track.duration"]])
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tracks", type=int)
    parser.add_argument("--to", default=os.path.dirname(os.path.abspath(__file__)))
    arguments = parser.parse_args()
    path = os.path.join(arguments.to, "tracks.csv")
    if arguments.tracks:
        return write(path, range(2, 2 + arguments.tracks), large=True)
    write(path, sorted(list(range(2, 62)) + BAD + [155066, 155067]), large=False)
    with open(os.path.join(arguments.to, "expected.csv"), "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("path label split group track_id title artist_id artist album_id album date decade genres subset bit_rate "
                     "duration".split())
        out.writerows(expected(path))


main()
