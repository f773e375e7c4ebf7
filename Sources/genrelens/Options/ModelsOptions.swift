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
  func load() throws -> [(path: String, model: GenreModel)] { Self.told(try find()) }

  /// The same without a word.
  func find() throws -> [FoundModel] {
    let names = model.isEmpty ? [nil] : model.map(Optional.some)
    return try names.map { name in
      let found = try name.map { try Locations.model($0) } ?? Locations.publishedModel()
      return FoundModel(
        path: found.path, model: try asked.asked(channels.heard(by: found.model)), isNamed: found.path == name
      )
    }
  }

  /// Says where the models are.
  static func told(_ models: [FoundModel]) -> [(path: String, model: GenreModel)] {
    models.map { found in
      found.tell()
      return (found.path, found.model)
    }
  }

  /// The models by the names of their files, without endings; where two are the same, by their paths.
  static func named(_ models: [(path: String, model: GenreModel)]) -> [NamedModel] {
    let names = models.map { withoutExtension(lastName($0.path)) }
    let isUnique = Set(names.map(Spelling.init)).count == names.count
    return zip(models, names).map { NamedModel(name: isUnique ? $1 : $0.path, model: $0.model) }
  }
}
