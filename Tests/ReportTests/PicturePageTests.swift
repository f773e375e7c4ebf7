import Analysis
import Files
import Foundation
import Images
import TestSupport
import Testing

@testable import Report

/// The page and the sheet of an explained picture.
@Suite(.tags(.hand, .hostile)) struct PicturePageTests {
  static let size = PictureSpec.Size(height: 300, width: 400)

  /// A gradient with a bright disc, and evidence on the disc.
  static let picture: Picture = {
    var pixels: [UInt8] = []
    for y in 0..<300 {
      for x in 0..<400 {
        let isDisc = (x - 260) * (x - 260) + (y - 120) * (y - 120) < 2500
        pixels += isDisc ? [250, 220, 90] : [UInt8(x / 3), UInt8(60 + y / 3), 120]
      }
    }
    return Picture(pixels: pixels, height: 300, width: 400)
  }()

  static let evidence: MapGrid = {
    let values = (0..<300 * 400).map { index -> Float in
      let (x, y) = (Float(index % 400 - 260), Float(index / 400 - 120))
      return max(0, 1 - (x * x + y * y).squareRoot() / 90)
    }
    return MapGrid(values: values, binCount: 300, frameCount: 400)
  }()

  static func study(name: String = "sun.png", label: String = "sun, daystar") -> PictureStudy {
    PictureStudy(
      path: "Pictures/\(name)", name: name, predicted: label,
      shares: [
        .init(label: label, probability: 0.81), .init(label: "moon", probability: 0.12),
        .init(label: "lamp, street lamp, lantern", probability: 0.004),
      ], classCount: 1000, explained: "\(label) rather than moon", explainedClass: label,
      explainedProbability: 0.81, mapName: "grad-cam at conv10", size: size,
      seen: PictureRegion(top: 0, left: 50, bottom: 300, right: 350),
      sentence: "Half of the evidence of grad-cam at conv10 is in 7.0 % of what the network sees.",
      regions: [.init(place: PictureRegion(top: 60, left: 200, bottom: 180, right: 320), share: 0.52)],
      picture: .init(key: "picture", caption: name), overlay: .init(key: "overlay", caption: "Evidence"),
      heat: .init(key: "heat", caption: "Evidence"), showsPixels: false, peak: 11.72,
      checks: [
        .init(name: "the picture", probability: 0.81, remark: "as it is, seen as \(label)"),
        .init(name: "what the map marks", probability: 0.64, remark: "21 % of it kept"),
        .init(name: "the rest", probability: nil, remark: "seen as moon"),
      ], finding: "The parts that the map marks speak more for it (64.0 %) than as many other parts (3.0 %).",
      facts: [.init("Model", "<b>squeezenet</b>")],
      notes: ["A model only knows its own classes: it calls anything one of them."])
  }

  static func pictures() throws -> [String: [UInt8]] {
    [
      "picture": try PicturePNG.png(picture), "overlay": try PicturePNG.overlay(evidence),
      "heat": try PicturePNG.heat(evidence),
    ]
  }

  @Test func thePageHoldsItsPicturesAndMakesNoRequests() throws {
    let folder = try temporaryFolder()
    let page = try PictureExplanationPage(Self.study(), pictures: Self.pictures())
    #expect(try page.write(to: folder) == [])
    let html = try String(contentsOfFile: folder + "/explanation.html", encoding: .utf8)
    #expect(html.components(separatedBy: "src=\"data:image/png;base64,").count == 5)
    #expect(!html.contains("http://") && !html.contains("https://"))
    #expect(html.contains("left:12.5%;top:0%;width:75%;height:100%"))
    #expect(html.contains("The network sees what is in the frame.") && html.contains("The other 997 are in"))
    #expect(html.contains("&lt;b&gt;squeezenet&lt;/b&gt;"))
  }

  @Test func largePicturesAreBesideThePage() throws {
    let folder = try temporaryFolder()
    let page = try PictureExplanationPage(Self.study(), pictures: Self.pictures(), limitBytes: 100)
    let files = try page.write(to: folder)
    #expect(files.count == 3 && files.allSatisfy { FileSystem.exists(join(folder, $0)) })
    #expect(throws: CodedError.self) { try PictureExplanationPage(Self.study(), pictures: [:]) }
  }

  @Test func markupIsText() throws {
    let html = try PictureExplanationPage(
      Self.study(name: "<script>x</script>\u{202E}.png", label: "\"><img src=x>"), pictures: Self.pictures()
    ).html
    #expect(!html.contains("<script>x") && !html.contains("<img src=x"))
    #expect(html.contains("&lt;script&gt;x&lt;/script&gt;"))
  }

  /// The evidence lies on what it is about: a picture's first row is at the top.
  @Test func rowsRunFromTheTop() throws {
    let overlay = try Picture(bytes: PicturePNG.heat(Self.evidence), name: "heat")
    let brightest = (0..<overlay.height * overlay.width).max { first, second in
      overlay.level(first) < overlay.level(second)
    }
    let place = try #require(brightest)
    #expect(abs(place / overlay.width - 120) < 4 && abs(place % overlay.width - 260) < 4)
    let own = try Picture(bytes: PicturePNG.png(Self.picture), name: "picture")
    #expect(own.pixels == Self.picture.pixels)
  }

  private func figure(_ content: PictureFigure.Content, _ evidence: MapGrid = evidence) -> PictureFigure {
    PictureFigure(
      picture: Self.picture, evidence: evidence, content: content, title: "Evidence for the sun",
      seen: PictureRegion(top: 0, left: 0.125, bottom: 1, right: 0.875), scaleLabel: "evidence")
  }

  @Test func theSheetHasThreePicturesAndBars() throws {
    let sheet = PictureSheet(
      title: "sun.png", subtitle: "predicted: sun 81.0 %",
      panels: [figure(.picture), figure(.overlay), figure(.evidence)],
      bars: ProbabilityFigure(labels: ["sun", "moon"], probabilities: [0.81, 0.12], predicted: "sun"))
    for format in FigureFormat.allCases {
      #expect(try sheet.bytes(format).count > 2000)
    }
    // In the second panel the disc is coloured, and the sky beside it grey.
    let overlay = try Picture(bytes: figure(.overlay).bytes(scale: 1), name: "overlay")
    let zoom = 330.0 / 400
    func color(x: Double, y: Double) -> (red: UInt8, green: UInt8, blue: UInt8) {
      overlay[row: Int(24 + y * zoom), column: Int(6 + x * zoom)]
    }
    let (disc, sky) = (color(x: 260, y: 120), color(x: 40, y: 250))
    #expect(Int(disc.red) - Int(disc.blue) > 60)
    #expect(sky.red == sky.green && sky.green == sky.blue)
  }

  @Test func mapsWithoutEvidenceSaySo() throws {
    let empty = MapGrid(values: [Float](repeating: 0, count: 12), binCount: 3, frameCount: 4)
    let bytes = try figure(.overlay, empty).bytes(.svg)
    #expect(bytes.count > 1000)
    let heat = try Picture(bytes: PicturePNG.heat(empty), name: "heat")
    #expect(Set(heat.pixels).count <= 3 && heat.pixels.max() ?? 255 < 10)
    for content in [PictureFigure.Content.picture, .evidence] {
      #expect(try figure(content, empty).bytes(scale: 1).count > 500)
    }
  }
}

extension Picture {
  fileprivate func level(_ pixel: Int) -> Int {
    Int(pixels[3 * pixel]) + Int(pixels[3 * pixel + 1]) + Int(pixels[3 * pixel + 2])
  }
}
