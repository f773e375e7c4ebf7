import ArgumentParser
import GenreLens

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a model file holds.",
    discussion: """
      Layers with their output shapes and numbers of parameters, classes, features, standardisation, and where the model \
      comes from. --config prints the settings of its training as a YAML file that trains it again.

      A published model goes by its name too: they are in Checkpoints/, or where the command is installed in \
      share/genrelens/Checkpoints beside its bin folder.

      \(ExitStatuses.help())

      Example: genrelens inspect fma8-smel20
      """)

  @Argument(
    help: "A model file, or the name of a published one.", completion: .file(extensions: ["safetensors"]))
  var model: String

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(help: "Print the settings that it was trained with, as YAML for train --config.")
  var config = false

  func run() throws {
    let (path, loaded) = try Locations.model(model, isToRun: false)
    if config { return Terminal.print(try loaded.configuration(path: path), terminator: "") }
    let description = ModelDescription(of: loaded)
    if json {
      try Terminal.printJSON(description)
    } else {
      Terminal.print(description.table())
    }
  }
}
