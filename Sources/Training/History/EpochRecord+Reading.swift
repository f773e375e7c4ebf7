import Files
import Foundation
public import Models

extension EpochRecord {
  /// The history next to a model file; empty if there is none or it cannot be read.
  public static func history(besideModel path: String) -> [EpochRecord] {
    guard let bytes = try? FileSystem.contents(OutputPaths(model: path).historyLines) else { return [] }
    return bytes.split(separator: 0x0A).compactMap {
      try? JSONDecoder().decode(EpochRecord.self, from: Data($0))
    }
  }
}
