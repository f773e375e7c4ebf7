public import Datasets
import Files
public import Foundation
import Models
import Networks
import Tensors
import TestSupport
public import Training

/// A feature file of made-up maps that a tiny network learns in a moment: genre A is bright in the upper bins, B in the
/// lower ones, under noise. Albums of three clips; the last `testGroups` of them are the test part.
public struct SmallStore {
  public let folder: String
  public var path: String { folder + "/x.npy" }

  public init(groups: Int = 20, testGroups: Int = 4, frames: Int = 12) throws {
    folder = try temporaryFolder()
    var generator = SeededGenerator(seed: 5)
    var (maps, rows): ([Tensor], [[String]]) = ([], [])
    for group in 0..<groups {
      for _ in 0..<3 {
        let label = group % 2
        var map = Tensor(shape: [6, frames])
        for bin in 0..<6 {
          for frame in 0..<frames { map[bin, frame] = generator.normal() + (bin / 3 == label ? 0.12 : -0.12) }
        }
        maps.append(map)
        let split =
          group >= groups - testGroups ? "test" : group % 8 == 0 || group % 8 == 3 ? "valid" : "train"
        rows.append(["\(rows.count)", "clip-\(rows.count)", ["A", "B"][label], split, "album-\(group)"])
      }
    }
    try NumpyFile.write(Tensor.stack(maps), to: path)
    try CSVTable.write(
      header: ["row", "path", "label", "split", "group"], rows: rows, to: folder + "/x.csv")
  }

  public func dataset() throws -> Dataset { try Dataset.load(path) }

  /// A network of a few weights, three epochs.
  public static func plan(epochs: Int = 3) -> TrainingPlan {
    var plan = TrainingPlan()
    plan.training.epochs = epochs
    plan.training.batchSize = 8
    plan.training.learningRate = 0.02
    plan.training.network.channels = [4]
    plan.training.network.kernel = [3, 3]
    plan.training.network.firstSame = true
    plan.training.network.hiddenUnits = 0
    plan.training.network.dropout = 0
    return plan
  }

  /// Settings with which a training diverges after some epochs: the L2 term grows with the rate, until a step more than undoes
  /// each weight.
  public static func divergingPlan() -> TrainingPlan {
    var plan = plan(epochs: 30)
    plan.training.optimizer = .sgd
    (plan.training.momentum, plan.training.weightDecay, plan.training.learningRate) = (0, 1000, 1)
    plan.training.schedule = .oneCycle
    plan.training.oneCycle.startDivisor = 100_000
    (plan.training.oneCycle.cyclesMomentum, plan.training.oneCycle.risingShare) = (false, 1)
    plan.training.patience = 30
    return plan
  }

  /// Models, tables, reports and configurations of a folder with their bytes; histories and journals tell times.
  public static func results(in folder: String) throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where ["safetensors", "csv", "json", "yaml"].contains(URL(fileURLWithPath: name).pathExtension)
      && !name.contains(".history.")
    {
      result[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
    return result
  }
}
