import Foundation
import Tensors

extension Dataset {
  /// Reads a data set: a folder of genre folders, a CSV manifest, or a feature file.
  ///
  /// - A folder: each folder in it is a genre, with the sound files below it at any depth. A `manifest.csv` in the
  ///   folder is read instead, because it may know splits and groups.
  /// - A manifest `path,label[,split,group]`: paths are relative to the manifest's folder. `genre` serves as `label`.
  /// - A feature file `X.npy` with its index `X.csv` (or the index itself): `row`, `label` or `genre`, and optionally
  ///   `split`, `group`, `path`, `track_id`, `start_seconds`, `padded_seconds`.
  ///
  /// Throws a ``DatasetError`` that names the file and line.
  public static func load(_ path: String) throws(DatasetError) -> Dataset {
    guard FileManager.default.fileExists(atPath: path) else {
      throw DatasetError(.missing, "no such file or folder", path: path)
    }
    if isFolder(path) {
      let manifest = join(path, "manifest.csv")
      let hasManifest = FileManager.default.fileExists(atPath: manifest)
      return hasManifest ? try loadManifest(CSVTable(path: manifest)) : try loadFolder(path)
    }
    switch fileExtension(path) {
    case "npy": return try loadFeatures(path, index: replacingExtension(path, with: "csv"))
    case "csv":
      let table = try CSVTable(path: path)
      let features = replacingExtension(path, with: "npy")
      if table.column("row") != nil, FileManager.default.fileExists(atPath: features) {
        return try loadFeatures(features, index: path)
      }
      return try loadManifest(table)
    default:
      throw DatasetError(
        .damaged, "not a data set: give a folder of genre folders, a .csv manifest or a .npy feature file",
        path: path)
    }
  }

  // MARK: - Folder

  /// Endings of files that are taken for sound.
  public static let soundExtensions: Set<String> = [
    "mp3", "wav", "flac", "ogg", "oga", "opus", "aif", "aiff", "aifc", "au", "w64", "caf", "mp2",
  ]

  static func loadFolder(_ path: String) throws(DatasetError) -> Dataset {
    var dataset = Dataset(path: path, tracks: [])
    for genre in try entries(of: path) {
      let folder = join(path, genre)
      guard isFolder(folder) else { continue }
      let files = try soundFiles(below: folder)
      if files.isEmpty {
        dataset.warnings.append(.init(.emptyGenreFolder, "\(folder): no sound file in it, left out"))
      }
      dataset.tracks += files.map { Track(name: lastName($0), path: $0, label: genre) }
    }
    guard !dataset.tracks.isEmpty else {
      throw DatasetError(
        .empty, "no genre folders with sound files in it (expected, for example, Folk/one.mp3)", path: path)
    }
    return dataset
  }

  /// Sound files without labels: each input is a file or a folder that is searched. Order: as given, folders by path.
  ///
  /// Throws when an input is missing or nothing is found. Files named by the caller are taken whatever they are called.
  public static func gather(_ inputs: [String]) throws(DatasetError) -> Dataset {
    var dataset = Dataset(path: inputs.count == 1 ? inputs[0] : "input", tracks: [])
    var seen: Set<String> = []
    for input in inputs {
      guard FileManager.default.fileExists(atPath: input) else {
        throw DatasetError(.missing, "no such file or folder", path: input)
      }
      for file in isFolder(input) ? try soundFiles(below: input) : [input] where seen.insert(file).inserted {
        dataset.tracks.append(Track(name: lastName(file), path: file, label: ""))
      }
    }
    guard !dataset.tracks.isEmpty else {
      throw DatasetError(.empty, "no sound file in it", path: dataset.path)
    }
    return dataset
  }

  /// Names in a folder without the hidden ones, sorted by their bytes so that every machine has the same order.
  private static func entries(of folder: String) throws(DatasetError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { !$0.hasPrefix(".") }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw DatasetError(.inputOutput, "the folder cannot be read", path: folder)
    }
  }

  static func soundFiles(below folder: String, depth: Int = 0) throws(DatasetError) -> [String] {
    // A limit, because a link may lead back up.
    guard depth < 16 else { throw DatasetError(.damaged, "folders nested too deep", path: folder) }
    var files: [String] = []
    for entry in try entries(of: folder) {
      let path = join(folder, entry)
      if isFolder(path) {
        files += try soundFiles(below: path, depth: depth + 1)
      } else if soundExtensions.contains(fileExtension(path)) {
        files.append(path)
      }
    }
    return files
  }
}
