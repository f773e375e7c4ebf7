// Explains by a method of one's own a network that hears where maps of noise are louder: the right answer is known.

import Checking
import Explanation
import Networks

// From here on the method is found by its name, as the methods of the package are.
ExplanationCatalogue.register(PowerCAM.self)
let method = try ExplanationCatalogue.method(named: "power-cam", options: ["power": "2"])
require(try MethodChecks.problems(of: method) == [], "the method passes the battery of checks")

let source = BandsOfNoise(count: 96, seed: 1)
let untrained = try Network(
  Architecture(
    name: "small", inputShape: [1, 16, 24],
    chain: [
      ("conv1", Convolution(outputChannels: 6, kernel: [5, 5], padding: [2, 2])), ("relu1", ReLU()),
      ("conv2", Convolution(outputChannels: 6, kernel: [3, 3], padding: [1, 1])), ("relu2", ReLU()),
      ("flatten", Flatten()), ("logits", Dense(outputCount: 2)),
    ]), seed: 2)
let explainer = Explainer(network: source.train(untrained).network, labels: ["low", "high"])

for (example, label) in [(0, "low"), (1, "high")] {
  let why = try explainer.explain(source.inputs([example]).item(0), method: method, layer: "relu2")
  let rows = (0..<16).map { why.upsampledMap.item($0).values.reduce(0, +) }
  let (low, high) = (rows[..<8].reduce(0, +), rows[8...].reduce(0, +))
  require(why.label == label, "example \(example) is heard as \(why.label)")
  require(
    label == "low" ? low > high : high > low,
    "and its evidence lies in the \(label) rows (\(low) below, \(high) above)")
}
