public import Images

/// How pictures become the input of a network that is trained on them, and how training moves them. A value that is nil has the
/// default that its comment names.
public struct PictureSettings: Codable, Sendable, Hashable {
  /// What becomes of a picture in other proportions than the input.
  public enum Fit: String, Codable, Sendable, CaseIterable {
    /// It keeps them, and the middle is cut out: the default.
    case crop
    /// Both sides are resized.
    case stretch
  }

  /// Rows and columns of the input; nil is the size of the pictures where they are all of one size of at most
  /// ``largestOwnSize``, else ``usualSize``.
  public var height: Int?
  public var width: Int?
  public var fit: Fit?
  /// Bilinear.
  public var interpolation: PictureSpec.Interpolation?
  /// Whether a training step sees half of the pictures mirrored, left for right; nil does not.
  public var mirror: Bool?
  /// By how many cells a training step moves a picture at most, down or up and across; nil is 0.
  public var shift: Int?

  public static let largestOwnSize = 256
  public static let usualSize = 128

  public init() {}

  /// The front end without mean and deviation.
  ///
  /// - Parameter own: the size that all pictures have; nil if they have several.
  public func spec(own: PictureSpec.Size?) -> PictureSpec {
    let small = own.flatMap { max($0.height, $0.width) <= Self.largestOwnSize ? $0 : nil }
    let size = PictureSpec.Size(
      height: height ?? width ?? small?.height ?? Self.usualSize,
      width: width ?? height ?? small?.width ?? Self.usualSize)
    var spec = PictureSpec()
    spec.interpolation = interpolation ?? .bilinear
    if fit == .stretch {
      spec.resize = .exact(height: size.height, width: size.width)
      return spec
    }
    spec.crop = size
    spec.resize =
      size.height == size.width
      ? .shorterSide(size.height) : .covering(height: size.height, width: size.width)
    return spec
  }
}
