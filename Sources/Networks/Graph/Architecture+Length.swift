/// A network over another stretch of time: pooling over the whole axis, recurrence and attention take any length.
extension Architecture {
  /// Why the network takes only its usual length; nil if it takes others.
  ///
  /// Arrays must not depend on the length, and layers must accept a different one: twice the usual length plus one, and twice the
  /// usual length, are tried. Cost: shapes only, no weights.
  public var fixedLengthProblem: ArchitectureError? {
    do throws(ArchitectureError) {
      let usual = try length
      let arrays = try self.arrays(try valueShapes())
      var problem: ArchitectureError?
      for other in [2 * usual + 1, 2 * usual] {
        do throws(ArchitectureError) {
          let longer = try withLength(other)
          let found = try longer.arrays(try longer.valueShapes())
          for (own, array) in zip(arrays, found) where own.shape != array.shape {
            let owner = nodes.first { node in array.name.hasPrefix(node.name + ".") }?.name ?? array.name
            return ArchitectureError(
              node: owner,
              "it reads a fixed number of frames: '\(own.name)' is \(own.shape) for \(usual) frames, and \(array.shape) for \(other)"
            )
          }
          return nil
        } catch {
          problem = problem ?? error
        }
      }
      return problem
    } catch {
      return error
    }
  }

  /// The usual extent of the first input's time axis; of its token axis if it has no time axis. Throws if it has neither.
  public var length: Int {
    get throws(ArchitectureError) { inputs[0].axes[try lengthAxis].extent }
  }

  /// The same network with another usual length. Throws if there is no time axis; whether layers accept the length is not
  /// checked.
  public func withLength(_ count: Int) throws(ArchitectureError) -> Architecture {
    let axis = try lengthAxis
    var result = self
    result.inputs[0].axes[axis].extent = count
    return result
  }

  /// The same network with a length that may differ from pass to pass. Throws ``fixedLengthProblem``.
  public func withFreeLength() throws(ArchitectureError) -> Architecture {
    let axis = try lengthAxis
    if let fixedLengthProblem { throw fixedLengthProblem }
    var result = self
    result.inputs[0].free.insert(inputs[0].axes[axis].name)
    return result
  }

  /// Whether a pass over this many frames can be built.
  public func takesLength(_ count: Int) -> Bool {
    (try? withLength(count).valueShapes()) != nil
  }

  /// The shortest length of at least `count` that the network takes, searched up to its usual length beyond that; nil if there is
  /// none.
  public func length(atLeast count: Int) -> Int? {
    guard let usual = try? length else { return nil }
    return (max(1, count)...max(1, count) + usual).first(where: takesLength)
  }

  private var lengthAxis: Int {
    get throws(ArchitectureError) {
      guard inputs.count == 1 else { throw ArchitectureError("it has \(inputs.count) inputs") }
      let names = inputs[0].axes.map(\.name)
      guard let place = names.firstIndex(of: .time) ?? names.firstIndex(of: .token) else {
        throw ArchitectureError("its input has no time axis")
      }
      return place
    }
  }
}

extension Network {
  /// The same weights for another usual length; see ``Architecture/fixedLengthProblem``. Passes have their own plans and memory.
  ///
  /// Throws if an array depends on the length or a layer does not accept it.
  public func withLength(_ count: Int) throws(ArchitectureError) -> Network {
    try Network(self, over: architecture.withLength(count))
  }

  /// The same weights, with a length that may differ from pass to pass. Throws if it cannot.
  public func withFreeLength() throws(ArchitectureError) -> Network {
    try Network(self, over: architecture.withFreeLength())
  }
}
