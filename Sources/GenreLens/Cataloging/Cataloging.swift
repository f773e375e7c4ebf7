public import Datasets
public import Features
import Files
import Foundation

/// Makes the manifest of the Free Music Archive's clips and, where a list of checksums is given, verifies each clip.
///
/// The verification's journal stands beside the manifest; a run that was stopped or killed goes on from it. Throws
/// when nothing can be used, or `shouldStop` says so; no manifest is written then.
public func catalogFMA(
  _ collection: FMACollection, checksums: String? = nil, output: String, threads: Int? = nil,
  shouldStop: () -> Bool = { false }, progress: ProgressHandler? = nil
) throws -> CatalogSummary {
  try createFolder(folder(of: output))
  // Before the long reading of the metadata.
  let list = try checksums.map { (path) throws(DatasetError) in try ChecksumList(path: path) }
  var catalog = try collection.catalog(isCancelled: shouldStop)
  if let list {
    var verification = ChecksumVerification(list: list, root: collection.audio)
    if let threads { verification.threads = threads }
    let journal = ChecksumVerification.journalPath(forManifest: output)
    let state = try verification.run(&catalog, journal: journal, isCancelled: shouldStop) { state in
      let notes = [
        "\(state.bytes / 1_000_000) MB", state.known > 0 ? "\(state.known) known" : "",
        state.mismatches > 0 ? "\(state.mismatches) wrong" : "",
      ]
      progress?(
        StageProgress(
          "SHA-1", completed: state.done, of: state.total,
          note: notes.filter { !$0.isEmpty }.joined(separator: ", ")))
    }
    let verified = state.done - state.mismatches
    catalog.notes.append(
      "SHA-1: \(verified) of \(state.total) clips looked at, \(state.known) known from before")
  }
  return try write(catalog, to: output)
}

/// Makes the manifest of GTZAN.
public func catalogGTZAN(_ collection: GTZANCollection, output: String) throws -> CatalogSummary {
  try createFolder(folder(of: output))
  return try write(collection.catalog(), to: output)
}

/// Makes the manifest of a folder of genre folders, and splits it where a splitting is given.
public func catalogFolder(
  _ collection: FolderCollection, splitting: Splitting? = nil, output: String,
  shouldStop: () -> Bool = { false }, progress: ProgressHandler? = nil
) throws -> CatalogSummary {
  try createFolder(folder(of: output))
  var catalog = try collection.catalog(isCancelled: shouldStop) { done, total in
    progress?(StageProgress("tags", completed: done, of: total))
  }
  if let splitting { try catalog.split(splitting) }
  return try write(catalog, to: output)
}

/// Makes the manifest of the files that a CSV file lists, and splits it where a splitting is given.
public func catalogTable(
  _ collection: TableCollection, splitting: Splitting? = nil, output: String
) throws -> CatalogSummary {
  if absolute(collection.table).isSpelled(like: absolute(output)) {
    throw GenreLensError(.usage, "the manifest would replace the file it is made from", path: output)
  }
  try createFolder(folder(of: output))
  var catalog = try collection.catalog()
  if let splitting { try catalog.split(splitting) }
  return try write(catalog, to: output)
}

private func write(_ catalog: Catalog, to path: String) throws -> CatalogSummary {
  var catalog = catalog
  catalog.notes += catalog.dataset.leakageWarnings().map(\.message)
  try catalog.write(to: path)
  return CatalogSummary(catalog, path: path)
}

/// Looks through a data set; see ``DatasetCheck``. Throws when it cannot be opened, or `shouldStop` says so.
///
/// - Parameters:
///   - spec: what the maps of a feature file must be, or are where nothing beside it says so; not used for sound.
///   - output: writes the report as JSON there too, whole or not at all.
public func checkDataset(
  _ path: String, check: DatasetCheck, stating spec: FeatureSpec? = nil, output: String? = nil,
  shouldStop: () -> Bool = { false },
  progress: ProgressHandler? = nil
) throws -> DatasetCheckReport {
  if let output { try createFolder(folder(of: output)) }
  var dataset = try Dataset.load(path)
  if dataset.featuresPath != nil {
    if let spec { dataset = try dataset.stating(spec) }
    if let option = soundOptions(of: check).first {
      throw GenreLensError(.usage, "\(option) is for sound; these are feature maps", path: path)
    }
  }
  let report = try check.run(dataset, isCancelled: shouldStop) { state in
    progress?(
      StageProgress(
        "check", completed: state.done, of: state.total,
        note: state.unreadable > 0 ? "\(state.unreadable) unreadable" : ""))
  }
  if let output { try writeJSON(report, to: output) }
  return report
}

/// The options of a check that say nothing of stored maps, as the command calls them.
private func soundOptions(of check: DatasetCheck) -> [String] {
  let defaults = DatasetCheck()
  return [
    ("--similar", check.findsSimilar), ("--silent-share", check.silentShare != defaults.silentShare),
    ("--clipped-share", check.clippedShare != defaults.clippedShare),
  ].filter(\.1).map(\.0)
}
