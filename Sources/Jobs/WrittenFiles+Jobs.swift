public import Files
import Report

extension WrittenFiles {
  /// Names of an explanation's files.
  static let explanationNames =
    [
      "map.npy", "upsampled.npy", "mel.npy", "sound-mask.npy", "bands.csv", "times.csv", "explanation.png",
      "explanation.svg", "explanation.pdf", "layers.png", "layers.svg", "layers.pdf", "methods.png",
      "methods.svg", "methods.pdf", "kept.wav",
      "removed.wav", "highlighted.wav", "original.wav", "track-evidence.npy", "track-evidence.csv",
      "windows.csv",
      "explanation.html", "explanation.json",
    ] + EvidenceSummary.fileNames

  /// The files that an explanation writes into its folder. It replaces other files there only if an earlier explanation names
  /// them.
  public static func explanation(into folder: String) -> WrittenFiles {
    WrittenFiles(
      explanationNames.map { folder + "/" + $0 } + files(in: folder, matching: /map-.*\.npy/)
        + files(in: folder + "/pictures", matching: /\d{4}-[a-z0-9-]+\.png/))
  }

  /// The files that an error report writes into its folder, and those of an earlier one that it removes.
  public static func report(into folder: String) -> WrittenFiles {
    let names = ["report.html", "report.json", "predictions.csv", "misclassified.csv"]
    return WrittenFiles(
      names.map { folder + "/" + $0 }
        + files(in: folder + "/sounds", matching: /\d+-(?:original|kept|removed)\.wav/)
        + files(in: folder + "/maps", matching: /\d+-(?:predicted|true)\.npy/)
        + files(in: folder + "/pictures", matching: /.*\.(?:png|svg|pdf)/))
  }

  /// The files that a benchmark of explanations writes into its folder.
  public static func benchmark(into folder: String) -> WrittenFiles {
    let names = [
      "average-drop.png", "average-drop.svg", "figures.csv", "comparisons.csv", "randomization.csv",
      "tables.md", "benchmark.json",
    ]
    return WrittenFiles(names.map { folder + "/" + $0 })
  }

  /// The files that a dissection writes into its folder.
  public static func dissection(into folder: String) -> WrittenFiles {
    let names = ["dissection.html", "dissection.json", "channels.csv", "concepts.csv"]
    return WrittenFiles(
      names.map { folder + "/" + $0 } + files(in: folder + "/pictures", matching: /\d{4}-input-[\d-]+\.png/))
  }

  /// The files that a comparison of networks' maps writes into its folder.
  public static func networkAgreement(into folder: String) -> WrittenFiles {
    let names = ["agreement.json", "pairs.csv", "pictures.csv", "tables.md", "maps.png", "maps.svg"]
    return WrittenFiles(names.map { folder + "/" + $0 })
  }

  /// The files that a benchmark of questions writes into its folder.
  public static func questions(into folder: String) -> WrittenFiles {
    WrittenFiles(["questions.json", "answers.csv", "tables.md"].map { folder + "/" + $0 })
  }

  /// The files that a reproduction of the founding report writes into its folder, and those of an earlier one that it removes.
  public static func foundingReport(into folder: String) -> WrittenFiles {
    let names = ["founding-report.html", "founding-report.json"]
    let figures =
      /(?:figure-\d+|thresholds|insertion-deletion|road|average-drop)(?:-[\w-]+)?\.(?:png|svg|pdf)/
    let tables = TextTable.endings.map { ending in
      FoundingTables.names.map { "\(folder)/tables/\($0).\(ending)" }
    }
    return WrittenFiles(
      names.map { folder + "/" + $0 } + tables.joined()
        + FoundingTables.longNames.map { "\(folder)/tables/\($0)" }
        + files(in: folder + "/figures", matching: figures)
        + files(in: folder + "/figures/panels", matching: figures))
  }

  /// The files that a classification of many files writes into its folder.
  public static func classification(into folder: String) -> WrittenFiles {
    let names = ["classifications.jsonl", "classifications.csv", "failures.csv", "summary.csv"]
    return WrittenFiles(names.map { folder + "/" + $0 })
  }

  /// The files that an explanation of many files writes into its folder, besides the folders of the tracks, which are in
  /// `tracks`.
  public static func explanations(into folder: String) -> WrittenFiles {
    let names = ["explanations.jsonl", "explanations.csv", "failures.csv", "index.html"]
    return WrittenFiles(names.map { folder + "/" + $0 })
  }

  /// The files that a comparison of reports writes into its folder.
  public static func comparison(into folder: String) -> WrittenFiles {
    WrittenFiles(["comparison.html", "comparison.json", "tracks.csv"].map { folder + "/" + $0 })
  }
}
