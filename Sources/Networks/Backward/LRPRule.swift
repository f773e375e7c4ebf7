/// How relevance passes one layer with weights, `z_j = sum over i of x_i w_ij + b_j`: the rules of layer-wise
/// relevance propagation.
///
/// Each converts the relevance R_j of the results to R_i of the inputs. s(z) is z moved away from 0 by the stabilizer, with 0
/// counting as positive; w+ and w- are the positive and the negative parts: w = w+ + w-. Relevance absorbed by the stabilizer and
/// the bias does not reach the inputs and is reported by ``RelevanceBalance``.
///
/// Defined as in Zennit 0.5 (Anders et al. 2021, arXiv:2106.13200), with one difference: if a denominator is 0 (only with a
/// stabilizer of 0), its relevance is absorbed, whereas Zennit divides by 0.
public enum LRPRule: Sendable, Hashable {
  /// `R_i = x_i sum over j of w_ij R_j / s(z_j)`; with 0 it is LRP-0.
  ///
  /// Bach et al. 2015, doi:10.1371/journal.pone.0130140, equation 58.
  case epsilon(Float = 1e-6)
  /// Positive weights count more: w + gamma w+ for positive x and w + gamma w- for negative x if z_j > 0, and the reverse if z_j
  /// < 0; the bias counts as a weight of a positive x.
  ///
  /// Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10, in the form for inputs of both signs (Andéol et al.
  /// 2021). If z_j is 0, its relevance is absorbed.
  case gamma(Float = 0.25, stabilizer: Float = 1e-6)
  /// `alpha P_i - beta M_i`: P is the share of the positive contributions `x+ w+ + x- w-`, including b+, and M that of the
  /// negative ones.
  ///
  /// `alpha - beta` must be 1. Bach et al. 2015, equation 60.
  case alphaBeta(Float, Float, stabilizer: Float = 1e-6)
  /// Positive contributions only: alpha 1, beta 0.
  ///
  /// Montavon et al. 2017, doi:10.1016/j.patcog.2016.11.008, where it is defined for inputs that are not negative.
  case zPlus(stabilizer: Float = 1e-6)
  /// Every input on which a result depends gets the same share: all inputs and weights count as 1, the bias as 0.
  ///
  /// Lapuschkin et al. 2019, doi:10.1038/s41467-019-08987-4.
  case flat(stabilizer: Float = 1e-6)
  /// By squared weights, independent of the inputs: x counts as 1, w and b as their squares.
  ///
  /// Montavon et al. 2017.
  case wSquare(stabilizer: Float = 1e-6)
  /// For inputs between bounds l and h: contributions `x w - l w+ - h w-`, and likewise for b.
  ///
  /// Montavon et al. 2017. The bounds are the same for all inputs.
  case zBox(low: Float, high: Float, stabilizer: Float = 1e-6)
}

/// What stands in the place of a layer's weights or bias.
struct ParameterChange: Hashable {
  enum Values: Hashable {
    case same, positive, negative, ones, squares
    /// v + gamma v+.
    case morePositive(Float)
    /// v + gamma v-.
    case moreNegative(Float)

    func changed(_ value: Float) -> Float {
      switch self {
      case .same: value
      case .positive: max(0, value)
      case .negative: min(0, value)
      case .ones: 1
      case .squares: value * value
      case .morePositive(let gamma): value + gamma * max(0, value)
      case .moreNegative(let gamma): value + gamma * min(0, value)
      }
    }
  }

  var values: Values
  /// Whether the bias is changed in the same way; else it is 0.
  var keepsBias = true
}

extension LRPRule {
  /// What stands in the place of a layer's inputs.
  enum InputChange: Hashable {
    case same, positive, negative
    case constant(Float)
  }

  /// One pass of the layer with other inputs and parameters.
  struct Term {
    var input: InputChange
    var parameters: ParameterChange
    /// 1 or -1.
    var sign: Float = 1
    /// Whether the gradients are multiplied by the inputs.
    var multiplies = true

    init(_ input: InputChange, _ values: ParameterChange.Values, keepsBias: Bool = true) {
      self.input = input
      parameters = ParameterChange(values: values, keepsBias: keepsBias)
    }

    func with(sign: Float = 1, multiplies: Bool = true) -> Term {
      var result = self
      (result.sign, result.multiplies) = (sign, multiplies)
      return result
    }
  }

  /// Passes whose results are one denominator: `R_i += share sum over terms of sign x'_i sum over j of w'_ij R_j / s(z_j)`.
  struct Group {
    enum Gate { case all, positive, negative }

    var terms: [Term]
    var share: Float = 1
    /// Of which results, by the sign of the layer's own, the relevance is taken.
    var gate = Gate.all
  }

  /// The rule as passes of the layer with changed inputs and parameters.
  var groups: [Group] {
    switch self {
    case .epsilon: [Group(terms: [Term(.same, .same)])]
    case .zPlus: [Group(terms: Self.contributions(.positive, .negative))]
    case .alphaBeta(let alpha, let beta, _):
      [
        Group(terms: Self.contributions(.positive, .negative), share: alpha),
        Group(terms: Self.contributions(.negative, .positive), share: -beta),
      ].filter { $0.share != 0 }
    case .gamma(let gamma, _):
      [
        Group(terms: Self.contributions(.morePositive(gamma), .moreNegative(gamma)), gate: .positive),
        Group(terms: Self.contributions(.moreNegative(gamma), .morePositive(gamma)), gate: .negative),
      ]
    case .flat: [Group(terms: [Term(.constant(1), .ones, keepsBias: false).with(multiplies: false)])]
    case .wSquare: [Group(terms: [Term(.constant(1), .squares).with(multiplies: false)])]
    case .zBox(let low, let high, _):
      [
        Group(terms: [
          Term(.same, .same), Term(.constant(low), .positive).with(sign: -1),
          Term(.constant(high), .negative).with(sign: -1),
        ])
      ]
    }
  }

  /// Positive inputs by some weights, with the bias, and negative ones by others.
  private static func contributions(
    _ ofPositive: ParameterChange.Values, _ ofNegative: ParameterChange.Values
  ) -> [Term] {
    [Term(.positive, ofPositive), Term(.negative, ofNegative, keepsBias: false)]
  }

  /// How far denominators are moved away from 0.
  var stabilizer: Float {
    switch self {
    case .epsilon(let stabilizer), .gamma(_, let stabilizer), .alphaBeta(_, _, let stabilizer),
      .zPlus(let stabilizer), .flat(let stabilizer), .wSquare(let stabilizer), .zBox(_, _, let stabilizer):
      stabilizer
    }
  }

  /// Whether the layer's own pass is the only one it needs.
  var isPlain: Bool { if case .epsilon = self { true } else { false } }

  /// What is wrong with its numbers; nil where nothing is.
  var mistake: String? {
    guard stabilizer >= 0, stabilizer.isFinite else { return "a stabilizer of \(stabilizer)" }
    return switch self {
    case .alphaBeta(let alpha, let beta, _) where !(alpha >= 1 && beta >= 0 && abs(alpha - beta - 1) < 1e-6):
      "alpha \(alpha) and beta \(beta): alpha - beta must be 1, and beta not negative"
    case .gamma(let gamma, _) where !(gamma >= 0 && gamma.isFinite): "gamma \(gamma)"
    case .zBox(let low, let high, _) where !(low <= high && low.isFinite && high.isFinite):
      "bounds \(low) and \(high)"
    default: nil
    }
  }
}
