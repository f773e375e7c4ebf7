import Tensors

/// What a recurrent layer computes from step to step in one direction; it holds what one pass leaves for the way back.
protocol RecurrentCell: AnyObject {
  /// Values of its gates for each step and item: those of the input's projection.
  var gateCount: Int { get }
  /// What is added to the input's projection.
  func inputBias(_ parameters: ParameterVector) -> [Float]

  /// Begins a pass with a state of zeros.
  func begin(_ context: ForwardContext)
  /// One step: `gates` become the activated ones, `state` the next, which also goes to `output`.
  func step(
    _ step: Int, isFirst: Bool, gates: NativeMemory, state: NativeMemory, before: NativeMemory?,
    output: NativeMemory, _ parameters: ParameterVector)
  /// The inner state after the last step, for a cell that has one beside its output.
  var innerState: NativeMemory? { get }

  /// Begins a way back; `inner` is d / d inner state after the last step.
  func beginGradient(inner: NativeMemory?, keepsForParameters: Bool, _ context: BackwardContext)
  /// One step back: `stateGradient` becomes that before the step, `gateGradients` are written.
  func gradientStep(
    _ step: Int, earlier: Int?, gates: NativeMemory, before: NativeMemory, stateGradient: NativeMemory,
    gateGradients: NativeMemory, _ parameters: ParameterVector)
  /// Overwrites the gradients of the arrays that the state is multiplied with, and of all biases.
  func writeGradients(gateGradients: NativeMemory, before: NativeMemory, _ gradients: inout ParameterVector)
  /// Drops what a pass left.
  func reset()
}

/// Sizes of a recurrent layer at one place.
struct RecurrentSizes {
  let (rows, steps, units): (Int, Int, Int)
  let directions: Int
  /// Whether a way back may come.
  let keeps: Bool
  let threads: Int
  /// Whether this package's AVX-512 kernels may be used.
  let usesOwnKernels: Bool

  init(rows: Int, steps: Int, units: Int, directions: Int, site: LayerSite) {
    (self.rows, self.steps, self.units, self.directions) = (rows, steps, units, directions)
    (keeps, threads, usesOwnKernels) = (site.isDifferentiated, site.threads, site.usesOwnKernels)
  }

  /// The rows of a step's product, where own kernels may be used.
  var kernelRows: Int? { usesOwnKernels ? rows : nil }

  /// Of the values of one step and of all.
  func one(_ count: Int) -> MemoryFormat { .plain([rows, count]) }
  func all(_ count: Int) -> MemoryFormat { .plain([rows * steps, count]) }
}

/// A recurrent layer: its input's projection as one product over all steps, then step by step in each direction.
///
/// Its results are the sequence of states, the last state of each direction and, for a cell that has one, the last inner
/// state.
final class RecurrentOperation: LayerOperation {
  struct Direction {
    let cell: any RecurrentCell
    let input: any GateProjection
    let isReversed: Bool
  }

  let outputFormats: [MemoryFormat]
  let keepsInputs: Bool
  let hasParameters = true
  private let name: String
  private let sizes: RecurrentSizes
  private let directions: [Direction]
  private let inputFormat: MemoryFormat
  /// The activated gates of each direction and the states before each step.
  private var kept: [(gates: NativeMemory, before: NativeMemory)] = []

