import ArgumentParser
import GenreLens

struct DataFMA: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fma",
    abstract: "Writes the manifest of the Free Music Archive's clips (fma_small, _medium, _large, _full).",
    discussion: """
      Uses the top genre as label, the official artist-disjoint split, and the artist as group. Tracks without a single top genre are \
      counted and left out; so are clips that are known to be empty or a second long, and those that do not exist (listed in \
      X.left-out.csv).

      With --checksums, each clip is compared with its published SHA-1. If that is stopped or killed, it continues from where it was \
      (X.sha1-journal); a file that has not changed is not read again.

      \(ExitStatuses.help(.busy, .interrupted))

      Example: genrelens data fma --audio fma_small --metadata fma_metadata/tracks.csv --genres Folk,Hip-Hop --output fma.csv
      """)

  @Option(
    help: ArgumentHelp("The folder that contains 000, 001, ...", valueName: "folder"), completion: .directory)
  var audio: String

  @Option(
    help: ArgumentHelp("The metadata.", valueName: "tracks.csv"), completion: .file(extensions: ["csv"]))
  var metadata: String

  @Option(
    help: "small, medium, large or full; by default the one indicated by the folder's name, otherwise full.")
  var subset: String?

  @Option(
    help: ArgumentHelp("The archive's list of SHA-1 sums: verify the clips.", valueName: "file"),
    completion: .file())
  var checksums: String?

  @Option(help: "Number of files hashed in parallel; the default is the number of processors.")
  var jobs: Int?

  @Flag(help: "Keep the clips that are known to be empty or truncated.")
  var keepBad = false

  @OptionGroup var manifest: ManifestOptions

  func validate() throws {
    if let subset, FMATrack.Subset(rawValue: subset) == nil {
      throw ValidationError("--subset \(subset): known are small, medium, large and full")
    }
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs must be 1 to 1024") }
  }

  func run() throws {
    var collection = FMACollection(audio: audio, metadata: metadata)
    collection.genres = manifest.genreList
    collection.subset = subset.flatMap { FMATrack.Subset(rawValue: $0) }
    collection.keepsBad = keepBad
    try manifest.show(
      try collection.writeManifest(
        checksums: checksums, output: manifest.output, threads: jobs,
        job: Terminal.job(.writingNothing)))
  }
}
