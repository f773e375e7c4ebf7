import ArgumentParser
import GenreLens

struct DataFolder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "folder",
    abstract: "Writes the manifest of a folder of genre folders.",
    discussion: """
      Each folder in FOLDER is a genre, with sound files at any depth. Groups say which clips belong to one artist or album, so that \
      a split keeps them together: the folder below the genre's (--group-by parent), a tag of the file (--group-by tag:artist or \
      tag:album), or the match of a regular expression in the path below FOLDER (--group-pattern, its first capture group).

      \(ExitStatuses.help(.busy, .interrupted))

      Example: genrelens data folder Music --group-pattern '/([^/]+) - [^/]+$' --split 80/10/10 --output music.csv
      """)

  @Argument(help: "The folder of genre folders.", completion: .directory)
  var folder: String

  @Option(help: ArgumentHelp("none, parent, tag:artist or tag:album.", valueName: "rule"))
  var groupBy: String?

  @Option(help: ArgumentHelp("A regular expression that finds the group in a path.", valueName: "regex"))
  var groupPattern: String?

  @OptionGroup var splitting: SplitOptions
  @OptionGroup var manifest: ManifestOptions

  func validate() throws {
    if groupBy != nil && groupPattern != nil {
      throw ValidationError("--group-by and --group-pattern do not go together")
    }
    if let groupBy, FolderCollection.Grouping(name: groupBy) == nil {
      throw ValidationError("--group-by \(groupBy): known are none, parent, tag:artist and tag:album")
    }
  }

  func run() throws {
    var collection = FolderCollection(folder: folder)
    collection.genres = manifest.genreList
    if let groupPattern { collection.grouping = .pattern(groupPattern) }
    if let groupBy, let grouping = FolderCollection.Grouping(name: groupBy) { collection.grouping = grouping }
    try manifest.show(
      try collection.writeManifest(
        splitting: splitting.splitting, output: manifest.output,
        job: Terminal.job(.writingNothing)))
  }
}
