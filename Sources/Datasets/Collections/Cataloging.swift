import Audio
public import Features
public import Files
import Foundation

extension FMACollection {
  /// Makes the manifest of the Free Music Archive's clips and, where a list of checksums is given, verifies each clip.
  ///
  /// The verification's journal is beside the manifest; a run that was stopped or killed continues from it. Throws
  /// when nothing can be used, or `shouldStop` says so; no manifest is written then.
  public func writeManifest(
    checksums: String? = nil, output: String, threads: Int? = nil,
    shouldStop: () -> Bool = { false }, progress: ProgressHandler? = nil
  ) throws -> CatalogSummary {
    let lock = try lock(output, apartFrom: [self.metadata] + (checksums.map { [$0] } ?? []))
    // Before the long reading of the metadata.
    let list = try checksums.map { (path) throws(CodedError) in try ChecksumList(path: path) }
    var catalog = try self.catalog(isCancelled: shouldStop)
    if let list {
      var verification = ChecksumVerification(list: list, root: self.audio)
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
    return try write(catalog, to: output, holding: lock)
  }
}

extension GTZANCollection {
  /// Makes the manifest of GTZAN.
  public func writeManifest(output: String) throws -> CatalogSummary {
    let lock = try lock(output)
    return try write(self.catalog(), to: output, holding: lock)
  }
}

extension FolderCollection {
  /// Makes the manifest of a folder of genre folders, and splits it where a splitting is given.
  public func writeManifest(
    splitting: Splitting? = nil, output: String,
    shouldStop: () -> Bool = { false }, progress: ProgressHandler? = nil
  ) throws -> CatalogSummary {
    let lock = try lock(output)
    var catalog = try self.catalog(isCancelled: shouldStop) { done, total in
      progress?(StageProgress("tags", completed: done, of: total))
    }
    if let splitting { try catalog.split(splitting) }
    return try write(catalog, to: output, holding: lock)
  }
}

extension TableCollection {
  /// Makes the manifest of the files that a CSV file lists, and splits it where a splitting is given.
  public func writeManifest(
    splitting: Splitting? = nil, output: String
  ) throws -> CatalogSummary {
    let lock = try lock(output, apartFrom: [self.table])
    var catalog = try self.catalog()
    if let splitting { try catalog.split(splitting) }
    return try write(catalog, to: output, holding: lock)
  }
}

/// Makes a manifest's folder and keeps others from writing the manifest. Throws where it, or what is beside it, is an input.
private func lock(_ output: String, apartFrom inputs: [String] = []) throws(CodedError) -> OutputLock {
  try WrittenFiles.manifest(output).requireApart(from: inputs)
  try createFolder(folder(of: output))
  return try OutputLock(file: output)
}

private func write(
  _ catalog: Catalog, to path: String, holding lock: OutputLock
) throws -> CatalogSummary {
  defer { withExtendedLifetime(lock) {} }
  let sounds = catalog.dataset.tracks.compactMap(\.path) + catalog.leftOut.map(\.path)
  try WrittenFiles.manifest(path).requireApart(from: sounds)
  var catalog = catalog
  catalog.notes += catalog.dataset.leakageWarnings().map(\.message)
  try catalog.write(to: path)
  return CatalogSummary(catalog, path: path)
}

extension DatasetCheck {
  /// Looks through a data set; see ``DatasetCheck``. Throws when it cannot be opened, or `shouldStop` says so.
  ///
  /// - Parameters:
  ///   - spec: what the maps of a feature file must be, or are where nothing beside it says so; not used for sound.
  ///   - output: writes the report as JSON there too, whole or not at all.
  public func run(
    _ path: String, stating spec: FeatureSpec? = nil, output: String? = nil,
    shouldStop: () -> Bool = { false },
    progress: ProgressHandler? = nil
  ) throws -> DatasetCheckReport {
    var dataset = try Dataset.load(path)
    let lock = try output.map { output in
      try WrittenFiles.file(output).requireApart(from: dataset.inputFiles)
      try createFolder(folder(of: output))
      return try OutputLock(file: output)
    }
    defer { withExtendedLifetime(lock) {} }
    if dataset.featuresPath != nil {
      if let spec { dataset = try dataset.stating(spec) }
      if self.mix != .mean, spec == nil {
        throw CodedError(
          .usage, "--mono is for sound; these are feature maps (with --spec it says what they must be)",
          path: path)
      }
      if let option = soundOptions(of: self).first {
        throw CodedError(.usage, "\(option) is for sound; these are feature maps", path: path)
      }
    }
    let report = try self.run(dataset, isCancelled: shouldStop) { state in
      progress?(
        StageProgress(
          "check", completed: state.done, of: state.total,
          note: state.unreadable > 0 ? "\(state.unreadable) unreadable" : ""))
    }
    if let output { try writeJSON(report, to: output) }
    return report
  }
}

/// The options of a check that say nothing of stored maps, as the command calls them.
private func soundOptions(of check: DatasetCheck) -> [String] {
  let defaults = DatasetCheck()
  return [
    ("--similar", check.findsSimilar), ("--silent-share", check.silentShare != defaults.silentShare),
    ("--clipped-share", check.clippedShare != defaults.clippedShare),
  ].filter(\.1).map(\.0)
}
