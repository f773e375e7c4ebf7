import Files
import Foundation
import Images
import TestSupport
import Testing

@Suite(.tags(.hostile)) struct HostilePictureTests {
  private static let pictures = [
    "odd-420.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "rgb.png", "interlaced.png", "palette-4.png",
    "rgb.bmp", "palette.bmp",
  ]

  /// A baseline JPEG whose header claims another size.
  private func jpeg(claiming height: Int, _ width: Int) throws -> [UInt8] {
    var file = try bytes(of: "odd-420.jpg")
    let frame = try #require((0..<file.count - 1).first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
    file.replaceSubrange(
      frame + 5..<frame + 9, with: big(height)[2...] + big(width)[2...])
    return file
  }

  @Test func sizesThatAreClaimedOnly() throws {
    #expect(code(reading: try jpeg(claiming: 50_000, 50_000)) == .tooLarge)
    for (width, height) in [(50_000, 50_000), (1, 2_000_000_000), (0x7fff_ffff, 0x7fff_ffff)] {
      let png = madePNG(width: width, height: height, depth: 8, kind: 2, rows: [0, 1, 2, 3])
      #expect(code(reading: png) == .tooLarge)
      var bitmap = try bytes(of: "rgb.bmp")
      bitmap.replaceSubrange(18..<26, with: big(width).reversed() + big(height).reversed())
      #expect(code(reading: bitmap) == .tooLarge)
    }
    // Allowed, but not there: an error after little work, not a picture of nothing.
    #expect(code(reading: try jpeg(claiming: 9_000, 9_000)) == .damaged)
    #expect(
      code(reading: madePNG(width: 9_000, height: 9_000, depth: 8, kind: 2, rows: [0, 1, 2, 3])) == .damaged)
    #expect(code(reading: try bytes(of: "rgb.png"), maximumPixels: 17 * 23) == nil)
    #expect(code(reading: try bytes(of: "rgb.png"), maximumPixels: 17 * 23 - 1) == .tooLarge)
    #expect(code(reading: try bytes(of: "rgb.png"), maximumPixels: -1) == .tooLarge)
  }

  @Test func sizesOfNothing() throws {
    #expect(code(reading: try jpeg(claiming: 0, 37)) == .damaged)
    #expect(code(reading: madePNG(width: 0, height: 5, depth: 8, kind: 2, rows: [0])) == .damaged)
    var bitmap = try bytes(of: "rgb.bmp")
    bitmap.replaceSubrange(18..<22, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(code(reading: bitmap) == .damaged)
  }

  @Test("a file that is cut off is no picture, wherever it is cut", arguments: pictures)
  func cutOff(_ name: String) throws {
    let file = try bytes(of: name)
    // All pixels of a PNG are there when only its end mark and its checksums are missing; so are those of a bitmap without
    // the padding of its last row.
    let complete =
      name.hasSuffix("png") ? file.count - 28 : name.hasSuffix("bmp") ? file.count - 4 : file.count
    for count in stride(from: 0, to: file.count, by: 7) {
      let found = code(reading: Array(file[..<count]))
      switch count {
      case 0: #expect(found == .empty)
      case 1..<16 where found != .damaged: #expect(found == .unknownFormat)
      default: #expect(found == .damaged || (found == nil && count > complete), "\(count) bytes")
      }
    }
    do {
      _ = try Picture(bytes: Array(file[..<(file.count * 3 / 4)]), name: "half")
      Issue.record("no error")
    } catch {
      #expect(error.description.contains("cut off") && error.path == "half")
    }
  }

  @Test("no damaged byte ends the process or gives another size", arguments: pictures)
  func damagedBytes(_ name: String) throws {
    let file = try bytes(of: name)
    var generator = SystemRandomNumberGenerator()
    for index in file.indices {
      var damaged = file
      damaged[index] = UInt8.random(in: 0...255, using: &generator)
      if let picture = try? Picture(bytes: damaged, name: "damaged", maximumPixels: 1_000_000) {
        #expect(picture.pixels.count == picture.height * picture.width * 3)
      }
    }
  }

  @Test func anEndPutIntoTheMiddleIsOne() throws {
    var file = try bytes(of: "odd-420.jpg")
    // As programs do that mend files: what is missing would be grey.
    file.removeSubrange(file.count * 3 / 4..<file.count - 2)
    #expect(code(reading: file) == .damaged)
  }

  @Test func damagesThatAreJumpedOverAreNoted() throws {
    var file = try bytes(of: "odd-420.jpg")
    let table = try #require((0..<file.count - 1).first { file[$0] == 0xFF && file[$0 + 1] == 0xDB })
    file.insert(contentsOf: [1, 2, 3], at: table)
    let picture = try Picture(bytes: file, name: "damaged")
    #expect(picture.pixels == (try reference("odd-420.jpg")).pixels)
    #expect(picture.notes.count == 1 && picture.notes[0].contains("3 extraneous bytes before marker 0xdb"))
  }

  @Test func aPNGWithoutItsEndIsWhole() throws {
    let file = try bytes(of: "rgb.png")
    #expect(try Picture(bytes: Array(file.dropLast(12)), name: "x").pixels == reference("rgb.png").pixels)
  }

  @Test func scansWithoutEnd() throws {
    var file = try bytes(of: "progressive.jpg")
    // The last scan again and again.
    let scan = try #require((0..<file.count - 1).last { file[$0] == 0xFF && file[$0 + 1] == 0xDA })
    let last = Array(file[scan..<file.count - 2])
    for _ in 0..<600 { file.insert(contentsOf: last, at: file.count - 2) }
    #expect(code(reading: file) == .tooLarge)
  }

  @Test func filesThatAreNoPicture() throws {
    let folder = try temporaryFolder()
    func path(_ name: String, _ contents: [UInt8]) throws -> String {
      let path = folder + "/" + name
      try Data(contents).write(to: URL(fileURLWithPath: path))
      return path
    }
    #expect(code { _ = try Picture(path: folder + "/none.png") } == .missing)
    #expect(code { _ = try Picture(path: folder) } == .unknownFormat)
    #expect(code { _ = try Picture(path: path("a.png", [])) } == .empty)
    #expect(code { _ = try Picture(path: path("b.jpg", Array("a text".utf8))) } == .unknownFormat)
    #expect(
      code { _ = try Picture(path: path("c.jpg", Array("BM, as this text begins".utf8))) } == .unknownFormat)
    for start in ["GIF89a", "RIFF1234WEBPVP8 ", "II*\0", "\0\0\0 ftypavif", "\0\0\0 ftypheic"] {
      let contents = Array(start.utf8) + [UInt8](repeating: 0, count: 40)
      #expect(code { _ = try Picture(path: path("d.png", contents)) } == .unsupported, "\(start)")
    }
    // The content decides, not the name.
    let named = try path("e.png", bytes(of: "odd-420.jpg"))
    #expect(try Picture(path: named).width == 37)
    let pipe = folder + "/pipe.jpg"
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    #expect(code { _ = try Picture(path: pipe) } == .unknownFormat)
  }

  @Test func aLongFileIsNotRead() throws {
    // 100 GB of nothing after a PNG's first bytes, none of them on the disk.
    let path = try temporaryFolder() + "/long.png"
    try Data(bytes(of: "rgb.png")).write(to: URL(fileURLWithPath: path))
    #expect(unsafe truncate(path, 100_000_000_000) == 0)
    #expect(code { _ = try Picture(path: path) } == .tooLarge)
  }

  @Test func variantsThatNobodyReads() throws {
    var precise = try bytes(of: "odd-420.jpg")
    let frame = try #require((0..<precise.count - 1).first { precise[$0] == 0xFF && precise[$0 + 1] == 0xC0 })
    var lossless = precise
    precise[frame + 4] = 12
    lossless[frame + 1] = 0xC3
    #expect(code(reading: precise) == .unsupported)
    #expect(code(reading: lossless) == .unsupported)
    var packed = try bytes(of: "palette.bmp")
    packed[30] = 1
    #expect(code(reading: packed) == .unsupported)
    var sixteen = try bytes(of: "rgb.bmp")
    sixteen[28] = 16
    #expect(code(reading: sixteen) == .unsupported)
  }

  @Test("an orientation that makes no sense leaves the picture as it is")
  func damagedOrientation() throws {
    let rows: [UInt8] = [0, 1, 2, 3]
    let good = exifData(orientation: 6, isLittle: true)
    for index in good.indices {
      for value: UInt8 in [0, 0x7F, 0xFF] {
        var exif = good
        exif[index] = value
        let file = madePNG(width: 3, height: 1, depth: 8, kind: 0, rows: rows, exif: exif)
        #expect(try Picture(bytes: file, name: "exif").pixels.count == 9)
        let cut = madePNG(
          width: 3, height: 1, depth: 8, kind: 0, rows: rows, exif: Array(exif[..<index]))
        #expect(try Picture(bytes: cut, name: "exif").pixels.count == 9)
      }
    }
  }
}
