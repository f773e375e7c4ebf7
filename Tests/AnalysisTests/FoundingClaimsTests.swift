import Explanation
import Tensors
import TestSupport
import Testing

@testable import Analysis
@testable import Statistics

/// Each rule on figures that are plain by hand.
@Suite(.tags(.hand)) struct FoundingClaimsTests {
  typealias Subject = ExplanationBenchmark.Subject
  private static let layers = ["conv1", "conv2"]

  /// `right` of `count` tracks of each genre are heard right, each in a group of its own.
  private func predictions(right: [Int], of count: Int) -> [Prediction] {
    zip(["Folk", "Hip-Hop"], right).flatMap { label, right in
      (0..<count).map { index in
        let isRight = index < right
        let other = label == "Folk" ? "Hip-Hop" : "Folk"
        return Prediction(
          path: "\(label) \(index)", label: label, predicted: isRight ? label : other,
          group: "\(label) \(index)",
          probabilities: (label == "Folk") == isRight ? [0.9, 0.1] : [0.1, 0.9])
      }
    }
  }

  private func reproduction(
    right: [Int] = [90, 80], of count: Int = 100, table: FaithfulnessTable = FaithfulnessTable()
  ) throws -> FoundingReproduction {
    let all = predictions(right: right, of: count)
    let report = try ClassificationReport(predictions: all, labels: ["Folk", "Hip-Hop"])
    let bootstrap = Bootstrap(resampleCount: 200)
    var benchmark = ExplanationBenchmark()
    benchmark.layers = Self.layers
    benchmark.figures = table.figures(bootstrap)
    var family = ExplanationBenchmark()
    for metric in FoundingClaims.measures {
      for layer in Self.layers {
        let pair = ["grad-cam", "grad-cam++"].map { Subject(method: $0, layer: layer) }
        benchmark.comparisons += [table.comparison(metric, pair[0], pair[1], bootstrap)].compactMap(\.self)
      }
      let pair = Self.layers.map { Subject(method: "grad-cam", layer: $0) }
      family.comparisons += [table.comparison(metric, pair[0], pair[1], bootstrap)].compactMap(\.self)
    }
    benchmark.adjustComparisons()
    family.adjustComparisons()
    var result = FoundingReproduction(
      seed: 1, report: report, benchmark: benchmark,
      sweep: ThresholdSweep(levels: [], curves: [], courses: []))
    result.layers = family.comparisons
    result.mistakes = all.filter { !$0.isCorrect }
    return result
  }

  private func claim(_ name: String, _ reproduction: FoundingReproduction) throws -> ReproducedClaim {
    try #require(FoundingClaims(reproduction).all.first { $0.name == name })
  }

  @Test(arguments: [
    ([90, 80], 100, ReproducedClaim.Verdict.notSupported), ([20, 20], 20, .cannotBeTold),
    ([2, 2], 4, .cannotBeTold),
    ([1000, 1000], 1000, .supported), ([985, 985], 1000, .cannotBeTold),
  ]) func accuracyNeedsItsInterval(right: [Int], count: Int, verdict: ReproducedClaim.Verdict) throws {
    let claim = try claim("accuracy", reproduction(right: right, of: count))
    #expect(claim.verdict == verdict, "\(claim.found)")
    #expect(claim.found.contains("95 % interval") && claim.rule.contains("98.2 %"))
  }

  @Test(arguments: [
    ([99, 70], ReproducedClaim.Verdict.supported), ([70, 99], .notSupported), ([96, 94], .cannotBeTold),
    ([100, 100], .cannotBeTold),
  ]) func mostMistakesNeedAnInterval(right: [Int], verdict: ReproducedClaim.Verdict) throws {
    let claim = try claim("mistakes", reproduction(right: right))
    #expect(claim.verdict == verdict, "\(claim.found)")
    if right == [100, 100] { #expect(claim.found == "No track was misclassified.") }
  }

  /// Values of each subject by metric, with a little spread.
  private func table(
    _ value: (_ method: String, _ layer: String, _ metric: String) -> Double, shuffled: Double = 50
  ) -> FaithfulnessTable {
    var table = FaithfulnessTable()
    for item in 0..<40 {
      for metric in FoundingClaims.measures {
        for layer in Self.layers {
          for method in ["grad-cam", "grad-cam++"] {
            let subject = Subject(method: method, layer: layer)
            let noise = Double((item * 7 + (method == "grad-cam" ? 0 : 3)) % 5) / 10
            table.add(value(method, layer, metric.name) + noise, metric, of: subject)
            table.add(shuffled + Double(item % 3) / 10, metric, of: subject.shuffled)
          }
        }
      }
    }
    return table
  }

  /// Insertion and ROAD are good where they are high, all others where they are low.
  private static func isGoodHigh(_ metric: String) -> Bool { ["insertion", "road"].contains(metric) }

  @Test func oneLayerAtAllMeasuresIsSupported() throws {
    let table = table { _, layer, metric in (layer == "conv1") == Self.isGoodHigh(metric) ? 30 : 10 }
    let claim = try claim("layers", reproduction(table: table))
    #expect(claim.verdict == .supported, "\(claim.found)")
    #expect(claim.found.contains("conv1 is shown to be best") && !claim.found.contains("conv2 is shown"))
  }

  @Test func layersThatDependOnTheMaskAreNot() throws {
    let table = table { _, layer, metric in
      let isThreshold = metric.contains("threshold-")
      return (layer == "conv1") == (isThreshold || Self.isGoodHigh(metric)) ? 10 : 30
    }
    let claim = try claim("layers", reproduction(table: table))
    #expect(claim.verdict == .notSupported, "\(claim.found)")
  }

  @Test func equalLayersAndMethodsCannotBeTold() throws {
    let same = try reproduction(table: table { _, _, _ in 20 })
    #expect(try claim("layers", same).verdict == .cannotBeTold)
    #expect(try claim("methods", same).found.contains("no difference is shown"))
    #expect(try claim("methods", same).verdict == .cannotBeTold)
  }

  /// ROAD alone against both thresholds is two measures that show different ones.
  @Test func roadIsOneOfTheMeasuresWithoutAThreshold() throws {
    func judged(road: Double) throws -> ReproducedClaim {
      let table = table { method, _, metric in
        let isFirst = method == "grad-cam"
        return metric == "road" ? (isFirst ? road : 20) : metric.contains("threshold-") && isFirst ? 10 : 20
      }
      return try claim("methods", reproduction(table: table))
    }
    #expect(try judged(road: 20).verdict == .supported)
    let opposite = try judged(road: 10)
    #expect(opposite.verdict == .notSupported, "\(opposite.found)")
    #expect(opposite.found.contains("ROAD"))
  }

  @Test func methodsNeedBothThresholdsAndNoOpposite() throws {
    let better = table { method, _, metric in (method == "grad-cam") == Self.isGoodHigh(metric) ? 30 : 10 }
    #expect(try claim("methods", reproduction(table: better)).verdict == .supported)
    let opposite = table { method, _, metric in
      metric == "average-drop threshold-10" ? (method == "grad-cam" ? 10 : 30) : 20
    }
    // One threshold alone is not both.
    #expect(try claim("methods", reproduction(table: opposite)).verdict == .cannotBeTold)
    let divided = table { method, _, metric in
      let isFirst = metric.contains("threshold-") == (method == "grad-cam")
      return isFirst ? 10 : 30
    }
    #expect(try claim("methods", reproduction(table: divided)).verdict == .notSupported)
  }

  @Test(arguments: [(50.0, ReproducedClaim.Verdict.supported), (5, .notSupported), (20.1, .cannotBeTold)])
  func faithfulMapsBeatTheirOwnValuesElsewhere(shuffled: Double, verdict: ReproducedClaim.Verdict) throws {
    let table = table({ _, _, _ in 20 }, shuffled: shuffled)
    let claim = try claim("faithfulness", reproduction(table: table))
    #expect(claim.verdict == verdict, "\(claim.found) \(claim.control)")
  }

  /// What is found says the figures and why they tell what they tell; the verdict is the claim's alone, so that the two agree.
  @Test(arguments: [
    (groups: 2, low: 0.5, ReproducedClaim.Verdict.cannotBeTold, "which is too few to tell."),
    (groups: 12, low: 0.5, .supported, "All three intervals lie above 0."),
    (groups: 12, low: 0.1, .cannotBeTold, "do not lie above 0."),
  ])
  func frequenciesAndTheirVerdictAgree(
    groups: Int, low: Double, verdict: ReproducedClaim.Verdict, words: String
  ) throws {
    var found = try reproduction(right: [20, 18], of: 20)
    let samples = zip(["Folk", "Hip-Hop"], [20, 18]).flatMap { label, count in
      (0..<count).map { index in
        let (step, isLow) = (0.01 * Float(index % 5), label == "Hip-Hop")
        let share = isLow ? Float(low) + step : 0.1 + step
        let rest = 1 - share
        return FrequencyEvidence.Sample(
          label: label, cluster: "\(label) \(index % groups)",
          profile: BandProfile(
            map: Tensor([share, 0.6 * rest, 0.4 * rest], shape: [3, 1]), bandCentersHz: [100, 1000, 5000]))
      }
    }
    let reading = FrequencyEvidence.Reading(
      method: "grad-cam", layer: "conv2", quantity: .score, samples: samples, labels: ["Folk", "Hip-Hop"],
      readingCount: 2)
    found.frequencies = FrequencyEvidence(
      readings: [reading], sound: [], bandCentersHz: [100, 1000, 5000], isExact: true, bootstrap: Bootstrap())
    let claim = try claim("frequencies, grad-cam", found)
    #expect(claim.verdict == verdict, "\(claim.found)")
    #expect(
      claim.found.hasPrefix("Shares of the evidence by Grad-CAM at conv2: below 250 Hz Hip-Hop has "),
      "\(claim.found)")
    #expect(claim.found.contains(words), "\(claim.found)")
    for other in ["holds", "is not shown", "contradicted"] { #expect(!claim.found.contains(other)) }
    // Whose groups are counted, and why the intervals are not of 95 %.
    #expect(
      claim.found.contains(
        "Only tracks heard right are counted: 18 of Hip-Hop in \(groups) groups, 20 of Folk in \(groups) groups"
      ))
    for words in [claim.found, claim.rule] {
      #expect(words.contains("97.5 % intervals: 95 % for 2 methods together, by Bonferroni"))
    }
  }

  /// Words for what files name by keys, and the p that decides beside the control.
  @Test func mapClaimsUseWords() throws {
    let found = try reproduction(table: table({ _, _, _ in 20 }))
    for name in ["faithfulness", "layers", "methods"] {
      let claim = try claim(name, found)
      for key in ["threshold-", "hadamard", "grad-cam", "all-thresholds", "shuffled-map"] {
        #expect(!(claim.found + claim.control).contains(key), "\(name): \(claim.found) \(claim.control)")
      }
    }
    let faithful = try claim("faithfulness", found)
    #expect(faithful.found.hasPrefix("At conv2: Average Drop at threshold 10: 20.2 % ("), "\(faithful.found)")
    let tests = found.benchmark.controlTestCount
    #expect(tests > 0 && faithful.control.contains(", p < 0.0001; "), "\(faithful.control)")
    #expect(faithful.control.hasSuffix("corrected for \(tests) comparisons."))
  }

  @Test func nothingMeasuredIsNothingTold() throws {
    let nothing = try reproduction()
    for name in ["faithfulness", "layers", "methods", "frequencies"] {
      let claim = try claim(name, nothing)
      #expect(claim.verdict == .cannotBeTold, "\(name)")
    }
    #expect(try claim("coherence, Hip-Hop as Folk", nothing).found == "There is no such mistake.")
  }

  @Test func fewMistakesAreCountedInEnglish() throws {
    for (count, words) in [
      (1, "There is 1 such mistake; the test needs at least 5."),
      (2, "There are 2 such mistakes; the test needs at least 5."),
    ] {
      var nothing = try reproduction()
      nothing.coherence = [
        try MistakeCoherence(
          tracks: (0..<6).map {
            .init(
              path: "\($0)", label: $0 < 3 ? "Folk" : "Hip-Hop",
              predicted: $0 < 3 + count ? "Folk" : "Hip-Hop", group: nil, features: [Double($0), 1])
          }, subject: "maps")
      ]
      let found = try claim("coherence, Hip-Hop as Folk", nothing).found
      #expect(found == words, "\(found)")
    }
  }

  @Test func theReportIsNamedAndNothingIsInvented() {
    let unknown = FoundingDocument.words(nil)
    #expect(unknown.contains("98.2 %") && unknown.contains("still to be filled in"))
    let known = FoundingDocument.words(.init(authors: "A. Author", title: "Its Title", year: 2000))
    #expect(
      known.hasPrefix("The founding report is A. Author: Its Title, 2000; ") && known.contains("98.2 %"))
    #expect(!known.contains("filled in"))
    #expect(FoundingDocument.words == FoundingDocument.words(FoundingDocument.citation))
  }

  @Test func drawsDoNotHangOnTheOrder() {
    let names = (0..<50).map { "track \($0)" }
    let draw = SampleDraw(seed: 4)
    let drawn = draw.drawn(6, of: names, by: \.self, stream: 1)
    #expect(Set(drawn).count == 6)
    #expect(draw.drawn(6, of: names.reversed(), by: \.self, stream: 1) == drawn)
    #expect(draw.drawn(6, of: names, by: \.self, stream: 2) != drawn)
    #expect(SampleDraw(seed: 5).drawn(6, of: names, by: \.self, stream: 1) != drawn)
    #expect(draw.drawn(60, of: names, by: \.self, stream: 1).count == 50)
  }
}
