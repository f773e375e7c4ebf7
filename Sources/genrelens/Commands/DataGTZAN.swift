import ArgumentParser
import GenreLens

struct DataGTZAN: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gtzan",
    abstract: "Writes the manifest of the GTZAN collection.",
    discussion: """
      FOLDER contains blues/blues.00000.wav and so on, in any format. The published fault-filtered split (443 / 197 / 290 \
      clips; Kereliuk, Sturm, Larsen 2015) leaves out repetitions and keeps known artists apart; --split none uses all clips, without \
      a split.

      \(ExitStatuses.help(.busy))

      Example: genrelens data gtzan genres_original --output gtzan.csv
      """)

  @Argument(help: "The folder of the genre folders.", completion: .directory)
  var folder: String

  @Option(help: "fault-filtered or none.")
  var split = "fault-filtered"

  @Flag(help: "Keep jazz.00054 even if it cannot be decoded.")
  var keepBad = false

  @OptionGroup var manifest: ManifestOptions

  func validate() throws {
    guard ["fault-filtered", "none"].contains(split) else {
      throw ValidationError("--split \(split): known are fault-filtered and none")
    }
  }

  func run() throws {
    var collection = GTZANCollection(folder: folder)
    collection.isFaultFiltered = split == "fault-filtered"
    collection.keepsBad = keepBad
    collection.genres = manifest.genreList
    try manifest.show(try collection.writeManifest(output: manifest.output))
  }
}
