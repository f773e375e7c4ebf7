import COneDNN
import Files

/// The oneDNN library's processor engine and stream.
///
/// oneDNN gives convolution, pooling, batch normalisation and layout changes with code made for the processor it runs
/// on. Shapes are checked before they come here, so a failing status is a defect of this package and traps.
package enum OneDNN {
  nonisolated(unsafe) static let engine: dnnl_engine_t = {
    var engine: dnnl_engine_t?
    unsafe check(dnnl_engine_create(&engine, dnnl_cpu, 0), "engine")
    return unsafe engine.unsafelyUnwrapped
  }()

  static func check(_ status: dnnl_status_t, _ what: @autoclosure () -> String) {
    demand(status == dnnl_success, "oneDNN status \(status.rawValue): \(what())")
  }

  /// Arguments of primitives, under oneDNN's numbers.
  package enum Argument: Int32 {
    case source = 1
    case destination = 17
    case weights = 33
    case bias = 41
    case mean = 49
    case variance = 50
    case workspace = 64
    case scratchpad = 80
    case sourceGradient = 129
    case destinationGradient = 145
    case weightsGradient = 161
    case biasGradient = 169
  }
}

/// A queue of primitives on the calling thread. Not for use from two threads at once.
@safe package final class OneDNNStream {
  let handle: dnnl_stream_t

  package init() {
    var stream: dnnl_stream_t?
    unsafe OneDNN.check(
      dnnl_stream_create(&stream, OneDNN.engine, dnnl_stream_default_flags.rawValue), "stream")
    unsafe handle = stream.unsafelyUnwrapped
  }

  deinit {
    unsafe _ = dnnl_stream_destroy(handle)
  }
}
