import Jobs
import TestSupport
import Testing

@Suite(.tags(.hand)) struct DemoTests {
  @Test func ownCorpusIsKnownUnderAnyName() {
    var demo = Demo()
    #expect(demo.isSynthesised)
    for path in ["/Data", "/Data/", "/Tests/../Data/manifest.csv"] {
      demo.data = packageRoot + path
      #expect(demo.isSynthesised)
    }
    demo.data = "/music"
    #expect(!demo.isSynthesised)
  }
}
