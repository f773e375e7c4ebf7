import Foundation
import GenreLens
import LibrarySupport
import TestSupport
import Testing

/// Temperatures: fitted in training, stored, asked for.
@Suite(.tags(.hand)) struct CalibrateCommandTests {
  private func trained() throws -> (store: SmallStore, model: GenreModel) {
    let store = try SmallStore()
    return (store, try SmallStore.plan().train(on: try store.dataset()).model)
  }

  @Test func trainingFitsTheTemperatureOfTheValidationPart() throws {
    let (store, model) = try trained()
    let trial = try #require(try model.calibration(on: try store.dataset())).trial
    #expect(model.temperature == trial.temperature && trial.scaling.count == 12)
    #expect(trial.scaling.after.logLoss <= trial.scaling.before.logLoss)
    #expect(trial.isGrouped && trial.temperature == (trial.isWorthwhile ? trial.scaling.temperature : 1))
  }

  @Test func theFileKeepsItAndRefusesNonsense() throws {
    var (store, model) = try trained()
    let path = store.folder + "/model.safetensors"
    model.temperature = 1.75
    try model.write(to: path)
    #expect(try GenreModel(path: path).temperature == 1.75)
    model.temperature = nil
    try model.write(to: path)
    #expect(try GenreModel(path: path).temperature == nil)
    for bad in [0.0, -1, 1000] {
      model.temperature = bad
      try model.write(to: path)
      #expect(throws: CodedError.self) { try GenreModel(path: path) }
    }
  }

  @Test func calibratedProbabilitiesAreThoseOfDividedLogits() throws {
    var (store, model) = try trained()
    model.temperature = 2.5
    var options = ScoringOptions()
    options.isCalibrated = true
    let (plain, scaled) = (
      try model.evaluate(on: try store.dataset()),
      try model.evaluate(on: try store.dataset(), options: options)
    )
    #expect(plain.report.confusion == scaled.report.confusion)
    for (one, other) in zip(plain.predictions, scaled.predictions) {
      let powers = one.probabilities.map { pow($0, 1 / 2.5) }
      for (power, value) in zip(powers, other.probabilities) {
        // Probabilities come in single precision.
        #expect(abs(power / powers.reduce(0, +) - value) < 1e-5)
      }
    }
  }

  @Test func theCommandWritesACopy() throws {
    var (store, model) = try trained()
    model.temperature = nil
    try model.write(to: store.folder + "/plain.safetensors")
    let refused = try CommandRunner.run(
      ["evaluate", "--model", "plain.safetensors", "x.npy", "--calibrated"], in: store.folder)
    #expect(refused.status == 64 && refused.standardError.contains("genrelens calibrate"))
    let output = try CommandRunner.run(
      ["calibrate", "--model", "plain.safetensors", "x.npy", "--output", "warm.safetensors"], in: store.folder
    )
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("warm.safetensors"))
    #expect(output.standardOutput.contains("Cross-validated over groups in "))
    let warm = try GenreModel(path: store.folder + "/warm.safetensors")
    let fitted = try model.calibration(on: try store.dataset())?.trial
    #expect(fitted != nil && warm.temperature == fitted?.temperature)
    let evaluated = try CommandRunner.run(
      ["evaluate", "--model", "warm.safetensors", "x.npy", "--calibrated"], in: store.folder)
    #expect(evaluated.status == 0, "\(evaluated.standardError)")
    let inspected = try CommandRunner.run(["inspect", "warm.safetensors"], in: store.folder)
    #expect(
      inspected.standardOutput.contains(
        fitted?.isWorthwhile == true ? "fitted on the validation part" : "was not shown"))
  }
}
