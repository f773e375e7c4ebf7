import Analysis
import Datasets
import Explanation
import Features
import Files
import Foundation
import Models
import Networks

/// What the cards of data and model say.
enum AnalysisFacts {
  /// The data card.
  static func data(_ dataset: Dataset, _ evaluation: Evaluation) -> [AnalysisResult.Fact] {
    let counts = evaluation.report.labels.map { "\($0) \(evaluation.report.perClass[$0]?.support ?? 0)" }
    let parts = Split.allCases.map { split in (split.rawValue, dataset.clips(in: split).recordingCount) }
    let groups = Set(evaluation.predictions.compactMap(\.group)).count
    return [
      .init("Data set", dataset.path),
      .init("Evaluated", Set(evaluation.predictions.compactMap(\.split)).sorted().joined(separator: ", ")),
      .init("Recordings", counts.joined(separator: ", ")),
      .init("Artists or albums", groups == 0 ? "not known" : "\(groups) among the evaluated tracks"),
      .init(
        "Whole set",
        dataset.isSplit
          ? parts.map { "\($0) \($1)" }.joined(separator: ", ")
          : dataset.clips.recordingCount.counted("recording")),
    ].filter { !$0.value.isEmpty }
  }

  /// The model card.
  static func model(_ model: GenreModel, _ options: AnalysisOptions) -> [AnalysisResult.Fact] {
    let (provenance, about) = (model.provenance, ModelDescription(of: model))
    let traits = options.method.traits
    let names =
      traits.reads == .attention ? model.network.attentionNames : model.network.convolutionNames
    let layer = traits.choosesLayer ? options.layer ?? names.last ?? "" : "the input"
    let spec = model.featureSpec.map { spec in
      "\(spec.binCount) \(spec.kindName) x \(spec.frameCount) frames (\(String(format: "%.1f", spec.seconds)) s), "
        + "\(spec.sampleRateHz) Hz, n_fft \(spec.fftLength), hop \(spec.hopLength)"
        + (provenance.preparation?.origin == .stated ? ", as stated by who trained it" : "")
    }
    let valid = provenance.validAccuracy.map {
      "\(Double($0).percentText()) of \(provenance.validCount.counted("recording"))"
    }
    let seed = provenance.configuration.map { "seed \($0.seed)" }
    let training = [provenance.outcome, seed].compactMap(\.self).joined(separator: ", ")
    return [
      .init("Model", model.name ?? ""),
      .init(
        "Network", "\(about.architecture), \(about.parameters) parameters, input \(model.network.inputShape)"),
      .init("Features", spec ?? "of unknown origin"),
      .init("Trained on", "\(provenance.dataset), \(provenance.trainCount.counted("recording"))"),
      .init("Kept epoch", "\(provenance.bestEpoch)" + (valid.map { ", validation accuracy \($0)" } ?? "")),
      .init("Training", training),
      .init("Explained by", ExplanationBenchmark.mapWords(options.method.name, layer)),
      .init("GenreLens", provenance.softwareVersion),
    ].filter { !$0.value.isEmpty }
  }

  /// What flatters figures of tracks that the model knows from its training. Its file does not say what it was trained on, hence
  /// the "if".
  static func selectionNotes(_ selection: ClipSelection, _ dataset: Dataset) -> [String] {
    switch selection {
    case .split(.test): []
    case .split(.valid):
      [
        "if the model was trained on this data set, these tracks chose its epoch: on new music it may be worse"
      ]
    case .split(.train):
      ["if the model was trained on this data set, then on these tracks: on new music it will be worse"]
    case .all:
      dataset.clips.contains { $0.split == .train }
        ? [
          "if the model was trained on this data set, then on a part of these tracks: on new music it will be worse"
        ] : []
    }
  }
}
