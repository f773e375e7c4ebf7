import Tensors
import TestSupport
import Testing

@testable import Networks

/// Passes give back all that they take, and write where they can instead of copying.
@Suite(.tags(.property)) struct NetworkMemoryTests {
  private static func network() throws -> Network {
    try Network(RandomGraph.architecture(seed: 3), seed: 1)
  }

  private static func runAll(_ network: Network, batchSize: Int, _ gradients: inout ParameterVector) {
    let batch = NetworkGradientTests.normal(Shape([batchSize] + network.inputShape.dimensions), seed: 1)
    let weights = NetworkGradientTests.normal([batchSize, network.classCount], seed: 2)
    let trace = network.forward(batch, observing: [Network.inputName])
    _ = trace.gradient(of: .weighted(weights), at: Network.inputName)
    network.forwardForTraining(batch, seed: 1).parameterGradients(from: weights, into: &gradients)
  }

  /// After three rounds the pool has all it needs; 200 further ones must not take one byte more, and give all back. A
  /// value that is not given back is missed in the next pass and made anew.
  @Test func passesGiveBackWhatTheyTake() throws {
    let network = try Self.network()
    var gradients = network.parameters.zeros()
    for _ in 0..<3 { Self.runAll(network, batchSize: 2, &gradients) }
    let bytes = network.cache.pool.byteCount
    for _ in 0..<200 { Self.runAll(network, batchSize: 2, &gradients) }
    #expect(bytes > 0 && network.cache.pool.byteCount == bytes)
    #expect(network.cache.pool.freeByteCount == bytes)
  }

  /// Batches that grow one by one: all their sizes together would be 16 times the largest one's need.
  @Test func growingBatchesReplaceTheirMemory() throws {
    let (grown, straight) = (try Self.network(), try Self.network())
    var gradients = grown.parameters.zeros()
    for batchSize in 1...32 { Self.runAll(grown, batchSize: batchSize, &gradients) }
    Self.runAll(straight, batchSize: 32, &gradients)
    #expect(grown.cache.pool.byteCount < 4 * straight.cache.pool.byteCount)
  }

  @Test func gradientsAreWrittenInPlace() throws {
    let network = try Self.network()
    var gradients = network.parameters.zeros()
    let before = unsafe gradients.values.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    Self.runAll(network, batchSize: 1, &gradients)
    let after = unsafe gradients.values.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    #expect(before == after && gradients.values.contains { $0 != 0 })
  }

  @Test func finiteVectors() {
    var vector = ParameterVector([("a", [5])])
    vector["a"] = Tensor([0, -0.0, .greatestFiniteMagnitude, -.leastNonzeroMagnitude, -1], shape: [5])
    #expect(vector.isFinite)
    for bad in [Float.nan, -.nan, .infinity, -.infinity, .signalingNaN] {
      vector["a"] = Tensor([0, 1, bad, 2, 3], shape: [5])
      #expect(!vector.isFinite)
    }
  }
}
