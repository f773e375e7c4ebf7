import Foundation

/// How the learning rate moves over a training.
public enum LearningRateSchedule: String, Codable, Sendable, CaseIterable {
  /// The same rate throughout.
  case constant
  /// Half a cosine from the rate down to zero over all epochs (Loshchilov and Hutter 2017, arXiv:1608.03983).
  case cosine

  /// The factor on the learning rate at a fraction 0...1 of the training, behind a linear warm-up.
  public func factor(step: Int, totalSteps: Int, warmupSteps: Int) -> Float {
    if step < warmupSteps { return Float(step + 1) / Float(warmupSteps) }
    switch self {
    case .constant: return 1
    case .cosine:
      let progress = Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps))
      return Float(0.5 * (1 + cos(.pi * min(1, progress))))
    }
  }
}
