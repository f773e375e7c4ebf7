import Analysis
import TestSupport
import Testing

@testable import Report

@Suite(.tags(.hand)) struct ColorTests {
  /// Corners of the published tables (Matplotlib, `_cm_listed.py`), rounded to bytes.
  @Test func tablesAreThePublishedOnes() {
    let maps: [(ColorMap, UInt32, UInt32, UInt32)] = [
      (.viridis, 0x440154, 0x21918C, 0xFDE725), (.magma, 0x000004, 0xB73779, 0xFCFDBF),
      (.plasma, 0x0D0887, 0xCC4778, 0xF0F921),
    ]
    for (map, first, middle, last) in maps {
      #expect(map.colors.count == 256)
      #expect(map.colors[0] == Color(hex: first) && map.colors[255] == Color(hex: last), "\(map.name)")
      // The table's middle lies between entries 127 and 128.
      for (a, b) in [(map.colors[128], Color(hex: middle))] {
        #expect(abs(a.red - b.red) + abs(a.green - b.green) + abs(a.blue - b.blue) < 0.02, "\(map.name)")
      }
    }
  }

  @Test func sequentialMapsGrowLighter() {
    for map in [ColorMap.viridis, .magma, .gray] {
      for index in 1..<256 {
        #expect(map.colors[index].luminance > map.colors[index - 1].luminance - 1e-3, "\(map.name) \(index)")
      }
    }
  }

  @Test func divergingMapIsLightestInTheMiddle() {
    let map = ColorMap.blueWhiteRed
    let lightest = map.colors.indices.max { map.colors[$0].luminance < map.colors[$1].luminance }
    #expect(lightest == 127 || lightest == 128)
    #expect(map.colors[0].blue > map.colors[0].red && map.colors[255].red > map.colors[255].blue)
  }

  @Test func endsOfTheScaleHaveTheEndColours() {
    let scale = ColorScale(low: -3, high: 5)
    #expect(ColorMap.viridis.color(at: scale.share(of: 5)) == ColorMap.viridis.colors[255])
    #expect(ColorMap.viridis.color(at: scale.share(of: 50)) == ColorMap.viridis.colors[255])
    #expect(ColorMap.viridis.color(at: scale.share(of: -3)) == ColorMap.viridis.colors[0])
    #expect(ColorMap.viridis.color(at: scale.share(of: -30)) == ColorMap.viridis.colors[0])
    #expect(ColorMap.viridis.color(at: .nan) == .missing)
    #expect(ColorMap.viridis.color(at: .infinity) == .missing)
  }

  @Test func rulesMakeTheScale() {
    let grids = [
      MapGrid(values: [-2, 0, 1, .nan], binCount: 2, frameCount: 2),
      MapGrid(values: [3, .infinity], binCount: 1, frameCount: 2),
    ]
    #expect(ColorScale(.extremes, for: grids) == ColorScale(low: -2, high: 3))
    #expect(ColorScale(.fromZero, for: grids) == ColorScale(low: 0, high: 3))
    #expect(ColorScale(.symmetric, for: grids) == ColorScale(low: -3, high: 3))
    #expect(ColorScale(.extremes, for: []).isFlat)
    let outlier = MapGrid(values: (0...100).map(Float.init) + [-9e9, 9e9], binCount: 1, frameCount: 103)
    #expect(ColorScale(.central(0.9), for: [outlier]) == ColorScale(low: 4, high: 96))
  }

  @Test func labIsUndoneExactlyEnough() {
    // The corners of a map made in CIELAB come back.
    #expect(abs(ColorMap.gray.colors[0].red - 43.0 / 255) < 1e-6)
    #expect(abs(ColorMap.ember.colors[255].green - 0xE9 / 255.0) < 1e-6)
  }
}
