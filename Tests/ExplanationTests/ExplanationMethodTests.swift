import Testing

@testable import Explanation

@Suite struct ExplanationMethodTests {
  @Test func namesAreTheCommandLines() throws {
    #expect(try ExplanationMethod.named("grad-cam++") == .gradCAMPlusPlus)
    #expect(try ExplanationMethod.named("hires-cam") == .hiResCAM)
    let error = #expect(throws: ExplanationError.self) { try ExplanationMethod.named("gradcam") }
    #expect(error?.code == .unknownMethod)
    for method in ExplanationMethod.allCases {
      #expect(error?.message.contains(method.rawValue) == true)
    }
  }

  @Test func methodsWithoutALayerHaveInputResolution() {
    for method in ExplanationMethod.allCases {
      #expect(method.usesLayer == (method.mapping != nil))
      if !method.usesLayer { #expect(method.hasInputResolution) }
    }
    #expect(ExplanationMethod.guidedGradCAM.usesLayer && ExplanationMethod.guidedGradCAM.hasInputResolution)
  }
}
