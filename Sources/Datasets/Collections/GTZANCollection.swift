import Audio
public import Files
import Foundation

/// The GTZAN collection on disk (Tzanetakis, Cook, doi:10.1109/TSA.2002.800560), read into a ``Catalog``: folders
/// named by genre with `blues.00000.wav` and so on, in any format.
public struct GTZANCollection: Sendable {
  /// The folder of the genre folders, or a folder that contains only `genres` or `genres_original`.
  public var folder: String
  /// Whether to use the published split and leave out the clips that it leaves out; otherwise all clips, unsplit.
  public var isFaultFiltered = true
  /// The requested genres; nil is all.
  public var genres: [String]?
  /// Whether a clip known to be damaged is kept even if it cannot be decoded.
  public var keepsBad = false

  public init(folder: String) { self.folder = folder }

  /// Columns of the manifest after path, label, split and group.
  public static let columns = ["number"]

  /// Finds the clips. Artists are not known, so the group stays empty.
  ///
  /// jazz.00054, which is damaged in many copies, is decoded and left out if that fails. Files with other names are
  /// ignored and counted. Throws if there is no such folder or no clip in it.
  public func catalog() throws(CodedError) -> Catalog {
    let root = try root()
    let chosen = try genres.map { (names) throws(CodedError) in
      let counts = GTZANSplit.genres.map { ($0, GTZANSplit.clipsPerGenre) }
      return try GenreChoice.labels(
        named: names, among: Dictionary(uniqueKeysWithValues: counts), of: "genre", path: folder)
    }
    var clips: [Clip] = []
    var values: [[String]] = []
    var (filtered, foreign) = (0, 0)
    var missing: [LeftOutInput] = []
    var others = FileChoice()
    for genre in GTZANSplit.genres where chosen?.contains(genre) ?? true {
      var files: [String] = []
      if FileSystem.isFolder(join(root, genre)) {
        let search = try FolderSearch(join(root, genre))
        files = search.files
        others.add(search.others)
      }
      var found: [Int: String] = [:]
      for file in files {
        guard let number = Self.number(ofFile: file, genre: genre) else {
          foreign += 1
          continue
        }
        if let earlier = found.updateValue(file, forKey: number) {
          throw CodedError(.duplicate, "the clip is there already as \(lastName(earlier))", path: file)
        }
      }
      for number in 0..<GTZANSplit.clipsPerGenre {
        let split = GTZANSplit.split(ofGenre: genre, number: number)
        guard !isFaultFiltered || split != nil else {
          if found[number] != nil { filtered += 1 }
          continue
        }
        guard let file = found[number] else {
          let path = join(join(root, genre), "\(Self.name(genre, number)).wav")
          missing.append(.init(path: path, code: "missing", reason: "no such clip, in any format"))
          continue
        }
        clips.append(
          Clip(name: lastName(file), path: file, label: genre, split: isFaultFiltered ? split : nil))
        values.append([String(number)])
      }
    }
    var catalog = Catalog(
      dataset: Dataset(path: folder, clips: clips), columns: Self.columns, values: values)
    catalog.leftOut = missing
    if filtered > 0 {
      catalog.notes.append(
        "\(filtered) clips are left out by the fault-filtered split (repetitions and other faults)")
    }
    if !missing.isEmpty { catalog.notes.append("\(missing.count) clips of the collection are not there") }
    if let remark = others.remark { catalog.notes.append(remark) }
    if foreign > 0 {
      catalog.notes.append("\(foreign) sound files are not named like GTZAN's and were ignored")
    }
    if !isFaultFiltered {
      catalog.notes.append(
        "GTZAN repeats recordings and artists: a split of all its clips flatters the figures; "
          + "the fault-filtered one does so less")
    }
    checkKnownDamage(&catalog)
    try catalog.requireClips()
    return catalog
  }

  private func root() throws(CodedError) -> String {
    guard FileSystem.isFolder(folder) else { throw CodedError(.missing, "no such folder", path: folder) }
    for root in [folder, join(folder, "genres"), join(folder, "genres_original")]
    where GTZANSplit.genres.contains(where: { FileSystem.isFolder(join(root, $0)) }) {
      return root
    }
    throw CodedError(
      .empty,
      "not GTZAN: no folder named blues, classical, ... rock in it (expected, for example, blues/blues.00000.wav)",
      path: folder)
  }

  /// 7 for `blues.00007.wav`; nil for other names.
  static func number(ofFile path: String, genre: String) -> Int? {
    let parts = lastName(path).utf8.split(separator: 0x2E, omittingEmptySubsequences: false).map {
      Substring($0)
    }
    guard parts.count == 3, parts[0] == genre, parts[1].utf8.count == 5,
      parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
      let number = Int(parts[1]), number < GTZANSplit.clipsPerGenre
    else { return nil }
    return number
  }

  static func name(_ genre: String, _ number: Int) -> String {
    let digits = String(number)
    return "\(genre).\(String(repeating: "0", count: 5 - digits.count))\(digits)"
  }

  private func checkKnownDamage(_ catalog: inout Catalog) {
    let paths = catalog.dataset.clips.map { $0.path ?? "" }
    guard let index = paths.firstIndex(where: { Self.number(ofFile: $0, genre: "jazz") == 54 }) else {
      return
    }
    do throws(CodedError) {
      let sound = try Waveform.load(path: paths[index], sampleRateHz: nil)
      guard sound.seconds < 29 else { return }
      catalog.notes.append(
        "jazz.00054, damaged in many copies, can be decoded here, for \(Int(sound.seconds)) s")
    } catch {
      guard !keepsBad else { return }
      let reason = error.message
      catalog.leaveOut {
        $0 == index ? .init(path: paths[index], code: error.code.rawValue, reason: reason) : nil
      }
      catalog.notes.append("jazz.00054, known to be damaged, cannot be decoded here and is left out")
    }
  }
}
