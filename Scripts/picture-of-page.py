"""Takes a picture of the top of a page for the documents, by headless Chromium.

    python3 Scripts/picture-of-page.py Output/song/explanation.html docs/one-track.png [--height 1600] [--width 1100] [--scale 0.72]

Needs Chromium and Pillow.
"""

import argparse
import pathlib
import subprocess
import tempfile

from PIL import Image


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("picture", type=pathlib.Path)
    parser.add_argument("--width", type=int, default=1100)
    parser.add_argument("--height", type=int, default=1600)
    parser.add_argument("--scale", type=float, default=0.72)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shot = pathlib.Path(folder) / "page.png"
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--screenshot={shot}",
             f"--window-size={options.width},{options.height}", options.page.resolve().as_uri()],
            check=True, stderr=subprocess.DEVNULL)
        image = Image.open(shot).convert("RGB")
        size = round(image.width * options.scale), round(image.height * options.scale)
        image.resize(size, Image.Resampling.LANCZOS).quantize(256).save(options.picture, optimize=True)


if __name__ == "__main__":
    main()
