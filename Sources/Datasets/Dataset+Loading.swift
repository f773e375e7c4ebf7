public import Files
import Foundation

extension Dataset {
  /// Reads a data set: a folder of genre folders, a CSV manifest, or a feature file.
  ///
  /// - A folder: each folder in it is a genre, with the sound files below it at any depth (``SoundFileEnding``). A
  ///   `manifest.csv` in the folder is read instead, because it may know splits and groups; one without columns of paths and
  ///   labels is not a manifest and gives a warning.
  /// - A manifest `path,label[,split,group]`, separated by commas, semicolons or tabs: paths are relative to the
  ///   manifest's folder. Other names of the first two: ``ManifestColumns``. With `start_seconds` and `end_seconds` (or a
  ///   duration) a clip is a segment of its file, which may be listed many times.
  /// - A feature file `X.npy` with its index `X.csv` (or the index itself): `row`, `label` or `genre`, and optionally
  ///   `split`, `group`, `path`, `track_id`, `start_seconds`, `padded_seconds`, `segment_start`, `segment_end`.
  ///
  /// Throws a ``CodedError`` that names the file and line.
  ///
  /// - Parameter needsLabels: false accepts a feature file whose index has no genres, such as one made from bare sound files: its
  ///   labels are empty.
  public static func load(_ path: String, needsLabels: Bool = true) throws(CodedError) -> Dataset {
    guard FileSystem.exists(path) else {
      throw CodedError(.missing, "no such file or folder", path: path)
    }
    if FileSystem.isFolder(path) { return try loadFolderOrManifest(path) }
    switch fileExtension(path) {
    case "npy":
      return try loadFeatures(
        path, index: replacingExtension(path, with: "csv"), needsLabels: needsLabels)
    case "csv", "tsv":
      let table = try CSVTable(path: path)
      let features = replacingExtension(path, with: "npy")
      if table.column("row") != nil, FileSystem.exists(features) {
        return try loadFeatures(features, index: path, needsLabels: needsLabels)
      }
      return try loadManifest(table)
    default:
      throw CodedError(
        .damaged, "not a data set: give a folder of genre folders, a .csv manifest or a .npy feature file",
        path: path)
    }
  }

  /// The same, or a folder of class folders of pictures (``PictureFolder``) where there is no sound in it.
  ///
  /// Throws as ``load(_:needsLabels:)`` does where there are neither. Faulty folders of sound with pictures in them, such as covers, are
  /// no folders of pictures.
  public static func loadSoundOrPictures(_ path: String) throws(CodedError) -> Dataset {
    do { return try load(path) } catch {
      guard error.code == .empty, FileSystem.isFolder(path), !FileSystem.exists(join(path, "manifest.csv"))
      else { throw error }
      do throws(CodedError) { return try PictureFolder(path).dataset() } catch let fault {
        throw fault.code == .empty ? error : fault
      }
    }
  }

  // MARK: - Folder

  private static func loadFolderOrManifest(_ path: String) throws(CodedError) -> Dataset {
    let manifest = join(path, "manifest.csv")
    guard FileSystem.exists(manifest) else { return try loadFolder(path) }
    var reader = try CSVRecordReader(path: manifest)
    reader.trimsPlainFields = true
    let header = try reader.next()?.fields ?? []
    guard let problem = ManifestColumns.problem(header) else {
      return try loadManifest(CSVTable(path: manifest))
    }
    do {
      var dataset = try loadFolder(path)
      dataset.warnings.append(
        .init(.manifestIgnored, "\(manifest.shown) is not read, the folders are the genres: \(problem)"))
      return dataset
    } catch  where error.code == .empty {
      // No genres either: the manifest was meant.
      throw CodedError(.missingColumn, problem, path: manifest, line: 1)
    }
  }

  /// Folders of sound files, or of pictures.
  static func loadFolder(
    _ path: String, choice: FileChoice = FileChoice()
  ) throws(CodedError) -> Dataset {
    let search = try FolderSearch(path, ownsGenres: true, choice: choice)
    var dataset = Dataset(path: path, clips: [], warnings: search.warnings)
    for file in search.files {
      dataset.clips.append(Clip(name: lastName(file), path: file, label: try genre(of: file, below: path)))
    }
    let used = Set(dataset.clips.map { Spelling($0.label) })
    for folder in search.folders where !used.contains(Spelling(lastName(folder))) {
      let found = search.others(in: folder).whatElse.map { " (\($0))" } ?? ""
      dataset.warnings.append(
        .init(.emptyGenreFolder, "\(folder.shown): no \(choice.noun) in it\(found), left out"))
    }
    guard !dataset.clips.isEmpty else {
      let found = search.others.whatElse.map { "; \($0)" } ?? ""
      throw CodedError(
        .empty, "no \(choice.folders)\(found)",
        path: path)
    }
    if let remark = search.others.remark { dataset.warnings.append(.init(.filesLeftOut, remark)) }
    try dataset.requireSpelledLabels()
    return dataset
  }

  private static func genre(of file: String, below root: String) throws(CodedError) -> String {
    let name = pathParts(below(file, root) ?? file).first ?? ""
    guard !name.holdsRawBytes else {
      throw CodedError(
        .damaged, "the folder's name is not UTF-8, as the name of a genre must be: rename it",
        path: join(root, name))
    }
    return name
  }

  /// Sound files without labels: each input is a file or a folder that is searched. Order: as given, folders by path.
  ///
  /// Throws if an input is missing or nothing is found. Files named by the caller are used whatever their extension.
  public static func gather(_ inputs: [String]) throws(CodedError) -> Dataset {
    var dataset = Dataset(path: inputs.count == 1 ? inputs[0] : "input", clips: [])
    var seen: Set<Spelling> = []
    var others = FileChoice()
    for input in inputs {
      guard FileSystem.exists(input) else {
        throw CodedError(.missing, "no such file or folder", path: input)
      }
      var files = [input]
      if FileSystem.isFolder(input) {
        let search = try FolderSearch(input)
        files = search.files
        dataset.warnings += search.warnings
        others.add(search.others)
      }
      for file in files where seen.insert(Spelling(file)).inserted {
        dataset.clips.append(Clip(name: lastName(file), path: file, label: ""))
      }
    }
    guard !dataset.clips.isEmpty else {
      let found = others.whatElse.map { "; \($0)" } ?? ""
      throw CodedError(.empty, "no sound file in it\(found)", path: dataset.path)
    }
    if let remark = others.remark { dataset.warnings.append(.init(.filesLeftOut, remark)) }
    return dataset
  }
}
