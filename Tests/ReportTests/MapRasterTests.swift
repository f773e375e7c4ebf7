import Analysis
import Foundation
import TestSupport
import Testing

@testable import Report

@Suite(.tags(.hand)) struct MapRasterTests {
  private let scale = ColorScale(low: 0, high: 3)

  @Test func eachCellIsAPixelAndRowZeroIsBelow() throws {
    let grid = MapGrid(values: [0, 1, 2, 3, .nan, 9], binCount: 2, frameCount: 3)
    let raster = MapRaster(grid, colorMap: .viridis, scale: scale)
    let picture = try PixelReader(png: raster.png())
    #expect(picture.width == 3 && picture.height == 2 && raster.width == 3 && raster.height == 2)
    #expect(picture[0, 1] == 0x440154)
    #expect(picture[0, 0] == 0xFDE725)
    #expect(picture[1, 0] == 0xC9CCD1)
    // Beyond the scale: its last colour.
    #expect(picture[2, 0] == picture[0, 0])
  }

  @Test func overlaysAreTransparentWithoutEvidence() throws {
    let grid = MapGrid(values: [0, 1, .nan, 2], binCount: 1, frameCount: 4)
    let picture = try PixelReader(png: MapRaster(MapOverlay(grid: grid)).png())
    #expect(picture.alpha(0, 0) == 0 && picture.alpha(2, 0) == 0)
    #expect(picture.alpha(3, 0) == 217)
    #expect((1..<217).contains(picture.alpha(1, 0)))
    let flat = MapGrid(values: [0, 0], binCount: 1, frameCount: 2)
    #expect(try PixelReader(png: MapRaster(MapOverlay(grid: flat)).png()).alpha(1, 0) == 0)
    // On a scale shared with a stronger map it is fainter.
    let shared = MapRaster(MapOverlay(grid: grid), scale: ColorScale(low: 0, high: 8))
    #expect(try PixelReader(png: shared.png()).alpha(3, 0) < 217)
  }

  @Test func signedOverlaysFadeAroundZero() throws {
    let grid = MapGrid(values: [-2, 0, 2], binCount: 1, frameCount: 3)
    let overlay = MapOverlay(grid: grid, colorMap: .blueWhiteRed, rule: .symmetric)
    let picture = try PixelReader(png: MapRaster(overlay).png())
    #expect(picture.alpha(1, 0) == 0 && picture.alpha(0, 0) == 217 && picture.alpha(2, 0) == 217)
    // Premultiplied: blue outweighs red on the left, and the reverse.
    let blueOverRed = [0, 2].map { Int(picture[$0, 0] & 0xFF) - Int(picture[$0, 0] >> 16) }
    #expect(blueOverRed[0] > 0 && blueOverRed[1] < 0)
  }

  @Test func longMapsAreAveragedInTime() throws {
    let grid = MapGrid(values: (0..<1000).map { Float($0 % 2) * 3 }, binCount: 1, frameCount: 1000)
    let raster = MapRaster(grid, scale: scale)
    #expect(raster.width == 500 && raster.height == 1)
    let picture = try PixelReader(png: raster.png())
    #expect(picture.count(of: picture[0, 0]) == 500)
  }

  /// Noise cannot be compressed: a byte for each cell, and about 1 kB for the rest.
  @Test func filesAreSmall() throws {
    var state: UInt64 = 1
    let noise = (0..<128 * 431).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) * 3
    }
    let grid = MapGrid(values: noise, binCount: 128, frameCount: 431)
    #expect(try MapRaster(grid, scale: scale).png().count < 128 * 431 + 1500)
    #expect(
      try MapRaster(MapOverlay(grid: MapGrid(values: [1], binCount: 1, frameCount: 1))).png().count < 1300)
  }

  @Test func ticksAndScalesBecomeWords() {
    let ticks = FigureAxis.quefrency(binCount: 20).ticks(over: 20)
    #expect(ticks.first == TrackStudy.Tick(position: 0.025, label: "0"))
    #expect(ColorScale(low: -80, high: 0).words(unit: "dB") == "−80 to 0 dB")
    #expect(ColorScale(low: -1.5, high: 2).words(unit: "sd") == "−1.50 to 2.00 sd")
  }
}
