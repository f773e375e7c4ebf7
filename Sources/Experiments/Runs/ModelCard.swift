import Analysis
import Datasets
import Features
import Files
import Foundation
import Images
import Models
import Statistics
public import Training

/// A model card: what the model is, the data it was trained on, its figures on the validation part, its limits, how to use it and
/// how to reproduce it. In Markdown, without paths on the machine that made it and without dates.
public struct ModelCard: Sendable {
  private let run: TrainingRun
  private let paths: OutputPaths
  private let description: ModelDescription

  public init(_ run: TrainingRun, paths: OutputPaths) {
    (self.run, self.paths, description) = (run, paths, ModelDescription(of: run.model))
  }

  /// The card's text.
  public func markdown() -> String {
    let parts = [
      "# Model card: \(Markdown.text(paths.name))", introduction, overview, "## Data", data, "## Network",
      network,
      "## Training", training, settings, "## Limits", limits, "## Use", use, "## Made by", reproduction,
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private var provenance: GenreModel.Provenance { run.model.provenance }
  private var plan: TrainingPlan { run.model.trainingPlan ?? TrainingPlan() }
  private var file: String { lastComponent(of: paths.model) }
  private var labels: String { description.labels.map(Markdown.text).joined(separator: ", ") }

  private var pictureSpec: PictureSpec? { description.pictureSpec }
  /// What is counted.
  private var noun: String { pictureSpec == nil ? "recording" : "picture" }

  private var introduction: String {
    if pictureSpec != nil {
      return "Says which of \(description.labels.count) classes a picture belongs to: \(labels)."
    }
    let count = description.labels.count.counted("genre")
    guard let spec = description.featureSpec else {
      return
        "Says which of \(count) a feature map belongs to: \(labels). Where its training maps came from is not "
        + "known, so it cannot classify sound. The same maps computed otherwise give wrong answers without a sign of it."
    }
    return
      "Says which of \(count) sound belongs to, in windows of \(Self.number(spec.seconds, 1)) seconds: "
      + "\(labels)."
  }

  private var overview: String {
    let normalization = description.normalization
    let standardisation =
      pictureSpec == nil
      ? "\(normalization.granularity.rawValue), \(normalization.shape)"
      : "of each channel, within the input"
    let rows =
      [
        ["network", "\(Markdown.text(description.architecture)), \(description.parameters) parameters"],
        ["input", input],
        ["standardisation", standardisation],
        ["classes, in the order of the outputs", labels],
        ["data", Markdown.text(provenance.dataset)],
      ] + (provenance.base.map { [["begun with", Markdown.text($0.words)]] } ?? []) + [
        ["validation accuracy", accuracy],
        ["made by", "GenreLens \(Markdown.text(provenance.softwareVersion))"],
      ]
    return Markdown.table(["", ""], rows)
  }

  private var input: String {
    let shape = description.inputShape.map(String.init).joined(separator: " x ")
    if let pictureSpec { return "\(shape) (channels x rows x columns) of a picture: \(pictureSpec.words)" }
    guard let spec = description.featureSpec else { return "maps of \(shape) (channels x bins x frames)" }
    let kind = spec.kind == .mfcc ? "MFCC (row 0 is coefficient 0; the axis is quefrency)" : spec.kindName
    let range = spec.topDecibels.map { "the loudest \(Self.number($0, 0)) dB kept" } ?? "the whole range kept"
    return
      "\(spec.binCount) \(kind) x \(spec.frameCount) frames: \(spec.sampleCount) samples at \(spec.sampleRateHz) Hz, "
      + "n\\_fft \(spec.fftLength), hop \(spec.hopLength), \(spec.melBandCount) mel bands from "
      + "\(Self.number(spec.minimumHz, 0)) to \(Self.number(spec.upperHz, 0)) Hz, \(range)"
      + (provenance.preparation?.origin == .stated
        ? "; so it was stated, nothing beside the training maps said it" : "")
  }

  // MARK: - Data

  private var data: String {
    let summary = run.data
    var rows = summary.labels.enumerated().map { index, label in
      [Markdown.text(label)] + summary.counts[index].map(String.init)
    }
    rows.append(["all"] + Split.allCases.map { "\(summary.count($0))" })
    if let groups = summary.groups { rows.append(["groups (artists, albums)"] + groups.map(String.init)) }
    if summary.windows != Split.allCases.map({ summary.count($0) }) {
      rows.append(["windows of them"] + summary.windows.map(String.init))
    }
    let table = Markdown.table(["\(noun)s", "train", "valid", "test"], rows)
    return
      ([table, division] + summary.cautions.map { "**Caution:** " + Markdown.text($0) + "." } + [leftOut])
      .filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var division: String {
    let settings = plan.split
    let shares = [settings.validFraction, settings.testFraction].map { Self.number($0 * 100, 1) + " %" }
    let seed = settings.seed ?? plan.training.seed
    switch run.data.division {
    case .given: return "The data set says which \(noun) is in which part."
    case .validationTaken:
      return
        "The data set has no validation part: about \(shares[0]) were taken out of train by seed \(seed)."
    case .made:
      return
        "Divided by seed \(seed): about \(shares[0]) to choose the epoch, \(shares[1]) kept for testing; "
        + (run.data.groups == nil
          ? pictureSpec == nil ? "windows of one recording stay together." : "class by class."
          : "recordings of one group stay together.")
    }
  }

  private var leftOut: String {
    let causes = run.data.leftOut.sorted { $0.key < $1.key }
    guard !causes.isEmpty else { return "No file was left out." }
    let total = causes.reduce(0) { $0 + $1.value }
    return "\(total) files could not be used: "
      + causes.map { "\($0.value) \(Markdown.text($0.key))" }.joined(separator: ", ") + "."
  }

  // MARK: - Network and training

  private var network: String {
    Markdown.table(
      ["layer", "kind", "output", "parameters"],
      description.layers.map { layer in
        [
          Markdown.code(layer.name), Markdown.text(layer.kind),
          layer.outputShape.map(String.init).joined(separator: " x "),
          layer.parameters > 0 ? "\(layer.parameters)" : "",
        ]
      })
  }

  private var accuracy: String {
    if let report = run.validation {
      return
        "\(Self.percent(report.accuracy)) % of \(report.count.counted(noun)) (95 % interval "
        + "\(Self.percent(report.interval.low)) to \(Self.percent(report.interval.high)) %, \(report.intervalWords(of: pictureSpec == nil ? .recording : .picture)))"
    }
    guard let share = provenance.validAccuracy, provenance.validCount > 0 else { return "not known" }
    let right = Int((Double(share) * Double(provenance.validCount)).rounded())
    let interval = ConfidenceInterval.wilson(
      successes: min(max(right, 0), provenance.validCount), count: provenance.validCount)
    return
      "\(Self.percent(Double(share))) % of \(provenance.validCount.counted(noun)) (95 % interval, \(noun) by \(noun): "
      + "\(Self.percent(interval.low)) to \(Self.percent(interval.high)) %)"
  }

  private var training: String {
    let epochs = run.history.count.counted("epoch")
    let loss = provenance.validLoss.map { String(format: "%.4f", $0) } ?? "not known"
    let seconds = run.history.reduce(0) { $0 + $1.seconds }
    return """
      \(epochs), \(Markdown.text(run.outcome.summary)); the weights are those of epoch \(provenance.bestEpoch), which had \
      the lowest validation loss, \(loss) nats. Validation accuracy there: \(accuracy). The epoch was chosen on these very \
      \(noun)s, so both figures are too good; an honest one comes from the test part (below). \
      \(Self.number(seconds, 1)) seconds in all.

      ![Loss and accuracy by epoch](\(Markdown.link(lastComponent(of: paths.curve))))
      """
  }

  private var settings: String {
    // Where a feature file was trained on, its spec is the file's and no choice of the training.
    let rows = plan.changes().map { key, value in
      [
        Markdown.code(key.name), Markdown.code(value), Markdown.code(key.defaultText),
        Markdown.text(key.summary),
      ]
    }
    guard !rows.isEmpty else { return "All settings are the defaults." }
    return "Settings that differ from the defaults:\n\n"
      + Markdown.table(["key", "value", "default", "what it does"], rows)
  }
}

extension ModelCard {
  // MARK: - What follows from it

  private var limits: String {
    if pictureSpec != nil { return pictureLimits }
    var lines = [
      "It knows \(description.labels.count.counted("genre")) and calls anything one of them: there is no answer \"none of these\".",
      "It learned from \(Markdown.text(provenance.dataset)) \(startWords). On other music, other recordings and other encodings it may "
        + "do worse than any figure here.",
      "The interval is for the choice of recordings only. Another seed gives another model.",
      description.temperature.map {
        $0 == 1
          ? "Its probabilities are taken as they are: cross-validated over the groups of the validation part, no temperature was "
            + "shown to make them better (`--calibrated` changes nothing)."
          : "Its probabilities are not calibrated by themselves: `--calibrated` divides the logits by \(Self.number($0, 3)), the "
            + "temperature fitted on the validation recordings. Whether that helps on other music, `genrelens analyze` says."
      } ?? "Its probabilities are not calibrated unless somebody has measured it.",
      "Genre labels are opinions: those of whoever labelled the data.",
    ]
    if let spec = description.featureSpec {
      lines.append(
        "It hears windows of \(Self.number(spec.seconds, 1)) seconds; `classify` averages the windows of a longer track, and "
          + "a shorter one is padded with silence.")
      let kept = spec.coefficientCount ?? spec.binCount
      if !spec.rowsAreBands, kept < spec.melBandCount {
        lines.append(
          "\(kept) of \(spec.melBandCount) coefficients keep the smooth part of the spectrum: pitch and fine "
            + "structure are not heard.")
      }
    }
    return (lines + run.data.cautions.map { Markdown.text($0) + "." }).map { "- " + $0 }.joined(
      separator: "\n")
  }

  private var startWords: String {
    provenance.base.map { "and began with \(Markdown.text($0.words))" } ?? "alone"
  }

  private var pictureLimits: String {
    let lines = [
      "It knows \(description.labels.count) classes and calls any picture one of them: there is no answer \"none of these\".",
      "It learned from \(Markdown.text(provenance.dataset)) \(startWords). On pictures of another kind, size or sharpness it may do worse "
        + "than any figure here.",
      "The interval is for the choice of pictures only. Another seed gives another model.",
      description.temperature.map {
        $0 == 1
          ? "Its probabilities are taken as they are: no temperature was shown to make them better."
          : "Its probabilities are not calibrated by themselves: `--calibrated` divides the logits by \(Self.number($0, 3)), the "
            + "temperature fitted on the validation pictures."
      } ?? "Its probabilities are not calibrated unless somebody has measured it.",
    ]
    return (lines + run.data.cautions.map { Markdown.text($0) + "." }).map { "- " + $0 }.joined(
      separator: "\n")
  }

  private var use: String {
    let (model, data) = (Markdown.shell(file), Markdown.shell(run.data.name))
    // What was stated to the training must be stated again.
    let stated = provenance.preparation?.origin == .stated ? provenance.preparation?.features : nil
    let spec = stated.map { " --spec \($0.presetName ?? "spec.yaml")" } ?? ""
    var commands = [
      "genrelens evaluate --model \(model) \(data)\(spec) --split test   # the honest figure; look once"
    ]
    if pictureSpec != nil {
      commands =
        [
          "genrelens classify --model \(model) picture.jpg",
          "genrelens explain --model \(model) picture.jpg --output explained",
        ] + commands
    }
    if description.featureSpec != nil {
      commands =
        [
          "genrelens classify --model \(model) song.mp3",
          "genrelens explain --model \(model) song.mp3 --output explained",
        ] + commands
    }
    let shape = description.inputShape.map(String.init).joined(separator: ", ")
    let python = [
      "import json, safetensors.torch", "from safetensors import safe_open",
      "path = \(Self.pythonText(file))",
      "weights = safetensors.torch.load_file(path)   # PyTorch's names and layouts",
      "about = json.loads(safe_open(path, \"pt\").metadata()[\"genrelens\"])   # architecture, labels, \(pictureSpec == nil ? "featureSpec" : "pictureSpec"), ...",
      pictureSpec == nil
        ? "# input: (x - weights[\"normalization.mean\"]) / weights[\"normalization.std\"], shape [N, \(shape)]"
        : "# input: pictures as about[\"pictureSpec\"] says, shape [N, \(shape)]",
    ]
    return Markdown.block(commands) + "\n\nIn Python (`Scripts/load-in-pytorch.py` rebuilds the network):\n\n"
      + Markdown.block(python, language: "python")
  }

  private var reproduction: String {
    let (model, config) = (Markdown.shell(file), Markdown.shell(paths.name + ".yaml"))
    let commands = [
      "genrelens inspect \(model) --config > \(config)",
      "genrelens train \(Markdown.shell(run.data.name)) --config \(config)\(beginning) --output again.safetensors",
    ]
    return Markdown.block(commands)
      + "\n\nWith the same data, version and kind of processor this gives the same file, byte for byte."
  }

  /// The options that name the model with which the training began.
  private var beginning: String {
    guard let base = provenance.base else { return "" }
    let name = Markdown.shell(base.name.isEmpty ? "base.safetensors" : base.name)
    guard let layer = base.layer else { return " --initial-weights \(name)" }
    return " --features-of \(name) --layer \(Markdown.shell(layer))"
  }

  private static func pythonText(_ text: String) -> String {
    let escaped = text.replacingScalars { scalar in
      if scalar == "\\" || scalar == "\"" { return "\\" + String(scalar) }
      if let byte = scalar.rawByte { return "\\udc" + String(byte, radix: 16) }
      if scalar.isHarmless { return nil }
      let digits = String(scalar.value, radix: 16)
      return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
    return "\"\(escaped)\""
  }

  private static func percent(_ share: Double) -> String { (100 * share).decimalText(1) }

  private static func number(_ value: Double, _ digits: Int) -> String { value.shortText(upTo: digits) }
}
