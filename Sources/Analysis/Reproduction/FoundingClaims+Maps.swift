import Foundation
import Statistics

/// What the report concludes from Average Drop.
extension FoundingClaims {
  private typealias Subject = ExplanationBenchmark.Subject

  private static let (gradCAM, plusPlus) = ("grad-cam", "grad-cam++")
  /// All measures by which the claims are judged: at the report's thresholds, then those without one.
  public static var measures: [FaithfulnessMetric] { picked + unpicked }
  /// The report's measures.
  static let picked = levels.map { FaithfulnessMetric.averageDrop("threshold-\($0)") }
  /// What needs no threshold.
  static let unpicked: [FaithfulnessMetric] = [
    .averageDrop("hadamard"), .averageDrop(allThresholds), .insertion, .deletion, .road,
  ]
  /// The mean over the levels of a sweep, by the name of a mask.
  public static let allThresholds = "all-thresholds"

  private var lastLayer: String { reproduction.benchmark.layers.last ?? "" }

  // MARK: - Are the maps faithful?

  /// Whether the maps are better than their own values in random places.
  var faithfulness: ReproducedClaim {
    let subject = Subject(method: Self.gradCAM, layer: lastLayer)
    let figures = Self.picked.map { reproduction.benchmark.figure($0, of: subject) }
    let parts = zip(Self.picked, figures).map { metric, figure in
      "\(metric.words): \(Self.estimate(figure))"
    }
    let controls = zip(Self.picked, figures).map { metric, figure in
      let shuffled = Self.estimate(reproduction.benchmark.figure(metric, of: subject.shuffled))
      let p = figure?.adjustedP?["shuffled-map"].map { ", p \(PValue.words($0))" } ?? ""
      return "\(metric.words): \(shuffled)\(p)"
    }
    let isBetter = figures.map { $0?.beats?["shuffled-map"] == true }
    let isWorse = figures.map {
      $0?.beats?["shuffled-map"] == false && ($0?.adjustedP?["shuffled-map"] ?? 1) < 0.05
    }
    return ReproducedClaim(
      name: "faithfulness",
      claim:
        "What Grad-CAM keeps at the last convolution is what the network decides by: it costs little probability.",
      found: "At \(lastLayer): " + parts.joined(separator: "; ") + ".",
      control:
        "The map's own values in random places, which keep as much of the input: \(controls.joined(separator: "; ")). p is for no difference, corrected for \(reproduction.benchmark.controlTestCount) comparisons.",
      rule:
        "Supported where the map costs less than its own values in random places, which keep equally much, at both thresholds (paired over groups, p corrected, below 0.05); not supported where it costs more at either; else it cannot be told.",
      verdict: isWorse.contains(true)
        ? .notSupported : isBetter.allSatisfy(\.self) && !isBetter.isEmpty ? .supported : .cannotBeTold)
  }

  // MARK: - Which layer?

  /// Whether Average Drop at a threshold tells which convolution explains best.
  var layers: ReproducedClaim {
    let measures = Self.measures
    let names = reproduction.benchmark.layers
    let best = measures.map { bestLayer($0, of: Self.gradCAM) }
    let parts = zip(measures, best).map { metric, best in
      let means = names.compactMap { name -> (name: String, mean: Double)? in
        let figure = reproduction.benchmark.figure(
          metric, of: Subject(method: Self.gradCAM, layer: name))
        return figure?.mean.map { (name, $0) }
      }
      let order = means.sorted { metric.better == .higher ? $0.mean > $1.mean : $0.mean < $1.mean }
        .map { "\($0.name) \(Self.number($0.mean, metric))" }
      return
        "\(metric.words): \(order.joined(separator: ", ")) (\(best.map { "\($0) is shown to be best" } ?? "none is shown to be best"))"
    }
    let shownPicked = best.prefix(Self.picked.count)
    let shown = Set(best.compactMap(\.self))
    let isOne = Set(shownPicked).count == 1 && shownPicked.first.flatMap(\.self) != nil
    return ReproducedClaim(
      name: "layers", claim: "Average Drop at thresholds 10 and 30 tells which convolution explains best.",
      found: parts.joined(separator: "; ") + ".", control: shuffledWords,
      rule:
        "A layer is shown to be best where it is better than every other one (paired over groups, p corrected for all pairs and measures, below 0.05). Supported where both thresholds show the same layer and no measure without a threshold shows another; not supported where two measures show different ones; else it cannot be told.",
      verdict: shown.count > 1 ? .notSupported : isOne ? .supported : .cannotBeTold)
  }

  private func bestLayer(_ metric: FaithfulnessMetric, of method: String) -> String? {
    let names = reproduction.benchmark.layers
    guard names.count > 1 else { return nil }
    return names.first { name in
      names.filter { $0 != name }.allSatisfy { other in
        reproduction.layers.contains { comparison in
          guard comparison.metric == metric, comparison.first.method == method else { return false }
          let pair = (comparison.first.layer, comparison.second.layer)
          return pair == (name, other) && comparison.showsFirst
            || pair == (other, name) && comparison.showsSecond
        }
      }
    }
  }

