import ArgumentParser
import Files
import GenreLens

/// A model and the labelled tracks that it is held against.
struct ModelAndDatasetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The model file, or the name of a published one.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var model: String

  @Argument(help: "A folder of genre folders, a CSV manifest or a feature file.", completion: .file())
  var dataset: String

  @Option(
    help: ArgumentHelp(
      "How the maps of a feature file were computed, if no .json next to it says so: mfcc128, mfcc20, mel128, smel20 or a YAML file.",
      valueName: "spec"))
  var spec: String?

  @OptionGroup var memory: MemoryOptions
  @OptionGroup var channels: ChannelOptions
  @OptionGroup var asked: LabelOptions

  func loadModel() throws -> GenreModel {
    try asked.asked(channels.heard(by: Locations.model(model).model))
  }

  /// The data set; a folder of pictures for a model that takes them.
  func loadDataset(for model: GenreModel) throws -> Dataset {
    guard model.pictureSpec != nil else { return try loadDataset() }
    try PictureOptions.refuse([("--spec", spec != nil), ("--mono", channels.mono != nil)])
    do throws(CodedError) { return try Dataset.loadSoundOrPictures(dataset) } catch {
      // Neither is in it: the model takes pictures, so these are what is missing.
      guard error.code == .empty, FileSystem.isFolder(dataset),
        !FileSystem.exists(join(dataset, "manifest.csv"))
      else { throw error }
      return try PictureFolder(dataset).dataset()
    }
  }

  /// The same where labels are not needed: any folder of pictures.
  func loadExplained(for model: GenreModel) throws -> Dataset {
    guard model.pictureSpec != nil else { return try loadDataset(for: model) }
    do { return try loadDataset(for: model) } catch let error as CodedError where error.code == .empty {
      return try PictureFolder(dataset).unlabelled()
    }
  }

  func loadDataset() throws -> Dataset {
    try Dataset.load(dataset, stating: spec, hearing: try channels.mix())
  }
}
