import Tensors

/// `Y = X W^T + b`; X is `[N, in]`, W `[out, in]`. On this package's kernels, or on ``matrixProduct`` where they cannot run
/// and for a single row.
final class DenseOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs: Bool
  let keepsOutput = false
  let hasParameters = true
  private let name: String
  private let inputFormat: MemoryFormat
  private let (batch, inner, outer): (Int, Int, Int)
  private let kernel: DenseKernel?

  init(_ dense: Dense, name: String, input: MemoryFormat, purpose: Plan.Purpose) {
    self.name = name
    keepsInputs = purpose.isTraining
    inputFormat = input
    (batch, inner, outer) = (input.shape[0], input.shape[1], dense.outputCount)
    outputFormat = .plain([batch, outer])
    kernel =
      purpose.usesOwnKernels && batch > 1
      ? DenseKernel(batch: batch, inputs: inner, outputs: outer, threads: purpose.threads) : nil
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = NativeMemory(outputFormat, from: context.pool)
    let parameters = context.parameters
    let (weights, bias) = entries(of: parameters)
    inputs[0].withFloats { x in
      result.withFloats { y in
        let values = parameters.values.span
        if let kernel {
          kernel.forward(
            x.span, weights: values.extracting(weights.range), bias: values.extracting(bias.range), into: &y,
            context.pool)
          return
        }
        for row in 0..<batch {
          for column in 0..<outer { y[row * outer + column] = values[bias.offset + column] }
        }
        matrixProduct(
          x.span, values.extracting(weights.range), transposeB: true, rows: batch, columns: outer,
          inner: inner,
          beta: 1, into: &y)
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    if context.parameterGradients != nil, let input = inputs[0] {
      writeParameterGradients(gradient, input: input, &context)
    }
    guard wanted[0] else { return [nil] }
    let result = NativeMemory(inputFormat, from: context.pool)
    let parameters = context.parameters
    let (weights, _) = entries(of: parameters)
    gradient.withFloats { dy in
      result.withFloats { dx in
        let w = parameters.values.span.extracting(weights.range)
        if let kernel {
          kernel.inputGradient(dy.span, weights: w, into: &dx)
        } else {
          matrixProduct(dy.span, w, rows: batch, columns: inner, inner: outer, into: &dx)
        }
      }
    }
    return [result]
  }

  private func writeParameterGradients(
    _ gradient: NativeMemory, input: NativeMemory, _ context: inout BackwardContext
  ) {
    let (weights, bias) = entries(of: context.parameters)
    gradient.withFloats { dy in
      unsafe context.parameterGradients?.withMutableAddress(of: weights.name) { address in
        var target = unsafe MutableSpan(
          _unsafeStart: address.assumingMemoryBound(to: Float.self), count: weights.shape.count)
        input.withFloats { x in
          if let kernel {
            kernel.weightsGradient(dy.span, x.span, into: &target)
          } else {
            matrixProduct(
              dy.span, transposeA: true, x.span, rows: outer, columns: inner, inner: batch, into: &target)
          }
        }
      }
      context.parameterGradients?.withMutableSpan { vector in
        for column in 0..<outer {
          var sum: Float = 0
          for row in 0..<batch { sum += dy[row * outer + column] }
          vector[bias.offset + column] = sum
        }
      }
    }
  }

  private func entries(of vector: ParameterVector) -> (ParameterVector.Entry, ParameterVector.Entry) {
    guard let weights = vector.entry("\(name).weight"), let bias = vector.entry("\(name).bias") else {
      preconditionFailure("no parameters of \(name)")
    }
    return (weights, bias)
  }
}
