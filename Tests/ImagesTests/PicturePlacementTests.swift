import Images
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand)) struct PicturePlacementTests {
  @Test func theMiddleOfTheInputIsTheMiddleOfThePicture() throws {
    let place = PictureSpec.imageNet.placement(height: 512, width: 512)
    // 512 -> 256, of which 16...240: in the picture 32...480.
    #expect(place.seen == PictureRegion(top: 32, left: 32, bottom: 480, right: 480))
    #expect(
      place.region(row: 3, column: 0, ofGrid: (7, 7))
        == PictureRegion(top: 224, left: 32, bottom: 288, right: 96))
    let middle = place.inInput(y: 256, x: 256)
    #expect(middle.y == 112 && middle.x == 112)
  }

  @Test func sidesStretchOnTheirOwn() {
    let place = PictureSpec.unit.placement(height: 448, width: 112)
    #expect(place.seen == PictureRegion(top: 0, left: 0, bottom: 448, right: 112))
    #expect(
      place.region(row: 1, column: 1, ofGrid: (2, 4))
        == PictureRegion(top: 224, left: 28, bottom: 448, right: 56))
  }

  @Test func paddingIsNoPartOfThePicture() throws {
    var spec = PictureSpec()
    spec.crop = .init(height: 4, width: 8)
    let place = spec.placement(height: 4, width: 4)
    #expect(place.left == -2 && place.seen == PictureRegion(top: 0, left: 0, bottom: 4, right: 4))
    #expect(place.region(row: 0, column: 0, ofGrid: (1, 4)) == nil)
    #expect(
      place.region(row: 0, column: 1, ofGrid: (1, 4))
        == PictureRegion(top: 0, left: 0, bottom: 4, right: 2))
  }

  @Test func aMapIsDrawnWhereTheNetworkLooked() {
    var spec = PictureSpec()
    spec.crop = .init(height: 2, width: 4)
    let drawn = spec.placement(height: 4, width: 6).overPicture(Tensor([1, 3], shape: [1, 2]))
    // Two cells of two columns each; halves between their centres, nothing outside the crop.
    let row: [Float] = [0, 1, 1.5, 2.5, 3, 0]
    #expect(
      drawn
        == Tensor(
          [Float](repeating: 0, count: 6) + row + row + [Float](repeating: 0, count: 6), shape: [4, 6]))
  }

  @Test("what is drawn at a cell's place has the cell's value", .tags(.property))
  func agreesWithRegions() throws {
    for spec in [PictureSpec.imageNet, .caffe] {
      let place = spec.placement(height: 333, width: 457)
      let map = Tensor((0..<35).map { Float($0 * $0 % 11) }, shape: [5, 7])
      let drawn = place.overPicture(map)
      for row in 0..<5 {
        for column in 0..<7 {
          let region = try #require(place.region(row: row, column: column, ofGrid: (5, 7)))
          let y = Int((region.top + region.bottom) / 2)
          let x = Int((region.left + region.right) / 2)
          // The pixel's centre is at most one pixel from the cell's, which is 45 or more wide: 11 * 2 / 45.
          #expect(abs(drawn[y, x] - map[row, column]) < 0.5)
          let back = place.inInput(y: region.top, x: region.left)
          #expect(abs(back.y - Double(row * place.input.height) / 5) < 1e-9)
          #expect(abs(back.x - Double(column * place.input.width) / 7) < 1e-9)
        }
      }
    }
  }

  @Test("a cell whose values are raised lies where its region says", .tags(.property))
  func agreesWithTheInput() throws {
    var spec = PictureSpec.unit
    for crop in [nil, PictureSpec.Size(height: 40, width: 48)] {
      (spec.resize, spec.crop) = (.shorterSide(60), crop)
      let (height, width) = (150, 210)
      let place = spec.placement(height: height, width: width)
      let grid = (rows: 4, columns: 6)
      let region = try #require(place.region(row: 1, column: 3, ofGrid: grid))
      var pixels = [UInt8](repeating: 0, count: height * width * 3)
      for y in Int(region.top.rounded())..<Int(region.bottom.rounded()) {
        for x in Int(region.left.rounded())..<Int(region.right.rounded()) {
          for color in 0..<3 { pixels[(y * width + x) * 3 + color] = 255 }
        }
      }
      let input = try spec.input(of: Picture(pixels: pixels, height: height, width: width))
      let (cellHeight, cellWidth) = (place.input.height / grid.rows, place.input.width / grid.columns)
      let inside = (0..<cellHeight * cellWidth).map {
        input[0, cellHeight + $0 / cellWidth, 3 * cellWidth + $0 % cellWidth]
      }
      // All of the light is in that cell, but for the sixth of a row that each edge loses to its neighbours: 1 / 6 on four
      // sides of 10 x 8 is 7 %.
      let share = inside.reduce(0, +) / input.item(0).values.reduce(0, +)
      #expect(share > 0.9 && inside.reduce(0, +) / Float(inside.count) > 0.88)
    }
  }

  @Test(.tags(.trap)) func cellsOutsideTheGridEndTheProcess() async {
    await #expect(processExitsWith: .failure) {
      _ = PictureSpec.unit.placement(height: 5, width: 5).region(row: 7, column: 0, ofGrid: (7, 7))
    }
    await #expect(processExitsWith: .failure) {
      _ = PictureSpec.unit.placement(height: 0, width: 5)
    }
  }
}

extension PicturePlacementTests {
  @Test("values at the pixels' middles are those that are drawn", .tags(.property))
  func valuesAgreeWithTheDrawing() {
    let place = PictureSpec.imageNet.placement(height: 40, width: 57)
    let map = Tensor((0..<35).map { Float($0 * $0 % 11) }, shape: [5, 7])
    let drawn = place.overPicture(map)
    let values = place.values(of: map, ys: [3.5, 20.5], xs: [0.5, 12.5, 56.5])
    #expect(
      values
        == Tensor(
          [drawn[3, 0], drawn[3, 12], drawn[3, 56], drawn[20, 0], drawn[20, 12], drawn[20, 56]],
          shape: [2, 3]))
    let middle = place.center(row: 10, column: 200)
    let back = place.inInput(y: middle.y, x: middle.x)
    #expect(abs(back.y - 10.5) < 1e-9 && abs(back.x - 200.5) < 1e-9)
  }

  @Test func noiseIsAsStrongInEveryUnit() {
    #expect(abs(PictureSpec.imageNet.photographDeviation - 1) < 1e-5)
    #expect(abs(PictureSpec.caffe.photographDeviation - 255 * 0.226) < 0.01)
    #expect(abs(PictureSpec.mobileNet.photographDeviation - 255 * 0.226 / 128) < 1e-4)
  }
}
