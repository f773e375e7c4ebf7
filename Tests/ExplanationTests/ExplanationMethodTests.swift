import Files
import TestSupport
import Testing

@testable import Explanation

@Suite(.tags(.hand)) struct ExplanationMethodTests {
  @Test func namesAreTheCommandLines() throws {
    #expect(try ExplanationCatalogue.method(named: "grad-cam++") is GradCAMPlusPlus)
    #expect(try ExplanationCatalogue.method(named: "hires-cam") is HiResCAM)
    let error = #expect(throws: CodedError.self) { try ExplanationCatalogue.method(named: "gradcam") }
    #expect(error?.code == .unknownMethod)
    for name in ExplanationCatalogue.names { #expect(error?.message.contains(name) == true) }
    #expect(Set(ExplanationCatalogue.names).count == ExplanationCatalogue.types.count)
  }

  /// What help and tables are made of.
  @Test func everyMethodAndOptionIsDescribed() {
    for method in ExplanationCatalogue.methods {
      #expect(
        !method.summary.formula.isEmpty && !method.summary.source.isEmpty && !method.summary.passes.isEmpty)
      #expect(method.traits.reads != .input || method.traits.hasInputResolution)
      for option in ExplanationCatalogue.options(of: method) {
        #expect(
          !option.help.isEmpty && !option.help.hasSuffix(".") && option.name == option.name.lowercased())
      }
    }
    // One name means one thing: the same kind of value, the same key in files.
    for (option, methods) in ExplanationCatalogue.options {
      for method in ExplanationCatalogue.methods where methods.contains(method.name) {
        let own = ExplanationCatalogue.options(of: method).first { $0.name == option.name }
        #expect(own?.key == option.key)
      }
    }
  }
}
