import Analysis
import Files
import Foundation
import TestSupport
import Testing

@testable import Report

private let axes = (
  x: FigureAxis.seconds(frameCount: 4, secondsPerFrame: 1), y: FigureAxis.quefrency(binCount: 2)
)

/// Two bins, four frames.
private func figure(_ values: [Float], title: String = "t", rule: ColorScale.Rule = .extremes) -> MapFigure {
  MapFigure(
    grid: MapGrid(values: values, binCount: 2, frameCount: 4), xAxis: axes.x, yAxis: axes.y, title: title,
    rule: rule, scaleLabel: "unit")
}

private func hex(_ color: Color) -> UInt32 { color.premultipliedWord & 0xFFFFFF }

@Suite(.tags(.hand)) struct MapFigureTests {
  /// The map lies 50 points from the left, 24 from the top, 68 from the right and 38 from the bottom of 440 x 230.
  private func center(ofBin bin: Int, frame: Int, scale: Double) -> (x: Int, y: Int) {
    let (width, height) = (440.0 - 118, 230.0 - 62)
    return (
      Int((50 + (Double(frame) + 0.5) / 4 * width) * scale),
      Int((24 + (1.5 - Double(bin)) / 2 * height) * scale)
    )
  }

  @Test(arguments: [1.0, 2.0]) func pixelsHaveTheColoursOfTheirCells(scale: Double) throws {
    let values: [Float] = [0, 1, 2, 3, 4, 5, 6, 7]
    let bytes = try figure(values).bytes(.png, scale: scale)
    #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    let picture = try PixelReader(png: bytes)
    #expect(picture.width == Int(440 * scale) && picture.height == Int(230 * scale))
    #expect(picture[0, 0] == 0xFFFFFF)
    for bin in 0..<2 {
      for frame in 0..<4 {
        let (x, y) = center(ofBin: bin, frame: frame, scale: scale)
        let expected = ColorMap.viridis.color(at: Double(values[bin * 4 + frame]) / 7)
        #expect(picture[x, y] == hex(expected), "bin \(bin), frame \(frame)")
      }
    }
  }

  @Test func signedMapsAreWhiteAtZeroAndNaNIsGrey() throws {
    let map = ExplanationMap(
      grid: MapGrid(values: [-1, 0, 0.5, .nan, 0, 0, 0, 0], binCount: 2, frameCount: 4), polarity: .signed,
      method: "hires-cam", layer: "conv1", className: "Folk", score: 0, probability: 0.5)
    let drawn = MapFigure.explanation(map, xAxis: axes.x, yAxis: axes.y, title: "signed")
    #expect(drawn.scale == ColorScale(low: -1, high: 1))
    let picture = try PixelReader(png: drawn.bytes(.png, scale: 1))
    let at = { (frame: Int) in
      let place = center(ofBin: 0, frame: frame, scale: 1)
      return picture[place.x, place.y]
    }
    #expect(at(0) == hex(ColorMap.blueWhiteRed.colors[0]))
    #expect(at(1) == hex(ColorMap.blueWhiteRed.colors[128]))
    #expect(at(3) == hex(.missing))
  }

  @Test func overlaysBlendByStrength() throws {
    let map = ExplanationMap(
      grid: MapGrid(values: [0, 0, 0, 4, 0, 0, 0, 4], binCount: 2, frameCount: 4), polarity: .positive,
      method: "grad-cam", layer: "conv3", className: "Folk", score: 1, probability: 0.9)
    let feature = MapGrid(values: .init(repeating: 7, count: 8), binCount: 2, frameCount: 4)
    let drawn = MapFigure.explanation(map, over: feature, xAxis: axes.x, yAxis: axes.y, title: "over")
    let picture = try PixelReader(png: drawn.bytes(.png, scale: 1))
    let plain = ColorMap.gray.color(at: 0.5)
    // No evidence leaves the feature map as it is; the strongest covers it by the overlay's opacity.
    #expect(picture[80, 100] == hex(plain))
    let covered = ColorMap.ember.colors[255].withAlpha(0.85).over(plain)
    let found = picture[366, 100]
    for shift in [0, 8, 16] {
      // Cairo blends premultiplied bytes: one step of rounding each.
      #expect(abs(Int(found >> shift & 255) - Int(hex(covered) >> shift & 255)) <= 2)
    }
  }

  @Test func noPositiveEvidenceIsSaidInWords() throws {
    let map = { (values: [Float]) in
      ExplanationMap(
        grid: MapGrid(values: values, binCount: 2, frameCount: 4), polarity: .positive, method: "grad-cam",
        layer: "conv3", className: "Folk", score: 1, probability: 0.9)
    }
    let empty = MapFigure.explanation(
      map(.init(repeating: 0, count: 8)), xAxis: axes.x, yAxis: axes.y, title: "x")
    let full = MapFigure.explanation(map([0, 0, 0, 0, 0, 0, 0, 1]), xAxis: axes.x, yAxis: axes.y, title: "x")
    #expect(empty.isEmpty && !full.isEmpty && !figure(.init(repeating: 0, count: 8)).isEmpty)
    #expect(empty.emptyText == "no positive evidence")
    // The plate with the words is white in the middle of a black map.
    let picture = try PixelReader(png: empty.bytes(.png, scale: 1))
    let plate = (100..<300).filter { picture[$0, 98] != 0x000004 }
    #expect(plate.count > 60)
  }

  @Test func sharedScalesCompare() {
    let figures = MapFigure.sharingScale([
      figure([0, 0, 0, 0, 0, 0, 0, 1], rule: .fromZero), figure([0, 0, 0, 0, 0, 0, 0, 9], rule: .fromZero),
    ])
    #expect(figures.map(\.scale) == [ColorScale(low: 0, high: 9), ColorScale(low: 0, high: 9)])
  }

  @Test func hostileTextIsOnlyText() throws {
    let texts = [
      "", "<script>alert(1)</script>", "a\0b\u{1B}[31m\n\r\u{202E}gnp.exe",
      String(repeating: "long ", count: 20_000),
      "e" + String(repeating: "\u{0301}", count: 50_000), "音楽 🎵 ملف", String(repeating: "W", count: 300),
    ]
    for text in texts {
      var hostile = figure([0, 1, 2, 3, 4, 5, 6, 7], title: text)
      hostile.subtitle = text
      hostile.scaleLabel = text
      hostile.yAxis.label = text
      let picture = try PixelReader(png: hostile.bytes(.png, scale: 1))
      // Nothing runs over the right edge.
      #expect((0..<230).allSatisfy { picture[439, $0] == 0xFFFFFF }, "\(text.prefix(20))")
      #expect(try hostile.bytes(.svg).count > 500)
    }
    #expect("a\0b\u{202E}\n".singleLine == "a b  ")
  }

  @Test func vectorFilesComeFromTheSameDrawing() throws {
    let svg = try figure([0, 1, 2, 3, 4, 5, 6, 7]).bytes(.svg)
    #expect(String(decoding: svg.prefix(5), as: UTF8.self) == "<?xml")
    #expect(String(decoding: svg, as: UTF8.self).contains("440"))
    // Cairo counts the surfaces of the process, and we count those of the picture.
    #expect(try svg == figure([0, 1, 2, 3, 4, 5, 6, 7]).bytes(.svg))
    #expect(
      SVGNumbers.renumbered(Array(##"<g id="surface41"/><image id="image57"/><use href="#image57"/>"##.utf8))
        == Array(##"<g id="surface0"/><image id="image1"/><use href="#image1"/>"##.utf8))
    let pdf = try figure([0, 1, 2, 3, 4, 5, 6, 7]).bytes(.pdf)
    #expect(String(decoding: pdf.prefix(5), as: UTF8.self) == "%PDF-")
  }

  @Test func filesAppearWholeOrNotAtAll() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let drawn = figure([0, 1, 2, 3, 4, 5, 6, 7])
    try drawn.write(to: folder.appendingPathComponent("a.png").path)
    try drawn.write(to: folder.appendingPathComponent("a.PDF").path)
    let wrong = #expect(throws: CodedError.self) {
      try drawn.write(to: folder.appendingPathComponent("a.gif").path)
    }
    #expect(wrong?.code == .unknownFormat)
    let lost = #expect(throws: CodedError.self) {
      try drawn.write(to: folder.appendingPathComponent("none/a.png").path)
    }
    #expect(lost?.code == .inputOutput && lost?.path.hasSuffix("none/a.png") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.PDF", "a.png"])
  }

  @Test func impossibleSizesThrow() {
    for size in [
      FigureSize(width: 0, height: 10), FigureSize(width: 40_000, height: 10),
      FigureSize(width: .nan, height: 9),
    ] {
      var wrong = figure([0, 1, 2, 3, 4, 5, 6, 7])
      wrong.size = size
      #expect(#expect(throws: CodedError.self) { try wrong.bytes(.png, scale: 1) }?.code == .badSize)
    }
  }

  @Test func aLongMapIsAveragedNotRefused() throws {
    let long = MapGrid(values: (0..<80_000).map { Float($0 % 2) }, binCount: 2, frameCount: 40_000)
    #expect(long.reduced(toAtMost: 8192).frameCount == 8000)
    #expect(long.reduced(toAtMost: 8192).values.allSatisfy { abs($0 - 0.5) < 0.11 })
    var drawn = figure([0, 1, 2, 3, 4, 5, 6, 7])
    drawn.grid = long
    #expect(try drawn.bytes(.png, scale: 1).count > 500)
  }
}
