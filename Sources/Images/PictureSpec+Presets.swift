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

  /// Names that ``named(_:)`` knows.
  public static let names = ["imageNet", "caffe", "unit", "mobileNet"]

  /// A preset by its name; nil for an unknown one.
  public static func named(_ name: String) -> PictureSpec? {
    switch name {
    case "imageNet": imageNet
    case "caffe": caffe
    case "unit": unit
    case "mobileNet": mobileNet
    default: nil
    }
  }
}
