import ArgumentParser
import Files
import GenreLens

/// `genrelens data`: what there is to train on, written down and looked through.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Makes manifests of collections and checks data sets.",
    discussion: """
      A manifest (path,label,split,group and further columns) is a data set for every other command; its paths are \
      relative to it. Files that cannot be used go to NAME.left-out.csv beside it.

      Start with: genrelens data folder Music/ --group-by parent --split 80/10/10 --output music.csv
      """,
    subcommands: [DataFMA.self, DataGTZAN.self, DataFolder.self, DataCSV.self, DataCheck.self])
}

/// What the commands that write a manifest have in common.
struct ManifestOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The manifest to write.", valueName: "X.csv"),
    completion: .file(extensions: ["csv"]))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Only these genres, separated by commas (names may hold commas) or by giving it again, which takes each value whole; '' lists them.",
      valueName: "names"))
  var genres: [String] = []

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    if fileExtension(output) != "csv" { throw ValidationError("--output must end in .csv") }
  }

  var genreList: [String]? { genres.isEmpty ? nil : genres }

  func show(_ summary: CatalogSummary) throws {
    if json { return try Terminal.printJSON(summary) }
    for note in summary.notes { Terminal.printError("note: \(note)") }
    Terminal.print(summary.text())
  }
}

/// `--split 80/10/10 --seed 1`.
struct SplitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Shares of train, valid and test; clips of one group stay together, without groups each file is one.",
      valueName: "80/10/10"))
  var split: String?

  @Option(help: "Seed of the split (1).")
  var seed: UInt64?

  func validate() throws {
    if let split, Splitting(shares: split) == nil {
      throw ValidationError("--split \(split): three shares are expected, such as 80/10/10")
    }
    if seed != nil && split == nil { throw ValidationError("--seed belongs to --split") }
  }

  var splitting: Splitting? { split.flatMap { Splitting(shares: $0, seed: seed ?? 1) } }
}
