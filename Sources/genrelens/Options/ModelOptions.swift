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
    if let model {
      let found = try Locations.model(model)
      if found.path != model { Terminal.printError("model: \(found.path)") }
      return (found.path, try asked.asked(channels.heard(by: found.model)))
    }
    let published = try Locations.publishedModel()
    Terminal.printError("model: \(published.path)")
    return (published.path, try asked.asked(channels.heard(by: published.model)))
  }
}
