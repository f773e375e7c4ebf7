import CKernels
import COneDNN
import Files

extension NativeMemory {
  /// A copy of a tensor in row-major order.
  package convenience init(_ tensor: Tensor, _ pool: BufferPool) {
    self.init(.plain(tensor.shape), from: pool)
    unsafe tensor.values.withUnsafeBytes { bytes in
      if let source = bytes.baseAddress { unsafe address.copyMemory(from: source, byteCount: bytes.count) }
    }
  }

  /// The elements in row-major order, written straight into the tensor.
  package func plainTensor(_ stream: OneDNNStream, _ pool: BufferPool) -> Tensor {
    let shape = format.shape
    return Tensor(shape: shape) { target in
      unsafe target.withUnsafeMutableBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        if format.isPlain {
          unsafe start.copyMemory(from: address, byteCount: bytes.count)
        } else if ConvolutionKernel.isEnabled, shape.rank == 4, format == .channelsLast(shape) {
          unsafe gl_transpose(
            floats, shape[0], shape[2] * shape[3], shape[1], start.assumingMemoryBound(to: Float.self))
        } else {
          let plain = unsafe NativeMemory(.plain(shape), borrowing: start)
          Primitive.reorder(format, to: plain.format)
            .run([(.source, self), (.destination, plain)], on: stream, pool: pool)
        }
      }
    }
  }

  /// The same elements in other memory.
  package func copy(_ pool: BufferPool) -> NativeMemory {
    let result = NativeMemory(format, from: pool)
    if format.byteCount % MemoryLayout<Float>.stride == 0 {
      unsafe gl_copy(floats, result.floats, floatCount, Int32(ThreadPolicy.kernelThreads))
    } else {
      unsafe result.address.copyMemory(from: address, byteCount: format.byteCount)
    }
    return result
  }

  /// Adds the elements of memory in the same format.
  package func add(_ other: NativeMemory) { setToSum(of: self, and: other) }

  /// Writes the sums of two memories' elements, all in this one's format; it may be one of them.
  package func setToSum(of first: NativeMemory, and second: NativeMemory) {
    demand(
      first.format == format && second.format == format,
      "sum of \(first.format.shape) and \(second.format.shape)")
    unsafe gl_add(first.floats, second.floats, floats, floatCount, Int32(ThreadPolicy.kernelThreads))
  }

  private var floatCount: Int { format.byteCount / MemoryLayout<Float>.stride }

  /// All elements as floats, padding of blocks included.
  var floats: UnsafeMutablePointer<Float> { unsafe address.assumingMemoryBound(to: Float.self) }
}