  /// At which layers the map is better than its own values in random places.
  private var shuffledWords: String {
    let better = reproduction.benchmark.layers.filter { name in
      Self.picked.allSatisfy {
        reproduction.benchmark.figure($0, of: Subject(method: Self.gradCAM, layer: name))?
          .beats?["shuffled-map"] == true
      }
    }
    return better.isEmpty
      ? "At no layer is the map shown to cost less than its own values in random places at both thresholds."
      : "The map is shown to cost less than its own values in random places, at both thresholds, at \(better.joined(separator: ", "))."
  }

  // MARK: - Which method?

  /// Whether Average Drop at a threshold tells Grad-CAM from Grad-CAM++.
  var methods: ReproducedClaim {
    let measures = Self.measures
    let winners = measures.map { winner($0, at: lastLayer) }
    let shown = Set(winners.compactMap(\.self))
    let both = Set(winners.prefix(Self.picked.count))
    let isOne = both.count == 1 && both.first.flatMap(\.self) != nil
    let parts = zip(measures, winners).map { metric, winner in
      let pair = [Self.gradCAM, Self.plusPlus].map {
        Self.estimate(reproduction.benchmark.figure(metric, of: Subject(method: $0, layer: lastLayer)))
      }
      return
        "\(metric.words): \(pair[0]) against \(pair[1]) (\(winner.map { "\(Self.methodWords($0)) is shown to be better" } ?? "no difference is shown"))"
    }
    return ReproducedClaim(
      name: "methods",
      claim: "Average Drop at thresholds 10 and 30 tells which of Grad-CAM and Grad-CAM++ explains better.",
      found: "Grad-CAM against Grad-CAM++ at \(lastLayer): " + parts.joined(separator: "; ") + ".",
      control: otherLayerWords,
      rule:
        "Supported where both thresholds show the same method to be better at the last convolution (paired over groups, p corrected, below 0.05) and no measure without a threshold shows the other one; not supported where two measures show different ones; else it cannot be told.",
      verdict: shown.count > 1 ? .notSupported : isOne ? .supported : .cannotBeTold)
  }

  /// The method that is shown to be better; nil where none is.
  private func winner(_ metric: FaithfulnessMetric, at layer: String) -> String? {
    let found = reproduction.benchmark.comparisons.first {
      $0.metric == metric && $0.first.layer == layer
        && Set([$0.first.method, $0.second.method]) == [Self.gradCAM, Self.plusPlus]
    }
    guard let found else { return nil }
    return found.showsFirst ? found.first.method : found.showsSecond ? found.second.method : nil
  }

  private var otherLayerWords: String {
    let words = reproduction.benchmark.layers.dropLast().map { layer in
      let winners = Self.measures.map { (metric: $0, method: winner($0, at: layer)) }
      let shown = [Self.gradCAM, Self.plusPlus].compactMap { method -> String? in
        let measures = winners.filter { $0.method == method }.map(\.metric.words)
        return measures.isEmpty
          ? nil : "\(Self.methodWords(method)) is shown to be better by \(measures.joined(separator: ", "))"
      }
      return "\(layer): \(shown.isEmpty ? "no difference is shown" : shown.joined(separator: ", and "))"
    }
    return words.isEmpty ? "" : "At the other convolutions: " + words.joined(separator: "; ") + "."
  }

  // MARK: - Words

  private static func methodWords(_ method: String) -> String { ExplanationBenchmark.methodWords(method) }

  private static func number(_ value: Double, _ metric: FaithfulnessMetric) -> String {
    (metric.isPercent ? String(format: "%.1f %%", value) : String(format: "%.3f", value))
      .replacing("-", with: "\u{2212}")
  }

  private static func estimate(_ figure: ExplanationBenchmark.Figure?) -> String {
    guard let figure, let mean = figure.mean else { return "not measured" }
    let ends = figure.interval.map { interval in
      let pair = [interval.low, interval.high].map {
        String(format: figure.metric.isPercent ? "%.1f" : "%.3f", $0).replacing("-", with: "\u{2212}")
      }
      return " (\(pair[0]) to \(pair[1]))"
    }
    return number(mean, figure.metric) + (ends ?? "")
  }
}

extension ExplanationBenchmark.Comparison {
  /// Whether the first is shown to be better.
  public var showsFirst: Bool { isShown && difference * good > 0 }
  /// Whether the second is.
  public var showsSecond: Bool { isShown && difference * good < 0 }

  private var isShown: Bool { (adjustedP ?? 1) < 0.05 }
  private var good: Double { metric.better == .higher ? 1 : -1 }
}
