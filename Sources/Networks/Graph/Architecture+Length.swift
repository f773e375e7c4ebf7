/// A network over another stretch of time: pooling over the whole axis, recurrence and attention take any length.
extension Architecture {
  /// Why the network takes no other length than its usual one; nil where it takes others.
  ///
  /// Arrays must not depend on the length, and layers must accept another: each of twice the usual length plus one, and of twice
  /// the usual length, is tried. Cost: shapes only, no weights.
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

  /// The usual extent of the first input's time axis; of its token axis where it has no time. Throws where it has neither.
  public var length: Int {
    get throws(ArchitectureError) { inputs[0].axes[try lengthAxis].extent }
  }

  /// The same network with another usual length. Throws where there is no time axis; whether layers take the length is not asked.
  public func withLength(_ count: Int) throws(ArchitectureError) -> Architecture {
    let axis = try lengthAxis
    var result = self
    result.inputs[0].axes[axis].extent = count
    return result
  }

  /// The same network, whose length may differ from pass to pass. Throws ``fixedLengthProblem``.
  public func withFreeLength() throws(ArchitectureError) -> Architecture {
    let axis = try lengthAxis
    if let fixedLengthProblem { throw fixedLengthProblem }
    var result = self
    result.inputs[0].free.insert(inputs[0].axes[axis].name)
    return result
  }

  /// Whether a pass over so many frames can be built.
  public func takesLength(_ count: Int) -> Bool {
    (try? withLength(count).valueShapes()) != nil
  }

  /// The shortest length that is at least `count` and that the network takes, of those up to its usual length further; nil where
  /// there is none.
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
  /// The same weights for another usual length; see ``Architecture/fixedLengthProblem``. Passes have plans and memory of their own.
  ///
  /// Throws where an array depends on the length or a layer does not take it.
  public func withLength(_ count: Int) throws(ArchitectureError) -> Network {
    try Network(self, over: architecture.withLength(count))
  }

  /// The same weights, with a length that may differ from pass to pass. Throws where it cannot.
  public func withFreeLength() throws(ArchitectureError) -> Network {
    try Network(self, over: architecture.withFreeLength())
  }
}
