public import Files
public import Tensors

/// What makes a network's input of a picture: resizing, cropping, the range and order of the values. A model's front end for
/// pictures, as a `FeatureSpec` is for sound.
///
/// ```swift
/// var spec = PictureSpec.imageNet                      // shorter side 256, centre 224 x 224, mean and deviation of ImageNet
/// spec.interpolation = .bicubic
/// let input = try spec.input(of: Picture(path: "cat.jpg"))
/// print(input.shape)                                   // [3, 224, 224]
/// ```
///
/// The steps, in this order, are those of torchvision's `Resize`, `CenterCrop`, `ToTensor` and `Normalize`, and give their numbers to
/// 1e-5: resize, crop, order of channels, value = (range of the byte - mean) / deviation.
public struct PictureSpec: Sendable, Hashable {
  /// The latest version that this software knows.
  public static let currentVersion = 1

  public enum Resize: Sendable, Hashable {
    /// The picture's own size.
    case none
    /// The shorter side becomes so long and the longer one in proportion, rounded down: `Resize(256)`.
    case shorterSide(Int)
    /// In proportion, as small as both sides reach these lengths, the other one rounded: for a crop that is no square.
    case covering(height: Int, width: Int)
    /// Both sides, whatever that does to proportions: `Resize((224, 224))`.
    case exact(height: Int, width: Int)
  }

  public enum Interpolation: String, Sendable, Hashable, Codable, CaseIterable {
    /// A triangle: `InterpolationMode.BILINEAR`.
    case bilinear
    /// Cubic convolution: `InterpolationMode.BICUBIC`.
    case bicubic
  }

  /// On which values the interpolation computes. All give another picture; which one a network was trained with decides.
  public enum Resampling: String, Sendable, Hashable, Codable, CaseIterable {
    /// Bytes, columns before rows, each rounded to a byte, smoothed where the picture shrinks: Pillow, and torchvision on PIL
    /// images. Equal to Pillow's byte for byte.
    case pillow
    /// Floats, smoothed where the picture shrinks: torchvision on float tensors, `interpolate(antialias=True)`.
    case floats
    /// Floats at the four or sixteen nearest pixels, however much the picture shrinks: `interpolate(antialias=False)`, OpenCV.
    case floatsWithoutSmoothing
  }

  /// What 0 to 255 becomes before mean and deviation.
  public enum Range: String, Sendable, Hashable, Codable, CaseIterable {
    /// 0 to 1, as `ToTensor` does.
    case unit
    /// 0 to 255, as it is.
    case bytes
  }

  public enum ChannelOrder: String, Sendable, Hashable, Codable, CaseIterable {
    case rgb
    /// Blue first: networks trained in Caffe, and pictures read by OpenCV.
    case bgr
  }

  /// The size of a cut.
  public struct Size: Sendable, Hashable {
    public var height: Int
    public var width: Int
    public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }
  }

  /// Version of this description.
  public var version = PictureSpec.currentVersion
  public var resize: Resize = .none
  public var interpolation: Interpolation = .bilinear
  public var resampling: Resampling = .pillow
  /// The middle of the resized picture, which is padded with black where it is smaller: `CenterCrop`. Nil: all of it.
  public var crop: Size?
  public var range: Range = .unit
  public var channelOrder: ChannelOrder = .rgb
  /// What is subtracted from each channel, in the order of ``channelOrder`` and the unit of ``range``.
  public var mean: [Float] = [0, 0, 0]
  /// What each channel is then divided by.
  public var deviation: [Float] = [1, 1, 1]

  /// The picture's own size, 0 to 1.
  public init() {}

  /// The input's shape `[3, H, W]`; nil where it depends on the picture.
  public var inputShape: Shape? {
    if let crop { return [3, crop.height, crop.width] }
    if case .exact(let height, let width) = resize { return [3, height, width] }
    return nil
  }

  /// The standard deviation of ImageNet's photographs in the unit of the input, the mean over the channels: 1.0 for
  /// ``imageNet``, 58 for ``caffe``. For noise that is as strong whatever the unit.
  public var photographDeviation: Float {
    let bytes = zip([0.229, 0.224, 0.225] as [Float], deviation).reduce(0) { $0 + $1.0 / abs($1.1) } / 3
    return range == .bytes ? 255 * bytes : bytes
  }

  /// The input `[3, H, W]` that a network gets for a picture.
  ///
  /// Throws `tooLarge` where it, or what is computed on the way, needs more than `MemoryLimit`. Traps unless ``validate()`` passes.
  /// Cost: 3 (support H' W + support H W), where H' are the picture's rows and the support is 2 or 4 pixels, more in
  /// proportion where the picture shrinks.
  public func input(of picture: Picture) throws(CodedError) -> Tensor {
    let place = placement(of: picture)
    try requireMemory(place)
    let planes = PictureInput(spec: self, placement: place)
    return planes.tensor(of: picture)
  }

  /// Where each cell of the input is in the picture.
  public func placement(of picture: Picture) -> PicturePlacement {
    placement(height: picture.height, width: picture.width)
  }

  /// The same, of a picture of that size. Traps on an empty one and unless ``validate()`` passes.
  public func placement(height: Int, width: Int) -> PicturePlacement {
    demand(height > 0 && width > 0, "a picture of \(height) x \(width)")
    if let fault { demand(false, fault.message) }
    let resized = resizedSize(height: height, width: width)
    let cut = crop ?? resized
    return PicturePlacement(
      picture: Size(height: height, width: width), resized: resized, input: cut,
      top: Self.cropStart(resized.height, cut.height), left: Self.cropStart(resized.width, cut.width))
  }

  private func resizedSize(height: Int, width: Int) -> Size {
    switch resize {
    case .none: return Size(height: height, width: width)
    case .exact(let height, let width): return Size(height: height, width: width)
    case .covering(let rows, let columns):
      let scale = max(Double(rows) / Double(height), Double(columns) / Double(width))
      return Size(
        height: max(rows, Int((Double(height) * scale).rounded())),
        width: max(columns, Int((Double(width) * scale).rounded())))
    case .shorterSide(let short):
      let (shorter, longer) = (min(height, width), max(height, width))
      let long = Int(Double(short) * Double(longer) / Double(shorter))
      return width <= height ? Size(height: long, width: short) : Size(height: short, width: long)
    }
  }

  /// Where the middle begins: halves go to the even number, as Python rounds; a smaller picture is padded by less before it.
  private static func cropStart(_ resized: Int, _ cut: Int) -> Int {
    if cut > resized { return -((cut - resized) / 2) }
    return Int((Double(resized - cut) / 2).rounded(.toNearestOrEven))
  }
}
