import Audio
import Files
import Foundation
import Synchronization
import TestSupport
import Testing

/// libsndfile keeps the reason of a failed opening for the whole process; each file must get its own.
@Suite(.tags(.property)) struct ConcurrentOpeningTests {
  @Test func filesOpenedSideBySideGetTheirOwnReasons() throws {
    let wave = [UInt8](try Data(contentsOf: golden("stereo.flac")))
    let text = [UInt8]("this is no sound".utf8)
    let codes = Mutex<[CodedError.Code: Int]>([:])
    DispatchQueue.concurrentPerform(iterations: 8) { worker in
      for _ in 0..<150 {
        do throws(CodedError) {
          _ = try AudioReader(bytes: worker % 2 == 0 ? text : wave, name: "bytes")
        } catch {
          codes.withLock { $0[error.code, default: 0] += 1 }
        }
      }
    }
    #expect(codes.withLock { $0 } == [.unknownFormat: 4 * 150])
  }
}
