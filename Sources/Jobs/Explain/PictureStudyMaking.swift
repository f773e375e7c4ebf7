import Analysis
import Explanation
import Files
import Foundation
import Images
import Models
import Networks
import Tensors

/// What a page shows of an explained picture.
struct PictureStudyMaking {
  static let (pictureKey, overlayKey, heatKey) = ("picture", "overlay", "heat")
  /// The evidence of one of several methods.
  static func overlayKey(_ number: Int) -> String { "method-\(number + 1)" }
  /// Classes that are listed.
  private static let shareCount = 10

  private let question: PictureQuestion
  private let explanation: ClassExplanation
  private let document: PictureExplanation

  init(_ question: PictureQuestion, _ explanation: ClassExplanation, _ document: PictureExplanation) {
    (self.question, self.explanation, self.document) = (question, explanation, document)
  }

  func study() -> PictureStudy {
    let classification = question.seen.classification
    let words = "Evidence for \(explanation.question)"
    var study = PictureStudy(
      path: document.path, name: question.name, question: document.question, predicted: document.label,
      shares: classification.ranking.prefix(Self.shareCount).map {
        .init(label: $0.label, probability: $0.probability)
      },
      classCount: question.model.labels.count, explained: explanation.question,
      explainedClass: explanation.label, explainedProbability: Double(explanation.probability),
      mapName: explanation.mapName,
      size: .init(height: document.height, width: document.width), seen: question.cropped,
      sentence: document.sentence,
      regions: document.regions.map {
        .init(
          place: PictureRegion(
            top: $0.rectangle.top, left: $0.rectangle.left, bottom: $0.rectangle.bottom,
            right: $0.rectangle.right), share: $0.share)
      },
      picture: .init(key: Self.pictureKey, caption: question.name),
      overlay: .init(key: Self.overlayKey, caption: words), heat: .init(key: Self.heatKey, caption: words),
      showsPixels: max(document.height, document.width) <= 128,
      peak: Double(explanation.positiveMap.values.max() ?? 0), checks: checks,
      finding: document.check.finding?.sentence, facts: facts, notes: notes)
    // Zero in the input, which only a mean makes another colour.
    if question.spec.mean.allSatisfy({ $0 == 0 }) { study.fill = "black" }
    if let comparison = document.comparison {
      study.methods = comparison.rows(
        overlays: comparison.methods.enumerated().map { number, method in
          .init(key: Self.overlayKey(number), caption: "\(words) by \(method.method)")
        })
    }
    return study
  }

  private var checks: [PictureStudy.Check] {
    let check = document.check
    guard check.kept != nil else { return [] }
    let share = "\(check.meanMask.percentText(decimals: 0)) of it kept"
    let rest = check.removedClass.map { "seen as \($0)" } ?? ""
    return [
      .init(
        name: "the picture", probability: Double(explanation.probability),
        remark: "as it is, seen as \(document.label)"),
      .init(name: "what the map marks", probability: check.kept, remark: share),
      .init(name: "the rest", probability: check.removed, remark: rest),
      .init(
        name: "control", probability: check.control,
        remark: "what the same mask keeps in \(check.controlCount) other places, on average"),
    ]
  }

  private var facts: [AnalysisResult.Fact] {
    var facts = [AnalysisResult.Fact("File", document.path)]
    if let name = question.model.name { facts.append(.init("Model", name)) }
    if let asked = question.model.question {
      facts.append(.init("Question", asked.text))
      facts.append(.init("Read of it", asked.words.joined(separator: ", ")))
    }
    let labels = question.model.labels
    let rest = labels.count - 20
    facts += [
      .init("Network", question.model.network.architecture.name),
      .init(
        question.model.question == nil ? "Classes" : "Answers",
        labels.prefix(20).joined(separator: "; ") + (rest > 0 ? " and \(rest) more" : "")),
      .init("Input", question.spec.words), .init("Method", document.method), .init("Layer", document.layer),
      .init(
        "Map", "\(explanation.signedMap.shape[0]) x \(explanation.signedMap.shape[1]) cells"),
      .init("Score", "\(document.how.target), \(document.how.score.decimalText(3))"),
    ]
    if let baseline = document.how.options["baseline"] { facts.append(.init("Baseline", baseline.text)) }
    return facts
  }

  private var notes: [String] {
    var notes = ["A model only knows its own classes: it calls anything one of them."]
    if let asked = question.model.question {
      notes = [
        "The model knows \(question.model.labels.count) answers, and gives one of them to any question."
      ]
      if !asked.unknownWords.isEmpty {
        notes.insert(
          "Left out of the question, unknown: \(asked.unknownWords.joined(separator: ", ")).", at: 0)
      }
    }
    // What to make of the map comes first.
    if let finding = document.check.finding, finding.verdict == .showsNothing {
      notes.insert(finding.sentence, at: 0)
    }
    return notes + explanation.flags.map(\.sentence).sorted()
      + document.notes.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
  }
}
