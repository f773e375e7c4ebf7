import Files
import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// A training that is cut off anywhere and taken up from its file ends as if nothing had happened.
@Suite(.tags(.property, .hostile)) struct TrainingStateTests {
  private let source = StripeSource(count: 60)
  private let train = Array(0..<45)
  private let valid = Array(45..<60)

  /// Settings in which every part of the state matters.
  static let settings: [String: @Sendable (inout TrainingConfiguration) -> Void] = [
    "adam": { _ in },
    "averaged": {
      $0.averagingDecay = 0.9
      $0.schedule = .cosine
    },
    "sgd": {
      ($0.optimizer, $0.nesterov, $0.schedule) = (.sgd, true, .plateau)
      ($0.plateau.patience, $0.plateau.factor, $0.averagingDecay) = (0, 0.5, 0.8)
    },
    "cycle": {
      ($0.optimizer, $0.schedule, $0.gradientClipNorm, $0.balancedSampling) = (.sgd, .oneCycle, 0.3, true)
    },
  ]

  private func configuration(_ name: String, epochs: Int = 5) -> TrainingConfiguration {
    var configuration = TrainerTests.configuration(epochs: epochs)
    Self.settings[name]?(&configuration)
    return configuration
  }

  private func network() throws -> Network {
    var options = ThreeBlockOptions()
    (options.channels, options.kernel, options.hiddenUnits) = ([4, 6], [3, 3], 8)
    options.batchNormalization = true
    return try Network(.threeBlock(inputShape: [1, 8, 10], classCount: 2, options: options), seed: 1)
  }

  private func identity(_ configuration: TrainingConfiguration, data: String = "d") -> TrainingIdentity {
    TrainingIdentity(
      configuration: configuration, labels: ["a", "b"], trainCount: 45, validCount: 15, data: data,
      software: "1")
  }

  private func file() throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "state-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder + "/m.training-state"
  }

  private func equal(_ first: Trainer.Result, _ second: Trainer.Result) -> Bool {
    func timeless(_ history: [EpochRecord]) -> [EpochRecord] {
      history.map {
        var record = $0
        (record.seconds, record.clipsPerSecond) = (0, nil)
        return record
      }
    }
    return first.network.parameters == second.network.parameters
      && first.network.state == second.network.state
      && first.bestEpoch == second.bestEpoch && first.outcome == second.outcome
      && timeless(first.history) == timeless(second.history)
  }

  @Test(arguments: settings.keys.sorted()) func resumedAtEveryMoment(name: String) throws {
    let (configuration, path) = (configuration(name), try file())
    defer { try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent()) }
    let identity = identity(configuration)
    var states: [(Trainer.Moment, Data)] = []
    let whole = Trainer(configuration).fit(
      try network(), source: source, train: train, valid: valid,
      keep: { moment, state in
        try? state.write(to: path, identity: identity)
        states.append((moment, FileManager.default.contents(atPath: path) ?? Data()))
      })
    // Three batches an epoch: two within it and its end.
    #expect(states.map(\.0) == Array(repeating: [.step, .step, .epoch], count: 5).flatMap(\.self))
    for (_, bytes) in states {
      try bytes.write(to: URL(fileURLWithPath: path))
      let state = try TrainingState(path: path, network: try network(), identity: identity)
      let rest = Trainer(configuration).fit(
        try network(), source: source, train: train, valid: valid, resuming: state)
      #expect(equal(rest, whole))
    }
  }

  /// Killed after every single step, the training is the same.
  @Test func resumedAfterEveryStep() throws {
    let (configuration, path) = (configuration("sgd", epochs: 3), try file())
    defer { try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent()) }
    let identity = identity(configuration)
    let whole = Trainer(configuration).fit(try network(), source: source, train: train, valid: valid)
    var (state, runs): (TrainingState?, Int) = (nil, 0)
    while true {
      let part = Trainer(configuration).fit(
        try network(), source: source, train: train, valid: valid, resuming: state,
        job: .cancelled,
        keep: { moment, state in if moment == .interruption { try? state.write(to: path, identity: identity) }
        })
      runs += 1
      guard part.outcome == .interrupted, runs < 100 else {
        #expect(equal(part, whole))
        break
      }
      state = try TrainingState(path: path, network: try network(), identity: identity)
    }
    #expect(runs == 10)
  }

  @Test func anotherTrainingIsRefused() throws {
    let (configuration, path) = (configuration("adam"), try file())
    defer { try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent()) }
    _ = Trainer(configuration).fit(
      try network(), source: source, train: train, valid: valid,
      keep: { try? $1.write(to: path, identity: identity(configuration)) })
    func refusal(_ identity: TrainingIdentity) throws -> String? {
      do {
        _ = try TrainingState(path: path, network: try network(), identity: identity)
        return nil
      } catch let error as CodedError {
        #expect(error.code == .mismatch && !error.message.contains("\n"))
        return error.message
      }
    }
    func changed(_ change: (inout TrainingConfiguration) -> Void) -> TrainingIdentity {
      var other = configuration
      change(&other)
      return identity(other)
    }
    #expect(try refusal(changed { $0.patience = 3 }) == nil)
    #expect(try refusal(changed { $0.epochs = 9 }) == nil)
    #expect(try refusal(changed { $0.epochs = 4 })?.contains("epochs is 5 there and 4 here") == true)
    #expect(
      try refusal(changed { $0.learningRate = 0.5 })?.contains("learningRate is 0.01 there and 0.5 here")
        == true)
    #expect(
      try refusal(changed { $0.network.dropout = 0.25 })?.contains("network.dropout is 0.5 there") == true)
    #expect(try refusal(changed { $0.schedule = .cosine })?.contains("schedule is constant there") == true)
    #expect(try refusal(identity(configuration, data: "e"))?.contains("other maps") == true)
    var other = identity(configuration)
    other.software = "2"
    #expect(try refusal(other)?.contains("version 1") == true)
    other = identity(configuration)
    other.trainCount = 44
    #expect(try refusal(other)?.contains("45 + 15 windows") == true)
    other = identity(configuration)
    other.labels = ["a", "c"]
    #expect(try refusal(other)?.contains("classes are a, b") == true)
  }

  /// With a schedule that depends on their number, other epochs are another training.
  @Test func epochsOfACosineAreFixed() {
    var (first, second) = (configuration("averaged"), configuration("averaged"))
    (first.epochs, second.epochs) = (5, 6)
    #expect(
      identity(second).objection(toResuming: identity(first), epochsDone: 1)?.contains("epochs") == true)
    first.epochs = 6
    #expect(identity(second).objection(toResuming: identity(first), epochsDone: 1) == nil)
  }

  /// Any cut, any flipped byte: an error or a state, never a trap; and every error is one line.
  @Test func hostileFiles() throws {
    let (configuration, path) = (configuration("sgd", epochs: 2), try file())
    defer { try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent()) }
    let identity = identity(configuration)
    _ = Trainer(configuration).fit(
      try network(), source: source, train: train, valid: valid,
      keep: { try? $1.write(to: path, identity: identity) })
    let good = try #require(FileManager.default.contents(atPath: path))
    let header = 8 + good.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    var generator = SeededGenerator(seed: 5)
    var cases: [Data] = [Data(), Data("{}".utf8), good + [0]]
    for length in [7, 8, 20, header - 1, header, good.count - 1] { cases.append(good.prefix(length)) }
    for _ in 0..<300 {
      var bytes = good
      // Mostly in the header, where the words are.
      let place = generator.index(below: generator.uniform() < 0.9 ? header : good.count)
      bytes[place] = UInt8(truncatingIfNeeded: generator.next())
      cases.append(bytes)
    }
    var refused = 0
    for bytes in cases {
      try bytes.write(to: URL(fileURLWithPath: path))
      do {
        let state = try TrainingState(path: path, network: try network(), identity: identity)
        _ = Trainer(configuration).fit(
          try network(), source: source, train: train, valid: valid, resuming: state)
      } catch let error as CodedError {
        refused += 1
        #expect(!error.description.contains("\n"))
      }
    }
    #expect(refused > cases.count / 2)
  }

  /// Descriptions that are well formed and cannot be.
  @Test(arguments: [
    ("\"bestEpoch\":2", "\"bestEpoch\":7"), ("\"epoch\":3,", "\"epoch\":4,"), ("\"batch\":0", "\"batch\":-1"),
    ("\"batch\":0", "\"batch\":9223372036854775807"), ("\"step\":6", "\"step\":-6"),
    ("\"seen\":0", "\"seen\":99999999999999"), ("\"bestLoss\":", "\"bestLoss\":1e-3,\"b\":"),
    ("\"history\":[", "\"history\":[],\"h\":["), ("\"lossSum\":0", "\"lossSum\":1e999"),
    ("genrelens-training", "genrelens-trainink"), ("\"version\":\"1\"", "\"version\":\"2\""),
  ]) func impossibleDescriptions(_ words: String, _ others: String) throws {
    let (configuration, path) = (configuration("adam", epochs: 2), try file())
    defer { try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent()) }
    let identity = identity(configuration)
    _ = Trainer(configuration).fit(
      try network(), source: source, train: train, valid: valid,
      keep: { if $0 == .epoch { try? $1.write(to: path, identity: identity) } })
    let file = try SafeTensorsFile(path: path)
    var metadata = file.metadata
    var found = false
    for (key, value) in file.metadata {
      let text = "\"\(key)\":\"\(value)\""
      if value.contains(words) {
        (metadata[key], found) = (value.replacingOccurrences(of: words, with: others), true)
      }
      if text == words { (metadata[key], found) = ("2", true) }
    }
    try #require(found, "\(file.metadata)")
    try SafeTensorsFile(metadata: metadata, tensors: file.tensors).write(to: path)
    #expect(throws: CodedError.self) {
      try TrainingState(path: path, network: try network(), identity: identity)
    }
  }
}
