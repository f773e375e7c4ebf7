import ArgumentParser
import GenreLens

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a model file holds.",
    discussion: """
      Layers with their output shapes and numbers of parameters, classes, features, standardisation, and where the model \
      comes from. --config prints the settings of its training as a YAML file that trains it again.

      Example: genrelens inspect Output/model.safetensors
      """)

  @Argument(help: "A model file.", completion: .file(extensions: ["safetensors"]))
  var model: String

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(help: "Print the settings that it was trained with, as YAML for train --config.")
  var config = false

  func run() throws {
    let loaded = try GenreModel(path: model, isToRun: false)
    if config { return Terminal.print(try loaded.configuration(path: model), terminator: "") }
    let description = ModelDescription(of: loaded)
    if json {
      try Terminal.printJSON(description)
    } else {
      Terminal.print(description.table())
    }
  }
}
