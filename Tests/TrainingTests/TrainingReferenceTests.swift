import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing
import Training

/// Loss, optimizer and whole training steps against PyTorch in float64 (Golden/generate.py).
@Suite(.tags(.reference)) struct TrainingReferenceTests {
  static func golden(_ name: String) throws -> SafeTensorsFile {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Golden"))
    return try SafeTensorsFile(path: url.path)
  }

  @Test(arguments: [Float(0), 0.1]) func crossEntropy(smoothing: Float) throws {
    let file = try Self.golden("cross-entropy")
    let labels = try #require(file["labels"]).values.map { Int($0) }
    let targets = SoftmaxCrossEntropy(smoothing: smoothing).targets(ofClasses: labels, count: 4)
    let result = SoftmaxCrossEntropy().loss(try #require(file["logits"]), targets: targets)
    let name = smoothing == 0 ? "0.0" : "0.1"
    // float32 exp and log: a few units in the last place.
    expectClose([result.loss], try #require(file["loss.\(name)"]).values, relative: 1e-6)
    expectClose(result.gradient.values, try #require(file["gradient.\(name)"]).values, absolute: 1e-7)
  }

  @Test(arguments: [("adam", Float(0)), ("adamw", 0.05)]) func fiftySteps(name: String, decay: Float) throws {
    let file = try Self.golden("adam")
    var parameters = ParameterVector([("weight", [6, 5])])
    parameters["weight"] = try #require(file["start"])
    var optimizer = Adam(count: 30)
    optimizer.weightDecay = decay
    let all = try #require(file["gradients"])
    for step in 0..<50 {
      var gradients = parameters.zeros()
      gradients["weight"] = all.item(step)
      optimizer.step(&parameters, gradients: gradients, learningRate: 1e-2)
    }
    // 50 roundings of weights of order 1.
    expectClose(parameters.values, try #require(file[name]).values, absolute: 1e-6, relative: 1e-6)
  }

  @Test func tenTrainingLosses() throws {
    let file = try Self.golden("losses")
    var options = ThreeBlockOptions()
    options.channels = [6, 10, 10]
    options.hiddenUnits = 8
    options.dropout = 0
    let architecture = Architecture.threeBlock(inputShape: [1, 22, 28], classCount: 3, options: options)
    var network = try Network(architecture, seed: 1)
    for entry in network.parameters.entries {
      network.parameters[entry.name] = try #require(file["parameters.\(entry.name)"])
    }
    let (inputs, labels) = (try #require(file["inputs"]), try #require(file["labels"]).values.map { Int($0) })
    var optimizer = Adam(count: network.parameters.values.count)
    var gradients = network.parameters.zeros()
    var losses: [Float] = []
    for step in 0..<10 {
      let batch = Tensor.stack((8 * step..<8 * step + 8).map { inputs.item($0) })
      let targets = SoftmaxCrossEntropy().targets(
        ofClasses: Array(labels[8 * step..<8 * step + 8]), count: 3)
      let trace = network.forwardForTraining(batch, seed: UInt64(step))
      let loss = SoftmaxCrossEntropy().loss(trace.logits, targets: targets)
      trace.parameterGradients(from: loss.gradient, into: &gradients)
      optimizer.step(&network.parameters, gradients: gradients, learningRate: 1e-3)
      losses.append(loss.loss)
    }
    expectClose(losses, try #require(file["losses"]).values, relative: 1e-4)
  }
}
