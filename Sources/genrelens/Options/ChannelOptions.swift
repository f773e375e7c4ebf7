import ArgumentParser
import GenreLens

/// `--mono`: how the channels of sound files become one.
struct ChannelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the channels of a file are mixed to one: mean, loudest (over the whole file), left or right; without it as the features "
        + "were defined (mean).", valueName: "mix"))
  var mono: String?

  /// nil where the option is not given.
  func mix() throws -> ChannelMix? {
    guard let mono else { return nil }
    guard let mix = ChannelMix(rawValue: mono) else {
      let known = ChannelMix.allCases.map(\.rawValue).joined(separator: ", ")
      throw CodedError(.usage, "--mono \(mono): choose \(known)")
    }
    return mix
  }

  /// A model that hears sound in this way.
  func heard(by model: GenreModel) throws -> GenreModel {
    try mix().map { model.hearing($0) } ?? model
  }
}
