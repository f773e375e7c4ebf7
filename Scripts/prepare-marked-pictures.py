#!/usr/bin/env python3
"""Pictures with marked objects, arranged for `genrelens benchmark-explanations --truth`.

    python3 Scripts/prepare-marked-pictures.py IMAGES OUTPUT

IMAGES is a folder with coco/ (photographs with YOLO boxes beside them, as lightly-ai/coco128_yolo has them), pictures/ (of
google-coral/test_data: *_segmentation.bmp with *_segmentation_mask.bmp) and imagenet_labels.txt (one class on a line, the first is
"background"). OUTPUT gets pictures/, truth/ (boxes, and masks in red for the bird and blue for the dog) and truth-classes.csv: which of
ImageNet's classes each object is one of, COCO's by number. Needs Pillow.
"""

import csv
import pathlib
import shutil
import sys

from PIL import Image

# COCO's number, or the colour of a mask: ranges of ImageNet's 1000 classes, and names.
BIRDS = [(7, 24), (80, 100), (127, 146)]
CLASSES = {
    "2": ([], ["beach wagon", "cab", "convertible", "jeep", "limousine", "minivan", "Model T", "racer", "sports car"]),
    "4": ([], ["airliner", "warplane"]),
    "6": ([], ["bullet train", "electric locomotive", "freight car", "passenger car", "steam locomotive", "streetcar"]),
    "7": ([], ["fire engine", "garbage truck", "moving van", "pickup", "tow truck", "trailer truck"]),
    "15": ([(281, 285)], []), "16": ([(151, 268)], []), "20": ([], ["tusker", "Indian elephant", "African elephant"]),
    "21": ([(294, 297)], []), "22": ([], ["zebra"]), "46": ([], ["banana"]), "58": ([], ["pot"]),
    "#ff0000": (BIRDS, []), "#0000ff": ([(151, 268)], []),
}
# The value of the object in each mask (Pascal's class bird; 0 is the pet in the trimaps of Oxford's pets, less 1), and its colour here.
MASKS = {"bird": (3, (255, 0, 0)), "dog": (0, (0, 0, 255))}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    images, output = map(pathlib.Path, sys.argv[1:])
    pictures, truth = output / "pictures", output / "truth"
    for folder in (pictures, truth):
        folder.mkdir(parents=True, exist_ok=True)
    for boxes in sorted((images / "coco").glob("*.txt")):
        shutil.copyfile(boxes.with_suffix(".jpg"), pictures / f"{boxes.stem}.jpg")
        shutil.copyfile(boxes, truth / boxes.name)
    for name, (value, color) in MASKS.items():
        source = images / "pictures" / f"{name}_segmentation.bmp"
        shutil.copyfile(source, pictures / source.name)
        mask = Image.open(images / "pictures" / f"{name}_segmentation_mask.bmp").convert("L")
        inside = mask.point([255 if pixel == value else 0 for pixel in range(256)])
        marked = Image.composite(Image.new("RGB", mask.size, color), Image.new("RGB", mask.size), inside)
        marked.save(truth / f"{source.stem}.png")
    labels = (images / "imagenet_labels.txt").read_text().splitlines()[1:]
    with open(output / "truth-classes.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["object", "class"])
        for name, (ranges, names) in CLASSES.items():
            own = [labels[index] for first, last in ranges for index in range(first, last + 1)]
            own += [label for wanted in names for label in labels if label.split(",")[0] == wanted]
            # A name that several classes have is numbered by the import: the first is left as it is.
            table.writerows([name, label] for label in dict.fromkeys(own))


if __name__ == "__main__":
    main()
