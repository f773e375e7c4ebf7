import ArgumentParser
import GenreLens

/// `--model`, where the published checkpoint may stand in.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model file, or the name of a published one (fma8-smel20); by default the best checkpoint in Checkpoints/ that knows Folk and Hip-Hop.",
      valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var model: String?

  @OptionGroup var memory: MemoryOptions
  @OptionGroup var channels: ChannelOptions
  @OptionGroup var asked: LabelOptions

  func load() throws -> (path: String, model: GenreModel) {
    let found = try find()
    found.tell()
    return (found.path, found.model)
  }

  /// The same without a word.
  func find() throws -> FoundModel {
    let found = try model.map { try Locations.model($0) } ?? Locations.publishedModel()
    return FoundModel(
      path: found.path, model: try asked.asked(channels.heard(by: found.model)), isNamed: found.path == model)
  }
}

/// A model, and whether it is where it was said to be.
struct FoundModel {
  let path: String
  let model: GenreModel
  let isNamed: Bool

  /// Says where it is, unless whoever started the command has said it.
  func tell() { if !isNamed { Terminal.printError("model: \(path)") } }
}
