import Foundation
import TestSupport
import Testing

@testable import Tensors

/// A wrong shape ends the program, and the message has both shapes: in optimised programs too, where `precondition` says nothing.
@Suite(.tags(.hand)) struct CallerMistakeTests {
  @Test(.tags(.trap)) func bothShapesArePrinted() async throws {
    let result = await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
      _ = Tensor([1, 2, 3], shape: [2, 2])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("Tensors/Tensor.swift:"), "\(message)")
    #expect(message.contains("[2, 2]") && message.contains("3"), "\(message)")
  }
}
