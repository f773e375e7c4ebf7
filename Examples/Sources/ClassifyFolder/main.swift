// Classifies the sound files of a folder and counts the genres: ClassifyFolder [folder [model]].

import Checking
import GenreLens

let model = try GenreModel(path: argument(2) ?? "Checkpoints/folk-hiphop-mfcc20.safetensors")
let files = try Dataset.gather([argument(1) ?? "Data"]).clips.compactMap(\.path)

// Every window of each file is heard, and their probabilities are averaged.
let heard = try model.classify(files)
for track in heard.values {
  print(
    "\(track.path): \(track.label)  (\(percent(track.probabilities[track.label] ?? 0)), \(track.unitWords))")
}
for genre in model.labels {
  print("\(genre): \(heard.values.count { $0.label == genre }) of \(files.count) files")
}
// A file that cannot be read stops nothing: it is listed with its reason.
for failure in heard.failures { print(failure.message) }

require(heard.values.count + heard.failures.count == files.count, "each file is heard or has its reason")
for track in heard.values {
  let sum = track.probabilities.values.reduce(0, +)
  let largest = track.probabilities.values.max()
  guard abs(sum - 1) > 1e-5 || track.probabilities[track.label] != largest else { continue }
  require(false, "\(track.path): probabilities \(track.probabilities) for \(track.label)")
}
let first = try model.classify(Array(files.prefix(1))).values.first
require(first == heard.values.first { $0.path == files[0] }, "a file by itself is heard as among others")
