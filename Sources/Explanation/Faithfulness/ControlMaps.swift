public import Tensors

/// Maps that know nothing of the network: what a method must beat to be worth its name.
public enum ControlMap: String, Sendable, CaseIterable, Codable {
  /// Uniform random numbers in [0, 1), at the resolution of the map they stand beside.
  case random = "random-map"
  /// The magnitude of the standardised input: how far each cell is from the training mean. Over channels, the largest.
  case energy = "energy-map"

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
    }
  }
}
