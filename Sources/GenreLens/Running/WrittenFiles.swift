public import Datasets
import Files
import Foundation
import Report

/// The names under which a job writes, so that it can be told beforehand whether one of them is one of its inputs.
///
/// Every job of the library asks that of what it is given. Who reads further files for it, such as a configuration, asks
/// with ``requireApart(from:)`` before calling it.
public struct WrittenFiles: Sendable, Hashable {
  /// Files that may be written, replaced or removed.
  public private(set) var paths: [String]

  init(_ paths: [String] = []) { self.paths = paths }

  /// A feature file and what is beside it.
  public static func features(_ path: String, shard: ShardNumber? = nil) -> WrittenFiles {
    WrittenFiles(FeatureStore.files(writtenAt: shard?.path(ofWhole: path) ?? path))
  }

  /// A model and what a training writes beside it.
  public static func model(_ path: String) -> WrittenFiles {
    let paths = OutputPaths(model: path)
    return WrittenFiles(paths.files + files(in: paths.tensorBoard, matching: /events\.out\.tfevents\..*/))
  }

  /// What a cross-validation writes into its folder.
  public static func crossValidation(into folder: String, folds: Int) -> WrittenFiles {
    let names = ["predictions.csv", "folds.csv", "cross-validation.json", "journal.jsonl"]
    let models = (0..<max(0, min(folds, 1000))).flatMap {
      OutputPaths(model: "\(folder)/fold-\($0 + 1).safetensors").files
    }
    return WrittenFiles(names.map { folder + "/" + $0 } + models)
  }

  /// What a search writes into its folder.
  public static func search(into folder: String) -> WrittenFiles {
    WrittenFiles(["journal.jsonl", "trials.csv", "search.json", "best.yaml"].map { folder + "/" + $0 })
  }

  /// Names of an explanation's files.
  static let explanationNames =
    [
      "map.npy", "upsampled.npy", "mel.npy", "sound-mask.npy", "bands.csv", "times.csv", "explanation.png",
      "explanation.svg", "explanation.pdf", "layers.png", "layers.svg", "layers.pdf", "kept.wav",
      "removed.wav", "highlighted.wav", "original.wav", "track-evidence.npy", "track-evidence.csv",
      "windows.csv",
      "explanation.html", "explanation.json",
    ] + EvidenceSummary.fileNames

  /// What an explanation writes into its folder. What else is there, it replaces only if an earlier explanation names it.
  public static func explanation(into folder: String) -> WrittenFiles {
    WrittenFiles(
      explanationNames.map { folder + "/" + $0 } + files(in: folder, matching: /map-.*\.npy/)
        + files(in: folder + "/pictures", matching: /\d{4}-[a-z0-9-]+\.png/))
  }

  /// What an error report writes into its folder, and what of an earlier one it removes.
  public static func report(into folder: String) -> WrittenFiles {
    let names = ["report.html", "report.json", "predictions.csv", "misclassified.csv"]
    return WrittenFiles(
      names.map { folder + "/" + $0 }
        + files(in: folder + "/sounds", matching: /\d+-(?:original|kept|removed)\.wav/)
        + files(in: folder + "/maps", matching: /\d+-(?:predicted|true)\.npy/)
        + files(in: folder + "/pictures", matching: /.*\.(?:png|svg|pdf)/))
  }

  /// What a benchmark of explanations writes into its folder.
  public static func benchmark(into folder: String) -> WrittenFiles {
    let names = [
      "average-drop.png", "average-drop.svg", "figures.csv", "comparisons.csv", "randomization.csv",
      "tables.md", "benchmark.json",
    ]
    return WrittenFiles(names.map { folder + "/" + $0 })
  }

  /// What a reproduction of the founding report writes into its folder, and what of an earlier one it removes.
  public static func foundingReport(into folder: String) -> WrittenFiles {
    let names = ["founding-report.html", "founding-report.json"]
    let figures =
      #/
      (?:figure-\d+|thresholds|insertion-deletion|road|average-drop)
      (?:-[\w-]+)?\.(?:png|svg|pdf)
      /#
    let tables = TextTable.endings.map { ending in
      FoundingTables.names.map { "\(folder)/tables/\($0).\(ending)" }
    }
    return WrittenFiles(
      names.map { folder + "/" + $0 } + tables.joined()
        + FoundingTables.longNames.map { "\(folder)/tables/\($0)" }
        + files(in: folder + "/figures", matching: figures)
        + files(in: folder + "/figures/panels", matching: figures))
  }

