import Tensors

/// Input and output of an element-wise function.
public struct PointwiseOperands: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  public static let input = PointwiseOperands(rawValue: 1)
  public static let output = PointwiseOperands(rawValue: 2)
}

/// A function of each element, in the layout it is given; row-major where that has padding, which must stay zero.
final class PointwiseOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs: Bool
  let keepsOutput: Bool
  private let inputFormat: MemoryFormat
  private let function: any PointwiseLayer
  private let threads: Int
  private let count: Int
  /// Whether the input may become the result.
  private let worksInPlace: Bool
  /// Elements that one thread takes at once.
  private let chunk = 1 << 14

  init(_ function: any PointwiseLayer, input: MemoryFormat, threads: Int, isDifferentiated: Bool) {
    self.function = function
    self.threads = threads
    inputFormat = input
    let isPadded = input.byteCount > input.shape.count * MemoryLayout<Float>.stride
    outputFormat = isPadded && function.value(0) != 0 ? .plain(input.shape) : input
    count = outputFormat.byteCount / MemoryLayout<Float>.stride
    keepsInputs = function.slopeReads.contains(.input)
    keepsOutput = function.slopeReads.contains(.output)
    worksInPlace = input == outputFormat && !(isDifferentiated && keepsInputs)
  }

  /// Runs a routine of many elements.
  static func run(
    _ routine: @convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void,
    _ x: Span<Float>,
    _ y: inout MutableSpan<Float>
  ) {
    precondition(x.count == y.count)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y in unsafe routine(x.baseAddress, y.baseAddress, x.count) }
    }
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = mayOverwrite && worksInPlace ? inputs[0] : context.memory(outputFormat)
    let input = context.converted(inputs[0], to: outputFormat)
    KernelThreads.forEachRange(of: count, chunk: chunk, threads: threads) { range in
      input.withFloats { x in
        result.withFloats { y in
          var part = y._mutatingExtracting(range)
          function.values(x.span.extracting(range), into: &part)
        }
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let input = keepsInputs ? inputs[0].map { context.converted($0, to: outputFormat) } : nil
    guard let x = input ?? output, let y = keepsOutput ? output ?? input : input else {
      preconditionFailure("a function without its input or output")
    }
    let rule: GradientRule.Decision = function.isRectifier ? context.rule : .ordinary
    KernelThreads.forEachRange(of: count, chunk: chunk, threads: threads) { range in
      gradient.withFloats { all in
        var g = all._mutatingExtracting(range)
        if rule != .ordinary {
          for index in 0..<g.count { unsafe g[unchecked: index] = max(0, unsafe g[unchecked: index]) }
        }
        if rule == .deconvolution { return }
        x.withFloats { x in
          y.withFloats { y in
            function.multiplySlopes(x.span.extracting(range), y.span.extracting(range), into: &g)
          }
        }
      }
    }
    return [context.converted(gradient, to: inputFormat)]
  }
}
