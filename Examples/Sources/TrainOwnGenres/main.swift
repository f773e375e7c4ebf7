// Trains a model on a folder of genre folders, evaluates and keeps it: TrainOwnGenres [data set [model.safetensors]].

import Checking
import GenreLens

func train(on dataset: Dataset, keptAs path: String) throws {
  // Windows of 3 s and a small network, so that it takes seconds; without these lines the settings are the founding network's.
  var plan = TrainingPlan()
  plan.features = .mfcc20
  (plan.training.network.channels, plan.training.network.firstSame) = ([8, 16, 16], true)
  (plan.training.network.head, plan.training.network.hiddenUnits) = (.globalAveragePooling, 0)
  plan.training.network.batchNormalization = true
  (plan.training.epochs, plan.training.batchSize, plan.training.learningRate) = (6, 16, 0.003)

  // Before the training, so that none is lost to a folder that cannot be written.
  let destination = try ModelDestination(path: path)
  let run = try plan.train(on: dataset)
  try destination.save(run)
  print(run.summary(savedTo: path))

  // The test part, which neither the weights nor the choice of the epoch has seen.
  let model = try GenreModel(path: path)
  let evaluation = try model.evaluate(on: dataset)
  let report = evaluation.report
  let (low, high) = (percent(report.interval.low), percent(report.interval.high))
  print(
    "\(report.count) test recordings, accuracy \(percent(report.accuracy)) (95 % interval \(low) to \(high))")
  for (label, scores) in report.perClass.sorted(by: { $0.key < $1.key }) {
    print("\(label): recall \(scores.recall.map(percent) ?? "unknown") of \(scores.support)")
  }
  require(model.network.parameters == run.model.network.parameters, "the file holds the trained weights")
  require(
    report.accuracy > 1 / Double(report.labels.count),
    "\(percent(report.accuracy)) are right, more than by guessing")
}

let dataset = try Dataset.load(argument(1) ?? "Data")
if let path = argument(2) {
  try train(on: dataset, keptAs: path)
} else {
  try withTemporaryFolder { try train(on: dataset, keptAs: $0 + "/model.safetensors") }
}