  /// What a classification of many files writes into its folder.
  public static func classification(into folder: String) -> WrittenFiles {
    let names = ["classifications.jsonl", "classifications.csv", "failures.csv", "summary.csv"]
    return WrittenFiles(names.map { folder + "/" + $0 })
  }

  /// What an explanation of many files writes into its folder, beside the folders of the tracks, which lie in `tracks`.
  public static func explanations(into folder: String) -> WrittenFiles {
    let names = ["explanations.jsonl", "explanations.csv", "failures.csv", "index.html"]
    return WrittenFiles(names.map { folder + "/" + $0 })
  }

  /// What a comparison of reports writes into its folder.
  public static func comparison(into folder: String) -> WrittenFiles {
    WrittenFiles(["comparison.html", "comparison.json", "tracks.csv"].map { folder + "/" + $0 })
  }

  /// A manifest and what is beside it.
  public static func manifest(_ path: String) -> WrittenFiles {
    WrittenFiles([
      path, Catalog.ledgerPath(forManifest: path), ChecksumVerification.journalPath(forManifest: path),
    ])
  }

  /// One file, for example a report as JSON.
  public static func file(_ path: String) -> WrittenFiles { WrittenFiles([path]) }

  /// Both.
  public static func + (first: WrittenFiles, second: WrittenFiles) -> WrittenFiles {
    WrittenFiles(first.paths + second.paths)
  }

  /// Throws ``GenreLensError`` `usage`, naming both, where one of the files is an input, or two of them are one.
  ///
  /// Files are the same by device and number, whatever links and spellings lead to them. Cost: one look-up for each input.
  ///
  /// - Parameter inputs: files and folders; names of which there is no file count too.
  public func requireApart(from inputs: [String]) throws(GenreLensError) {
    guard !paths.isEmpty else { return }
    var (byIdentity, byName): ([FileIdentity: String], [Spelling: String]) = ([:], [:])
    for path in paths {
      if let identity = FileIdentity(path: path) { byIdentity[identity] = path }
      if let other = byName.updateValue(path, forKey: Self.place(of: path)) {
        throw GenreLensError(
          .usage, "this name is written twice, for two things: choose another name or folder", path: other)
      }
    }
    for input in inputs {
      let output: String?
      if let identity = FileIdentity(path: input) {
        output = byIdentity[identity]
      } else {
        output = byName[Self.place(of: input)]
      }
      if let output {
        throw GenreLensError(
          .usage, "would replace the input \(input): choose another name or folder", path: output)
      }
    }
  }

  /// Whether something is there that is no link: who puts a link where an output will be wants it to be written through.
  static func isOwnFile(_ path: String) -> Bool {
    FileSystem.linkStatus(path).map { $0.st_mode & S_IFMT != S_IFLNK } ?? false
  }

  /// Throws ``GenreLensError`` `usage` where a file of one of the names is there and no job wrote it: the job's journal, which is made
  /// before all others, is missing.
  func requireOwn(journal: String) throws(GenreLensError) {
    guard FileSystem.linkStatus(journal) == nil else { return }
    for path in paths where Self.isOwnFile(path) {
      throw GenreLensError(
        .usage, "is not from an earlier run: move it away, or choose another folder", path: path)
    }
  }

  /// Removes what killed processes left half written of them. Only for who has locked the folder.
  func removeLeftovers() {
    for path in paths { AtomicFile.removeLeftovers(of: path) }
  }

  /// Where a name is, links of its folder and its own followed, whether there is a file or not.
  private static func place(of path: String) -> Spelling {
    let target = absolute((try? linkTarget(of: path)) ?? path)
    let folder = folder(of: target)
    return Spelling(join(FileSystem.resolved(folder) ?? folder, lastName(target)))
  }

  private static func files(in folder: String, matching pattern: Regex<Substring>) -> [String] {
    ((try? FileSystem.names(in: folder)) ?? [])
      .filter { $0.wholeMatch(of: pattern) != nil }.map { folder + "/" + $0 }
  }
}

extension Dataset {
  /// What the data set is read from: its folder or table, its feature file, and the sound files that it names.
  public var inputFiles: [String] {
    var files = [path, path + "/manifest.csv"]
    if let featuresPath { files += FeatureStore.files(readAt: featuresPath) }
    return files + tracks.compactMap(\.path)
  }
}
