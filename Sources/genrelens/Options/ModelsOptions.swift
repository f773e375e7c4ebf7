import ArgumentParser
import Files
import GenreLens

/// `--model`, once or several times; without it the published checkpoint.
struct ModelsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model file, or the name of a published one (fma8-smel20); by default the best checkpoint in Checkpoints/ that knows Folk and Hip-Hop. If it is given several times, the verdicts "
        + "are shown side by side.", valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var model: [String] = []

  @OptionGroup var memory: MemoryOptions
  @OptionGroup var channels: ChannelOptions
  @OptionGroup var asked: LabelOptions

  func validate() throws {
    let files = model.map { Spelling(absolute($0)) }
    if Set(files).count < files.count { throw ValidationError("--model names one file twice") }
  }

  /// Where the models are from, at least one.
  func load() throws -> [(path: String, model: GenreModel)] {
    if !model.isEmpty {
      return try model.map { path in
        let found = try Locations.model(path)
        if found.path != path { Terminal.printError("model: \(found.path)") }
        return (found.path, try asked.asked(channels.heard(by: found.model)))
      }
    }
    let published = try Locations.publishedModel()
    Terminal.printError("model: \(published.path)")
    return [(published.path, try asked.asked(channels.heard(by: published.model)))]
  }

  /// The models by the names of their files, without endings; where two are the same, by their paths.
  static func named(_ models: [(path: String, model: GenreModel)]) -> [NamedModel] {
    let names = models.map { withoutExtension(lastName($0.path)) }
    let isUnique = Set(names.map(Spelling.init)).count == names.count
    return zip(models, names).map { NamedModel(name: isUnique ? $1 : $0.path, model: $0.model) }
  }
}
