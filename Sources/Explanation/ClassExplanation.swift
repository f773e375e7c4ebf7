public import Features
public import Networks
public import Tensors

/// Why a network gave one class its score on one input: a map, and everything needed to interpret it.
///
/// ```swift
/// let why = try Explainer(model).explain(input, method: .gradCAM, layer: "conv3")
/// print(why.label, why.probability, why.flagNames)
/// let picture = why.mask                               // [F, T] in 0...1, of the positive part
/// ```
///
/// Keep ``signedMap``: it is raw, signed and not normalised. ``mask`` is only for single pictures: it divides by the map's own
/// maximum, so a nearly empty map looks as bright as any other. Read ``flags`` first.
public struct ClassExplanation: Sendable {
  /// How it was made, with all options.
  public let method: any ExplanationMethod
  /// The value the map was made at; the input's name for methods that work at the input.
  public let layer: String
  /// The explained class.
  public let classIndex: Int
  /// The explained class's name.
  public let label: String
  /// The class with the highest probability.
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
  /// input. Row 0 is feature bin 0. A layer without a frequency axis has one row, shared by all frequencies.
  public let signedMap: Tensor
  /// The axes of the map: frequency and time, channel and time, feature and tokens, or time or tokens alone.
  public let axes: [Axis]
  /// The input's `[F, T]`.
  public let inputShape: Shape
  /// d score / d input at `[C, F, T]`, by the method's rule, for methods that work at the input.
  public let inputGradient: Tensor?
  /// Warnings about the map.
  public let flags: Set<ExplanationFlag>
  /// The meaning of the input's rows and columns, if known.
  public let spec: FeatureSpec?
  /// The other class of a contrast; nil without one.
  public let contrastLabel: String?
  /// The baseline's values, `[C, F, T]`; nil for methods that mask nothing.
  public let baselineInput: Tensor?
  /// The score of the baseline, for methods whose attributions are relative to it.
  public let baselineScore: Float?
  /// The sum of the attributions minus their expected sum; nil for methods without one.
  public let completenessGap: Float?

  /// The method's options as written to files, by key.
  public var settings: [String: OptionValue] { method.settings(inputShape: inputShape) }

  /// The map that a picture shows, at the signed map's resolution: the positive part or the magnitude (see
  /// ``MethodTraits/Meaning``).
  public var positiveMap: Tensor { signedMap.map(method.traits.meaning.shown) }

  /// ``positiveMap`` resized to the input's `[F, T]`, not normalised. See ``bilinearlyResized(_:to:)``. Recomputed at each call.
  public var upsampledMap: Tensor { bilinearlyResized(positiveMap, to: inputShape) }

  /// ``upsampledMap`` divided by its maximum, a mask in [0, 1]; zeros where nothing is positive. For displaying and masking with
  /// a single map; to compare maps, use one scale for all of them.
  public var mask: Tensor {
    let map = upsampledMap
    let maximum = map.values.max() ?? 0
    return maximum > 0 ? map.map { $0 / maximum } : map
  }

  /// The explained score in words: the class, or "A rather than B"; for a weighted sum, ``label`` is the predicted class.
  public var question: String {
    if case .weighted = explainedScore { return "a weighted sum of scores" }
    return contrastLabel.map { "\(label) rather than \($0)" } ?? label
  }

  /// Flags as a sorted list of names, for files.
  public var flagNames: [String] { flags.map(\.rawValue).sorted() }
}

extension MethodTraits.Meaning {
  /// The part of a cell that a picture shows: its magnitude if the sign only gives the direction of a change, otherwise its
  /// positive part.
  public func shown(_ value: Float) -> Float {
    switch self {
    case .sensitivity: abs(value)
    case .attribution, .importance: max(0, value)
    }
  }
}
