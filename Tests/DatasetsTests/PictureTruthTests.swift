import Datasets
import Files
import Foundation
import Images
import TestSupport
import Testing

/// Boxes and masks of objects, as people have marked them.
@Suite(.tags(.hand, .hostile)) struct PictureTruthTests {
  /// A bitmap of 24 bits, rows from the top, of (red, green, blue).
  static func bitmap(_ rows: [[(UInt8, UInt8, UInt8)]]) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) }
    }
    let (height, width) = (rows.count, rows[0].count)
    let padding = [UInt8](repeating: 0, count: (4 - width * 3 % 4) % 4)
    let data = rows.reversed().flatMap { $0.flatMap { [$0.2, $0.1, $0.0] } + padding }
    return Array("BM".utf8) + number(54 + data.count, 4) + number(0, 4) + number(54, 4) + number(40, 4)
      + number(width, 4) + number(height, 4) + number(1, 2) + number(24, 2) + [UInt8](repeating: 0, count: 24)
      + data
  }

  private func folder(_ files: [String: String], masks: [String: [UInt8]] = [:]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, to: name) }
    for (name, bytes) in masks {
      try folder.write("", to: name)
      try Data(bytes).write(to: URL(filePath: folder[name]))
    }
    return folder
  }

  private func objects(_ text: String) throws -> [PictureObject]? {
    let folder = try folder(["dog.txt": text])
    return try PictureTruth(folder: folder.path, pictures: ["photos/dog.jpg"], below: "photos")
      .objects(of: 0, size: .init(height: 100, width: 200))
  }

  @Test func boxesAreSharesOfThePicture() throws {
    let objects = try #require(try objects("16 0.5 0.5 0.5 0.2\r\n\n2 0.25 0.25 0.5 0.5 \n"))
    #expect(objects.map(\.name) == ["16", "2"])
    guard case .box(let first) = objects[0].outline, case .box(let second) = objects[1].outline else {
      Issue.record("no boxes")
      return
    }
    #expect(abs(first.left - 50) < 1e-9 && abs(first.right - 150) < 1e-9)
    #expect(abs(first.top - 40) < 1e-9 && abs(first.bottom - 60) < 1e-9)
    #expect((second.top, second.left, second.bottom, second.right) == (0, 0, 50, 100))
    #expect(try self.objects("")?.isEmpty == true)
  }

  @Test(arguments: [
    ("16 0.5 0.5 0.5", "4 fields"), ("16 0.5 0.5 0.5 0.5 0.9", "6 fields"),
    ("dog 0.5 0.5 0.1 0.1", "\"dog\""),
    ("-1 0.5 0.5 0.1 0.1", "\"-1\""), ("1 nan 0.5 0.1 0.1", "four numbers"),
    ("1 inf 0.5 0.1 0.1", "four numbers"), ("1 0.5 0.5 0 0.1", "no size"), ("1 0.5 0.5 -0.1 0.1", "no size"),
    ("1 0.9 0.5 0.4 0.1", "outside"), ("1 50 60 10 10", "outside"), ("1 0.5 0.5 1e999 0.1", "four numbers"),
    ("1 0.5 0.5 0.1 \u{1F415}", "four numbers"),
  ])
  func whatIsNoBoxIsRefused(_ line: String, _ words: String) throws {
    let error = try #require(throws: CodedError.self) { try objects("0 0.5 0.5 0.1 0.1\n" + line) }
    #expect(error.code == .damaged && error.line == 2 && error.message.contains(words), "\(error)")
    #expect(!error.message.contains("\n"))
  }

  @Test func otherFilesAreNoBoxes() throws {
    let folder = try folder(
      [:], masks: ["dog.txt": [0xFF, 0xFE, 0x31], "many.txt": Array(repeating: 48, count: 2 << 20)])
    let truth = try PictureTruth(folder: folder.path, pictures: ["dog.jpg", "many.jpg"], below: "")
    #expect(throws: CodedError.self) { try truth.objects(of: 0, size: .init(height: 1, width: 1)) }
    #expect(throws: CodedError.self) { try truth.objects(of: 1, size: .init(height: 1, width: 1)) }
    let lines = String(repeating: "0 0.5 0.5 0.1 0.1\n", count: 10_001)
    #expect(throws: CodedError.self) { try objects(lines) }
  }

  @Test func eachColourOfAMaskIsAnObject() throws {
    let (black, red, blue): ((UInt8, UInt8, UInt8), _, _) =
      ((0, 0, 0), (255, 0, 0), (0, 0, 1))
      as ((UInt8, UInt8, UInt8), (UInt8, UInt8, UInt8), (UInt8, UInt8, UInt8))
    let folder = try folder([:], masks: ["dog.bmp": Self.bitmap([[black, red], [blue, red]])])
    let truth = try PictureTruth(folder: folder.path, pictures: ["x/dog.jpg"], below: "x")
    let size = PictureSpec.Size(height: 2, width: 2)
    let objects = try #require(try truth.objects(of: 0, size: size))
    #expect(objects.map(\.name) == ["#000001", "#ff0000"])
    #expect(objects[1].outline == .mask([false, true, false, true], size))
    let error = try #require(throws: CodedError.self) {
      try truth.objects(of: 0, size: .init(height: 2, width: 3))
    }
    #expect(error.message == "a mask of 2 x 2 pixels for a picture of 3 x 2 (upright)")
    let colours = (0..<70).map { (UInt8($0 + 1), UInt8(0), UInt8(0)) }
    let noisy = try self.folder([:], masks: ["dog.png": Self.bitmap([colours])])
    let many = try PictureTruth(folder: noisy.path, pictures: ["dog.jpg"], below: "")
    #expect(throws: CodedError.self) { try many.objects(of: 0, size: .init(height: 1, width: 70)) }
  }

  @Test func filesAreFoundByTheNameOfThePicture() throws {
    let folder = try folder([
      "a/one.txt": "", "two.txt": "", "classes.txt": "dog", "other.txt": "", ".hidden.txt": "",
    ])
    let truth = try PictureTruth(
      folder: folder.path, pictures: ["p/a/one.jpg", "p/b/two.png", "p/c/three.png"], below: "p")
    #expect(truth.file(of: 0) == folder["a/one.txt"] && truth.file(of: 1) == folder["two.txt"])
    #expect(truth.file(of: 2) == nil && truth.count == 2)
    #expect(try truth.objects(of: 2, size: .init(height: 1, width: 1)) == nil)
    #expect(truth.strangers == [folder["other.txt"]])
    func refusal(_ pictures: [String], _ folder: String) -> String? {
      do {
        _ = try PictureTruth(folder: folder, pictures: pictures, below: "p")
        return nil
      } catch { return error.message }
    }
    #expect(refusal(["p/no.jpg"], folder.path)?.contains("no.txt or no.png") == true)
    #expect(refusal(["p/x/two.jpg", "p/y/two.jpg"], folder.path)?.contains("belongs to p/x/two.jpg") == true)
    #expect(refusal(["p/a.jpg"], folder.path + "/none") == "no such folder")
    let both = try self.folder(["dog.txt": ""], masks: ["dog.png": []])
    #expect(refusal(["p/dog.jpg"], both.path)?.hasPrefix("two files tell") == true)
  }

  /// Pictures and boxes lie side by side in most collections.
  @Test func aPictureIsNotItsOwnMask() throws {
    let folder = try folder(["dog.txt": ""], masks: ["dog.bmp": Self.bitmap([[(1, 1, 1)]])])
    let truth = try PictureTruth(folder: folder.path, pictures: [folder["dog.bmp"]], below: folder.path)
    #expect(truth.file(of: 0) == folder["dog.txt"] && truth.strangers.isEmpty)
  }

  @Test func cellsFollowTheFrontEnd() {
    var spec = PictureSpec()
    (spec.resize, spec.crop) = (.shorterSide(4), .init(height: 4, width: 4))
    // 8 x 16 becomes 4 x 8, of which columns 2 to 6 are seen: columns 4 to 12 of the picture.
    let place = spec.placement(height: 8, width: 16)
    let box = PictureObject(
      name: "0", outline: .box(PictureRegion(top: 0, left: 6, bottom: 4, right: 10)))
    let expected = (0..<16).map { $0 / 4 < 2 && (1..<3).contains($0 % 4) }
    #expect(box.cells(of: place) == expected)
    let inside = (0..<128).map { $0 / 16 < 4 && (6..<10).contains($0 % 16) }
    let mask = PictureObject(name: "#ffffff", outline: .mask(inside, .init(height: 8, width: 16)))
    #expect(mask.cells(of: place) == expected)
    let outside = PictureObject(
      name: "0", outline: .box(PictureRegion(top: 0, left: 0, bottom: 8, right: 4)))
    #expect(!outside.cells(of: place).contains(true))
    // Padding is no part of the picture.
    spec.crop = .init(height: 4, width: 12)
    let padded = PictureObject(
      name: "0", outline: .mask([Bool](repeating: true, count: 128), .init(height: 8, width: 16)))
    #expect(
      padded.cells(of: spec.placement(height: 8, width: 16)).prefix(12)
        == (0..<12).map { (2..<10).contains($0) }[...])
  }

  @Test func objectsAreOfClasses() throws {
    func index(_ name: String) throws(CodedError) -> Int {
      guard let index = ["cat", "dog", "wolf"].firstIndex(of: name) else {
        throw CodedError(.unknownClass, "no class \"\(name)\"")
      }
      return index
    }
    let folder = try folder([
      "good.csv": "class,object\ndog,16\nwolf,016\ncat,#FF00aa\n", "columns.csv": "number,class\n1,dog\n",
      "class.csv": "object,class\n1,dog\n2,bird\n", "object.csv": "object,class\nred,dog\n",
      "empty.csv": "object,class\n", "fields.csv": "object,class\n1\n",
    ])
    let good = try TruthClasses(path: folder["good.csv"], classIndex: index)
    #expect(good.classes == ["16": [1, 2], "#ff00aa": [0]])
    for (name, code, line) in [
      ("columns", CodedError.Code.missingColumn, nil), ("class", .unknownClass, 3), ("object", .damaged, 2),
      ("empty", .empty, nil), ("fields", .damaged, 2), ("none", .missing, nil),
    ] as [(String, CodedError.Code, Int?)] {
      let error = try #require(throws: CodedError.self) {
        try TruthClasses(path: folder[name + ".csv"], classIndex: index)
      }
      #expect(error.code == code && error.line == line, "\(name): \(error)")
    }
  }
}
