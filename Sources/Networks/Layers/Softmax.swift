import CKernels
import Tensors

/// `y_k = exp(x_k - m) / sum over j of exp(x_j - m)` along an axis, where m is the maximum, so that nothing overflows.
///
/// Backward from the result: `dx = y (dy - sum over j of dy_j y_j)`. A row whose values are all minus infinity, as with a mask,
/// gives zeros.
public struct Softmax: Layer {
  public static let kind = "softmax"

  /// Counted from the outermost, without the batch axis; negative from the end.
  public var axis: Int

  public init(axis: Int = -1) { self.axis = axis }

  public var traits: LayerTraits { [.sumsToOne] }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard inputs[0].place(of: axis) != nil else {
      throw ArchitectureError("softmax over axis \(axis) of \(inputs[0])")
    }
    return inputs[0]
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .own }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    SoftmaxOperation(axis: axis < 0 ? axis + site.inputs[0].shape.rank : axis + 1, site)
  }
}

/// Softmax of `[outer, extent, inner]`: rows where the axis is the last, else columns side by side.
final class SoftmaxOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsOutput = true
  private let inputFormat: MemoryFormat
  private let (outer, extent, inner): (Int, Int, Int)
  private let threads: Int
  /// Outer indices that one thread takes at once.
  private var chunk: Int { max(1, (1 << 13) / (extent * inner)) }

  init(axis: Int, _ site: LayerSite) {
    let extents = site.inputs[0].shape.dimensions
    inputFormat = site.inputs[0]
    outputFormat = .plain(site.inputs[0].shape)
    threads = site.threads
    outer = extents[..<axis].reduce(1, *)
    extent = extents[axis]
    inner = extents[(axis + 1)...].reduce(1, *)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    let input = context.converted(inputs[0], to: outputFormat)
    KernelThreads.forEachRange(of: outer, chunk: chunk, threads: threads) { range in
      input.withFloats { x in
        result.withFloats { y in
          precondition(range.upperBound * extent * inner <= min(x.count, y.count))
          for index in range {
            if inner == 1 {
              row(x, &y, at: index * extent)
            } else {
              columns(x, &y, at: index * extent * inner)
            }
          }
        }
      }
    }
    return result
  }

  private func row(_ x: borrowing MutableSpan<Float>, _ y: inout MutableSpan<Float>, at start: Int) {
    unsafe x.span.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let from = x.baseAddress, let to = y.baseAddress else { return }
        unsafe gl_softmax_row(from + start, to + start, extent)
      }
    }
  }

  private func columns(_ x: borrowing MutableSpan<Float>, _ y: inout MutableSpan<Float>, at start: Int) {
    var maxima = [Float](repeating: -.infinity, count: inner)
    var totals = [Double](repeating: 0, count: inner)
    var largest = maxima.mutableSpan
    var sums = totals.mutableSpan
    for place in 0..<extent {
      let from = start + place * inner
      for column in 0..<inner {
        let value = unsafe x[unchecked: from + column]
        if unsafe value > largest[unchecked: column] { unsafe largest[unchecked: column] = value }
      }
    }
    for column in 0..<inner where largest[column] == -.infinity { largest[column] = 0 }
    for place in 0..<extent {
      let from = start + place * inner
      for column in 0..<inner {
        let value = gl_exp(unsafe x[unchecked: from + column] - largest[unchecked: column])
        unsafe y[unchecked: from + column] = value
        unsafe sums[unchecked: column] += Double(value)
      }
    }
    for column in 0..<inner { largest[column] = sums[column] == 0 ? 0 : Float(1 / sums[column]) }
    for place in 0..<extent {
      let from = start + place * inner
      for column in 0..<inner { unsafe y[unchecked: from + column] *= largest[unchecked: column] }
    }
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let output else { preconditionFailure("softmax without its result") }
    KernelThreads.forEachRange(of: outer, chunk: chunk, threads: threads) { range in
      output.withFloats { y in
        gradient.withFloats { g in
          precondition(range.upperBound * extent * inner <= min(g.count, y.count))
          for index in range {
            if inner == 1 {
              rowGradient(y, &g, at: index * extent)
            } else {
              columnGradients(y, &g, at: index * extent * inner)
            }
          }
        }
      }
    }
    return [context.converted(gradient, to: inputFormat)]
  }

  private func rowGradient(_ y: borrowing MutableSpan<Float>, _ g: inout MutableSpan<Float>, at start: Int) {
    unsafe y.span.withUnsafeBufferPointer { y in
      unsafe g.withUnsafeMutableBufferPointer { g in
        guard let from = y.baseAddress, let to = g.baseAddress else { return }
        unsafe gl_softmax_row_gradient(from + start, to + start, extent)
      }
    }
  }

  private func columnGradients(
    _ y: borrowing MutableSpan<Float>, _ g: inout MutableSpan<Float>, at start: Int
  ) {
    var sums = [Double](repeating: 0, count: inner)
    for place in 0..<extent {
      let from = start + place * inner
      for column in 0..<inner {
        sums[column] += unsafe Double(y[unchecked: from + column]) * Double(g[unchecked: from + column])
      }
    }
    let products = sums.map { Float($0) }
    for place in 0..<extent {
      let from = start + place * inner
      for column in 0..<inner {
        unsafe g[unchecked: from + column] =
          y[unchecked: from + column] * (g[unchecked: from + column] - products[column])
      }
    }
  }
}

extension SoftmaxOperation: RelevanceOperation {
  /// `R'_k = x_k (R_k - y_k sum over j of R_j)`, 0 where x is minus infinity: the Taylor expansion at x with its bias.
  ///
  /// Not conserved: the bias takes the rest. Achtibat et al. 2024, arXiv:2402.05602, proposition 3.1.
  func relevance(
    _ relevance: [NativeMemory?], inputs: [NativeMemory], outputs: [NativeMemory], wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard wanted[0], let own = relevance[0] else { return [nil] }
    let input = context.converted(inputs[0], to: outputFormat)
    KernelThreads.forEachRange(of: outer, chunk: chunk, threads: threads) { range in
      input.withFloats { x in
        outputs[0].withFloats { y in
          own.withFloats { r in
            for column in range.lowerBound * inner..<range.upperBound * inner {
              let start = column / inner * extent * inner + column % inner
              let places = stride(from: start, to: start + extent * inner, by: inner)
              let sum = places.reduce(0.0) { $0 + Double(r[$1]) }
              for place in places {
                r[place] =
                  x[place] == -.infinity
                  ? 0 : Float(Double(x[place]) * (Double(r[place]) - Double(y[place]) * sum))
              }
            }
          }
        }
      }
    }
    return [context.converted(own, to: inputFormat)]
  }
}
