public import Files
public import Networks
public import Tensors

/// Scores of masked copies of one input: x' = M x + (1 - M) b, with many masks M in one pass.
///
/// This is the only code with which this module probes a network with parts of an input: for Score-CAM, occlusion and RISE, and
/// for measures of faithfulness. It uses the memory of one batch, however many masks there are. Cost: one inference for each
/// mask, and about 3 C F T operations to make its copy.
public struct MaskedScoring: Sendable {
  public let network: Network
  /// The network's input, such as `[C, F, T]`.
  public let input: Tensor
  /// What replaces cells where a mask is 0, with the same shape.
  public let baseline: Tensor
  /// Number of masked copies per pass.
  public let batchSize: Int
  /// Notified and checked between passes.
  public let job: Job

  /// Traps unless input and baseline have the network's input shape and the batch is at least 1.
  public init(network: Network, input: Tensor, baseline: Tensor, batchSize: Int = 32, job: Job = Job()) {
    let name = network.architecture.inputs[0].name
    let layout = MapLayout(of: name, in: network, shape: Shape([1] + input.shape.dimensions))
    demand(
      layout != nil && baseline.shape == input.shape,
      "input \(input.shape) and baseline \(baseline.shape) for a network of \(network.inputShape)")
    maskShape = layout.map { [$0.shape[1], $0.shape[2]] } ?? []
    isTransposed = layout?.isTransposed ?? false
    demand(batchSize > 0, "a batch of \(batchSize)")
    self.network = network
    self.input = input
    self.baseline = baseline
    self.batchSize = batchSize
    self.job = job
  }

  /// A mask's shape, `[F, T]` (see ``MapLayout``); all channels share it.
  public let maskShape: Shape
  /// Whether the network takes time first.
  private let isTransposed: Bool

