import Files
import TestSupport
import Testing

@Suite(.tags(.hand)) struct FailureTests {
  @Test func failuresHaveTheirStatus() {
    #expect(Failure(CodedError(.missing, "no such file", path: "a")).status == .missingInput)
    #expect(Failure(CodedError(.inputOutput, "x", path: "a")).status == .inputOutput)
    #expect(Failure(CodedError(.futureVersion, "x", path: "a")).status == .badData)
    #expect(Failure(CodedError(.usage, "two\nlines")).message == "two lines")
    #expect(Failure(CodedError(.interrupted, "x")).status == .interrupted)
    #expect(Failure(CancellationError()).status == .internalFault)
  }
}
