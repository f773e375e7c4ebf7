public import Files
import Training

extension WrittenFiles {
  /// The files that a cross-validation writes into its folder.
  public static func crossValidation(into folder: String, folds: Int) -> WrittenFiles {
    let names = ["predictions.csv", "folds.csv", "cross-validation.json", "journal.jsonl"]
    let models = (0..<max(0, min(folds, 1000))).flatMap {
      OutputPaths(model: "\(folder)/fold-\($0 + 1).safetensors").files
    }
    return WrittenFiles(names.map { folder + "/" + $0 } + models)
  }

  /// The files that a search writes into its folder.
  public static func search(into folder: String) -> WrittenFiles {
    WrittenFiles(
      ["journal.jsonl", "trials.csv", "search.json", "best.yaml", "trial.training-state"].map {
        folder + "/" + $0
      })
  }
}
