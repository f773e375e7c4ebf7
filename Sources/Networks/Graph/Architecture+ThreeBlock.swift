public import Tensors

extension Architecture {
  /// The founding network: three blocks of convolution, average pooling and ReLU, then two dense layers.
  ///
  /// conv 24 5x5 valid, conv 48 5x5 same, conv 48 5x5 same, each with average pooling 2 and ReLU; flatten; dropout 0.5;
  /// dense 64 ReLU; dropout 0.5; dense classes. 2 529 554 parameters on 128 x 431 with two classes.
  public static func threeBlock(
    inputShape: Shape, classCount: Int, options: ThreeBlockOptions = ThreeBlockOptions()
  ) -> Architecture {
    var chain: [(String, any Layer)] = []
    for (index, channels) in options.channels.enumerated() {
      let block = index + 1
      let same = index > 0 || options.firstSame
      let padding = same ? options.kernel.map { $0 / 2 } : [0, 0]
      chain.append(
        (
          "conv\(block)",
          Convolution(outputChannels: channels, kernel: options.kernel, padding: padding)
        ))
      if options.batchNormalization { chain.append(("bn\(block)", BatchNormalization())) }
      let window = options.pools.dropFirst(index).first ?? options.pools.last
      let pool = window.map { ("pool\(block)", options.pooling.layer($0)) }
      let relu: (String, any Layer)? = ("relu\(block)", ReLU())
      chain += (options.order == .poolThenReLU ? [pool, relu] : [relu, pool]).compactMap(\.self)
    }
    if options.head == .globalAveragePooling { chain.append(("gap", GlobalAveragePooling())) }
    chain.append(("flatten", Flatten()))
    let dropout = Dropout(probability: options.dropout)
    if options.dropout > 0 { chain.append(("dropout1", dropout)) }
    if options.hiddenUnits > 0 {
      chain.append(("dense1", Dense(outputCount: options.hiddenUnits)))
      chain.append(("relu\(options.channels.count + 1)", ReLU()))
      if options.dropout > 0 { chain.append(("dropout2", dropout)) }
    }
    chain.append(("dense\(options.hiddenUnits > 0 ? 2 : 1)", Dense(outputCount: classCount)))
    return Architecture(name: "three-block", inputShape: inputShape, chain: chain)
  }
}
