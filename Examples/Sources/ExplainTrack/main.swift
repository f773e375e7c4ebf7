// Explains one track and writes the sound of the evidence: ExplainTrack [sound file [output folder [model]]].

import Checking
import GenreLens

func explain(_ song: String, into folder: String) throws {
  let model = try GenreModel(path: argument(3) ?? "Checkpoints/folk-hiphop-mfcc20.safetensors")

  // What is explained, and how: here the class that the whole track was heard as, by HiResCAM instead of Grad-CAM.
  var request = ExplanationRequest()
  request.method = .hiResCAM
  let why = try model.explain(song, request, output: folder)

  print("\(song): \(why.track.label), explained by \(why.method) at \(why.layer)")
  print("window \(why.explainedWindow.number) of \(why.track.windows.count), \(why.explainedWindow.reason)")
  for line in why.flagSentences + why.soundLines { print(line) }
  print("\(folder)/\(why.files.page)")

  // What the map keeps of the sound is a file, which can be classified like any other.
  guard let kept = why.sounds?.kept else { return require(false, "the sounds are there") }
  let again = try model.classify([folder + "/" + kept.file]).values.first
  for (label, probability) in kept.probabilities ?? [:] {
    let heard = again?.probabilities[label] ?? 0
    require(
      abs(heard - probability) < 1e-4,
      "\(kept.file) is \(label) with \(percent(probability)), heard again \(percent(heard))")
  }
  require(0...1 ~= kept.energyShare, "it has \(percent(kept.energyShare)) of the window's energy")
}

let song = argument(1) ?? "Data/Hip-Hop/asphalt-almanac-1.mp3"
if let folder = argument(2) {
  try explain(song, into: folder)
} else {
  try withTemporaryFolder { try explain(song, into: $0 + "/explanation") }
}