  /// Logits `[count, K]` under `count` masks.
  ///
  /// - Parameter fill: writes mask number `index` in row-major order; the memory contains the values of the previous mask, and
  ///   every one must be set. Values in [0, 1] interpolate; others extrapolate.
  /// - Throws: ``CodedError/Code/notFinite`` if the network's scores are not finite, `interrupted` if the job is cancelled.
  public func logits(
    count: Int, fill: (_ index: Int, _ mask: inout MutableSpan<Float>) -> Void
  ) throws(CodedError) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(count * network.classCount)
    try run(count: count, keepsMasks: false, fill: fill) { _, _, logits in values += logits.values }
    return Tensor(values, shape: [count, network.classCount])
  }

  /// As ``logits(count:fill:)`` for masks that are written on all kernel threads: the memory contains arbitrary values, and
  /// `fill` must not rely on an order.
  public func logits(
    ofSeparate count: Int, fill: @Sendable (_ index: Int, _ mask: inout MutableSpan<Float>) -> Void
  ) throws(CodedError) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(count * network.classCount)
    let size = maskShape.count
    var copies = Tensor(shape: [0])
    for start in stride(from: 0, to: count, by: batchSize) {
      let indices = start..<min(start + batchSize, count)
      if copies.shape[0] != indices.count {
        copies = Tensor(shape: Shape([indices.count] + input.shape.dimensions))
      }
      fillConcurrently(&copies) { place, copy in
        var mask = [Float](repeating: 0, count: size)
        var span = mask.mutableSpan
        fill(start + place, &span)
        mix(mask.span, into: &copy, at: 0)
      }
      values += try scores(of: copies).values
      job.tell(Self.stage, indices.upperBound, of: count)
    }
    return Tensor(values, shape: [count, network.classCount])
  }

  /// As ``logits(count:fill:)``, batch by batch.
  ///
  /// - Parameter body: receives the numbers of a batch's masks, the masks themselves, `[count, F, T]`, and their logits
  ///   `[count, K]`.
  public func forEachBatch(
    count: Int, fill: (_ index: Int, _ mask: inout MutableSpan<Float>) -> Void,
    body: (_ indices: Range<Int>, _ masks: Tensor, _ logits: Tensor) -> Void
  ) throws(CodedError) {
    try run(count: count, keepsMasks: true, fill: fill, body: body)
  }

  private func run(
    count: Int, keepsMasks: Bool, fill: (_ index: Int, _ mask: inout MutableSpan<Float>) -> Void,
    body: (_ indices: Range<Int>, _ masks: Tensor, _ logits: Tensor) -> Void
  ) throws(CodedError) {
    var mask = [Float](repeating: 0, count: maskShape.count)
    // Both are written anew for each batch and stay where they are: fresh memory costs more than what is written.
    var (masks, copies) = tensors(for: min(batchSize, max(count, 0)), keepsMasks: keepsMasks)
    for start in stride(from: 0, to: count, by: batchSize) {
      let indices = start..<min(start + batchSize, count)
      if indices.count < copies.shape[0] {
        (masks, copies) = tensors(for: indices.count, keepsMasks: keepsMasks)
      }
      for (place, index) in indices.enumerated() {
        var span = mask.mutableSpan
        fill(index, &span)
        if keepsMasks {
          masks.withMutableSpan { Self.copy(mask.span, into: &$0, at: place * mask.count) }
        }
        // At once, while the mask is in cache.
        copies.withMutableSpan { mix(mask.span, into: &$0, at: place * input.count) }
      }
      body(indices, masks, try scores(of: copies))
      job.tell(Self.stage, indices.upperBound, of: count)
    }
  }

  /// The name of the work, for its progress.
  private static let stage = "scoring masked copies"

  private func scores(of copies: Tensor) throws(CodedError) -> Tensor {
    try job.requireGoingOn()
    let logits = network.forward(copies).logits
    guard logits.isFinite else {
      throw CodedError(.notFinite, "the network's scores of a masked input are not finite")
    }
    return logits
  }

  private func tensors(for count: Int, keepsMasks: Bool) -> (masks: Tensor, copies: Tensor) {
    (
      Tensor(shape: Shape([keepsMasks ? count : 0] + maskShape.dimensions)),
      Tensor(shape: Shape([count] + input.shape.dimensions))
    )
  }

  private static func copy(_ mask: Span<Float>, into masks: inout MutableSpan<Float>, at start: Int) {
    precondition(start >= 0 && start + mask.count <= masks.count)
    for cell in mask.indices { unsafe masks[unchecked: start + cell] = mask[unchecked: cell] }
  }

  /// One masked copy, `[C, F, T]`. Exact where the mask is 0 or 1.
  private func mix(_ mask: Span<Float>, into copies: inout MutableSpan<Float>, at place: Int) {
    guard !isTransposed else { return mixTransposed(mask, into: &copies, at: place) }
    let (kept, other) = (input.values.span, baseline.values.span)
    for start in stride(from: 0, to: input.count, by: mask.count) {
      let copy = place + start
      precondition(start + mask.count <= min(kept.count, other.count) && copy + mask.count <= copies.count)
      for cell in mask.indices {
        let share = unsafe mask[unchecked: cell]
        let (own, away) = unsafe (kept[unchecked: start + cell], other[unchecked: start + cell])
        unsafe copies[unchecked: copy + cell] = share * own + (1 - share) * away
      }
    }
  }

  /// As ``mix(_:into:at:)`` for an input `[T, F]`.
  private func mixTransposed(_ mask: Span<Float>, into copies: inout MutableSpan<Float>, at place: Int) {
    let (kept, other) = (input.values.span, baseline.values.span)
    let (rows, columns) = (maskShape[0], maskShape[1])
    for row in 0..<rows {
      for column in 0..<columns {
        let (share, cell) = (mask[row * columns + column], column * rows + row)
        copies[place + cell] = share * kept[cell] + (1 - share) * other[cell]
      }
    }
  }
}
