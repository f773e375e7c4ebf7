import ArgumentParser
import GenreLens

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares two error reports on the same tracks.",
    discussion: """
      Takes two reports of genrelens analyze (report.json, or the folders). Tracks are matched by path, otherwise by name; the two \
      sides are named after their models. Prints the tracks that the second model fixed and broke, McNemar's test, and the change of \
      accuracy and of each genre's recall, precision and F1 with intervals (paired bootstrap, by artist where groups are known). \
      Tracks that are in only one report or have different true labels are listed but not counted.

      --output writes comparison.html (one page, no script), comparison.json and tracks.csv.

      \(ExitStatuses.help(.busy))

      Example: genrelens compare Output/report-before Output/report-after --output Output/comparison
      """)

  @Argument(
    help: ArgumentHelp("The first report: report.json, or its folder.", valueName: "report-a"),
    completion: .file())
  var first: String

  @Argument(
    help: ArgumentHelp("The second report.", valueName: "report-b"), completion: .file())
  var second: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    if let output {
      try WrittenFiles.comparison(into: output).requireApart(from: [
        ComparisonFiles.reportFile(first), ComparisonFiles.reportFile(second),
      ])
    }
    let comparison = try PredictionComparison.ofReports(first, second)
    let files = try output.map { try comparison.write(to: $0) }
    if json { return try Terminal.printJSON(comparison) }
    Terminal.print(comparison.table())
    if let files {
      Terminal.print("")
      Terminal.printLine(files.page)
    }
  }
}
