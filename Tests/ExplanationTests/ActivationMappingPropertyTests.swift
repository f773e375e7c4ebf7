import Tensors
import TestSupport
import Testing

@testable import Explanation

/// What must hold for any activations and gradients.
@Suite(.tags(.property)) struct ActivationMappingPropertyTests {
  /// Under global average pooling and a linear layer g = w_k / Z: the oracles of FACTS.
  @Test func pooledLinearHeadMakesTheMethodsEqual() {
    let positions: Float = 30
    let activations = Tensor.random([4, 5, 6], seed: 1).map { $0 + 0.5 }
    let weights: [Float] = [0.7, -1.2, 0.4, 2]
    let gradients = Tensor(
      weights.flatMap { [Float](repeating: $0 / positions, count: 30) }, shape: [4, 5, 6])
    var cam = [Float](repeating: 0, count: 30)
    var positive = cam
    for (channel, weight) in weights.enumerated() {
      for position in 0..<30 {
        cam[position] += weight * activations.values[channel * 30 + position]
        positive[position] += max(0, weight) * activations.values[channel * 30 + position]
      }
    }
    let expected = Tensor(cam.map { $0 / positions }, shape: [5, 6])
    let mappings: [any ActivationMapping] = [GradCAM(), HiResCAM(), XGradCAM()]
    for mapping in mappings {
      let map = mapping.signedMap(activations: activations, gradients: gradients)
      expectSameMap(map, expected, tolerance: 1e-6, "\(mapping)")
    }
    expectSameMap(
      CAM().signedMap(activations: activations, gradients: gradients), Tensor(cam, shape: [5, 6]),
      tolerance: 1e-6, "CAM")
    expectSameMap(
      LayerCAM().signedMap(activations: activations, gradients: gradients),
      Tensor(positive.map { $0 / positions }, shape: [5, 6]), tolerance: 1e-6, "LayerCAM")
  }

  @Test func mapsScaleWithTheGradient() {
    let activations = Tensor.random([3, 4, 5], seed: 2)
    let gradients = Tensor.random([3, 4, 5], seed: 3)
    let linear: [any ActivationMapping] = [GradCAM(), HiResCAM(), LayerCAM(), XGradCAM(), CAM()]
    for mapping in linear {
      let map = mapping.signedMap(activations: activations, gradients: gradients)
      let scaled = mapping.signedMap(activations: activations, gradients: gradients.map { 4 * $0 })
      expectSameMap(scaled, map.map { 4 * $0 }, tolerance: 1e-6, "\(mapping)")
    }
    // Grad-CAM++ is not linear: with A >= 0 its weights stay below the number of positions over S_k.
    let positive = activations.map { abs($0) }
    let weights = GradCAMPlusPlus().weights(activations: positive, gradients: gradients.map { 1e6 * $0 })
    for channel in 0..<3 {
      let sum = positive.item(channel).values.reduce(0) { $0 + Double($1) }
      #expect(weights[channel] > 0 && weights[channel] <= 20 / sum)
    }
  }

  @Test func counterfactualIsTheNegativeOfGradCAM() {
    let activations = Tensor.random([3, 4, 5], seed: 4)
    let gradients = Tensor.random([3, 4, 5], seed: 5)
    let map = GradCAM().signedMap(activations: activations, gradients: gradients)
    let counter = CounterfactualGradCAM().signedMap(activations: activations, gradients: gradients)
    #expect(counter == map.map { -$0 })
  }

  @Test func gradCAMPlusPlusIgnoresNegativeGradientsAndPoles() {
    let activations = Tensor.random([1, 3, 4], seed: 6)
    let negative = Tensor(repeating: -0.5, shape: [1, 3, 4])
    #expect(GradCAMPlusPlus().weights(activations: activations, gradients: negative) == [0])
    // S = -4 and g = 0.5: 2 + S g = 0 exactly; that term is left out and g = 1 gives 1 / (2 - 4).
    let pole = Tensor([-1, -3], shape: [1, 1, 2])
    let weights = GradCAMPlusPlus().weights(
      activations: pole, gradients: Tensor([0.5, 1], shape: [1, 1, 2]))
    #expect(weights == [-0.5])
  }

  /// Values moved at random by their rounding move the weights no further than a few of the estimated deviations, and not
  /// always by much less: an estimate that is far too large would flag every map.
  @Test(arguments: [UInt64](1...5))
  func weightErrorsTellWhatRoundingDoes(seed: UInt64) {
    let activations = Tensor.random([6, 8, 9], seed: seed)
    let gradients = Tensor.random([6, 8, 9], seed: seed + 100)
    var generator = SeededGenerator(seed: seed)
    // Well above Float's own rounding, so that the moved values differ; the bound scales with it.
    let share: Float = 1e-5
    var (checked, largest) = (0, 0.0)
    let moved = activations.map { $0 * (1 + share * generator.normal()) }
    let movedGradients = gradients.map { $0 * (1 + share * generator.normal()) }
    let mappings: [any ChannelWeighting] = [GradCAMPlusPlus(), XGradCAM()]
    for mapping in mappings {
      let errors = mapping.weightErrors(activations: activations, gradients: gradients)
      let before = mapping.weights(activations: activations, gradients: gradients)
      let after = mapping.weights(activations: moved, gradients: movedGradients)
      for channel in 0..<6 {
        let deviation = errors[channel] * Double(share) / LayerRounding.share
        // Of first order: it says nothing once the change is as large as the weight.
        guard deviation < 0.01 * abs(before[channel]) else { continue }
        checked += 1
        let change = abs(after[channel] - before[channel]) / deviation
        largest = max(largest, change)
        // Four deviations of a normal variable: once in 16 000 times, of 60 here.
        #expect(change <= 4, "\(mapping) channel \(channel)")
      }
      let quiet = mapping.relativeMapError(
        activations: activations.map { abs($0) }, gradients: gradients.map { abs($0) })
      #expect(quiet > 0 && quiet < 1e-5, "nothing is magnified where all is positive")
    }
    #expect(checked >= 6 && largest > 0.1)
    #expect(GradCAM().relativeMapError(activations: activations, gradients: gradients) == 0)
  }

  @Test func xGradCAMGivesCancellingChannelsNoWeight() {
    let activations = Tensor([1, -1, 2, 1], shape: [2, 1, 2])
    let weights = XGradCAM().weights(
      activations: activations, gradients: Tensor([1, 1, 1, 1], shape: [2, 1, 2]))
    #expect(weights == [0, 1])
  }

  @Test func eigenCAMFindsOneDirection() {
    // Channels that are multiples of one picture: the projection is the centred picture times the multiples' length.
    let picture: [Float] = [0, 1, 0, 0, 5, 0]
    let multiples: [Float] = [3, -4]
    let activations = Tensor(
      multiples.flatMap { multiple in picture.map { $0 * multiple } }, shape: [2, 2, 3])
    let map = EigenCAM().signedMap(activations: activations, gradients: activations)
    expectClose(map.values, picture.map { 5 * ($0 - 1) }, absolute: 1e-5)
    let constant = Tensor(repeating: 2, shape: [2, 2, 3])
    #expect(EigenCAM().signedMap(activations: constant, gradients: constant) == Tensor(shape: [2, 3]))
  }

  @Test(.tags(.trap)) func refusesShapesThatDiffer() async {
    await #expect(processExitsWith: .failure) {
      _ = GradCAM().signedMap(activations: Tensor(shape: [2, 3, 4]), gradients: Tensor(shape: [2, 4, 3]))
    }
  }
}
