import Foundation
public import Tensors

/// Maps that do not depend on the network, which a method must beat to be of any value.
public enum ControlMap: String, Sendable, CaseIterable, Codable {
  /// Uniform random numbers in [0, 1), at the resolution of the map for which they are the control.
  case random = "random-map"
  /// The magnitude of the standardised input: how far each cell is from the training mean. The largest over the channels.
  case energy = "energy-map"
  /// For pictures, whose object is mostly in the middle: exp(-r^2 / 2) of the distance r from the centre in quarters of the sides.
  case center = "center-map"

  /// Stream of the seeded generator that ``random`` draws from.
  static let stream: UInt64 = 0xC021

  /// The control's map.
  ///
  /// - Parameters:
  ///   - input: `[C, F, T]`, standardised; its `[F, T]` is the energy map's resolution.
  ///   - resolution: `[f, t]` of the random map.
  public func map(of input: Tensor, resolution: Shape, seed: UInt64) -> Tensor {
    switch self {
    case .random:
      var generator = SeededGenerator(seed: seed, stream: Self.stream)
      return Tensor((0..<resolution.count).map { _ in generator.uniform() }, shape: resolution)
    case .energy:
      let magnitudes = overChannels(input) { abs($1) > abs($0) ? $1 : $0 }
      return magnitudes.map { abs($0) }
    case .center:
      let (rows, columns) = (input.shape[1], input.shape[2])
      func quarters(_ place: Int, of count: Int) -> Float { 2 * Float(2 * place + 1 - count) / Float(count) }
      return Tensor(
        (0..<rows * columns).map { cell in
          let (y, x) = (quarters(cell / columns, of: rows), quarters(cell % columns, of: columns))
          return Float(exp(-Double(y * y + x * x) / 2))
        }, shape: [rows, columns])
    }
  }
}

extension CandidateMap {
  /// The values of an explanation's own map in random places, which shows the map's value beyond how much it keeps.
  public static func shuffled(_ explanation: ClassExplanation, seed: UInt64) -> CandidateMap {
    shuffled(
      explanation.signedMap, meaning: explanation.method.traits.meaning, size: explanation.inputShape,
      seed: seed)
  }

  /// The values of a raw map in random places.
  ///
  /// The raw map is shuffled at its own resolution and enlarged, which preserves its grain; then its cells get the values of the
  /// enlarged map by rank. (A shuffled map that is only enlarged has different values from the map, and keeps more at the same
  /// threshold.) So both have the same histogram and keep equally much at every threshold. For equal cells the seed decides.
  /// Cost: two enlarged maps and two sorts.
  public static func shuffled(_ rawMap: Tensor, meaning: MethodTraits.Meaning, size: Shape, seed: UInt64)
    -> CandidateMap
  {
    var generator = SeededGenerator(seed: seed, stream: 0x54FF)
    let places = CandidateMap(
      rawMap: Tensor(rawMap.values.shuffled(using: &generator), shape: rawMap.shape), meaning: meaning,
      size: size
    ).mask
    let values = CandidateMap(rawMap: rawMap, meaning: meaning, size: size).mask.values.sorted(by: >)
    return CandidateMap(
      mask: Tensor(CellOrder(places, seed: seed).places.map { values[Int($0)] }, shape: size))
  }
}
