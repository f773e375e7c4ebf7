import ArgumentParser
import GenreLens

struct DataCSV: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csv",
    abstract: "Writes a manifest from a CSV file that lists sound files.",
    discussion: """
      Columns are named by their header, ignoring case; all other columns are kept. Without --path-column and --label-column, the \
      usual names are tried (path, file, filename, ...; label, genre, genre_top, class, ...). Columns start_seconds or start with \
      end_seconds, end or duration_seconds make clips segments of their files. Fields may be separated by commas, semicolons or tabs. \
      Paths are relative to --root (without it, to the CSV file's folder) and must stay inside it. --genres '' lists the genres in \
      the file.

      \(ExitStatuses.help(.busy))

      Example: genrelens data csv list.csv --path-column file --label-column style --group-column performer --root Music \
      --split 80/10/10 --output music.csv
      """)

  @Argument(help: "The CSV file.", completion: .file(extensions: ["csv"]))
  var file: String

  @Option(help: ArgumentHelp("The column of the paths.", valueName: "name"))
  var pathColumn: String?

  @Option(help: ArgumentHelp("The column of the labels.", valueName: "name"))
  var labelColumn: String?

  @Option(help: ArgumentHelp("The column of the splits (train, valid, test).", valueName: "name"))
  var splitColumn: String?

  @Option(help: ArgumentHelp("The column of the groups (artist, album).", valueName: "name"))
  var groupColumn: String?

  @Flag(help: "Treat columns of starts and ends as ordinary columns: each file is one clip.")
  var noSegments = false

  @Option(help: ArgumentHelp("The folder of the sound files.", valueName: "folder"), completion: .directory)
  var root: String?

  @OptionGroup var splitting: SplitOptions
  @OptionGroup var manifest: ManifestOptions

  func validate() throws {
    if splitColumn != nil && splitting.split != nil {
      throw ValidationError("--split-column and --split do not go together")
    }
  }

  func run() throws {
    var collection = TableCollection(table: file)
    (collection.pathColumn, collection.labelColumn) = (pathColumn, labelColumn)
    (collection.splitColumn, collection.groupColumn) = (splitColumn, groupColumn)
    (collection.root, collection.readsSegments) = (root, !noSegments)
    collection.genres = manifest.genreList
    try manifest.show(
      try collection.writeManifest(splitting: splitting.splitting, output: manifest.output))
  }
}
