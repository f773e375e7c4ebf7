import Foundation
public import Training

/// The history that stands beside a model file, empty when there is none or it cannot be read.
public func trainingHistory(besideModel path: String) -> [EpochRecord] {
  guard let text = try? String(contentsOfFile: OutputPaths(model: path).historyLines, encoding: .utf8)
  else {
    return []
  }
  let lines = text.split(whereSeparator: \.isNewline)
  return lines.compactMap { try? JSONDecoder().decode(EpochRecord.self, from: Data($0.utf8)) }
}
