import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Networks

/// Pointwise functions, arithmetic, changes of shape, reductions, poolings and convolutions against PyTorch in float64
/// (Golden/generate_operators.py).
@Suite(.tags(.reference)) struct OperatorReferenceTests {
  static let cases = [
    "pointwise", "softmax", "softmax-row", "arithmetic", "arithmetic-one", "slice", "split", "pad", "reshape",
    "reduction", "embedding", "matrix-product", "matrix-product-one", "group-normalization", "pooling-ceil",
    "pooling-adaptive", "convolution-row", "convolution-dilation", "convolution-ends", "convolution-no-bias",
    "transposed-convolution", "transposed-convolution-row",
  ]

  @Test(arguments: cases) func agreesWithPyTorch(name: String) throws {
    let reference = try SequenceReference(name)
    try reference.checkObservedAtOnce()
    try reference.checkObservedOneByOne()
    try reference.checkTraining()
  }

  /// The same on oneDNN alone.
  @Test(arguments: cases) func agreesWithPyTorchWithoutOwnKernels(name: String) throws {
    try ConvolutionKernel.$isEnabled.withValue(false) { try agreesWithPyTorch(name: name) }
  }

  /// A batch gives what its items give alone, on one thread or two.
  @Test(arguments: cases) func itemsDoNotSeeEachOther(name: String) throws {
    let reference = try SequenceReference(name)
    let whole = reference.network.forward(reference.inputs).logits
    for item in 0..<whole.shape[0] {
      let own = reference.inputs.mapValues { Tensor.stack([$0.item(item)]) }
      let logits = ThreadPolicy.$threadsOfThisTask.withValue(1 + item % 2) {
        reference.network.forward(own).logits
      }
      expectClose(logits.values, whole.item(item).values, absolute: 2e-6, relative: 1e-5)
    }
  }

  @Test(arguments: cases) func numbersAreReadBackFromJSON(name: String) throws {
    let architecture = try SequenceReference(name).network.architecture
    let data = try JSONEncoder().encode(architecture)
    #expect(try JSONDecoder().decode(Architecture.self, from: data) == architecture)
  }
}
