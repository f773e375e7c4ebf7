import Files

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
    guard FileSystem.exists(path) else {
      throw DatasetError(.missing, "no such file or folder", path: path)
    }
    if FileSystem.isFolder(path) {
      let manifest = join(path, "manifest.csv")
      let hasManifest = FileSystem.exists(manifest)
      return hasManifest ? try loadManifest(CSVTable(path: manifest)) : try loadFolder(path)
    }
    switch fileExtension(path) {
    case "npy": return try loadFeatures(path, index: replacingExtension(path, with: "csv"))
    case "csv":
      let table = try CSVTable(path: path)
      let features = replacingExtension(path, with: "npy")
      if table.column("row") != nil, FileSystem.exists(features) {
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
    let search = try FolderSearch(path, ownsGenres: true)
    var dataset = Dataset(path: path, tracks: [], warnings: search.warnings)
    for file in search.files {
      dataset.tracks.append(Track(name: lastName(file), path: file, label: try genre(of: file, below: path)))
    }
    let used = Set(dataset.tracks.map { Spelling($0.label) })
    for folder in search.folders where !used.contains(Spelling(lastName(folder))) {
      dataset.warnings.append(.init(.emptyGenreFolder, "\(folder.shown): no sound file in it, left out"))
    }
    guard !dataset.tracks.isEmpty else {
      throw DatasetError(
        .empty, "no genre folders with sound files in it (expected, for example, Folk/one.mp3)", path: path)
    }
    try dataset.requireSpelledLabels()
    return dataset
  }

  private static func genre(of file: String, below root: String) throws(DatasetError) -> String {
    let name = pathParts(below(file, root) ?? file).first ?? ""
    guard !name.holdsRawBytes else {
      throw DatasetError(
        .damaged, "the folder's name is not UTF-8, as the name of a genre must be: rename it",
        path: join(root, name))
    }
    return name
  }

  /// Sound files without labels: each input is a file or a folder that is searched. Order: as given, folders by path.
  ///
  /// Throws when an input is missing or nothing is found. Files named by the caller are taken whatever they are called.
  public static func gather(_ inputs: [String]) throws(DatasetError) -> Dataset {
    var dataset = Dataset(path: inputs.count == 1 ? inputs[0] : "input", tracks: [])
    var seen: Set<Spelling> = []
    for input in inputs {
      guard FileSystem.exists(input) else {
        throw DatasetError(.missing, "no such file or folder", path: input)
      }
      var files = [input]
      if FileSystem.isFolder(input) {
        let search = try FolderSearch(input)
        files = search.files
        dataset.warnings += search.warnings
      }
      for file in files where seen.insert(Spelling(file)).inserted {
        dataset.tracks.append(Track(name: lastName(file), path: file, label: ""))
      }
    }
    guard !dataset.tracks.isEmpty else {
      throw DatasetError(.empty, "no sound file in it", path: dataset.path)
    }
    return dataset
  }

  static func soundFiles(below folder: String) throws(DatasetError) -> [String] {
    try FolderSearch(folder).files
  }
}
