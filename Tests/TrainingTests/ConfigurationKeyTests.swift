import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite(.tags(.hand, .property)) struct ConfigurationKeyTests {
  /// Dotted names of all stored properties of a plan; `training` stands for none, as in a file.
  private func properties(of value: Any, below prefix: String = "") -> [String] {
    Mirror(reflecting: value).children.flatMap { child -> [String] in
      let name = child.label ?? "?"
      let isGroup = Mirror(reflecting: child.value).displayStyle == .struct && !(child.value is [Any])
      let path = prefix.isEmpty && name == "training" ? "" : (prefix.isEmpty ? "" : prefix + ".") + name
      return isGroup && !(child.value is any BinaryInteger) && !(child.value is any BinaryFloatingPoint)
        && !(child.value is String) && !(child.value is Bool)
        ? properties(of: child.value, below: path) : [path]
    }
  }

  @Test func everyPropertyHasADescriptionAndTheOtherWayRound() {
    let described = ConfigurationKey.all.map(\.name)
    #expect(Set(described).count == described.count)
    // Whether features were set is no setting.
    #expect(properties(of: TrainingPlan()).filter { $0 != "statesFeatures" }.sorted() == described.sorted())
  }

  @Test func defaultsAreWithinTheirRanges() throws {
    try TrainingPlan().validate()
    for key in ConfigurationKey.all {
      let value = ConfigurationTree.defaults.value(at: key.path) ?? .none
      #expect(key.kind.problem(with: value) == nil, "\(key.name)")
      #expect(key.summary.hasSuffix(".") && !key.summary.contains("|"), "\(key.name)")
    }
  }

  /// A key that the struct does not read back would be printed and ignored.
  @Test func everyKeyChangesThePlan() throws {
    for key in ConfigurationKey.all where key.defaultText != other(key.kind, than: key.defaultText) {
      var tree = ConfigurationTree.defaults
      let reader = ConfigurationReader(keys: [key], source: .option("x"))
      tree.set(key.path, to: try reader.value(other(key.kind, than: key.defaultText), for: key).value)
      // Values that do not fit the other defaults say so; they were read too.
      guard let plan = try? tree.decoded(as: TrainingPlan.self) else { continue }
      #expect(plan != TrainingPlan(), "\(key.name)")
    }
  }

  private func other(_ kind: ConfigurationKey.Kind, than text: String) -> String {
    switch kind {
    case .integer(let range): text == "\(range.lowerBound)" ? "\(range.upperBound)" : "\(range.lowerBound)"
    case .seed: "77"
    case .number(let bounds): text == "0.25" ? "0.5" : bounds.contains(0.25) ? "0.25" : "\(bounds.low + 0.5)"
    case .boolean: text == "true" ? "false" : "true"
    case .choice(let names): names.first { $0 != text } ?? text
    case .text: "other"
    case .list(let item, let count):
      "[" + Array(repeating: other(item, than: ""), count: max(1, count.lowerBound)).joined(separator: ", ")
        + "]"
    case .weights: "{Folk: 2}"
    case .factors: "{conv1: 0.5}"
    case .optional(let kind): other(kind, than: text)
    }
  }

  @Test func namesNearAMistypedOne() {
    let names = ["learningRate", "epochs", "patience", "seed"]
    #expect(nearestName(to: "lerningRate", among: names) == "learningRate")
    #expect(nearestName(to: "learning_rate", among: names) == "learningRate")
    #expect(nearestName(to: "epohcs", among: names) == "epochs")
    #expect(nearestName(to: "sede", among: names) == "seed")
    #expect(nearestName(to: "zzzzzz", among: names) == nil)
    #expect(nearestName(to: "", among: []) == nil)
  }

  @Test func documentIsUpToDate() throws {
    let path = packageRoot + "/docs/configuration.md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(
      text == ConfigurationKey.markdown(),
      "write it again: genrelens train --describe-config > docs/configuration.md")
  }

  /// Whatever stands in a file, it is read or refused with a line; it never traps.
  @Test func damagedFilesAreRefused() throws {
    var generator = SeededGenerator(seed: 7)
    let text = Array(try TrainingPlan().yaml().utf8)
    let pieces = [
      "[", "]", "{", "}", ": ", "- ", "*a", "&a ", "\"", "'", "#", "|", ">", "!!int ", "? ", "\t", "\n",
      "1e9", "\u{0}",
    ]
    var refused = 0
    for _ in 0..<400 {
      var bytes = text
      for _ in 0...generator.index(below: 3) {
        let place = generator.index(below: bytes.count)
        switch generator.index(below: 3) {
        case 0: bytes.remove(at: place)
        case 1: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        default: bytes.insert(contentsOf: pieces[generator.index(below: pieces.count)].utf8, at: place)
        }
      }
      let reader = ConfigurationReader(keys: ConfigurationKey.all, source: .file("x.yaml"))
      do {
        let root = try YAMLDocument.root(of: String(decoding: bytes, as: UTF8.self))
        _ = try reader.values(in: root).applied(to: TrainingPlan())
      } catch {
        refused += 1
        #expect(error.code == .badInput && !error.message.contains("\n"), "\(error)")
        #expect(error.message.contains("line ") || error.message.hasPrefix("not valid YAML"), "\(error)")
      }
    }
    #expect(refused > 200)
  }
}
