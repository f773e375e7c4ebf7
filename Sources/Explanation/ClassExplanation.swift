public import Features
public import Networks
public import Tensors

/// Why a network gave one class its score on one input: a map, and all that is needed to read it.
///
/// ```swift
/// let why = try Explainer(model).explain(input, method: .gradCAM, layer: "conv3")
/// print(why.label, why.probability, why.flagNames)
/// let picture = why.mask                               // [F, T] in 0...1, of the positive part
/// ```
///
/// Keep ``signedMap``: it is raw, signed and not normalised. ``mask`` is for one picture only, because it divides by the map's own maximum, and
/// so shows a map of next to nothing as brightly as any other. Read ``flags`` first.
public struct ClassExplanation: Sendable {
  /// How it was made, with all options.
  public let method: any ExplanationMethod
  /// The value the map was made at; the input's name for methods that work at the input.
  public let layer: String
  /// The explained class.
  public let classIndex: Int
  /// The explained class's name.
  public let label: String
  /// The class of highest probability.
  public let predictedIndex: Int
  /// The predicted class's name.
  public let predictedLabel: String
  /// What was differentiated.
  public let explainedScore: Score
  /// The value of what was differentiated, by default the class's logit.
  public let score: Float
  /// The class's softmax probability.
  public let probability: Float
  /// The raw map with its signs, not normalised: `[f, t]` at the layer's resolution, `[F, T]` for methods that work at the
  /// input. Row 0 is feature bin 0. A layer without frequencies has one row, which all share.
  public let signedMap: Tensor
  /// The axes that the map runs over: frequency and time, channel and time, feature and tokens, or time or tokens alone.
  public let axes: [Axis]
  /// The input's `[F, T]`.
  public let inputShape: Shape
  /// d score / d input at `[C, F, T]`, by the method's rule, for methods that work at the input.
  public let inputGradient: Tensor?
  /// What to know before believing the map.
  public let flags: Set<ExplanationFlag>
  /// What the input's rows and columns are, where known.
  public let spec: FeatureSpec?
  /// The class that a contrast is with; nil without one.
  public let contrastLabel: String?
  /// The baseline's values, `[C, F, T]`; nil for methods that take nothing away.
  public let baselineInput: Tensor?
  /// The score of the baseline, for methods whose attributions count from it.
  public let baselineScore: Float?
  /// Sum of the attributions minus what they should add up to; nil for methods that promise no sum.
  public let completenessGap: Float?

  /// The method's options as files say them, by key.
  public var settings: [String: OptionValue] { method.settings(inputShape: inputShape) }

  /// What a picture shows, at the signed map's resolution: its positive part, or its magnitude (see
  /// ``MethodTraits/Meaning``).
  public var positiveMap: Tensor { signedMap.map(method.traits.meaning.shown) }

  /// ``positiveMap`` resized to the input's `[F, T]`, not normalised. See ``bilinearlyResized(_:to:)``. Computed anew at
  /// each call.
  public var upsampledMap: Tensor { bilinearlyResized(positiveMap, to: inputShape) }

  /// ``upsampledMap`` divided by its maximum, a mask in [0, 1]; zeros where nothing is positive. For display and masking of
  /// one map: to compare maps, share one scale among them.
  public var mask: Tensor {
    let map = upsampledMap
    let maximum = map.values.max() ?? 0
    return maximum > 0 ? map.map { $0 / maximum } : map
  }

  /// What is explained, in words: the class, or "A rather than B"; of a weighted sum ``label`` is the predicted class.
  public var question: String {
    if case .weighted = explainedScore { return "a weighted sum of scores" }
    return contrastLabel.map { "\(label) rather than \($0)" } ?? label
  }

  /// Flags as a sorted list of names, for files.
  public var flagNames: [String] { flags.map(\.rawValue).sorted() }
}

extension MethodTraits.Meaning {
  /// What of a cell a picture shows: its magnitude where the sign only tells the direction of a change, else its positive part.
  public func shown(_ value: Float) -> Float {
    switch self {
    case .sensitivity: abs(value)
    case .attribution, .importance: max(0, value)
    }
  }
}
