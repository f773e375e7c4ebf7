import Audio
import Files
import Foundation
import TestSupport
import Testing

/// A picture where sound is expected is named as one.
@Suite(.tags(.hostile)) struct PictureAsSoundTests {
  @Test(arguments: [
    ("odd-420.jpg", "JPEG"), ("rgb.png", "PNG"), ("rgb.bmp", "BMP"), ("progressive.jpg", "JPEG"),
  ])
  func picturesAreNamed(_ name: String, _ format: String) throws {
    let path = packageRoot + "/Tests/ImagesTests/Golden/" + name
    let error = #expect(throws: CodedError.self) { _ = try AudioReader(path: path) }
    #expect(error?.code == .unknownFormat && error?.message == "a \(format) picture, not a sound file")
    #expect(error?.path == path)
  }

  @Test func otherFilesAreNot() throws {
    let error = #expect(throws: CodedError.self) {
      _ = try AudioReader(bytes: Array("BM, a text about a bitmap".utf8), name: "x")
    }
    #expect(error?.message.contains("picture") == false)
  }
}
