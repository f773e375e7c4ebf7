// Trains a small decoder to say "a red triangle" of a picture, and explains each of its words by Grad-CAM and by occlusion.
//
//     CaptionShapes [easy-VQA's folder data [model file]]

import Checking
import Foundation
import GenreLens

let data = argument(1)
let train = try data.map { try Shapes(easyVQA: $0 + "/train") } ?? Shapes(count: 1200, seed: 1)
let test = try data.map { try Shapes(easyVQA: $0 + "/test") } ?? Shapes(count: 200, seed: 2)
var model = try CaptionModel(captions: train.captions, pictureSpec: Shapes.spec, seed: 3)
let examples = CaptionExamples(model, inputs: train.inputs, captions: train.captions)
var configuration = TrainingConfiguration()
(configuration.epochs, configuration.batchSize, configuration.learningRate) = (
  data == nil ? 16 : 30, 8, 3e-3
)
configuration.schedule = .cosine
let split = train.inputs.count * 9 / 10
let result = Trainer(configuration, objective: examples.objective).fit(
  model.network, source: examples, train: Array(0..<split), valid: Array(split..<train.inputs.count),
  watch: { progress in
    if let record = progress.record {
      print(
        "epoch \(record.epoch): loss \(record.validLoss), whole captions right \(percent(Double(record.validAccuracy)))"
      )
    }
  })
model.network = result.network
if let path = argument(2) { try model.write(to: path) }

/// A share with its 95 % interval.
func share(_ right: Int, _ count: Int) -> String {
  let interval = ConfidenceInterval.wilson(successes: right, count: count)
  return "\(percent(Double(right) / Double(count))) (\(percent(interval.low)) to \(percent(interval.high)))"
}

let said = model.captions(test.inputs)
let right = zip(said, test.captions).filter { $0.words == $1 }.count
print("whole captions right: \(share(right, said.count)) of \(said.count) pictures")
// Where does the map of each word peak: in the shape, or within one cell of the layer (4 pixels) of it? Of a random map the chance is the
// share of the picture.
let area = test.masks.reduce(0) { $0 + $1.count { $0 } }
let nearArea = test.masks.reduce(0) { $0 + Shapes.widened($1, by: 4).count { $0 } }
let count = test.inputs.count
let chance = [area, nearArea].map { Double($0) / Double(64 * 64 * count) }
print("a random map peaks in the shape: \(percent(chance[0])); near it: \(percent(chance[1]))")
var bestNear = 0
for method in [GradCAM(), Occlusion(window: [12, 12], stride: [4, 4])] as [any ExplanationMethod] {
  var (inside, near) = ([0, 0, 0], [0, 0, 0])
  for (index, caption) in test.captions.enumerated() {
    let (mask, wider) = (test.masks[index], Shapes.widened(test.masks[index], by: 4))
    let spoken = CaptionModel.Caption(input: test.inputs[index], words: caption, probabilities: [])
    for (word, map) in try model.maps(of: spoken, method: method).enumerated() {
      let peak = map.values.indices.max { map.values[$0] < map.values[$1] } ?? 0
      if map.values[peak] > 0, mask[peak] { inside[word] += 1 }
      if map.values[peak] > 0, wider[peak] { near[word] += 1 }
    }
  }
  for (word, name) in ["\"a\"", "the colour", "the shape"].enumerated() {
    print(
      "\(method.name): the map of \(name) peaks in the shape: \(share(inside[word], count)); near it: \(share(near[word], count))"
    )
  }
  bestNear = max(bestNear, near[1])
}
require(
  Double(right) > 0.9 * Double(count),
  "\(right) of \(count) captions are right: \(said[0].text), \(said[1].text), ...")
require(
  Double(bestNear) > 1.5 * chance[1] * Double(count),
  "the map of the colour peaks near the shape more often than chance")
