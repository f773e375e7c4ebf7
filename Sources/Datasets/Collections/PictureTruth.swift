public import Files
public import Images

/// Where the objects of pictures are, by people who have marked them: a folder with a file by each picture's name.
///
/// ```swift
/// let truth = try PictureTruth(folder: "truth", pictures: ["photos/dog.jpg"], below: "photos")
/// let objects = try truth.objects(of: 0, size: .init(height: 480, width: 640))
/// ```
///
/// Of `photos/a/dog.jpg`, below `photos`, it is `a/dog.txt` with boxes as YOLO writes them (`class cx cy width height`, in shares of the
/// picture's sides), or `a/dog.png` or `a/dog.bmp`, a mask: black, and in each object a colour of its own. Where there is none, `dog.txt` and so on
/// without the folder. Boxes and masks are those of the upright picture, as EXIF says.
public struct PictureTruth: Sendable {
  /// What was read, for each picture; nil without a file.
  private let files: [String?]
  /// Files of truth that no picture is called like.
  public let strangers: [String]

  private static let masks = ["png", "bmp", "dib"]

  /// Finds the files; none is opened.
  ///
  /// Throws ``CodedError`` `missing` without such a folder, `badInput` if no picture has a file, one has two, or two pictures share one.
  public init(folder: String, pictures: [String], below root: String) throws(CodedError) {
    guard FileSystem.isFolder(folder) else { throw CodedError(.missing, "no such folder", path: folder) }
    let known = try Self.search(folder)
    var owners: [Spelling: String] = [:]
    var files: [String?] = []
    for picture in pictures {
      let stem = withoutExtension(below(picture, root) ?? lastName(picture))
      var found: [String] = []
      for name in [stem, lastName(stem)] where found.isEmpty {
        found = (known[Spelling(name)] ?? []).filter { !Self.isSame($0, picture) }
      }
      guard found.count < 2 else {
        throw CodedError(
          .badInput, "two files tell where its objects are: \(found[0].shown) and \(found[1].shown)",
          path: picture)
      }
      if let file = found.first, let other = owners.updateValue(picture, forKey: Spelling(file)) {
        throw CodedError(
          .badInput,
          "it belongs to \(other.shown) and to \(picture.shown): put it into a folder of the name of theirs",
          path: file)
      }
      files.append(found.first)
    }
    guard files.contains(where: { $0 != nil }) else {
      let name = withoutExtension(lastName(pictures.first ?? "dog.jpg"))
      throw CodedError(
        .badInput, "no file by the name of a picture, such as \(name).txt or \(name).png", path: folder)
    }
    self.files = files
    strangers = known.values.joined().filter { file in
      owners[Spelling(file)] == nil && lastName(file) != "classes.txt"
        && !pictures.contains { Self.isSame(file, $0) }
    }.sorted()
  }

  /// How many pictures have a file.
  public var count: Int { files.count { $0 != nil } }

  /// The file of a picture, by its place; nil without one.
  public func file(of index: Int) -> String? { files[index] }

  /// The objects of a picture, by its place, for its upright size; nil if nobody has marked any there.
  ///
  /// Throws for a damaged file and for a mask of another size. Traps on a place outside.
  public func objects(of index: Int, size: PictureSpec.Size) throws(CodedError) -> [PictureObject]? {
    guard let file = files[index] else { return nil }
    return fileExtension(file) == "txt"
      ? try PictureObject.boxes(path: file, of: size) : try PictureObject.masks(path: file, of: size)
  }

  /// Text files and pictures below a folder, by their paths in it without the ending.
  private static func search(_ folder: String) throws(CodedError) -> [Spelling: [String]] {
    var known: [Spelling: [String]] = [:]
    var open = [(path: folder, depth: 0)]
    while let next = open.popLast() {
      let names: [String]
      do throws(SystemCallError) { names = try FileSystem.names(in: next.path) } catch {
        throw CodedError(reading: error, path: next.path)
      }
      for name in names where name.utf8.first != UInt8(ascii: ".") {
        let path = join(next.path, name)
        if FileSystem.isFolder(path) {
          // A link to a folder above would never end.
          if next.depth < 32 { open.append((path, next.depth + 1)) }
        } else if (["txt"] + masks).contains(fileExtension(name)) {
          known[Spelling(withoutExtension(below(path, folder) ?? name)), default: []].append(path)
        }
      }
    }
    return known.mapValues { $0.sorted() }
  }

  private static func isSame(_ file: String, _ other: String) -> Bool {
    guard let one = FileSystem.status(file), let two = FileSystem.status(other) else { return false }
    return FileIdentity(one) == FileIdentity(two)
  }
}

/// Which class of a model each marked object is one of, from a table with the columns `object` and `class`.
///
/// ```csv
/// object,class
/// 20,African elephant
/// 20,Indian elephant
/// #ff0000,bulbul
/// ```
public struct TruthClasses: Sendable, Hashable {
  /// Classes by the objects' names.
  public let classes: [String: Set<Int>]
  /// The table.
  public let path: String

  /// - Parameter classIndex: the model's class of that name; throws for an unknown one.
  public init(
    path: String, classIndex: (String) throws(CodedError) -> Int
  ) throws(CodedError) {
    self.path = path
    var reader = try CSVRecordReader(path: path)
    reader.trimsPlainFields = true
    let header = try reader.next()?.fields ?? []
    guard let object = header.firstIndex(of: "object"), let label = header.firstIndex(of: "class") else {
      throw CodedError(.missingColumn, "a table of objects has the columns object and class", path: path)
    }
    var classes: [String: Set<Int>] = [:]
    while let record = try reader.next() {
      guard record.fields.count == header.count else {
        throw CodedError(
          .damaged, "\(record.fields.count.counted("field")), not \(header.count)", path: path,
          line: record.line)
      }
      let name = record.fields[object].lowercased()
      let isColor = name.first == "#" && name.count == 7 && name.dropFirst().allSatisfy(\.isHexDigit)
      guard isColor || name.allSatisfy({ ("0"..."9").contains($0) }) && !name.isEmpty else {
        throw CodedError(
          .damaged,
          "the object \"\(name.prefix(40))\" is neither the number of a YOLO class nor a mask's colour, such as 16 or #ff0000",
          path: path, line: record.line)
      }
      let key = isColor ? name : "\(Int(name) ?? 0)"
      do { classes[key, default: []].insert(try classIndex(record.fields[label])) } catch {
        throw CodedError(error.code, error.message, path: path, line: record.line)
      }
    }
    guard !classes.isEmpty else { throw CodedError(.empty, "no object in it", path: path) }
    self.classes = classes
  }
}
