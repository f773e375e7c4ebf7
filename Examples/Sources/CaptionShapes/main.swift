// Trains a small decoder to say "a red triangle" of a picture, and explains each of its words by Grad-CAM.
//
//     CaptionShapes [easy-VQA's folder data [model file]]

import Checking
import Foundation
import GenreLens

let data = argument(1)
let train = try data.map { try Shapes(easyVQA: $0 + "/train") } ?? Shapes(count: 600, seed: 1)
let test = try data.map { try Shapes(easyVQA: $0 + "/test") } ?? Shapes(count: 200, seed: 2)
var model = try CaptionModel(captions: train.captions, pictureSpec: Shapes.spec, seed: 3)
let examples = CaptionExamples(model, inputs: train.inputs, captions: train.captions)
var configuration = TrainingConfiguration()
(configuration.epochs, configuration.batchSize, configuration.learningRate) = (
  data == nil ? 12 : 30, 16, 3e-3
)
configuration.schedule = .cosine
let split = train.inputs.count * 9 / 10
let result = Trainer(configuration, objective: examples.objective).fit(
  model.network, source: examples, train: Array(0..<split), valid: Array(split..<train.inputs.count)
) { progress in
  if let record = progress.record {
    print(
      "epoch \(record.epoch): loss \(record.validLoss), whole captions right \(percent(Double(record.validAccuracy)))"
    )
  }
}
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
// Where does the map of each word peak? Of a random map the chance is the shape's share of the picture.
var inside = [0, 0, 0]
var area = 0.0
for (index, caption) in test.captions.enumerated() {
  let spoken = CaptionModel.Caption(input: test.inputs[index], words: caption, probabilities: [])
  for (word, map) in model.maps(of: spoken).enumerated() {
    let peak = map.values.indices.max { map.values[$0] < map.values[$1] } ?? 0
    if map.values[peak] > 0, test.masks[index][peak] { inside[word] += 1 }
  }
  area += Double(test.masks[index].filter { $0 }.count) / Double(64 * 64)
}
let count = test.inputs.count
for (word, name) in ["\"a\"", "the colour", "the shape"].enumerated() {
  print("the map of \(name) peaks in the shape: \(share(inside[word], count))")
}
print("a random map would: \(percent(area / Double(count)))")
require(
  Double(right) > 0.9 * Double(count),
  "\(right) of \(count) captions are right: \(said[0].text), \(said[1].text), ...")
require(Double(inside[2]) > 2 * area, "the map of the shape's word peaks in the shape more often than chance")
