import ArgumentParser
import GenreLens

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the contents of a model file.",
    discussion: """
      Prints layers with their output shapes and numbers of parameters, classes, features, standardisation, and the model's \
      provenance. --config prints the settings of its training as a YAML file that trains it again.

      A published model can also be given by name: they are in Checkpoints/ or, if the command is installed, in \
      share/genrelens/Checkpoints next to its bin folder.

      \(ExitStatuses.help())

      Example: genrelens inspect fma8-smel20
      """)

  @Argument(
    help: "A model file, or the name of a published one.", completion: .file(extensions: ["safetensors"]))
  var model: String

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(help: "Print its training settings, as YAML for train --config.")
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
