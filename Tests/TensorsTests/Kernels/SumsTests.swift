import TestSupport
import Testing

@testable import Tensors

@Suite(.tags(.property)) struct SumsTests {
  static let counts = Array(0...17) + [31, 32, 33, 63, 64, 65, 100, 1027]

  /// Whole numbers: every order of the terms gives the same sum.
  @Test(arguments: counts) func wholeNumbersAreExact(count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    let a = (0..<count).map { _ in Float(generator.index(below: 2001) - 1000) }
    let b = (0..<count).map { _ in Float(generator.index(below: 2001) - 1000) }
    #expect(Sums.sum(a.span) == a.reduce(0) { $0 + Double($1) })
    #expect(Sums.magnitudes(a.span) == a.reduce(0) { $0 + Double(abs($1)) })
    let products = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    #expect(Sums.products(a.span, b.span) == products)
    let (wideA, wideB) = (a.map(Double.init), b.map(Double.init))
    let wide = Sums.products(wideA.span, wideB.span)
    #expect(wide == products)
  }

  /// Whole numbers: items of a batch where the gate is positive, onto what was there.
  @Test(arguments: counts.dropFirst(), [1, 3]) func gatedSumsAreExact(count: Int, items: Int) {
    var generator = SeededGenerator(seed: UInt64(count + items))
    let (values, gates) = (
      wholeNumbers(count * items, seed: count), wholeNumbers(count * items, seed: items + 7, to: 1)
    )
    let weights = (0..<items).map { _ in Double(generator.index(below: 9) - 4) }
    var expected = (0..<count).map(Double.init)
    var sums = expected
    for item in 0..<items {
      for cell in 0..<count where gates[item * count + cell] > 0 {
        expected[cell] += weights[item] * Double(values[item * count + cell])
      }
    }
    let shape: Shape = [items, count]
    let (from, gate) = (
      NativeMemory(Tensor(values, shape: shape), BufferPool()),
      NativeMemory(Tensor(gates, shape: shape), BufferPool())
    )
    let hasAny = Sums.addGated(from, where: gate, weights: weights, to: &sums, threads: 2)
    #expect(sums == expected)
    #expect(hasAny == zip(values, gates).contains { $0 != 0 && $1 > 0 })
    let closed = NativeMemory(Tensor(shape: shape), BufferPool())
    #expect(!Sums.addGated(from, where: closed, weights: weights, to: &sums, threads: 2))
    #expect(sums == expected)
  }

  /// In Float the small terms would be lost.
  @Test func sumsAreDouble() {
    let values = [Float(0x1p24)] + [Float](repeating: 1, count: 200)
    #expect(Sums.sum(values.span) == 0x1p24 + 200)
    let products = Sums.products(values.span, [Float](repeating: 1, count: 201).span)
    #expect(products == 0x1p24 + 200)
  }

  /// Row after row, as a plain loop adds them: to the last bit.
  @Test(arguments: counts) func weightedRowsAreALoop(columns: Int) {
    var generator = SeededGenerator(seed: 3)
    let weights = [0.1, 0, -2.5, 1e-9, 0]
    var values = (0..<5 * columns).map { _ in generator.normal() }
    for index in columns..<2 * columns { values[index] = .nan }
    var map = [Float](repeating: .nan, count: columns)
    var span = map.mutableSpan
    Sums.weightedRows(values.span, weights: weights, into: &span)
    for column in 0..<columns {
      var sum = 0.0
      for row in [0, 2, 3] { sum += weights[row] * Double(values[row * columns + column]) }
      #expect(map[column] == Float(sum))
    }
  }

  @Test func finiteTensors() {
    let values: [Float] = [0, -0.0, .greatestFiniteMagnitude, -.leastNonzeroMagnitude, -1]
    #expect(Tensor(values, shape: [5]).isFinite)
    for bad in [Float.nan, -.nan, .infinity, -.infinity, .signalingNaN] {
      for index in 0..<5 {
        var damaged = values
        damaged[index] = bad
        #expect(!Tensor(damaged, shape: [5]).isFinite)
      }
    }
  }

  @Test func initializingThrowsOn() {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) {
      _ = try Tensor(shape: [3]) { (_: inout MutableSpan<Float>) throws(Refusal) in throw Refusal() }
    }
    let tensor = Tensor(shape: [2, 3]) { span in for index in span.indices { span[index] = Float(index) } }
    #expect(tensor.values == [0, 1, 2, 3, 4, 5])
    #expect(tensor.reshaped([1, 6]).item(0).values == tensor.values)
    #expect(Tensor.stack([tensor]).shape == [1, 2, 3])
  }
}
