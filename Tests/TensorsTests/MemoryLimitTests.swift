import TestSupport
import Testing

@testable import Tensors

@Suite(.tags(.hand)) struct MemoryLimitTests {
  @Test(arguments: [
    ("16GB", 16e9), ("800 MB", 8e8), ("1.5tb", 1.5e12), ("2000000000", 2e9), ("64kb", 64e3), ("512B", 512),
  ])
  func sizesAreRead(_ text: String, _ byteCount: Double) {
    #expect(MemoryLimit.byteCount(text) == byteCount)
  }

  @Test(arguments: ["", "GB", "-1GB", "0", "much", "1e999GB", "nan", "12 QB"])
  func whatIsNoSizeIsRefused(_ text: String) {
    #expect(MemoryLimit.byteCount(text) == nil)
  }

  @Test func aRefusalSaysWhatIsNeededAndHowToAllowIt() throws {
    let (limit, fits) = (MemoryLimit.byteCount, MemoryLimit.byteCount / 2)
    #expect(limit <= 4e9 && limit >= 1e6)
    #expect(MemoryLimit.refusal(of: "a pass", byteCount: fits, operations: limit) == nil)
    let memory = try #require(
      MemoryLimit.refusal(of: "a pass", byteCount: 12.3e9, operations: 0, part: ("conv1", 11e9)))
    #expect(memory.hasPrefix("a pass needs 12.3 GB (conv1 11.0 GB), more than the limit of"))
    #expect(memory.hasSuffix("--max-memory 13GB allows it"))
    let time = try #require(MemoryLimit.refusal(of: "a pass", byteCount: 1, operations: 3.2e12))
    #expect(time.contains("3.2e+12 multiplications") && time.hasSuffix("--max-memory 100GB allows it"))
  }
}
