import Files
import TestSupport
import Testing

@testable import Datasets

/// What a ledger says of a file is the file's own fault, or said to be ours.
@Suite(.tags(.hand)) struct LeftOutInputTests {
  @Test func theFilesFaultsKeepTheirCodes() {
    for code in [CodedError.Code.damaged, .missing, .silent, .unsupportedSamples, .inputOutput] {
      let line = LeftOutInput(CodedError(code, "what is wrong", path: "a.mp3"), path: "a.mp3")
      #expect(line.code == code.rawValue && line.reason == "what is wrong")
    }
  }

  @Test func otherErrorsAreFaultsOfTheProgram() {
    for code in [CodedError.Code.busy, .cancelled, .usage, .noMemory] {
      let line = LeftOutInput(CodedError(code, "what is wrong", path: "b"), path: "a.mp3")
      #expect(line.code == "internal" && line.reason == "b: what is wrong")
    }
  }
}
