import Foundation
import GenreLens
import TestSupport
import Testing

/// `make install`: the command, its models, manual pages and completions below a prefix.
@Suite(.tags(.hand)) struct InstallTests {
  @Test func whatIsInstalledWorksByItself() throws {
    let folder = try CommandRunner.temporaryFolder()
    let install = Process()
    install.executableURL = URL(fileURLWithPath: CommandRunner.root + "/Scripts/install")
    install.arguments = [CommandRunner.program, folder + "/usr"]
    install.standardOutput = FileHandle.nullDevice
    try install.run()
    install.waitUntilExit()
    try #require(install.terminationStatus == 0)
    let names = Set(try FileManager.default.subpathsOfDirectory(atPath: folder + "/usr"))
    for name in [
      "bin/genrelens", "share/genrelens/Checkpoints/folk-hiphop-mfcc20.safetensors",
      "share/bash-completion/completions/genrelens", "share/zsh/site-functions/_genrelens",
      "share/fish/vendor_completions.d/genrelens.fish",
    ] {
      #expect(names.contains(name), "\(name)")
    }
    // One page for each command that the help lists.
    let pages = names.filter { $0.hasPrefix("share/man/man1/") && $0.hasSuffix(".1") }
    #expect(pages.count > 15 && pages.contains("share/man/man1/genrelens-classify.1"))
    #expect(pages.contains("share/man/man1/genrelens-tag.1"))
    let page = try String(
      contentsOfFile: folder + "/usr/share/man/man1/genrelens-classify.1", encoding: .utf8)
    #expect(page.contains(".SH OPTIONS") && page.contains("\\-\\-timeline"))

    // From a folder that has no Checkpoints, the installed ones are found.
    let output = try CommandRunner.run(
      ["classify", CommandRunner.root + "/Data/Folk/alder-hill-trio-1.mp3"], in: folder,
      program: folder + "/usr/bin/genrelens")
    #expect(output.status == 0 && output.standardOutput.contains("Folk"), "\(output)")
    // By name, by the path that documents give, and recipes too.
    for words in [
      ["inspect", "fma8-smel20"], ["inspect", "Checkpoints/fma8-smel20.safetensors"],
      ["train", "--config", "folk-hiphop-mfcc20", "--print-config"],
      ["train", "--config", "Checkpoints/folk-hiphop-mfcc20.yaml", "--print-config"],
    ] {
      let found = try CommandRunner.run(words, in: folder, program: folder + "/usr/bin/genrelens")
      #expect(found.status == 0, "\(words): \(found)")
    }
    let unknown = try CommandRunner.run(
      ["inspect", "fma9"], in: folder, program: folder + "/usr/bin/genrelens")
    #expect(unknown.status == ProcessStatus.missingInput.rawValue && unknown.standardError.contains("fma9"))
  }

  @Test(arguments: [
    (["explain", "x.wav", "-o", "y", "--method", "gradcam"], "did you mean grad-cam?"),
    (
      ["explain", "x.wav", "-o", "y", "--method", "score-cam", "--baseline", "silense"],
      "did you mean silence?"
    ),
  ]) func nearNamesAreSuggested(words: [String], suggestion: String) throws {
    let output = try CommandRunner.run(words, in: try CommandRunner.temporaryFolder())
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.standardError.contains(suggestion), "\(output.standardError)")
  }

  @Test func helpOfFeaturesHasItsOptions() throws {
    let help = try CommandRunner.run(["help", "features"]).standardOutput
    #expect(help.contains("--spec") && help.contains("Example:"))
    let all = try CommandRunner.run(["--help"]).standardOutput
    for status in [
      "0 fine", "3 a training", "64 usage", "75 another", "130 stopped by", "143 after SIGTERM",
    ] {
      #expect(all.replacing("\n", with: " ").contains(status), "\(status)")
    }
  }
}
