import ArgumentParser
import Files
import GenreLens

/// `genrelens data`: what there is to train on, written down and looked through.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Writes manifests of collections and checks data sets.",
    discussion: """
      A manifest (path,label,split,group and further columns) is a data set for every other command; its paths are relative to it. \
      Files that cannot be used are listed in NAME.left-out.csv next to it.

      Start with: genrelens data folder Music/ --group-by parent --split 80/10/10 --output music.csv
      """,
    subcommands: [DataFMA.self, DataGTZAN.self, DataFolder.self, DataCSV.self, DataCheck.self])
}
