import Tensors

/// Inverted dropout of a training pass; its mask follows from the pass's seed and the layer's number alone.
final class DropoutOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput = false
  private let threshold: Int
  private let stream: UInt64
  private let threads: Int
  private var mask: DropoutMask?

  init(_ dropout: Dropout, number: Int, input: MemoryFormat, threads: Int) {
    outputFormat = input
    threshold = Int((dropout.probability * 65_536).rounded())
    stream = UInt64(number)
    self.threads = threads
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    var generator = SeededGenerator(seed: context.seed, stream: stream)
    let mask = DropoutMask(
      count: outputFormat.byteCount / MemoryLayout<Float>.stride, threshold: threshold, from: &generator,
      threads: threads, pool: context.pool)
    self.mask = mask
    let result = mayOverwrite ? inputs[0] : NativeMemory(outputFormat, from: context.pool)
    mask.apply(to: inputs[0], into: result)
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let mask else { preconditionFailure("dropout without a forward pass") }
    mask.apply(to: gradient, into: gradient)
    return [gradient]
  }

  func reset() { mask = nil }
}
