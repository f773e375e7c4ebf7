public import Files
public import Tensors

/// A class activation map method: one pure function of a layer's activations and their gradients.
///
/// `A` is the activation, `g` = d score / d A, both `[C, F, T]` at the layer's resolution (see ``MapLayout``); the map is
/// `[F, T]`, signed and not normalised. The positive part of the map is shown. Sums are in `Double`.
public protocol ActivationMapping: ExplanationMethod {
  /// Whether the map depends on the gradients; without them no backward pass is needed.
  var readsGradients: Bool { get }
  /// The raw signed map, shape `[F, T]`. Traps unless both arguments have one shape of rank 3.
  func signedMap(activations: Tensor, gradients: Tensor) -> Tensor
}

extension ActivationMapping {
  public static var traits: MethodTraits { MethodTraits(reads: .layer) }
  public var readsGradients: Bool { true }

  public func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
    let activations = batch.activations
    let gradients = readsGradients ? batch.gradients : activations
    return concurrentlyMapped(batch.count) {
      map(activations: activations.item($0), gradients: gradients.item($0))
    }
  }

  /// The map with its flags.
  func map(activations: Tensor, gradients: Tensor) -> MethodMap {
    MethodMap(
      signedMap(activations: activations, gradients: gradients),
      flags: flags(activations: activations, gradients: gradients))
  }

  /// What to know of a map of these.
  func flags(activations: Tensor, gradients: Tensor) -> Set<ExplanationFlag> {
    var flags: Set<ExplanationFlag> = []
    if readsGradients, gradients.values.allSatisfy({ $0 == 0 }) { flags.insert(.zeroGradient) }
    if let weighting = self as? any ChannelWeighting,
      weighting.isIllConditioned(activations: activations, gradients: gradients)
    {
      flags.insert(.illConditioned)
    }
    return flags
  }
}

/// map = sum over k of w_k A_k, shape `[F, T]`, for activations `[C, F, T]`. Traps unless there is one weight for each channel.
public func weightedMap(_ activations: Tensor, weights: [Double]) -> Tensor {
  demand(
    activations.shape.rank == 3 && weights.count == activations.shape[0],
    "\(weights.count) weights for \(activations.shape)")
  return Tensor(shape: [activations.shape[1], activations.shape[2]]) { map in
    Sums.weightedRows(activations.values.span, weights: weights, into: &map)
  }
}

/// The assumed accuracy of a network's Float values.
public enum LayerRounding {
  /// One standard deviation: for a gradient relative to its magnitude, for a channel's sum of activations relative to the sum of
  /// their magnitudes. A third of this is the median for single gradients on the published networks; Winograd kernels are less
  /// exact, and what matters is a large error of one gradient next to a pole.
  public static let share = 0x1.8p-22
  /// An error above this share of a map's largest magnitude sets the flag.
  public static let tolerance = 1e-3
}

/// Activations and gradients of one layer as plain arrays, channel after channel.
struct LayerValues {
  let activations: [Float]
  let gradients: [Float]
  let channelCount: Int
  /// F times T, the Z of the papers.
  let positionCount: Int
  /// `[F, T]`.
  let mapShape: Shape

  /// Traps unless both have one shape `[C, F, T]`.
  init(activations: Tensor, gradients: Tensor) {
    demand(
      activations.shape.rank == 3 && activations.shape == gradients.shape,
      "activations \(activations.shape) and gradients \(gradients.shape): both must be [C, F, T]")
    self.activations = activations.values
    self.gradients = gradients.values
    channelCount = activations.shape[0]
    mapShape = [activations.shape[1], activations.shape[2]]
    positionCount = mapShape.count
  }

  /// Indices of one channel in the arrays.
  func range(of channel: Int) -> Range<Int> {
    channel * positionCount..<(channel + 1) * positionCount
  }

  /// One value per channel.
  func perChannel(_ value: (Range<Int>) -> Double) -> [Double] {
    (0..<channelCount).map { value(range(of: $0)) }
  }

  /// Sums of `term` over the channels as a map `[F, T]`.
  @inline(__always)
  func sumOverChannels(_ term: (_ activation: Double, _ gradient: Double) -> Double) -> Tensor {
    var sums = [Double](repeating: 0, count: positionCount)
    var total = sums.mutableSpan
    for channel in 0..<channelCount {
      let activations = activations.span.extracting(range(of: channel))
      let gradients = gradients.span.extracting(range(of: channel))
      // Each has `positionCount` elements; without the checks of every index the loop is one of vectors.
      for position in 0..<positionCount {
        unsafe total[unchecked: position] += term(
          Double(activations[unchecked: position]), Double(gradients[unchecked: position]))
      }
    }
    return map(sums)
  }

  /// Values of all positions as a tensor `[F, T]`.
  func map(_ values: [Double]) -> Tensor {
    Tensor(values.map { Float($0) }, shape: mapShape)
  }
}
