import ArgumentParser
import GenreLens

/// What a training writes beside its model.
struct RecordingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write TensorBoard events to DIR/<model's name> instead, so that several models can be compared.",
      valueName: "dir"), completion: .directory)
  var tensorboard: String?

  @Flag(help: "Write no TensorBoard events.")
  var noTensorboard = false

  @Flag(help: "Write no model card.")
  var noCard = false

  func validate() throws {
    if noTensorboard, tensorboard != nil {
      throw ValidationError("--tensorboard and --no-tensorboard exclude each other")
    }
  }

  /// Whether one of them stands on the line.
  var isGiven: Bool { tensorboard != nil || noTensorboard || noCard }

  var options: TrainingRecorder.Options {
    var options = TrainingRecorder.Options()
    if let tensorboard { options.tensorBoard = .inFolder(tensorboard) }
    if noTensorboard { options.tensorBoard = .none }
    options.writesCard = !noCard
    return options
  }
}
