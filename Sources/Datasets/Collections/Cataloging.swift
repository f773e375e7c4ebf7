import Audio
public import Features
public import Files
import Foundation

extension FMACollection {
  /// Writes the manifest of the Free Music Archive's clips and, if a list of checksums is given, verifies each clip.
  ///
  /// The journal of the verification is next to the manifest; a run that was stopped or killed continues from it. Throws if
  /// nothing can be used or the job is cancelled; no manifest is written then.
  public func writeManifest(
    checksums: String? = nil, output: String, threads: Int? = nil,
    job: Job = Job()
  ) throws -> CatalogSummary {
    let lock = try lock(output, apartFrom: [self.metadata] + (checksums.map { [$0] } ?? []))
    // Before the long reading of the metadata.
    let list = try checksums.map { (path) throws(CodedError) in try ChecksumList(path: path) }
    var catalog = try self.catalog(job: job)
    if let list {
      var verification = ChecksumVerification(list: list, root: audio)
      if let threads { verification.threads = threads }
      let journal = ChecksumVerification.journalPath(forManifest: output)
      let state = try verification.run(&catalog, journal: journal, job: job)
      let verified = state.done - state.mismatches
      catalog.notes.append(
        "SHA-1: \(verified) of \(state.total) clips looked at, \(state.known) known from before")
    }
    return try write(catalog, to: output, holding: lock)
  }
}

extension GTZANCollection {
  /// Writes the manifest of GTZAN.
  public func writeManifest(output: String) throws -> CatalogSummary {
    let lock = try lock(output)
    return try write(catalog(), to: output, holding: lock)
  }
}

extension FolderCollection {
  /// Writes the manifest of a folder of genre folders, and splits it if a splitting is given.
  public func writeManifest(
    splitting: Splitting? = nil, output: String,
    job: Job = Job()
  ) throws -> CatalogSummary {
    let lock = try lock(output)
    var catalog = try self.catalog(job: job)
    if let splitting { try catalog.split(splitting) }
    return try write(catalog, to: output, holding: lock)
  }
}

extension TableCollection {
  /// Writes the manifest of the files listed in a CSV file, and splits it if a splitting is given.
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
  let sounds = catalog.dataset.clips.compactMap(\.path) + catalog.leftOut.map(\.path)
  try WrittenFiles.manifest(path).requireApart(from: sounds)
  var catalog = catalog
  catalog.notes += catalog.dataset.leakageWarnings().map(\.message)
  try catalog.write(to: path)
  return CatalogSummary(catalog, path: path)
}

extension DatasetCheck {
  /// Looks through a data set; see ``DatasetCheck``. Throws when it cannot be opened, or the job is cancelled.
  ///
  /// - Parameters:
  ///   - spec: what the maps of a feature file must be, or what they are if it has no sidecar; not used for sound.
  ///   - output: writes the report as JSON there too, whole or not at all.
  public func run(
    _ path: String, stating spec: FeatureSpec? = nil, output: String? = nil,
    job: Job = Job()
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
      if mix != .mean, spec == nil {
        throw CodedError(
          .usage, "--mono is for sound; these are feature maps (with --spec it says what they must be)",
          path: path)
      }
      if let option = soundOptions(of: self).first {
        throw CodedError(.usage, "\(option) is for sound; these are feature maps", path: path)
      }
    }
    let report = try run(dataset, job: job)
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
