public import Files

/// A folder of class folders of pictures, `animals/cat/0001.jpg`, as torchvision's `ImageFolder` reads it.
///
/// ```swift
/// let dataset = try PictureFolder("animals").dataset()
/// let examples = try PictureExamples(dataset, spec: .imageNet)
/// print(dataset.labels, dataset.isSplit)               // ["bird", "cat", "dog", "horse"] true
/// ```
///
/// Where all folders directly below are parts (`train`, `valid`, `test` and their usual spellings, ``Split/init(name:)``), each of
/// them holds the class folders, and the data set is split so. Pictures are taken by their extension
/// (`PictureFormat.fileEndings`), at any depth; others are counted in the warnings.
public struct PictureFolder: Sendable {
  public var folder: String

  public init(_ folder: String) { self.folder = folder }

  /// The pictures, in the order of their paths; none is decoded.
  ///
  /// Throws ``CodedError`` if there is no such folder (`missing`), it has no class folders with pictures (`empty`), or a class has a
  /// name that is not UTF-8.
  public func dataset() throws(CodedError) -> Dataset {
    guard FileSystem.isFolder(folder) else { throw CodedError(.missing, "no such folder", path: folder) }
    let parts = try self.parts()
    var dataset = Dataset(path: folder, clips: [])
    guard !parts.isEmpty else {
      dataset = try Dataset.loadFolder(folder, choice: .pictures)
      dataset.holdsPictures = true
      if let warning = Self.warning(ofClasses: dataset.labels) { dataset.warnings.append(warning) }
      return dataset
    }
    dataset.holdsPictures = true
    for part in parts {
      let found = try Dataset.loadFolder(join(folder, part.name), choice: .pictures)
      dataset.warnings += found.warnings
      dataset.clips += found.clips.map { clip in
        var clip = clip
        clip.split = part.split
        return clip
      }
    }
    try dataset.requireSpelledLabels()
    return dataset
  }

  /// A single class may be called "train".
  private static func warning(ofClasses names: [String]) -> DatasetWarning? {
    let parts = names.filter { Split(name: $0) != nil }
    guard Set(parts.compactMap { Split(name: $0) }).count > 1,
      let other = names.first(where: { Split(name: $0) == nil })
    else { return nil }
    return DatasetWarning(
      .partsAsClasses,
      "\(parts.joined(separator: " and ")) are taken for classes, not for parts, because of the folder \(other) beside them"
    )
  }

  /// The pictures in it at any depth, without labels, in the order of their paths; none is decoded.
  ///
  /// Throws ``CodedError`` if there is no such folder (`missing`), or no picture in it (`empty`).
  public func unlabelled() throws(CodedError) -> Dataset {
    guard FileSystem.isFolder(folder) else { throw CodedError(.missing, "no such folder", path: folder) }
    let search = try FolderSearch(folder, choice: .pictures)
    var dataset = Dataset(path: folder, clips: [])
    dataset.holdsPictures = true
    dataset.warnings = search.warnings
    dataset.clips = search.files.map { Clip(name: lastName($0), path: $0, label: "") }
    guard !dataset.clips.isEmpty else {
      throw CodedError(
        .empty, "no picture in it\(search.others.whatElse.map { "; \($0)" } ?? "")", path: folder)
    }
    if let remark = search.others.remark { dataset.warnings.append(.init(.filesLeftOut, remark)) }
    return dataset
  }

  /// The folders directly below, if all of them are parts.
  private func parts() throws(CodedError) -> [(name: String, split: Split)] {
    let names: [String]
    do throws(SystemCallError) { names = try FileSystem.names(in: folder) } catch {
      throw CodedError(reading: error, path: folder)
    }
    let folders = names.filter { $0.utf8.first != UInt8(ascii: ".") && FileSystem.isFolder(join(folder, $0)) }
    let parts = folders.compactMap { name in Split(name: name).map { (name: name, split: $0) } }
    return parts.count == folders.count
      ? parts.sorted { Spelling($0.name) < Spelling($1.name) } : []
  }
}

extension Dataset {
  /// Pictures without labels: each input is a picture or a folder that is searched, in this order; each once.
  ///
  /// Throws ``CodedError`` if an input is missing or a folder holds no picture. Files named by the caller are used whatever their
  /// extension.
  public static func pictures(_ inputs: [String]) throws(CodedError) -> Dataset {
    var dataset = Dataset(path: inputs.count == 1 ? inputs[0] : "input", clips: [])
    dataset.holdsPictures = true
    var seen: Set<Spelling> = []
    for input in inputs {
      guard FileSystem.exists(input) else {
        throw CodedError(.missing, "no such file or folder", path: input)
      }
      var found = Dataset(path: input, clips: [Clip(name: lastName(input), path: input, label: "")])
      if FileSystem.isFolder(input) { found = try PictureFolder(input).unlabelled() }
      dataset.warnings += found.warnings
      dataset.clips += found.clips.filter { seen.insert(Spelling($0.path ?? $0.name)).inserted }
    }
    return dataset
  }
}
