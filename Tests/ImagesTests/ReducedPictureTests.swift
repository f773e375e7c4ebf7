import Files
import Images
import Tensors
import TestSupport
import Testing

/// What is drawn of large pictures, and what files of another kind are called.
@Suite(.tags(.hand, .hostile)) struct ReducedPictureTests {
  @Test func proportionsAreKept() throws {
    let picture = madePicture(height: 60, width: 90)
    let small = try picture.reduced(toLongerSide: 30)
    #expect((small.height, small.width) == (20, 30))
    #expect(try picture.reduced(toLongerSide: 90) == picture)
    let line = Picture(pixels: [UInt8](repeating: 7, count: 3000), height: 1, width: 1000)
    let short = try line.reduced(toLongerSide: 10)
    #expect((short.height, short.width) == (1, 10) && short.pixels.allSatisfy { $0 == 7 })
  }

  /// Its pixels are those of a front end that resizes to that size: a second way would give other numbers.
  @Test func pixelsAreTheFrontEnds() throws {
    let picture = madePicture(height: 60, width: 90)
    var spec = PictureSpec()
    (spec.resize, spec.range) = (.exact(height: 20, width: 30), .bytes)
    let input = try spec.input(of: picture)
    let small = try picture.reduced(toLongerSide: 30)
    for channel in 0..<3 {
      let plane = (0..<600).map { Float(small.pixels[3 * $0 + channel]) }
      #expect(plane == Array(input.values[channel * 600..<(channel + 1) * 600]))
    }
  }

  @Test func soundIsNamed() {
    let starts: [[UInt8]] = [
      Array("ID3\u{3}\0\0\0\0\0\0\0\0\0\0\0\0".utf8),
      Array("fLaC\0\0\0\u{22}".utf8) + [UInt8](repeating: 0, count: 12),
      Array("RIFF1234WAVEfmt ".utf8), [0xFF, 0xFB, 0x90, 0x64] + [UInt8](repeating: 0, count: 12),
    ]
    for start in starts {
      let error = #expect(throws: CodedError.self) { try Picture(bytes: start, name: "x") }
      #expect(error?.code == .unknownFormat && error?.message == "a sound file, not a picture")
    }
    let text = #expect(throws: CodedError.self) { try Picture(bytes: Array("a plain text".utf8), name: "x") }
    #expect(text?.message.hasPrefix("not a picture") == true)
  }

  @Test func regionsOfTheInputAreRegionsOfThePicture() {
    var spec = PictureSpec()
    (spec.resize, spec.crop) = (.shorterSide(24), .init(height: 20, width: 20))
    let place = spec.placement(height: 48, width: 64)
    #expect(
      place.region(rows: 0..<4, columns: 16..<20) == PictureRegion(top: 4, left: 44, bottom: 12, right: 52))
    #expect(place.region(rows: 0..<20, columns: 0..<20) == place.seen)
    spec.resize = .exact(height: 10, width: 10)
    // The border is padding: nothing of the picture.
    #expect(spec.placement(height: 10, width: 10).region(rows: 0..<2, columns: 0..<20) == nil)
  }
}
