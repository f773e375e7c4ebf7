import Tensors

/// Writes the items of a batch on all kernel threads, each on its own; `fill` must set every value of its item.
func fillConcurrently(
  _ batch: inout Tensor, _ fill: @Sendable (_ index: Int, _ item: inout MutableSpan<Float>) -> Void
) {
  fillConcurrently(&batch, inGroupsOf: 1, with: { true }, { index, item, _ in fill(index, &item) })
}

/// As ``fillConcurrently(_:_:)`` with something to work with, made once for some items that follow each other.
func fillConcurrently<Tool: ~Copyable>(
  _ batch: inout Tensor, inGroupsOf size: Int, with makeTool: @Sendable () -> Tool,
  _ fill: @Sendable (_ index: Int, _ item: inout MutableSpan<Float>, _ tool: inout Tool) -> Void
) {
  let count = batch.shape[0]
  guard count > 0 else { return }
  let length = batch.count / count
  batch.withMutableSpan { values in
    unsafe values.withUnsafeMutableBufferPointer { buffer in
      KernelThreads.forEachRange(of: count, chunk: size, threads: ThreadPolicy.kernelThreads) { range in
        var tool = makeTool()
        for index in range {
          let part = unsafe UnsafeMutableBufferPointer(
            rebasing: buffer[index * length..<(index + 1) * length])
          var item = unsafe part.mutableSpan
          fill(index, &item, &tool)
        }
      }
    }
  }
}

/// `body` of 0 up to `count` on all kernel threads, in order.
func concurrentlyMapped<Value: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Value) -> [Value] {
  var results = [Value?](repeating: nil, count: count)
  unsafe results.withUnsafeMutableBufferPointer { buffer in
    // Each place is written once, by one thread.
    KernelThreads.forEachRange(of: count, chunk: 1, threads: ThreadPolicy.kernelThreads) { range in
      for index in range { unsafe buffer[index] = body(index) }
    }
  }
  return results.compactMap(\.self)
}

/// A batch of items of one shape, made by ``fillConcurrently(_:_:)``.
func concurrentlyFilled(
  _ count: Int, _ shape: Shape, _ fill: @Sendable (_ index: Int, _ item: inout MutableSpan<Float>) -> Void
) -> Tensor {
  var batch = Tensor(shape: Shape([count] + shape.dimensions))
  fillConcurrently(&batch, fill)
  return batch
}
