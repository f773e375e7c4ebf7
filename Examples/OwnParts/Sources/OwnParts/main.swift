// Trains a network with a layer of one's own, keeps it in a checkpoint, and explains it by a method of one's own.

import Explanation
import Features
import Foundation
import Networks
import Tensors
import Training

/// Ends with status 1 unless it holds.
func require(_ holds: Bool, _ words: String) {
  print(holds ? "ok    \(words)" : "WRONG \(words)")
  if !holds { exit(1) }
}

LayerCatalogue.register(Snake.self)
ExplanationCatalogue.register(PowerCAM.self)

// The layer: the gradient of the loss by its array against a difference.
let architecture = Architecture(
  name: "own", inputShape: [1, 16, 24],
  chain: [
    ("conv1", Convolution(outputChannels: 6, kernel: [5, 5], padding: [2, 2])), ("snake1", Snake()),
    ("pool1", MaxPooling(kernel: [2, 2])),
    ("conv2", Convolution(outputChannels: 6, kernel: [3, 3], padding: [1, 1])),
    ("snake2", Snake(frequency: 0.5)), ("flatten", Flatten()), ("logits", Dense(outputCount: 2)),
  ])
let source = BandsOfNoise(count: 96, seed: 1)
var network = try Network(architecture, seed: 2)
let batch = source.inputs([0, 1, 2])
let cotangent: [Float] = [1, -1, 0.5, 2, -1, 1]
let weights = Tensor(cotangent, shape: [3, 2])
func loss(_ network: Network, _ inputs: Tensor, _ cotangent: [Float], _ frequency: Float) -> Double {
  var moved = network
  moved.parameters["snake1.frequency"] = Tensor([1, 1, frequency, 1, 1, 1], shape: [6])
  let logits = moved.forwardForTraining(inputs, seed: 0).logits
  return zip(logits.values, cotangent).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
var gradients = network.parameters.zeros()
network.forwardForTraining(batch, seed: 0).parameterGradients(from: weights, into: &gradients)
let (own, difference) = (
  Double(gradients["snake1.frequency"][2]),
  (loss(network, batch, cotangent, 1.01) - loss(network, batch, cotangent, 0.99)) / 0.02
)
require(
  abs(own - difference) < 0.02 * abs(difference) + 1e-3,
  "the layer's gradient \(own) is the difference \(difference)")

// Training and the checkpoint.
var configuration = TrainingConfiguration()
(configuration.epochs, configuration.batchSize, configuration.seed) = (6, 16, 3)
let result = Trainer(configuration, labels: ["low", "high"]).fit(
  network, source: source, train: Array(0..<64), valid: Array(64..<96))
network = result.network
let accuracy = result.history.last?.validAccuracy ?? 0
require(
  accuracy > 0.95,
  "after \(result.history.count) epochs \(Int(100 * accuracy)) % of the validation part are right")
require(
  network.parameters["snake1.frequency"].values != [1, 1, 1, 1, 1, 1], "the layer has learned its frequencies"
)

let path = FileManager.default.temporaryDirectory.appendingPathComponent("own-parts-\(getpid()).safetensors")
  .path
defer { try? FileManager.default.removeItem(atPath: path) }
let identity = FeatureNormalization(
  granularity: .none, mean: Tensor(shape: [16, 1]), std: Tensor(repeating: 1, shape: [16, 1]))
try GenreModel(network: network, labels: ["low", "high"], featureSpec: nil, normalization: identity).write(
  to: path)
let kept = try GenreModel(path: path)
let (logits, again) = (network.forward(batch).logits, kept.network.forward(batch).logits)
require(logits == again, "the checkpoint gives the same logits")

// The method, by its name and with its option.
let method = try ExplanationCatalogue.method(named: "power-cam", options: ["power": "2"])
require(try MethodChecks.problems(of: method) == [], "the method passes the battery of checks")
let explainer = Explainer(network: kept.network, labels: kept.labels)
for (example, label) in [(0, "low"), (1, "high")] {
  let why = try explainer.explain(source.inputs([example]).item(0), method: method, layer: "snake2")
  let rows = (0..<16).map { why.upsampledMap.item($0).values.reduce(0, +) }
  let (low, high) = (rows[..<8].reduce(0, +), rows[8...].reduce(0, +))
  require(why.label == label, "example \(example) is heard as \(why.label)")
  require(
    label == "low" ? low > high : high > low,
    "and its evidence lies in the \(label) rows (\(low) below, \(high) above)")
}
