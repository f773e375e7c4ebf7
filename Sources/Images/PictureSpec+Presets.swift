extension PictureSpec {
  /// torchvision's networks: shorter side 256, centre 224 x 224, 0 to 1, mean (.485, .456, .406), deviation (.229, .224, .225).
  public static let imageNet: PictureSpec = {
    var spec = PictureSpec()
    spec.resize = .shorterSide(256)
    spec.crop = Size(height: 224, width: 224)
    spec.mean = [0.485, 0.456, 0.406]
    spec.deviation = [0.229, 0.224, 0.225]
    return spec
  }()

  /// Caffe's networks (AlexNet, SqueezeNet): 227 x 227, blue first, 0 to 255 less (104, 117, 123).
  public static let caffe: PictureSpec = {
    var spec = PictureSpec()
    spec.resize = .exact(height: 227, width: 227)
    spec.range = .bytes
    spec.channelOrder = .bgr
    spec.mean = [104, 117, 123]
    return spec
  }()

  /// 224 x 224, 0 to 1.
  public static let unit: PictureSpec = {
    var spec = PictureSpec()
    spec.resize = .exact(height: 224, width: 224)
    return spec
  }()

  /// TensorFlow's mobile networks (MobileNet, EfficientNet-Lite): 224 x 224, (byte - 127) / 128.
  public static let mobileNet: PictureSpec = {
    var spec = PictureSpec.unit
    spec.range = .bytes
    spec.mean = [127, 127, 127]
    spec.deviation = [128, 128, 128]
    return spec
  }()

  /// Pictures of 32 x 32 with ImageNet's mean and deviation, as akamaster's networks for CIFAR-10 were trained.
  public static let cifar: PictureSpec = {
    var spec = PictureSpec.imageNet
    (spec.resize, spec.crop) = (.exact(height: 32, width: 32), nil)
    return spec
  }()

  /// torchvision's EfficientNet-B0: bicubic, shorter side 256, centre 224 x 224.
  public static let efficientNetB0 = efficientNet(shorterSide: 256, crop: 224)
  /// torchvision's EfficientNet-B1: bicubic, shorter side 256, centre 240 x 240.
  public static let efficientNetB1 = efficientNet(shorterSide: 256, crop: 240)
  /// torchvision's EfficientNet-B2: bicubic, shorter side 288, centre 288 x 288.
  public static let efficientNetB2 = efficientNet(shorterSide: 288, crop: 288)

  private static func efficientNet(shorterSide: Int, crop: Int) -> PictureSpec {
    var spec = PictureSpec.imageNet
    (spec.resize, spec.crop) = (.shorterSide(shorterSide), Size(height: crop, width: crop))
    spec.interpolation = .bicubic
    return spec
  }

  /// Pictures of 64 x 64, 0 to 1 less a half, as easy-VQA's network was trained.
  public static let easyVQA: PictureSpec = {
    var spec = PictureSpec()
    spec.resize = .exact(height: 64, width: 64)
    spec.mean = [0.5, 0.5, 0.5]
    return spec
  }()

  private static let presets: [(name: String, spec: PictureSpec)] = [
    ("imageNet", imageNet), ("caffe", caffe), ("unit", unit), ("mobileNet", mobileNet), ("cifar", cifar),
    ("efficientNetB0", efficientNetB0), ("efficientNetB1", efficientNetB1),
    ("efficientNetB2", efficientNetB2), ("easyVQA", easyVQA),
  ]

  /// Names that ``named(_:)`` knows.
  public static var names: [String] { presets.map(\.name) }

  /// A preset by its name; nil for an unknown one.
  public static func named(_ name: String) -> PictureSpec? { presets.first { $0.name == name }?.spec }
}
