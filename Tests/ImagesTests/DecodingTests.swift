import Files
import Images
import TestSupport
import Testing

/// Small pictures of every kind against Pillow's pixels (Golden/generate.py).
@Suite(.tags(.reference)) struct DecodingTests {
  @Test(
    "PNG and BMP files are Pillow's pixels",
    arguments: [
      "rgb.png", "interlaced.png", "rgba.png", "grey.png", "grey-alpha.png", "rgb-16.png", "rgba-16.png",
      "grey-alpha-16.png", "grey-1.png", "grey-2.png", "palette-4.png", "keyed.png", "turned.png", "rgb.bmp",
      "palette.bmp", "bit.bmp", "rgba.bmp",
    ])
  func exactFormats(_ name: String) throws { try check(name) }

  // Exact, although Pillow brings a later libjpeg-turbo: both compute with whole numbers.
  @Test(
    "JPEG files are Pillow's pixels, byte for byte",
    arguments: [
      "odd-420.jpg", "odd-422.jpg", "full-444.jpg", "progressive.jpg", "grey.jpg", "stored-rgb.jpg",
      "cmyk.jpg", "ycck.jpg", "turned.jpg",
    ])
  func jpeg(_ name: String) throws { try check(name) }

  private func check(_ name: String) throws {
    let expected = try reference(name)
    for picture in [try Picture(path: golden(name)), try Picture(bytes: bytes(of: name), name: name)] {
      #expect(picture.height == expected.height && picture.width == expected.width)
      let differences = zip(picture.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
      #expect(picture.pixels.count == expected.pixels.count && picture.notes.isEmpty)
      #expect(differences.max() == 0, "\(differences.count { $0 > 0 }) values differ")
    }
  }

  @Test(.tags(.hand)) func sixteenBitsOfGreyKeepTheUpperEight() throws {
    // The 16-bit grey that Pillow would cut off at 255: one row of 1, 200.0 and 255.9 in units of the upper byte.
    let rows: [UInt8] = [0, 1, 0, 200, 0, 255, 230]
    let file = madePNG(width: 3, height: 1, depth: 16, kind: 0, rows: rows)
    #expect(
      try Picture(bytes: file, name: "grey").pixels == [1, 1, 1, 200, 200, 200, 255, 255, 255])
  }

  @Test(.tags(.hand)) func theOrientationTurnsTheStoredPixels() throws {
    // Stored as a b c / d e f; what is upright, from the EXIF standard's table.
    let upright: [Int: (rows: Int, cells: String)] = [
      1: (2, "abcdef"), 2: (2, "cbafed"), 3: (2, "fedcba"), 4: (2, "defabc"), 5: (3, "adbecf"),
      6: (3, "daebfc"), 7: (3, "fcebda"), 8: (3, "cfbead"), 9: (2, "abcdef"), 0: (2, "abcdef"),
    ]
    let stored = Array("abcdef".utf8)
    let rows = [[0] + stored[..<3], [0] + stored[3...]].flatMap { $0 }
    for (orientation, expected) in upright {
      for isLittle in [false, true] {
        let exif = exifData(orientation: orientation, isLittle: isLittle)
        let file = madePNG(width: 3, height: 2, depth: 8, kind: 0, rows: rows, exif: exif)
        let picture = try Picture(bytes: file, name: "turned")
        let cells = stride(from: 0, to: 18, by: 3).map { picture.pixels[$0] }
        #expect(String(decoding: cells, as: UTF8.self) == expected.cells, "\(orientation)")
        #expect(picture.height == expected.rows)
      }
    }
  }

  @Test(.tags(.hand)) func pixelsByRowAndColumn() {
    let picture = madePicture(height: 4, width: 5)
    let pixel = picture[row: 3, column: 2]
    #expect(pixel.red == 127 && pixel.green == 9 && pixel.blue == 233)
  }

  @Test(.tags(.trap)) func pixelsOutsideEndTheProcess() async {
    await #expect(processExitsWith: .failure) {
      _ = Picture(pixels: [0, 0, 0], height: 1, width: 1)[row: 0, column: 1]
    }
    await #expect(processExitsWith: .failure) {
      _ = Picture(pixels: [0, 0, 0], height: 1, width: 2)
    }
  }
}
