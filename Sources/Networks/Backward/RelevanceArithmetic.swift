import Tensors

/// What the walk does with the elements of values, in their own layouts, on all threads of a pass.
struct RelevanceArithmetic {
  let pool: BufferPool
  let threads: Int
  /// Elements that one thread takes at once.
  private let chunk = 1 << 14

  init(pool: BufferPool, threads: Int) { (self.pool, self.threads) = (pool, threads) }

  private func forEachPart(_ count: Int, _ body: (Range<Int>) -> Void) {
    KernelThreads.forEachRange(of: count, chunk: chunk, threads: threads, body)
  }

  private static func count(_ memory: NativeMemory) -> Int {
    memory.format.byteCount / MemoryLayout<Float>.stride
  }

  /// `r / s(scale z)`, s moving away from 0 by the stabilizer (0 counts as positive); 0 where r or the denominator is 0.
  func quotient(
    _ r: NativeMemory, _ z: NativeMemory, scale: Float = 1, stabilizer: Float
  ) -> NativeMemory {
    let result = NativeMemory(r.format, from: pool)
    forEachPart(Self.count(r)) { range in
      r.withFloats { r in
        z.withFloats { z in
          result.withFloats { all in
            var s = all._mutatingExtracting(range)
            let (r, z) = (r.span.extracting(range), z.span.extracting(range))
            for index in 0..<s.count {
              let value = unsafe scale * z[unchecked: index]
              let denominator = value + (value < 0 ? -stabilizer : stabilizer)
              let relevance = unsafe r[unchecked: index]
              unsafe s[unchecked: index] =
                relevance == 0 || denominator == 0 ? 0 : relevance / denominator
            }
          }
        }
      }
    }
    return result
  }

  /// Sets r to 0 where the sign of y is not that of the gate.
  func keep(_ r: NativeMemory, where gate: LRPRule.Group.Gate, _ y: NativeMemory) {
    guard gate != .all else { return }
    let wanted: Float = gate == .positive ? 1 : -1
    forEachPart(Self.count(r)) { range in
      r.withFloats { all in
        y.withFloats { y in
          var r = all._mutatingExtracting(range)
          let y = y.span.extracting(range)
          for index in 0..<r.count {
            let isOpen = unsafe wanted * y[unchecked: index] > 0
            unsafe r[unchecked: index] = isOpen ? r[unchecked: index] : 0
          }
        }
      }
    }
  }

  /// Multiplies gradients by `scale x`, in place; a gradient of 0 stays 0 whatever x is.
  func multiply(_ g: NativeMemory, by x: NativeMemory?, scale: Float = 1) {
    if x == nil, scale == 1 { return }
    forEachPart(Self.count(g)) { range in
      g.withFloats { all in
        var g = all._mutatingExtracting(range)
        guard let x else {
          for index in 0..<g.count { unsafe g[unchecked: index] *= scale }
          return
        }
        x.withFloats { x in
          let x = x.span.extracting(range)
          for index in 0..<g.count {
            let gradient = unsafe g[unchecked: index]
            unsafe g[unchecked: index] = gradient == 0 ? 0 : scale * gradient * x[unchecked: index]
          }
        }
      }
    }
  }

  /// `a += scale b`.
  func add(_ b: NativeMemory, to a: NativeMemory, scale: Float = 1) {
    forEachPart(Self.count(a)) { range in
      a.withFloats { all in
        b.withFloats { b in
          var a = all._mutatingExtracting(range)
          let b = b.span.extracting(range)
          for index in 0..<a.count { unsafe a[unchecked: index] += scale * b[unchecked: index] }
        }
      }
    }
  }

  /// Positive or negative parts; nil where there are none but zeros, and the values themselves where they have no others.
  func part(_ x: NativeMemory, positive: Bool) -> NativeMemory? {
    let count = Self.count(x)
    let parts = (count + chunk - 1) / chunk
    // For each part whether it has positive and negative values.
    let found = NativeMemory(.plain([2 * parts]), from: pool)
    forEachPart(count) { range in
      x.withFloats { x in
        let x = x.span.extracting(range)
        var (low, high): (Float, Float) = (0, 0)
        for index in x.indices {
          let value = unsafe x[unchecked: index]
          low = value < low ? value : low
          high = value > high ? value : high
        }
        found.withFloats { found in
          found[range.lowerBound / chunk] = low
          found[parts + range.lowerBound / chunk] = high
        }
      }
    }
    let (hasNegative, hasPositive) = found.withFloats { found in
      (
        (0..<parts).contains { found[$0] < 0 }, (parts..<2 * parts).contains { found[$0] > 0 }
      )
    }
    if positive ? !hasNegative : !hasPositive { return positive || hasNegative ? x : nil }
    if !positive, !hasNegative { return nil }
    let result = NativeMemory(x.format, from: pool)
    forEachPart(count) { range in
      x.withFloats { x in
        result.withFloats { all in
          var y = all._mutatingExtracting(range)
          let x = x.span.extracting(range)
          for index in 0..<y.count {
            let value = unsafe x[unchecked: index]
            unsafe y[unchecked: index] = (value > 0) == positive ? value : 0
          }
        }
      }
    }
    return result
  }

  /// One number everywhere.
  func filled(_ format: MemoryFormat, _ value: Float, _ context: BackwardContext) -> NativeMemory {
    let plain = NativeMemory(.plain(format.shape), from: pool)
    plain.withFloats { values in for index in 0..<values.count { values[index] = value } }
    return context.converted(plain, to: format)
  }

  /// The sum of each item; the batch axis is the outermost in every layout.
  func sums(_ memory: NativeMemory, items: Int) -> [Double] {
    let length = Self.count(memory) / items
    return memory.withFloats { values in
      (0..<items).map { Sums.sum(values.span.extracting($0 * length..<($0 + 1) * length)) }
    }
  }

  /// The sum of the products of each item.
  func products(_ a: NativeMemory, _ b: NativeMemory, items: Int) -> [Double] {
    let length = Self.count(a) / items
    return a.withFloats { a in
      b.withFloats { b in
        (0..<items).map {
          let range = $0 * length..<($0 + 1) * length
          return Sums.products(a.span.extracting(range), b.span.extracting(range))
        }
      }
    }
  }
}
