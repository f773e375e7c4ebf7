import Datasets
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// Folds against scikit-learn's splitters on the same clips (Golden/generate_folds.py), and on random data sets.
@Suite(.tags(.hand, .reference)) struct FoldsTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let folds: Int
    let labels: [Int]
    let groups: [Int]
    let stratifiedGroup: [[Int]]
    let stratifiedGroupShuffled: [[Int]]
    let group: [[Int]]
    let stratified: [[Int]]?
    var testDescription: String { name }

    /// `grouped` false leaves the groups out, for groups of one clip each.
    func dataset(grouped: Bool = true) -> Dataset {
      let clips = labels.indices.map { index in
        Clip(
          name: "\(index)", label: "genre-\(labels[index])", group: grouped ? "artist-\(groups[index])" : nil)
      }
      return Dataset(path: "x", clips: clips)
    }
  }

  static let cases: [Case] = {
    struct File: Decodable { let cases: [Case] }
    guard let url = Bundle.module.url(forResource: "folds", withExtension: "json", subdirectory: "Golden"),
      let data = try? Data(contentsOf: url), let file = try? JSONDecoder().decode(File.self, from: data)
    else { return [] }
    return file.cases
  }()

  @Test func goldenIsThere() { #expect(Self.cases.count == 20) }

  /// Mean over the classes of the standard deviation, over the folds, of a fold's share of the class: what
  /// StratifiedGroupKFold itself goes by.
  func unevenness(_ counts: [[Int]]) -> Double {
    let classes = counts[0].indices
    return classes.reduce(0.0) { sum, label in
      let total = Double(counts.reduce(0) { $0 + $1[label] })
      return sum + deviation(counts.map { Double($0[label]) / total }) / Double(classes.count)
    }
  }

  func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }

  func sizeSpread(_ counts: [[Int]]) -> Int {
    let sizes = counts.map { $0.reduce(0, +) }
    return (sizes.max() ?? 0) - (sizes.min() ?? 0)
  }

  /// Every clip is held out once, and no group is both held out and not.
  func expectDisjoint(_ folds: Folds, _ dataset: Dataset) {
    #expect(folds.foldOfClip.allSatisfy { $0 != nil })
    var homes: [String: Set<Int?>] = [:]
    for (clip, fold) in zip(dataset.clips, folds.foldOfClip) {
      homes[clip.group ?? clip.recording, default: []].insert(fold)
    }
    #expect(homes.values.allSatisfy { $0.count == 1 })
  }

  @Test(arguments: cases) func groupsAreAsBalancedAsScikitLearns(_ golden: Case) throws {
    let dataset = golden.dataset()
    let folds = try Folds(count: golden.folds, of: dataset)
    expectDisjoint(folds, dataset)
    #expect(folds.unit == .group)
    let counts = folds.classCounts(of: dataset, labels: dataset.labels)
    #expect(counts.joined().reduce(0, +) == golden.labels.count)
    // The sum of shares is rounded in another order.
    for theirs in [golden.stratifiedGroup, golden.stratifiedGroupShuffled] {
      #expect(unevenness(counts) <= unevenness(theirs) + 1e-12, "\(counts) against \(theirs)")
      #expect(sizeSpread(counts) <= sizeSpread(theirs), "\(counts) against \(theirs)")
    }
    // GroupKFold looks at the sizes alone.
    #expect(unevenness(counts) <= unevenness(golden.group) + 1e-12)
    #expect(sizeSpread(counts) <= sizeSpread(golden.group))
  }

  @Test(arguments: cases.filter { $0.stratified != nil })
  func singleClipsAreAsExactAsScikitLearns(_ golden: Case) throws {
    let dataset = golden.dataset(grouped: false)
    let folds = try Folds(count: golden.folds, of: dataset)
    expectDisjoint(folds, dataset)
    #expect(folds.unit == .recording)
    let counts = folds.classCounts(of: dataset, labels: dataset.labels)
    let theirs = try #require(golden.stratified)
    // The same numbers, in another order of the folds.
    for label in counts[0].indices {
      #expect(counts.map { $0[label] }.sorted() == theirs.map { $0[label] }.sorted())
    }
    #expect(counts.map { $0.reduce(0, +) }.sorted() == theirs.map { $0.reduce(0, +) }.sorted())
  }

  @Test func seedDecides() throws {
    let dataset = Self.cases[0].dataset()
    let first = try Folds(count: 5, of: dataset, seed: 3)
    #expect(try Folds(count: 5, of: dataset, seed: 3) == first)
    #expect(try Folds(count: 5, of: dataset, seed: 4) != first)
  }

  @Test func windowsOfARecordingStayTogether() throws {
    let clips = (0..<60).map { Clip(name: "song-\($0 / 3)", row: $0, label: $0 % 6 < 3 ? "A" : "B") }
    let dataset = Dataset(path: "x", clips: clips)
    let folds = try Folds(count: 5, of: dataset)
    expectDisjoint(folds, dataset)
    #expect(folds.classCounts(of: dataset, labels: ["A", "B"]).allSatisfy { $0 == [6, 6] })
  }

  @Test(arguments: [0, 1, 2] as [UInt64]) func aFoldsDataSetLeaksNothing(seed: UInt64) throws {
    var dataset = Self.cases[2].dataset()
    for index in dataset.clips.indices {
      let isTest = dataset.clips[index].group?.hasSuffix("7") == true
      dataset.clips[index].split = isTest ? .test : .train
    }
    let folds = try Folds(count: 4, of: dataset, excluding: .test, seed: seed)
    var heldOut: [String] = []
    for fold in 0..<4 {
      let part = try folds.dataset(fold, of: dataset, seed: seed)
      #expect(part.isSplit && part.leakageWarnings().isEmpty)
      try part.requireClips(in: [.train, .valid, .test])
      #expect(part.clips.count == dataset.clips.count { $0.split == .train })
      #expect(part.clips.allSatisfy { $0.group?.hasSuffix("7") == false })
      let fitted = part.clips.count { $0.split != .test }
      let valid = Double(part.clips(in: .valid).count) / Double(fitted)
      #expect(abs(valid - 0.1) < 0.05, "\(valid)")
      heldOut += part.clips(in: .test).map(\.name)
    }
    // Each clip that is not of the test part once.
    #expect(Set(heldOut).count == heldOut.count)
    #expect(heldOut.count == dataset.clips.count { $0.split == .train })
  }

  /// Changed sound of a clip that is held out or chooses the epoch is not trained on either.
  @Test func changedSoundStaysWithItsClip() throws {
    var dataset = Self.cases[2].dataset()
    for (index, clip) in dataset.clips.enumerated() {
      var copy = clip
      (copy.row, copy.variant) = (1000 + index, "stretch 0.9")
      dataset.variants.append(copy)
    }
    let folds = try Folds(count: 4, of: dataset)
    for fold in 0..<4 {
      let part = try folds.dataset(fold, of: dataset)
      let trained = part.addingTrainingVariants()
      let others = Set((part.clips(in: .test) + part.clips(in: .valid)).map(\.recording))
      let added = trained.clips.filter { $0.variant != nil }
      #expect(added.count == part.clips(in: .train).count)
      #expect(added.allSatisfy { !others.contains($0.recording) })
    }
  }

  @Test func whatCannotBeDividedSaysWhy() throws {
    let clips = (0..<20).map { Clip(name: "\($0)", label: $0 < 10 ? "A" : "B", group: "\($0 / 5)") }
    let dataset = Dataset(path: "x", clips: clips)
    let few = #expect(throws: CodedError.self) { try Folds(count: 3, of: dataset) }
    #expect(few?.code == .tooFewClips && few?.message.contains("genre 'A' has 2 groups") == true)
    #expect(throws: CodedError.self) { try Folds(count: 1, of: dataset) }
    let single = Dataset(path: "x", clips: Array(clips.prefix(10)))
    #expect(#expect(throws: CodedError.self) { try Folds(count: 2, of: single) }?.code == .singleGenre)
    #expect(throws: CodedError.self) { try Folds(count: 2, of: Dataset(path: "x", clips: [])) }
  }
}
