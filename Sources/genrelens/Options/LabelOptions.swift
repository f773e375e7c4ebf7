import ArgumentParser
import GenreLens

/// `--labels`: which of a model's labels it is asked about.
struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ask the model only about these of its labels, separated by commas; NAME=label gives one another name, such as that of a data set: Folk=folk,Hip-Hop=hiphop.",
      valueName: "labels"))
  var labels: String?

  /// The model, asked about these labels alone.
  func asked(_ model: GenreModel) throws -> GenreModel {
    guard let labels else { return model }
    return try model.asking(
      try labels.split(separator: ",", omittingEmptySubsequences: false).map { part in
        let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
          String.init)
        guard sides.allSatisfy({ !$0.isEmpty }) else {
          throw CodedError(
            .usage, "--labels: names and labels separated by commas, such as Folk=folk,Hip-Hop")
        }
        return (sides[0], sides[sides.count - 1])
      })
  }
}
