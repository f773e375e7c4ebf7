import Foundation
public import Models

/// What a schedule makes of the step's number alone: the factor on the learning rate, and the momentum of one-cycle.
struct ScheduledRate {
  let schedule: LearningRateSchedule
  let totalSteps: Int
  let warmupSteps: Int
  let stepsPerEpoch: Int
  let stepDecay: StepDecay
  let oneCycle: OneCycle

  /// For a training of `stepsPerEpoch` steps an epoch.
  init(_ configuration: TrainingConfiguration, stepsPerEpoch: Int) {
    let warmup = Int(min(configuration.warmupEpochs, Float(configuration.epochs)) * Float(stepsPerEpoch))
    self.init(
      schedule: configuration.schedule, totalSteps: stepsPerEpoch * configuration.epochs, warmupSteps: warmup,
      stepsPerEpoch: stepsPerEpoch, stepDecay: configuration.stepDecay, oneCycle: configuration.oneCycle)
  }

  init(
    schedule: LearningRateSchedule, totalSteps: Int, warmupSteps: Int, stepsPerEpoch: Int,
    stepDecay: StepDecay, oneCycle: OneCycle
  ) {
    self.schedule = schedule
    self.totalSteps = totalSteps
    self.warmupSteps = warmupSteps
    self.stepsPerEpoch = stepsPerEpoch
    self.stepDecay = stepDecay
    self.oneCycle = oneCycle
  }

  /// The factor on the learning rate in a step, counted from 0.
  func factor(_ step: Int) -> Double {
    if step < warmupSteps { return Double(step + 1) / Double(warmupSteps) * afterWarmup(0) }
    return afterWarmup(step - warmupSteps)
  }

  /// The momentum in a step, where the schedule moves it.
  func momentum(_ step: Int) -> Double? {
    guard schedule == .oneCycle, oneCycle.cyclesMomentum else { return nil }
    let phase = phase(max(0, step - warmupSteps))
    let (high, low) = (oneCycle.highestMomentum, oneCycle.lowestMomentum)
    return phase.rises
      ? Self.halfCosine(high, low, phase.progress) : Self.halfCosine(low, high, phase.progress)
  }

  private var scheduledSteps: Int { max(1, totalSteps - warmupSteps) }

  private func afterWarmup(_ step: Int) -> Double {
    switch schedule {
    case .constant, .plateau: return 1
    case .cosine: return 0.5 * (1 + cos(.pi * min(1, Double(step) / Double(scheduledSteps))))
    case .step: return pow(stepDecay.factor, Double(step / max(1, stepDecay.epochs * stepsPerEpoch)))
    case .oneCycle:
      let first = 1 / oneCycle.startDivisor
      let phase = phase(step)
      return phase.rises
        ? Self.halfCosine(first, 1, phase.progress)
        : Self.halfCosine(1, first / oneCycle.endDivisor, phase.progress)
    }
  }

  /// Where one-cycle is: PyTorch's phases end at `pct_start * total - 1` and `total - 1`, the first not at a whole step.
  private func phase(_ step: Int) -> (rises: Bool, progress: Double) {
    let top = oneCycle.risingShare * Double(scheduledSteps) - 1
    let end = Double(scheduledSteps - 1)
    if Double(step) <= top { return (true, top > 0 ? Double(step) / top : 1) }
    return (false, end > top ? min(1, (Double(step) - top) / (end - top)) : 1)
  }

  private static func halfCosine(_ start: Double, _ end: Double, _ progress: Double) -> Double {
    end + (start - end) / 2 * (cos(.pi * progress) + 1)
  }
}

extension LearningRateSchedule {
  /// The factor of the learning rate in a step, counted from 0. For `plateau` it is 1, since that also depends on losses.
  ///
  /// After `warmupSteps` the schedule counts from 0; in warm-up step n of w the factor is `(n + 1) / w` times its first.
  public func factor(
    step: Int, totalSteps: Int, warmupSteps: Int, stepsPerEpoch: Int = 1, stepDecay: StepDecay = StepDecay(),
    oneCycle: OneCycle = OneCycle()
  ) -> Float {
    let rate = ScheduledRate(
      schedule: self, totalSteps: totalSteps, warmupSteps: warmupSteps, stepsPerEpoch: stepsPerEpoch,
      stepDecay: stepDecay, oneCycle: oneCycle)
    return Float(rate.factor(step))
  }
}
