import ArgumentParser
import GenreLens

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a model file holds.",
    discussion: """
      Layers with their output shapes and numbers of parameters, classes, features, standardisation, and where the model \
      comes from.

      Example: genrelens inspect Output/model.safetensors
      """)

  @Argument(help: "A model file.", completion: .file(extensions: ["safetensors"]))
  var model: String

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let description = ModelDescription(of: try GenreModel(path: model))
    if json {
      try Terminal.printJSON(description)
    } else {
      Terminal.print(description.table())
    }
  }
}
