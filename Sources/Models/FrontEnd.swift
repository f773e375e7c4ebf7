public import Features
public import Images
package import Networks
public import Tensors

/// What makes a network's input: a model takes sound, or pictures.
///
/// ```swift
/// switch model.frontEnd {
/// case .sound(let spec)?: print(spec.sampleRateHz, spec.binCount)
/// case .pictures(let spec)?: print(try spec.input(of: Picture(path: "cat.jpg")).shape)
/// case nil: print("trained on maps of unknown origin")
/// }
/// ```
public enum FrontEnd: Sendable, Hashable {
  case sound(FeatureSpec)
  case pictures(PictureSpec)

  /// A front end for sound; nil for one for pictures.
  public var featureSpec: FeatureSpec? { if case .sound(let spec) = self { spec } else { nil } }

  /// A front end for pictures; nil for one for sound.
  public var pictureSpec: PictureSpec? { if case .pictures(let spec) = self { spec } else { nil } }

  /// The shape of one input, `[3, H, W]` or `[1, F, T]`; nil where it depends on the picture.
  public var inputShape: Shape? {
    switch self {
    case .sound(let spec): [1, spec.binCount, spec.frameCount]
    case .pictures(let spec): spec.inputShape
    }
  }

  /// Why a network with this input cannot take what the front end gives, as a clause; nil if it can.
  package func problem(with input: Architecture.Input) -> String? {
    let extents = Shape(input.axes.map(\.extent))
    switch self {
    case .sound(let spec):
      let shape: Shape = [1, spec.binCount, spec.frameCount]
      return extents == shape ? nil : "the network takes \(extents), the feature spec gives \(shape)"
    case .pictures(let spec):
      let isOfPictures = input.axes.map(\.name) == [.channel, .height, .width] && extents[0] == 3
      guard isOfPictures else { return "the network's input \(extents) is no picture of three channels" }
      guard let shape = spec.inputShape else {
        let isFree = input.free.isSuperset(of: [.height, .width])
        return isFree ? nil : "the network takes \(extents), the picture spec gives inputs of any size"
      }
      let fits = zip(input.axes, shape.dimensions).allSatisfy {
        $0.extent == $1 || input.free.contains($0.name)
      }
      return fits ? nil : "the network takes \(extents), the picture spec gives \(shape)"
    }
  }
}
