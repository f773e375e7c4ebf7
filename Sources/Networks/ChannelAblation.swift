import Files
import Synchronization
package import Tensors

/// What a network computes after a value, without one of that value's channels at a time, where a convolution alone reads it
/// and a ReLU follows, with or without an average pooling between them.
///
/// Up to the ReLU all is linear: without a channel its share is missing, which a convolution of that one channel gives. So the
/// convolution is computed once for all channels together, and not once for each.
package struct ChannelAblation: Sendable {
  /// The value whose channels are left out.
  package let place: String
  /// The value before the ReLU, and the one after it.
  package let affine: String
  package let rectified: String
  private let convolution: Convolution
  private let weight: String
  private let pool: [Int]

  /// Nil where something else follows, or without kernels for it.
  package init?(after place: String, of network: Network) {
    let architecture = network.architecture
    func reader(of value: String) -> Architecture.Node? {
      let readers = architecture.nodes.filter { $0.inputs.contains(value) }
      guard readers.count == 1, readers[0].inputs == [value], !architecture.outputNames.contains(value) else {
        return nil
      }
      return readers[0]
    }
    guard ConvolutionKernel.isEnabled, let node = reader(of: place),
      let convolution = node.layer as? Convolution, convolution.kernel.count == 2, convolution.groups == 1,
      convolution.stride == [1, 1], convolution.dilation == [1, 1],
      convolution.windows.paddingBefore == convolution.windows.paddingBehind
    else { return nil }
    var (value, pool) = (node.name, [1, 1])
    if let next = reader(of: value), let pooling = next.layer as? AveragePooling,
      pooling.averagesDisjointWindows
    {
      (value, pool) = (next.name, pooling.kernel)
    }
    guard let last = reader(of: value), last.layer is ReLU,
      ConvolutionKernel.covers(
        kernel: zip(convolution.kernel, pool).map { $0 + $1 - 1 }, stride: pool,
        padding: convolution.windows.paddingBefore),
      // The pass goes on from the ReLU alone.
      network.companions(of: last.name).isEmpty
    else { return nil }
    (self.place, affine, rectified) = (place, value, last.name)
    (self.convolution, weight, self.pool) = (convolution, node.array("weight"), pool)
  }

  /// The shares of single channels `[1, C, F, T]` in the value before the ReLU.
  fileprivate func shares(of value: Tensor, in network: Network, output: Shape) -> Shares {
    let widened = WidenedKernel(convolution, weight: weight, inputChannels: value.shape[1], pool: pool)
    let kernel = ConvolutionKernel(
      ConvolutionKernel.Geometry(
        input: [1, 1, value.shape[2], value.shape[3]], output: output, kernel: widened.extents, stride: pool,
        padding: convolution.windows.paddingBefore, pool: [1, 1], relu: false),
      precision: .float32, threads: 1)
    return Shares(
      value: value, kernel: kernel,
      weights: widened.widened(from: network.parameters, pool: network.cache.pool),
      window: widened.extents.reduce(1, *), outputs: output[1], pool: network.cache.pool)
  }

  fileprivate struct Shares {
    let value: Tensor
    let kernel: ConvolutionKernel
    /// `[O, I]` and the window.
    let weights: NativeMemory
    let window: Int
    let outputs: Int
    let pool: BufferPool

    /// One channel's share, `[1, O, F, T]`, channels-last.
    func share(of channel: Int) -> NativeMemory {
      let (channels, rows, columns) = (value.shape[1], value.shape[2], value.shape[3])
      let plane = NativeMemory(
        value.item(0).item(channel).reshaped([1, 1, rows, columns]), pool)
      let own = NativeMemory(.plain([outputs, 1, window]), from: pool)
      weights.withFloats { from in
        own.withFloats { to in
          for output in 0..<outputs {
            for cell in 0..<window {
              to[output * window + cell] = from[(output * channels + channel) * window + cell]
            }
          }
        }
      }
      let zeros = [Float](repeating: 0, count: outputs)
      return unsafe zeros.withUnsafeBytes { bias in
        unsafe kernel.forward(
          plane, packed: kernel.pack(own, pool), bias: bias.baseAddress.unsafelyUnwrapped, keepsMask: false,
          pool
        ).output
      }
    }
  }
}

extension ForwardTrace {
  /// Logits `[C + 1, K]` of the one item of a pass: as it was, then without each channel. The pass must have observed
  /// ``ChannelAblation/place`` and ``ChannelAblation/affine``. In inference mode.
  package func logits(without ablation: ChannelAblation, copiesPerPass: Int) -> Tensor {
    let (value, before) = (activation(at: ablation.place), activation(at: ablation.affine))
    demand(value.shape[0] == 1, "\(value.shape[0]) items without a channel")
    let (pool, threads, channels) = (network.cache.pool, ThreadPolicy.kernelThreads, value.shape[1])
    let extents = pass.withLock { $0.plan.purpose.extents }
    ThreadPolicy.adoptOnThisThread(threads)
    let shares = ablation.shares(of: value, in: network, output: before.shape)
    let whole = NativeMemory(before, pool).converted(to: .channelsLast(before.shape), OneDNNStream(), pool)
    var logits: [Float] = []
    for start in stride(from: 0, to: channels + 1, by: copiesPerPass) {
      let count = min(copiesPerPass, channels + 1 - start)
      let copies = NativeMemory(
        .channelsLast(Shape([count] + before.shape.dimensions.dropFirst())), from: pool)
      KernelThreads.forEachRange(of: count, chunk: 1, threads: threads) { range in
        let copy = range.lowerBound
        let share = start + copy > 0 ? shares.share(of: start + copy - 1) : nil
        Self.writeRectified(whole, less: share, into: copies, copy)
      }
      logits += network.forward(from: [ablation.rectified: copies], batch: count, extents: extents).values
    }
    return Tensor(logits, shape: [channels + 1, network.classCount])
  }

  /// `max(0, whole - share)`, as one item of some copies. What is not a number stays so.
  private static func writeRectified(
    _ whole: NativeMemory, less share: NativeMemory?, into copies: NativeMemory, _ copy: Int
  ) {
    whole.withFloats { whole in
      copies.withFloats { copies in
        let first = copy * whole.count
        precondition(first + whole.count <= copies.count)
        guard let share else {
          for cell in whole.indices {
            unsafe copies[unchecked: first + cell] = rectified(whole[unchecked: cell])
          }
          return
        }
        share.withFloats { share in
          precondition(share.count == whole.count)
          for cell in whole.indices {
            unsafe copies[unchecked: first + cell] = rectified(
              whole[unchecked: cell] - share[unchecked: cell])
          }
        }
      }
    }
  }

  /// As ``ReLU``, which lets NaN through.
  @inline(__always)
  private static func rectified(_ value: Float) -> Float { value <= 0 ? 0 : value }
}