  init(_ sizes: RecurrentSizes, _ directions: [Direction], site: LayerSite) {
    (self.sizes, self.directions, name) = (sizes, directions, site.name)
    inputFormat = site.inputs[0]
    outputFormats = site.outputs.map { .plain($0) }
    keepsInputs = site.isTraining
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> [NativeMemory] {
    let input = context.converted(inputs[0], to: .plain(inputFormat.shape))
    let results = outputFormats.map { context.memory($0) }
    kept = []
    for (index, direction) in directions.enumerated() {
      let cell = direction.cell
      let gates = projected(input, direction, context)
      let state = zeros(sizes.units, context.memory)
      let before = sizes.keeps ? context.memory(sizes.all(sizes.units)) : nil
      cell.begin(context)
      for place in 0..<sizes.steps {
        cell.step(
          direction.isReversed ? sizes.steps - 1 - place : place, isFirst: place == 0, gates: gates,
          state: state,
          before: before, output: results[0], context.parameters)
      }
      put(state, into: results[1], direction: index)
      if let inner = cell.innerState { put(inner, into: results[2], direction: index) }
      if let before { kept.append((gates, before)) }
    }
    return results
  }

  private func projected(
    _ input: NativeMemory, _ direction: Direction, _ context: ForwardContext
  ) -> NativeMemory {
    let (cell, count) = (direction.cell, sizes.rows * sizes.steps)
    let gates = context.memory(sizes.all(cell.gateCount))
    input.withFloats { x in
      gates.withFloats { y in
        Rows.fill(&y, with: cell.inputBias(context.parameters), count: count)
        direction.input.forward(x.span, rows: count, adds: true, context.parameters, into: &y)
      }
    }
    return gates
  }

  private func zeros(_ width: Int, _ memory: (MemoryFormat) -> NativeMemory) -> NativeMemory {
    let result = memory(sizes.one(width))
    result.withFloats { values in for index in 0..<values.count { values[index] = 0 } }
    return result
  }

  /// Copies one direction's values into its part of `[N, directions units]`.
  private func put(_ source: NativeMemory, into target: NativeMemory, direction: Int) {
    let (units, width) = (sizes.units, sizes.directions * sizes.units)
    source.withFloats { from in
      target.withFloats { to in
        for row in 0..<sizes.rows {
          for unit in 0..<units { to[row * width + direction * units + unit] = from[row * units + unit] }
        }
      }
    }
  }

  /// Adds one direction's part of `[N, directions units]`, or of one step of `[N, T, directions units]`.
  private func add(_ source: NativeMemory?, step: Int?, direction: Int, to target: NativeMemory) {
    guard let source else { return }
    let (units, width) = (sizes.units, sizes.directions * sizes.units)
    source.withFloats { from in
      target.withFloats { to in
        precondition(
          from.count >= sizes.rows * (step == nil ? 1 : sizes.steps) * width && to.count >= sizes.rows * units
        )
        for row in 0..<sizes.rows {
          let start = (step.map { row * sizes.steps + $0 } ?? row) * width + direction * units
          for unit in 0..<units {
            unsafe to[unchecked: row * units + unit] += from[unchecked: start + unit]
          }
        }
      }
    }
  }

  func backward(
    _ gradients: [NativeMemory?], inputs: [NativeMemory?], outputs: [NativeMemory?], wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let count = sizes.rows * sizes.steps
    let result = wanted[0] ? context.memory(.plain(inputFormat.shape)) : nil
    for (index, direction) in directions.enumerated() {
      guard kept.count == directions.count else {
        preconditionFailure("a gradient without a pass that keeps")
      }
      let gateGradients = gateGradients(gradients, index, context)
      if let result {
        gateGradients.withFloats { dy in
          result.withFloats { dx in
            direction.input.inputGradient(
              dy.span, rows: count, adds: index > 0, context.parameters, into: &dx)
          }
        }
      }
      guard var target = context.parameterGradients.take() else { continue }
      if let input = inputs[0] {
        context.converted(input, to: .plain(inputFormat.shape)).withFloats { x in
          gateGradients.withFloats {
            direction.input.writeGradient($0.span, x.span, rows: count, into: &target)
          }
        }
        direction.cell.writeGradients(gateGradients: gateGradients, before: kept[index].before, &target)
      }
      context.parameterGradients = target
    }
    return [result.map { context.converted($0, to: inputFormat) }]
  }

  /// d / d the gates of all steps before their functions.
  private func gateGradients(
    _ gradients: [NativeMemory?], _ index: Int, _ context: BackwardContext
  ) -> NativeMemory {
    let (cell, steps) = (directions[index].cell, sizes.steps)
    let (gates, before) = kept[index]
    let all = context.memory(sizes.all(cell.gateCount))
    let state = zeros(sizes.units, context.memory)
    var inner: NativeMemory?
    if cell.innerState != nil {
      let memory = zeros(sizes.units, context.memory)
      add(gradients[2], step: nil, direction: index, to: memory)
      inner = memory
    }
    cell.beginGradient(inner: inner, keepsForParameters: context.parameterGradients != nil, context)
    add(gradients[1], step: nil, direction: index, to: state)
    for place in (0..<steps).reversed() {
      let isReversed = directions[index].isReversed
      let step = isReversed ? steps - 1 - place : place
      add(gradients[0], step: step, direction: index, to: state)
      if let noted = context.stateGradients, noted.wants(name) {
        noted.note(state, of: name, step: step, direction: index, sizes)
      }
      cell.gradientStep(
        step, earlier: place == 0 ? nil : isReversed ? step + 1 : step - 1, gates: gates, before: before,
        stateGradient: state, gateGradients: all, context.parameters)
    }
    return all
  }

  func reset() {
    kept = []
    for direction in directions { direction.cell.reset() }
  }
}

extension ValueShape {
  /// `[T, D]`: time or token, then features, channels or bins. Throws for another shape.
  func sequence(of kind: String) throws(ArchitectureError) -> (steps: Int, features: Int) {
    guard rank == 2, [.time, .token].contains(axes[0].name), ![.time, .token].contains(axes[1].name) else {
      let names = axes.map { "\($0)" }.joined(separator: ", ")
      throw ArchitectureError("\(kind) needs a sequence, [time or token, feature], not [\(names)]")
    }
    return (self[0], self[1])
  }
}
