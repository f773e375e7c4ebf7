import ArgumentParser
import Files
import GenreLens

/// What the commands that write a manifest have in common.
struct ManifestOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The manifest to write.", valueName: "X.csv"),
    completion: .file(extensions: ["csv"]))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Use only these genres, separated by commas (names may contain commas) or given by repeating the option, which takes each value whole; '' lists them.",
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
