import Tensors

/// Inverted dropout of a training pass; its mask follows from the pass's seed and the layer's number alone.
final class DropoutOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput = false
  private let threshold: UInt64
  private let scale: Float
  private let stream: UInt64
  /// 0 or the scale, one for each element.
  private var mask: NativeMemory?

  init(_ dropout: Dropout, number: Int, input: MemoryFormat) {
    outputFormat = input
    threshold = UInt64((dropout.probability * 65_536).rounded())
    scale = 1 / (1 - Float(threshold) / 65_536)
    stream = UInt64(number)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let mask = NativeMemory(outputFormat, from: context.pool)
    var generator = SeededGenerator(seed: context.seed, stream: stream)
    mask.withFloats { values in
      var (word, left): (UInt64, Int) = (0, 0)
      for index in 0..<values.count {
        if left == 0 { (word, left) = (generator.next(), 4) }
        values[index] = word & 0xFFFF < threshold ? 0 : scale
        word >>= 16
        left -= 1
      }
    }
    self.mask = mask
    let result = mayOverwrite ? inputs[0] : NativeMemory(outputFormat, from: context.pool)
    multiply(inputs[0], by: mask, into: result)
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let mask else { preconditionFailure("dropout without a forward pass") }
    multiply(gradient, by: mask, into: gradient)
    return [gradient]
  }

  func reset() { mask = nil }

  private func multiply(_ input: NativeMemory, by mask: NativeMemory, into result: NativeMemory) {
    input.withFloats { input in
      mask.withFloats { mask in
        result.withFloats { result in
          for index in 0..<result.count { result[index] = input[index] * mask[index] }
        }
      }
    }
  }
}
